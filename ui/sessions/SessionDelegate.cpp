// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sessions/SessionDelegate.h"

#include "ui/sessions/SessionFilter.h"
#include "ui/sessions/SessionModel.h"
#include "ui/text/DisplayText.h"
#include "ui/theme/Icons.h"

#include <QPainter>

namespace paddock::ui {

namespace {

constexpr int kSide = 4 * kGrid; // left and right of a row
constexpr int kIconColumn = 7 * kGrid;

// Draws \a text elided at the leading end of \a area and gives back the width it took.
int drawLead(QPainter *painter,
             const QRect &area,
             Qt::LayoutDirection direction,
             const QRect &whole,
             const QString &text,
             Qt::TextElideMode mode = Qt::ElideRight)
{
    const QFontMetrics metrics = painter->fontMetrics();
    const QString shown = metrics.elidedText(text, mode, area.width());
    painter->drawText(QStyle::visualRect(direction, whole, area),
                      static_cast<int>(QStyle::visualAlignment(direction, Qt::AlignLeft) |
                                       Qt::AlignVCenter | Qt::TextSingleLine),
                      shown);
    return qMin(area.width(), metrics.horizontalAdvance(shown));
}

void drawTrail(QPainter *painter,
               const QRect &area,
               Qt::LayoutDirection direction,
               const QRect &whole,
               const QString &text)
{
    painter->drawText(QStyle::visualRect(direction, whole, area),
                      static_cast<int>(QStyle::visualAlignment(direction, Qt::AlignRight) |
                                       Qt::AlignVCenter | Qt::TextSingleLine),
                      text);
}

} // namespace

int SessionDelegate::headerHeight(const QFont &font)
{
    return QFontMetrics(scaledFont(font, kSecondary, QFont::DemiBold)).height() + 4 * kGrid;
}

const SessionDelegate::Measures &SessionDelegate::measuresFor(const QFont &font) const
{
    if (m_measures && m_measures->base == font)
        return *m_measures;
    Measures made;
    made.base = font;
    made.small = scaledFont(font, kSecondary);
    made.title = scaledFont(font, 1, QFont::DemiBold);
    made.header = scaledFont(font, kSecondary, QFont::DemiBold);
    made.code = codeFont(font, kSecondary * 0.92);
    made.firstLine = QFontMetrics(font).height();
    made.secondLine = QFontMetrics(made.small).height();
    made.headerHeight = headerHeight(font);
    m_measures = made;
    return *m_measures;
}

QSize SessionDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Measures &measures = measuresFor(option.font);
    int height = measures.firstLine + measures.secondLine + kGrid + 4 * kGrid;
    if (index.data(SessionFilter::IsFirstOfGroupRole).toBool())
        height += measures.headerHeight;
    return {200, height};
}

void SessionDelegate::paint(QPainter *painter,
                            const QStyleOptionViewItem &option,
                            const QModelIndex &index) const
{
    const Tones &tones = tonesFor(option.palette);
    const Qt::LayoutDirection direction = option.direction;
    const Measures &measures = measuresFor(option.font);
    QRect row = option.rect;
    painter->save();
    painter->setLayoutDirection(Qt::LayoutDirectionAuto);

    if (index.data(SessionFilter::IsFirstOfGroupRole).toBool()) {
        const int height = measures.headerHeight;
        const QRect header(
            row.left() + kSide, row.top() + kGrid, row.width() - 2 * kSide, height - kGrid);
        painter->setFont(measures.header);
        painter->setPen(tones.dim);
        drawLead(painter,
                 header,
                 direction,
                 option.rect,
                 index.data(SessionModel::ProjectRole).toString());
        row.setTop(row.top() + height);
    }

    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (selected) {
        painter->fillRect(row, tones.selected);
        const QRect mark(row.left(), row.top(), 3, row.height());
        painter->fillRect(QStyle::visualRect(direction, option.rect, mark), tones.accent);
    } else if (option.state.testFlag(QStyle::State_MouseOver)) {
        painter->fillRect(row, tones.hover);
    }
    if (option.state.testFlag(QStyle::State_HasFocus) &&
        option.state.testFlag(QStyle::State_KeyboardFocusChange)) {
        painter->setPen(QPen(tones.accent, 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(row.adjusted(0, 0, -1, -1));
    }

    const auto tone = static_cast<Tone>(index.data(SessionModel::StateToneRole).toInt());
    const auto icon = static_cast<Icon>(index.data(SessionModel::StateIconRole).toInt());
    const int firstHeight = measures.firstLine;
    const int secondHeight = measures.secondLine;
    const int top = row.top() + 2 * kGrid;

    const QRect iconBox(row.left() + kSide, top + (firstHeight - 14) / 2, 14, 14);
    paintIcon(*painter, icon, QStyle::visualRect(direction, option.rect, iconBox), tones.of(tone));

    const int textLeft = row.left() + kSide + kIconColumn - kGrid;
    const int textRight = row.right() + 1 - kSide;

    painter->setFont(measures.small);
    painter->setPen(tones.dim);
    const QString age = shortAge(index.data(SessionModel::UpdatedRole).toDateTime(),
                                 QDateTime::currentDateTimeUtc());
    const int ageWidth = painter->fontMetrics().horizontalAdvance(age);
    drawTrail(painter,
              QRect(textRight - ageWidth, top, ageWidth, firstHeight),
              direction,
              option.rect,
              age);

    painter->setFont(measures.title);
    painter->setPen(tones.text);
    drawLead(painter,
             QRect(textLeft, top, textRight - ageWidth - 2 * kGrid - textLeft, firstHeight),
             direction,
             option.rect,
             index.data(SessionModel::TitleRole).toString());

    const int second = top + firstHeight + kGrid;
    painter->setFont(measures.small);
    painter->setPen(tones.of(tone));
    int left = textLeft;
    left += drawLead(painter,
                     QRect(left, second, textRight - left, secondHeight),
                     direction,
                     option.rect,
                     index.data(SessionModel::StateWordRole).toString());
    left += 2 * kGrid;
    painter->setPen(tones.dim);
    left += drawLead(painter,
                     QRect(left, second, qMax(0, textRight - left), secondHeight),
                     direction,
                     option.rect,
                     index.data(SessionModel::AgentRole).toString());
    left += 3 * kGrid;
    if (textRight - left > 10 * kGrid) {
        painter->setFont(measures.code);
        const QString branch = painter->fontMetrics().elidedText(
            index.data(SessionModel::BranchRole).toString(), Qt::ElideMiddle, textRight - left);
        drawTrail(painter,
                  QRect(left, second, textRight - left, secondHeight),
                  direction,
                  option.rect,
                  branch);
    }
    painter->restore();
}

} // namespace paddock::ui
