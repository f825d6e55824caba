// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/FactsBar.h"

#include "ui/text/DisplayText.h"
#include "ui/theme/Tones.h"

#include <QPainter>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr int kGap = 4 * kGrid;
constexpr int kFewestCharacters = 14; // of a name that gives way

QFont fontOf(const FactsBar::Fact &fact, const QFont &base)
{
    return fact.isName ? codeFont(base, kSecondary) : scaledFont(base, kSecondary);
}

} // namespace

FactsBar::FactsBar(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void FactsBar::setFacts(const QList<Fact> &facts)
{
    QList<Fact> shown;
    QStringList spoken;
    QStringList tip;
    for (Fact fact : facts) {
        fact.text = visibleText(fact.text.left(500), Lines::One);
        if (fact.text.isEmpty())
            continue;
        spoken += fact.text;
        tip += fact.explanation.isEmpty() ? fact.text : fact.explanation;
        shown += fact;
    }
    if (shown == m_facts)
        return;
    m_facts = shown;
    setAccessibleName(spoken.join(u", "_s));
    setToolTip(plainToolTip(tip.join(u'\n')));
    updateGeometry();
    update();
}

QSize FactsBar::sizeHint() const
{
    return {400, minimumSizeHint().height()};
}

QSize FactsBar::minimumSizeHint() const
{
    return {80, QFontMetrics(scaledFont(font(), kSecondary)).height() + 2};
}

void FactsBar::paintEvent(QPaintEvent *)
{
    QList<int> widths;
    int total = 0;
    for (const Fact &fact : m_facts) {
        widths += QFontMetrics(fontOf(fact, font())).horizontalAdvance(fact.text) + 1;
        total += widths.constLast() + kGap;
    }
    int excess = total - kGap - width();
    for (qsizetype i = 0; i < m_facts.size() && excess > 0; ++i) {
        if (!m_facts.at(i).isName)
            continue;
        const int least =
            QFontMetrics(fontOf(m_facts.at(i), font())).horizontalAdvance(u'm') * kFewestCharacters;
        const int give = qBound(0, widths.at(i) - least, excess);
        widths[i] -= give;
        excess -= give;
    }
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LayoutDirectionAuto);
    painter.setPen(tonesFor(palette()).dim);
    int left = 0;
    for (qsizetype i = 0; i < m_facts.size(); ++i) {
        if (left + widths.at(i) > width() && i > 0)
            break;
        const QFont used = fontOf(m_facts.at(i), font());
        painter.setFont(used);
        const QRect place(left, 0, widths.at(i), height());
        painter.drawText(
            QStyle::visualRect(layoutDirection(), rect(), place),
            static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft) |
                             Qt::AlignVCenter | Qt::TextSingleLine),
            QFontMetrics(used).elidedText(m_facts.at(i).text, Qt::ElideMiddle, place.width()));
        left += widths.at(i) + kGap;
    }
}

} // namespace paddock::ui
