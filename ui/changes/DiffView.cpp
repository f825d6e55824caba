// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/changes/DiffView.h"

#include "ui/theme/Tones.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

QChar signOf(DiffLine::Kind kind)
{
    switch (kind) {
    case DiffLine::Kind::Added:
        return u'+';
    case DiffLine::Kind::Removed:
        return u'-';
    default:
        return u' ';
    }
}

} // namespace

DiffView::DiffView(QWidget *parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setFont(codeFont(font()));
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setCursor(Qt::IBeamCursor);
    updateBars();
}

void DiffView::setLines(const QList<DiffLine> &lines)
{
    m_lines = lines;
    m_from = -1;
    m_to = -1;
    m_longest = 0;
    int highest = 0;
    for (const DiffLine &line : lines) {
        m_longest = qMax(m_longest, line.text.size());
        highest = qMax(highest, qMax(line.oldNumber, line.newNumber));
    }
    m_digits = qMax(3, static_cast<int>(QString::number(highest).size()));
    updateBars();
    verticalScrollBar()->setValue(0);
    horizontalScrollBar()->setValue(0);
    viewport()->update();
}

int DiffView::gutterWidth() const
{
    return (2 * m_digits + 4) * m_charWidth;
}

void DiffView::updateBars()
{
    const QFontMetrics metrics(font());
    m_lineHeight = metrics.lineSpacing() + 2;
    m_charWidth = qMax(1, metrics.horizontalAdvance(u'm'));
    const int visible = qMax(1, viewport()->height() / m_lineHeight);
    verticalScrollBar()->setPageStep(visible);
    verticalScrollBar()->setRange(0, qMax(0, static_cast<int>(m_lines.size()) - visible));
    const int width = gutterWidth() + static_cast<int>(m_longest + 2) * m_charWidth;
    horizontalScrollBar()->setSingleStep(m_charWidth * 4);
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setRange(0, qMax(0, width - viewport()->width()));
}

void DiffView::paintEvent(QPaintEvent *)
{
    const Tones &tones = tonesFor(palette());
    QPainter painter(viewport());
    painter.setFont(font());
    const int width = viewport()->width();
    const int shift = horizontalScrollBar()->value();
    const int gutter = gutterWidth();
    const int first = verticalScrollBar()->value();
    const int last =
        qMin(static_cast<int>(m_lines.size()) - 1, first + viewport()->height() / m_lineHeight + 1);
    const int low = qMin(m_from, m_to);
    const int high = qMax(m_from, m_to);
    const auto numberFlags = static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    const auto textFlags = static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine);
    for (int i = first; i <= last; ++i) {
        const DiffLine &line = m_lines.at(i);
        const QRect row(0, (i - first) * m_lineHeight, width, m_lineHeight);
        QColor back = tones.panel;
        QColor ink = tones.text;
        switch (line.kind) {
        case DiffLine::Kind::Added:
            back = tones.successSurface;
            break;
        case DiffLine::Kind::Removed:
            back = tones.failureSurface;
            break;
        case DiffLine::Kind::Hunk:
        case DiffLine::Kind::Note:
            back = tones.code;
            ink = tones.dim;
            break;
        case DiffLine::Kind::File:
            back = tones.hover;
            break;
        case DiffLine::Kind::Context:
            break;
        }
        painter.fillRect(row, back);
        if (m_from >= 0 && i >= low && i <= high) {
            QColor chosen = tones.accent;
            chosen.setAlphaF(0.22F);
            painter.fillRect(row, chosen);
        }
        // Code reads from left to right in every language, so this view is not mirrored.
        painter.setClipRect(QRect(gutter, row.top(), width - gutter, m_lineHeight));
        painter.setPen(ink);
        const QString text = line.kind == DiffLine::Kind::Hunk ||
                                     line.kind == DiffLine::Kind::Note ||
                                     line.kind == DiffLine::Kind::File
                                 ? line.text
                                 : signOf(line.kind) + u" "_s + line.text;
        painter.drawText(
            QRect(gutter - shift, row.top(), width + shift, m_lineHeight), textFlags, text);
        painter.setClipping(false);
        painter.setPen(tones.dim);
        if (line.oldNumber > 0)
            painter.drawText(QRect(0, row.top(), (m_digits + 1) * m_charWidth, m_lineHeight),
                             numberFlags,
                             QString::number(line.oldNumber));
        if (line.newNumber > 0)
            painter.drawText(QRect((m_digits + 1) * m_charWidth,
                                   row.top(),
                                   (m_digits + 1) * m_charWidth,
                                   m_lineHeight),
                             numberFlags,
                             QString::number(line.newNumber));
    }
}

void DiffView::resizeEvent(QResizeEvent *)
{
    updateBars();
}

int DiffView::lineAt(int y) const
{
    const int line = verticalScrollBar()->value() + y / m_lineHeight;
    return m_lines.isEmpty() ? -1 : qBound(0, line, static_cast<int>(m_lines.size()) - 1);
}

void DiffView::choose(int line, bool extend)
{
    if (line < 0)
        return;
    m_to = line;
    if (!extend || m_from < 0)
        m_from = line;
    QScrollBar *bar = verticalScrollBar();
    if (line < bar->value())
        bar->setValue(line);
    else if (line >= bar->value() + bar->pageStep())
        bar->setValue(line - bar->pageStep() + 1);
    viewport()->update();
}

void DiffView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        choose(lineAt(event->position().toPoint().y()),
               event->modifiers().testFlag(Qt::ShiftModifier));
}

void DiffView::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons().testFlag(Qt::LeftButton))
        choose(lineAt(event->position().toPoint().y()), true);
}

QString DiffView::chosenText() const
{
    QStringList text;
    const int low = m_from < 0 ? 0 : qMin(m_from, m_to);
    const int high = m_from < 0 ? static_cast<int>(m_lines.size()) - 1 : qMax(m_from, m_to);
    for (int i = low; i <= high; ++i) {
        const DiffLine &line = m_lines.at(i);
        const bool plain = line.kind != DiffLine::Kind::Context &&
                           line.kind != DiffLine::Kind::Added &&
                           line.kind != DiffLine::Kind::Removed;
        text += plain ? line.text : signOf(line.kind) + line.text;
    }
    return text.join(u'\n');
}

void DiffView::copy() const
{
    QGuiApplication::clipboard()->setText(chosenText());
}

void DiffView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction *action = menu->addAction(tr("Copy"));
    action->setShortcut(QKeySequence::Copy);
    connect(action, &QAction::triggered, this, &DiffView::copy);
    menu->popup(event->globalPos());
}

void DiffView::keyPressEvent(QKeyEvent *event)
{
    const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
    const int last = static_cast<int>(m_lines.size()) - 1;
    const int here = m_to >= 0 ? m_to : verticalScrollBar()->value();
    if (event->matches(QKeySequence::Copy)) {
        copy();
    } else if (event->matches(QKeySequence::SelectAll)) {
        choose(0, false);
        m_to = last;
        viewport()->update();
    } else if (event->key() == Qt::Key_Down) {
        choose(qMin(last, m_to < 0 ? here : here + 1), extend);
    } else if (event->key() == Qt::Key_Up) {
        choose(qMax(0, here - 1), extend);
    } else if (event->key() == Qt::Key_PageDown || event->key() == Qt::Key_Space) {
        choose(qMin(last, here + verticalScrollBar()->pageStep()), extend);
    } else if (event->key() == Qt::Key_PageUp) {
        choose(qMax(0, here - verticalScrollBar()->pageStep()), extend);
    } else if (event->key() == Qt::Key_Home) {
        choose(0, extend);
    } else if (event->key() == Qt::Key_End) {
        choose(last, extend);
    } else if (event->key() == Qt::Key_Left) {
        horizontalScrollBar()->triggerAction(QAbstractSlider::SliderSingleStepSub);
    } else if (event->key() == Qt::Key_Right) {
        horizontalScrollBar()->triggerAction(QAbstractSlider::SliderSingleStepAdd);
    } else {
        event->ignore();
    }
}

void DiffView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        updateBars();
}

} // namespace paddock::ui
