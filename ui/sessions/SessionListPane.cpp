// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sessions/SessionListPane.h"

#include "ui/sessions/SessionDelegate.h"
#include "ui/sessions/SessionLook.h"
#include "ui/text/DisplayText.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr auto kAgeInterval = std::chrono::seconds(30);

/// "2 sessions wait for you    Ctrl+J", and below which one is next: a button of two lines.
class WaitingButton final : public QPushButton
{
public:
    using QPushButton::QPushButton;

    void setWords(const QString &first, const QString &second)
    {
        m_first = first;
        m_second = second;
        setAccessibleName(first);
        setAccessibleDescription(second);
        update();
    }
    [[nodiscard]] QSize sizeHint() const override
    {
        const int small = QFontMetrics(scaledFont(font(), kSecondary)).height();
        return {200, fontMetrics().height() + small + 5 * kGrid};
    }
    [[nodiscard]] QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Tones &tones = tonesFor(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setLayoutDirection(Qt::LayoutDirectionAuto);
        painter.setPen(QPen(tones.attention, hasFocus() ? 2 : 1));
        painter.setBrush(tones.attentionSurface);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), kCardRadius, kCardRadius);
        const QRect inner = rect().adjusted(3 * kGrid, 2 * kGrid, -3 * kGrid, -2 * kGrid);
        const auto lead = QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft);
        const auto trail = QStyle::visualAlignment(layoutDirection(), Qt::AlignRight);
        const QFont small = scaledFont(font(), kSecondary);
        const QString keys = QKeySequence(u"Ctrl+J"_s).toString(QKeySequence::NativeText);
        painter.setFont(small);
        painter.setPen(tones.dim);
        painter.drawText(inner, static_cast<int>(trail | Qt::AlignTop), keys);
        painter.drawText(inner,
                         static_cast<int>(lead | Qt::AlignBottom | Qt::TextSingleLine),
                         painter.fontMetrics().elidedText(m_second, Qt::ElideRight, inner.width()));
        painter.setFont(scaledFont(font(), 1, QFont::DemiBold));
        painter.setPen(tones.attention);
        painter.drawText(
            inner, static_cast<int>(lead | Qt::AlignTop | Qt::TextSingleLine), m_first);
    }

private:
    QString m_first;
    QString m_second;
};

} // namespace

SessionListView::SessionListView(QWidget *parent)
    : QListView(parent)
{
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setUniformItemSizes(false);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setResizeMode(QListView::Adjust);
    setItemDelegate(new SessionDelegate(this));
    m_ages.setInterval(kAgeInterval);
    m_ages.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_ages, &QTimer::timeout, viewport(), qOverload<>(&QWidget::update));
}

void SessionListView::mousePressEvent(QMouseEvent *event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (index.isValid() && index.data(SessionFilter::IsFirstOfGroupRole).toBool()) {
        const int offset = event->position().toPoint().y() - visualRect(index).top();
        if (offset < SessionDelegate::headerHeight(font()))
            return;
    }
    QListView::mousePressEvent(event);
}

void SessionListView::showEvent(QShowEvent *event)
{
    QListView::showEvent(event);
    m_ages.start();
}

void SessionListView::hideEvent(QHideEvent *event)
{
    QListView::hideEvent(event);
    m_ages.stop();
}

SessionListPane::SessionListPane(SessionModel &model, QWidget *parent)
    : Surface(Kind::Panel, parent)
    , m_model(model)
    , m_filter(model)
    , m_waiting(new WaitingButton(this))
    , m_search(new QLineEdit(this))
    , m_view(new SessionListView(this))
    , m_empty(new EmptyState(this))
{
    m_waiting->setObjectName(u"waitingButton"_s);
    m_search->setObjectName(u"sessionFilter"_s);
    m_search->setPlaceholderText(tr("Filter sessions"));
    m_search->setAccessibleName(tr("Filter sessions"));
    m_search->setClearButtonEnabled(false);
    m_search->addAction(makeIcon(Icon::Search, Tone::Dim), QLineEdit::LeadingPosition);
    m_search->installEventFilter(this);
    m_view->setObjectName(u"sessionList"_s);
    m_view->setAccessibleName(tr("Sessions"));
    m_view->setModel(&m_filter);
    m_empty->setObjectName(u"sessionListEmpty"_s);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 2 * kGrid, 0, 0);
    column->setSpacing(0);
    auto *top = new QVBoxLayout;
    top->setContentsMargins(3 * kGrid, 0, 3 * kGrid, 2 * kGrid);
    top->setSpacing(2 * kGrid);
    top->addWidget(m_waiting);
    top->addWidget(m_search);
    column->addLayout(top);
    column->addWidget(m_view, 1);
    column->addWidget(m_empty, 1);

    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter.setText(text);
        updateEmpty();
    });
    connect(m_view->selectionModel(),
            &QItemSelectionModel::currentChanged,
            this,
            &SessionListPane::onCurrentChanged);
    // A group header comes and goes with the row above it.
    const auto relayout = [this] { m_view->relayout(); };
    connect(&m_filter, &QAbstractItemModel::rowsRemoved, this, relayout);
    connect(&m_filter, &QAbstractItemModel::rowsInserted, this, relayout);
    connect(&m_filter, &QAbstractItemModel::layoutChanged, this, relayout);
    connect(&m_model, &SessionModel::refreshed, this, [this] {
        updateWaiting();
        updateEmpty();
    });
    connect(m_waiting, &QPushButton::clicked, this, &SessionListPane::nextWaitingRequested);
    connect(m_empty, &EmptyState::actionClicked, this, [this] {
        if (m_filter.hasText())
            m_search->clear();
        else
            Q_EMIT emptyActionClicked();
    });
    updateWaiting();
    updateEmpty();
}

void SessionListPane::setProject(const ProjectId &project)
{
    m_filter.setProject(project);
    updateEmpty();
}

void SessionListPane::select(const SessionId &id)
{
    const QModelIndex source = m_model.indexOf(id);
    QModelIndex index = m_filter.mapFromSource(source);
    if (source.isValid() && !index.isValid()) {
        // Hidden by the filter: showing what was asked for is worth more than the filter.
        m_search->clear();
        m_filter.setProject({});
        index = m_filter.mapFromSource(source);
    }
    if (!index.isValid())
        return;
    m_view->setCurrentIndex(index);
    m_view->scrollTo(index);
}

SessionId SessionListPane::selected() const
{
    return m_selected;
}

void SessionListPane::focusFilter()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void SessionListPane::focusList()
{
    m_view->setFocus(Qt::ShortcutFocusReason);
}

SessionId SessionListPane::nextWaiting() const
{
    const QList<SessionId> waiting = m_model.waiting();
    if (waiting.isEmpty())
        return {};
    return waiting.at((waiting.indexOf(m_selected) + 1) % waiting.size());
}

void SessionListPane::setEmptyContent(const EmptyState::Content &content)
{
    m_emptyContent = content;
    updateEmpty();
}

bool SessionListPane::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Escape && !m_search->text().isEmpty()) {
            m_search->clear();
            return true;
        }
        if ((key->key() == Qt::Key_Down || key->key() == Qt::Key_Return) &&
            m_filter.rowCount() > 0) {
            if (!m_view->currentIndex().isValid())
                m_view->setCurrentIndex(m_filter.index(0, 0));
            focusList();
            return true;
        }
    }
    return Surface::eventFilter(watched, event);
}

void SessionListPane::onCurrentChanged()
{
    const QModelIndex index = m_view->currentIndex();
    const SessionId id{index.data(SessionModel::IdRole).toString()};
    // The chosen session filtered away stays open; removed, its page goes.
    if (id.isEmpty() && m_model.find(m_selected))
        return;
    if (id == m_selected)
        return;
    m_selected = id;
    Q_EMIT selectionChanged(m_selected);
}

void SessionListPane::updateWaiting()
{
    const QList<SessionId> waiting = m_model.waiting();
    m_waiting->setVisible(!waiting.isEmpty());
    if (waiting.isEmpty())
        return;
    QStringList words;
    for (const SessionId &id : waiting.mid(0, 3)) {
        if (const sessions::Session *session = m_model.find(id))
            words += session->title;
    }
    static_cast<WaitingButton *>(m_waiting)->setWords(
        tr("%n session(s) wait for you", nullptr, static_cast<int>(waiting.size())),
        words.join(u" · "_s));
}

void SessionListPane::updateEmpty()
{
    const bool none = m_filter.rowCount() == 0;
    m_view->setVisible(!none);
    m_empty->setVisible(none);
    m_search->setVisible(m_model.rowCount() > 0);
    if (!none)
        return;
    if (m_model.rowCount() > 0 && m_filter.hasText()) {
        m_empty->setContent(
            {.icon = Icon::Search,
             .title = tr("No session matches"),
             .text = tr("Titles, projects, branches, agents and states are searched."),
             .action = tr("Clear the filter")});
    } else if (m_model.rowCount() > 0 && !m_filter.project().isEmpty()) {
        m_empty->setContent({.icon = Icon::Folder,
                             .title = tr("No session in this project yet"),
                             .action = tr("New session")});
    } else {
        m_empty->setContent(m_emptyContent);
    }
}

} // namespace paddock::ui
