// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main/Navigation.h"

#include "ui/sessions/SessionModel.h"
#include "ui/text/DisplayText.h"
#include "ui/theme/PaddockStyle.h"

#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

enum NavigationRole { ProjectRole = Qt::UserRole, CountRole, HeadingRole };

class NavigationDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter,
               const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const Tones &tones = tonesFor(option.palette);
        const Qt::LayoutDirection direction = option.direction;
        const auto place = [&](const QRect &rect) {
            return QStyle::visualRect(direction, option.rect, rect);
        };
        const auto lead = static_cast<int>(QStyle::visualAlignment(direction, Qt::AlignLeft) |
                                           Qt::AlignVCenter | Qt::TextSingleLine);
        const auto trail = static_cast<int>(QStyle::visualAlignment(direction, Qt::AlignRight) |
                                            Qt::AlignVCenter | Qt::TextSingleLine);
        painter->save();
        painter->setLayoutDirection(Qt::LayoutDirectionAuto);
        if (index.data(HeadingRole).toBool()) {
            painter->setFont(scaledFont(option.font, kSecondary, QFont::DemiBold));
            painter->setPen(tones.dim);
            painter->drawText(place(option.rect.adjusted(3 * kGrid, 2 * kGrid, -3 * kGrid, 0)),
                              lead,
                              index.data().toString());
            painter->restore();
            return;
        }
        const QRect box = option.rect.adjusted(kGrid, 1, -kGrid, -1);
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
            painter->setBrush(selected ? tones.selected : tones.hover);
            painter->drawRoundedRect(box, kControlRadius, kControlRadius);
        }
        if (option.state.testFlag(QStyle::State_HasFocus) &&
            option.state.testFlag(QStyle::State_KeyboardFocusChange)) {
            painter->setPen(QPen(tones.accent, 1));
            painter->setBrush(Qt::NoBrush);
            painter->drawRoundedRect(
                QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), kControlRadius, kControlRadius);
        }
        const bool all = index.data(ProjectRole).toString().isEmpty();
        const QRect icon(box.left() + 2 * kGrid, box.center().y() - 7, 16, 16);
        paintIcon(*painter, all ? Icon::Sessions : Icon::Folder, place(icon), tones.text);
        const QString count =
            index.data(CountRole).toInt() > 0 ? index.data(CountRole).toString() : QString();
        painter->setFont(scaledFont(option.font, kSecondary));
        painter->setPen(tones.dim);
        const int countWidth = painter->fontMetrics().horizontalAdvance(count);
        painter->drawText(
            place(QRect(box.right() - 2 * kGrid - countWidth, box.top(), countWidth, box.height())),
            trail,
            count);
        painter->setFont(scaledFont(option.font, 1, selected ? QFont::DemiBold : QFont::Normal));
        painter->setPen(tones.text);
        const int left = icon.right() + 2 * kGrid;
        const QRect text(
            left, box.top(), box.right() - 3 * kGrid - countWidth - left, box.height());
        painter->drawText(place(text),
                          lead,
                          painter->fontMetrics().elidedText(
                              index.data().toString(), Qt::ElideRight, text.width()));
        painter->restore();
    }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option,
                                 const QModelIndex &) const override
    {
        return {80, QFontMetrics(option.font).height() + 4 * kGrid};
    }
};

} // namespace

Navigation::Navigation(facade::ProjectService &projects, const SessionModel &model, QWidget *parent)
    : Surface(Kind::Side, parent)
    , m_projects(projects)
    , m_model(model)
    , m_list(new QListWidget(this))
    , m_add(new QPushButton(tr("Add project…"), this))
    , m_keys(new QPushButton(tr("Shortcuts"), this))
{
    setObjectName(u"navigation"_s);
    m_list->setObjectName(u"navigationList"_s);
    m_list->setAccessibleName(tr("Navigation"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setItemDelegate(new NavigationDelegate(m_list));
    m_list->setMouseTracking(true);
    m_list->viewport()->setAutoFillBackground(false);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_add->setObjectName(u"addProject"_s);
    m_add->setIcon(makeIcon(Icon::FolderAdd));
    m_keys->setObjectName(u"showShortcuts"_s);
    m_keys->setIcon(makeIcon(Icon::Keyboard));
    for (QPushButton *button : {m_add, m_keys})
        ButtonRoles::set(button, ButtonRole::Quiet);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kGrid, 2 * kGrid, kGrid, 2 * kGrid);
    column->setSpacing(kGrid);
    column->addWidget(m_list, 1);
    column->addWidget(m_add, 0, Qt::AlignLeft);
    column->addWidget(m_keys, 0, Qt::AlignLeft);

    connect(
        m_list, &QListWidget::currentItemChanged, this, [this] { Q_EMIT chosenChanged(chosen()); });
    connect(m_add, &QPushButton::clicked, this, &Navigation::addProjectRequested);
    connect(m_keys, &QPushButton::clicked, this, &Navigation::shortcutsRequested);
    connect(&projects, &facade::ProjectService::changed, this, &Navigation::refill);
    connect(&model, &SessionModel::refreshed, this, &Navigation::updateCounts);
    refill();
}

void Navigation::refill()
{
    const ProjectId before = chosen();
    {
        const QSignalBlocker blocker(m_list);
        m_list->clear();
        auto *all = new QListWidgetItem(tr("Sessions"), m_list);
        all->setData(ProjectRole, QString());
        QList<facade::ProjectInfo> projects = m_projects.list();
        std::ranges::sort(projects, [](const auto &a, const auto &b) {
            return a.name.compare(b.name, Qt::CaseInsensitive) < 0;
        });
        if (!projects.isEmpty()) {
            auto *heading = new QListWidgetItem(tr("PROJECTS"), m_list);
            heading->setData(HeadingRole, true);
            heading->setFlags(Qt::NoItemFlags);
        }
        for (const facade::ProjectInfo &project : std::as_const(projects)) {
            auto *item =
                new QListWidgetItem(visibleText(project.name.left(200), Lines::One), m_list);
            item->setData(ProjectRole, project.id.value);
            item->setToolTip(plainToolTip(project.path));
        }
        updateCounts();
    }
    choose(before);
}

void Navigation::updateCounts()
{
    for (int row = 0; row < m_list->count(); ++row) {
        QListWidgetItem *item = m_list->item(row);
        if (item->data(HeadingRole).toBool())
            continue;
        const ProjectId project{item->data(ProjectRole).toString()};
        item->setData(CountRole, project.isEmpty() ? m_model.rowCount() : m_model.countOf(project));
    }
}

void Navigation::choose(const ProjectId &project)
{
    for (int row = 0; row < m_list->count(); ++row) {
        const QListWidgetItem *item = m_list->item(row);
        if (!item->data(HeadingRole).toBool() &&
            item->data(ProjectRole).toString() == project.value) {
            m_list->setCurrentRow(row);
            return;
        }
    }
    m_list->setCurrentRow(0);
}

ProjectId Navigation::chosen() const
{
    const QListWidgetItem *item = m_list->currentItem();
    return ProjectId{item ? item->data(ProjectRole).toString() : QString()};
}

} // namespace paddock::ui
