// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/TranscriptView.h"

#include "ui/conversation/RowWidgets.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr int kEstimate = 44;          // of a row that was never in sight
constexpr int kMargin = 4 * kGrid;     // around the column of rows
constexpr int kMaxWidth = 232 * kGrid; // longer lines are hard to read
constexpr int kAround = 75 * kGrid;    // kept above and below what is in sight

} // namespace

TranscriptView::TranscriptView(QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_jump(new QPushButton(tr("Newest"), this))
{
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setBackgroundRole(QPalette::Window);
    verticalScrollBar()->setSingleStep(5 * kGrid);
    m_jump->setObjectName(u"jumpToNewest"_s);
    m_jump->setIcon(makeIcon(Icon::Down));
    m_jump->hide();
    connect(m_jump, &QPushButton::clicked, this, &TranscriptView::scrollToEnd);
    m_relayout.setSingleShot(true);
    m_relayout.setInterval(0);
    connect(&m_relayout, &QTimer::timeout, this, &TranscriptView::relayout);
    m_offsets.assign(1, 0);
}

void TranscriptView::setModel(ConversationModel *model)
{
    if (model == m_model)
        return;
    if (m_model)
        m_model->disconnect(this);
    clearWidgets();
    m_model = model;
    m_expanded.clear();
    m_heights.clear();
    m_isFollowing = true;
    if (model) {
        m_heights.assign(static_cast<std::size_t>(model->rowCount()), {kEstimate, false});
        connect(model,
                &QAbstractItemModel::rowsInserted,
                this,
                [this](const QModelIndex &, int first, int last) { onInserted(first, last); });
        connect(model,
                &QAbstractItemModel::rowsRemoved,
                this,
                [this](const QModelIndex &, int first, int last) { onRemoved(first, last); });
        connect(model,
                &QAbstractItemModel::dataChanged,
                this,
                [this](const QModelIndex &first, const QModelIndex &last) {
                    onChanged(first.row(), last.row());
                });
    }
    updateOffsets();
    relayoutLater();
}

void TranscriptView::onInserted(int first, int last)
{
    Q_ASSERT(first == static_cast<int>(m_heights.size())); // rows come at the end only
    m_heights.insert(
        m_heights.end(), static_cast<std::size_t>(last - first + 1), {kEstimate, false});
    relayoutLater();
}

void TranscriptView::onRemoved(int first, int last)
{
    const int count = last - first + 1;
    int pixels = 0;
    for (int row = first; row <= last; ++row)
        pixels += m_heights[static_cast<std::size_t>(row)].pixels;
    m_heights.erase(m_heights.begin() + first, m_heights.begin() + last + 1);
    std::map<int, RowWidget *> moved;
    for (const auto &[row, widget] : m_widgets) {
        if (row <= last)
            widget->deleteLater();
        else
            moved.emplace(row - count, widget);
    }
    m_widgets = std::move(moved);
    updateOffsets();
    if (!m_isFollowing) {
        const QSignalBlocker blocker(verticalScrollBar());
        verticalScrollBar()->setValue(verticalScrollBar()->value() - pixels);
    }
    relayoutLater();
}

void TranscriptView::onChanged(int first, int last)
{
    for (auto it = m_widgets.lower_bound(first); it != m_widgets.end() && it->first <= last;) {
        const int row = it->first;
        ++it; // the widget may be replaced below
        const acp::Row *now = m_model->rowAt(row);
        RowWidget *widget = m_widgets.at(row);
        const RowContext context{.agentName = m_agentName,
                                 .startsSpeech = m_model->startsSpeech(row),
                                 .isExpanded = m_expanded.contains(m_model->keyOf(row))};
        if (!now || !widget->update(*now, context))
            dropWidget(row);
        m_heights[static_cast<std::size_t>(row)].isMeasured = false;
    }
    relayoutLater();
}

void TranscriptView::relayoutLater()
{
    if (!m_relayout.isActive())
        m_relayout.start();
}

int TranscriptView::contentWidth() const
{
    return qMin(viewport()->width() - 2 * kMargin, kMaxWidth);
}

int TranscriptView::contentLeft() const
{
    const int left = kMargin;
    return layoutDirection() == Qt::RightToLeft ? viewport()->width() - left - contentWidth()
                                                : left;
}

int TranscriptView::rowAtOffset(int offset) const
{
    const auto found = std::upper_bound(m_offsets.begin(), m_offsets.end(), offset);
    return qBound(0,
                  static_cast<int>(found - m_offsets.begin()) - 1,
                  qMax(0, static_cast<int>(m_heights.size()) - 1));
}

void TranscriptView::updateOffsets()
{
    m_offsets.resize(m_heights.size() + 1);
    int top = 2 * kGrid;
    for (std::size_t i = 0; i < m_heights.size(); ++i) {
        m_offsets[i] = top;
        top += m_heights[i].pixels;
    }
    m_offsets[m_heights.size()] = top + 2 * kGrid;
    const QSignalBlocker blocker(verticalScrollBar());
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, qMax(0, m_offsets.back() - viewport()->height()));
}

RowWidget *TranscriptView::ensureWidget(int row)
{
    const auto found = m_widgets.find(row);
    if (found != m_widgets.end())
        return found->second;
    const qint64 key = m_model->keyOf(row);
    RowWidget *widget = makeRowWidget(m_model->rowAt(row),
                                      m_model->noticeAt(row),
                                      {.agentName = m_agentName,
                                       .startsSpeech = m_model->startsSpeech(row),
                                       .isExpanded = m_expanded.contains(key)},
                                      viewport());
    connect(widget, &RowWidget::expandRequested, this, [this, widget, key](bool expanded) {
        if (expanded)
            m_expanded.insert(key);
        else
            m_expanded.remove(key);
        m_isFollowing = false;
        for (const auto &[at, other] : m_widgets) {
            if (other == widget) {
                onChanged(at, at);
                break;
            }
        }
    });
    connect(widget, &RowWidget::showInChanges, this, &TranscriptView::showInChanges);
    m_widgets.emplace(row, widget);
    m_heights[static_cast<std::size_t>(row)].isMeasured = false;
    return widget;
}

void TranscriptView::dropWidget(int row)
{
    const auto found = m_widgets.find(row);
    if (found == m_widgets.end())
        return;
    found->second->hide();
    found->second->deleteLater();
    m_widgets.erase(found);
}

void TranscriptView::clearWidgets()
{
    for (const auto &[row, widget] : m_widgets) {
        widget->hide();
        widget->deleteLater();
    }
    m_widgets.clear();
}

bool TranscriptView::measure(int row)
{
    Height &height = m_heights[static_cast<std::size_t>(row)];
    if (height.isMeasured && m_widgets.contains(row))
        return false;
    RowWidget *widget = ensureWidget(row);
    const int pixels = widget->heightAt(contentWidth());
    const bool changed = pixels != height.pixels;
    height = {pixels, true};
    return changed;
}

void TranscriptView::relayout()
{
    if (m_isPlacing || !m_model || !isVisible() || viewport()->width() < 2 * kMargin)
        return;
    m_isPlacing = true;
    if (contentWidth() != m_measuredWidth) {
        m_measuredWidth = contentWidth();
        for (Height &height : m_heights)
            height.isMeasured = false;
    }
    const int count = static_cast<int>(m_heights.size());
    const int view = viewport()->height();
    QScrollBar *bar = verticalScrollBar();
    if (count > 0 && m_isFollowing) {
        int filled = 0;
        for (int row = count - 1; row >= 0 && filled < view + kAround; --row) {
            measure(row);
            filled += m_heights[static_cast<std::size_t>(row)].pixels;
        }
        updateOffsets();
        const QSignalBlocker blocker(bar);
        bar->setValue(bar->maximum());
    } else if (count > 0) {
        // What is at the top of the view stays where it is.
        updateOffsets();
        const int first = rowAtOffset(bar->value());
        const int within = bar->value() - m_offsets[static_cast<std::size_t>(first)];
        int filled = -within;
        for (int row = first; row < count && filled < view + kAround; ++row) {
            measure(row);
            filled += m_heights[static_cast<std::size_t>(row)].pixels;
        }
        updateOffsets();
        const QSignalBlocker blocker(bar);
        bar->setValue(m_offsets[static_cast<std::size_t>(first)] + within);
    } else {
        updateOffsets();
    }
    placeWidgets();
    m_isPlacing = false;
    updateJump();
}

void TranscriptView::placeWidgets()
{
    const int count = static_cast<int>(m_heights.size());
    const int top = verticalScrollBar()->value();
    const int bottom = top + viewport()->height();
    const int first = count > 0 ? rowAtOffset(qMax(0, top - kAround)) : 0;
    const int last = count > 0 ? rowAtOffset(bottom + kAround) : -1;
    for (auto it = m_widgets.begin(); it != m_widgets.end();) {
        const int row = it->first;
        RowWidget *widget = it->second;
        ++it;
        const bool focused = widget->isAncestorOf(QApplication::focusWidget());
        if ((row < first || row > last) && !focused)
            dropWidget(row);
    }
    for (const auto &[row, widget] : m_widgets) {
        const auto at = static_cast<std::size_t>(row);
        widget->setGeometry(
            contentLeft(), m_offsets[at] - top, contentWidth(), m_heights[at].pixels);
        widget->show();
    }
}

void TranscriptView::scrollContentsBy(int, int)
{
    if (m_isPlacing)
        return;
    m_isFollowing = verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 2 * kGrid;
    relayout();
}

void TranscriptView::scrollToEnd()
{
    m_isFollowing = true;
    relayoutLater();
}

RowWidget *TranscriptView::widgetOf(int row) const
{
    const auto found = m_widgets.find(row);
    return found == m_widgets.end() ? nullptr : found->second;
}

void TranscriptView::updateJump()
{
    m_jump->setVisible(!m_isFollowing && verticalScrollBar()->maximum() > 0);
    m_jump->adjustSize();
    m_jump->move((viewport()->width() - m_jump->width()) / 2,
                 viewport()->height() - m_jump->height() - 3 * kGrid);
    m_jump->raise();
}

void TranscriptView::resizeEvent(QResizeEvent *)
{
    relayout();
}

void TranscriptView::showEvent(QShowEvent *event)
{
    QAbstractScrollArea::showEvent(event);
    relayoutLater();
}

bool TranscriptView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest && !m_isPlacing) {
        // A row in sight wants another height.
        for (const auto &[row, widget] : m_widgets)
            m_heights[static_cast<std::size_t>(row)].isMeasured = false;
        relayoutLater();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void TranscriptView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LayoutDirectionChange) {
        m_measuredWidth = 0;
        relayoutLater();
    }
}

void TranscriptView::keyPressEvent(QKeyEvent *event)
{
    QScrollBar *bar = verticalScrollBar();
    switch (event->key()) {
    case Qt::Key_Home:
        bar->triggerAction(QAbstractSlider::SliderToMinimum);
        break;
    case Qt::Key_End:
        scrollToEnd();
        break;
    case Qt::Key_Space:
    case Qt::Key_PageDown:
        bar->triggerAction(QAbstractSlider::SliderPageStepAdd);
        break;
    case Qt::Key_PageUp:
        bar->triggerAction(QAbstractSlider::SliderPageStepSub);
        break;
    case Qt::Key_Down:
        bar->triggerAction(QAbstractSlider::SliderSingleStepAdd);
        break;
    case Qt::Key_Up:
        bar->triggerAction(QAbstractSlider::SliderSingleStepSub);
        break;
    default:
        event->ignore();
        return;
    }
    event->accept();
}

} // namespace paddock::ui
