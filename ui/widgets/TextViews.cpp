// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/TextViews.h"

#include "ui/theme/Tones.h"

#include <QEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextLayout>
#include <QWheelEvent>

#include <cmath>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

// Read-only text keeps what selects and copies; everything else belongs to the view around it.
bool isOwnKey(const QKeyEvent *event)
{
    return event->matches(QKeySequence::Copy) || event->matches(QKeySequence::SelectAll) ||
           event->matches(QKeySequence::SelectNextChar) ||
           event->matches(QKeySequence::SelectPreviousChar) ||
           event->matches(QKeySequence::SelectNextWord) ||
           event->matches(QKeySequence::SelectPreviousWord) ||
           event->matches(QKeySequence::SelectNextLine) ||
           event->matches(QKeySequence::SelectPreviousLine) ||
           event->matches(QKeySequence::MoveToNextChar) ||
           event->matches(QKeySequence::MoveToPreviousChar);
}

} // namespace

ProseView::ProseView(Marks marks, QWidget *parent)
    : QTextEdit(parent)
    , m_marks(marks)
{
    setReadOnly(true);
    setAcceptRichText(false);
    setUndoRedoEnabled(false);
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setContextMenuPolicy(Qt::DefaultContextMenu);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(0);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ProseView::setProse(const QString &text)
{
    if (text == m_text)
        return;
    m_text = text;
    fill();
    updateGeometry();
}

void ProseView::fill()
{
    if (m_marks == Marks::Plain) {
        setPlainText(m_text);
        return;
    }
    const Tones &tones = tonesFor(palette());
    const QTextCharFormat plain;
    QTextCharFormat code;
    code.setFont(codeFont(font()));
    code.setForeground(tones.accent);
    QTextCharFormat bold;
    bold.setFontWeight(QFont::DemiBold);
    clear();
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    const QList<QStringView> lines = QStringView(m_text).split(u'\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        QStringView line = lines.at(i);
        if (i > 0)
            cursor.insertBlock();
        qsizetype hashes = 0;
        while (hashes < line.size() && line.at(hashes) == u'#')
            ++hashes;
        if (hashes > 0 && hashes <= 6 && hashes < line.size() && line.at(hashes) == u' ') {
            cursor.insertText(line.mid(hashes + 1).toString(), bold);
            continue;
        }
        qsizetype at = 0;
        while (at < line.size()) {
            const QChar c = line.at(at);
            const bool isCode = c == u'`';
            const bool isBold = c == u'*' && at + 1 < line.size() && line.at(at + 1) == u'*';
            if (isCode || isBold) {
                const QStringView mark = isCode ? QStringView(u"`") : QStringView(u"**");
                const qsizetype start = at + mark.size();
                const qsizetype end = line.indexOf(mark, start);
                if (end > start) {
                    cursor.insertText(line.mid(start, end - start).toString(),
                                      isCode ? code : bold);
                    at = end + mark.size();
                    continue;
                }
            }
            qsizetype next = at + 1;
            while (next < line.size() && line.at(next) != u'`' && line.at(next) != u'*')
                ++next;
            cursor.insertText(line.mid(at, next - at).toString(), plain);
            at = next;
        }
    }
    cursor.endEditBlock();
    moveCursor(QTextCursor::Start);
}

int ProseView::heightForWidth(int width) const
{
    if (!qFuzzyCompare(document()->textWidth(), static_cast<qreal>(width)))
        document()->setTextWidth(width);
    return static_cast<int>(std::ceil(document()->size().height()));
}

QSize ProseView::sizeHint() const
{
    const int width = QTextEdit::width() > 0 ? QTextEdit::width() : 400;
    return {width, heightForWidth(width)};
}

QSize ProseView::minimumSizeHint() const
{
    return {80, fontMetrics().height()};
}

void ProseView::changeEvent(QEvent *event)
{
    QTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_marks == Marks::Understood && !m_text.isEmpty())
        fill();
}

void ProseView::wheelEvent(QWheelEvent *event)
{
    event->ignore();
}

void ProseView::keyPressEvent(QKeyEvent *event)
{
    if (isOwnKey(event))
        QTextEdit::keyPressEvent(event);
    else
        event->ignore();
}

CodeView::CodeView(Wrap wrap, QWidget *parent)
    : QPlainTextEdit(parent)
    , m_wrap(wrap)
{
    setReadOnly(true);
    setUndoRedoEnabled(false);
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFont(codeFont(font()));
    setTabStopDistance(fontMetrics().horizontalAdvance(u' ') * 4);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    if (wrap == Wrap::Anywhere) {
        setLineWrapMode(QPlainTextEdit::WidgetWidth);
        setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    } else {
        setLineWrapMode(QPlainTextEdit::NoWrap);
    }
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(kGrid);
    connect(horizontalScrollBar(), &QScrollBar::rangeChanged, this, [this] { updateGeometry(); });
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(wrap == Wrap::Anywhere);
    setSizePolicy(policy);
}

void CodeView::setMaxLines(int lines)
{
    m_maxLines = lines;
    updateGeometry();
}

void CodeView::setCode(const QString &text)
{
    if (text == toPlainText())
        return;
    setPlainText(text);
    applyKinds();
    updateGeometry();
}

void CodeView::setLineKinds(const QList<LineKind> &kinds)
{
    m_kinds = kinds;
    applyKinds();
}

void CodeView::applyKinds()
{
    const Tones &tones = tonesFor(palette());
    QList<QTextEdit::ExtraSelection> selections;
    QTextBlock block = document()->begin();
    for (const LineKind kind : m_kinds) {
        if (!block.isValid())
            break;
        if (kind != LineKind::Plain) {
            QTextEdit::ExtraSelection selection;
            selection.cursor = QTextCursor(block);
            selection.format.setProperty(QTextFormat::FullWidthSelection, true);
            if (kind == LineKind::Added) {
                selection.format.setBackground(tones.successSurface);
            } else if (kind == LineKind::Removed) {
                selection.format.setBackground(tones.failureSurface);
            } else {
                selection.format.setBackground(tones.code);
                selection.format.setForeground(tones.dim);
                selection.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
            }
            selections += selection;
        }
        block = block.next();
    }
    setExtraSelections(selections);
}

int CodeView::heightOfLines(int lines) const
{
    const int shown = qBound(1, lines, m_maxLines);
    // The line height that the layout uses; it differs from the metrics' spacing for some fonts.
    const QTextLayout *first = document()->firstBlock().layout();
    const qreal line = first && first->lineCount() > 0 ? first->lineAt(0).height()
                                                       : QFontMetricsF(font()).height();
    return static_cast<int>(std::ceil(shown * line + document()->documentMargin() * 2)) + 1;
}

bool CodeView::hasHeightForWidth() const
{
    return m_wrap == Wrap::Anywhere;
}

int CodeView::heightForWidth(int width) const
{
    if (m_wrap == Wrap::Never)
        return sizeHint().height();
    // The fixed font makes the count of wrapped lines a division (a little too many where wide
    // characters are fewer than assumed never hurts: the view scrolls).
    const QFontMetrics metrics = fontMetrics();
    const int perLine = qMax(1, (width - 2 * kGrid - 2) / qMax(1, metrics.horizontalAdvance(u'm')));
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines <= m_maxLines;
         block = block.next())
        lines += qMax(1, (block.length() - 1 + perLine - 1) / perLine);
    return heightOfLines(lines);
}

QSize CodeView::sizeHint() const
{
    if (m_wrap == Wrap::Anywhere)
        return {400, heightForWidth(width() > 0 ? width() : 400)};
    int height = heightOfLines(blockCount());
    if (horizontalScrollBar()->maximum() > 0)
        height += horizontalScrollBar()->sizeHint().height();
    return {400, height};
}

QSize CodeView::minimumSizeHint() const
{
    return {80, heightOfLines(1)};
}

void CodeView::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyKinds();
}

void CodeView::wheelEvent(QWheelEvent *event)
{
    // Hands the wheel to the conversation when there is nothing to scroll here, or its end is met.
    const QScrollBar *bar = verticalScrollBar();
    const bool sideways = std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y());
    const bool up = event->angleDelta().y() > 0;
    if (!sideways && bar->value() == (up ? bar->minimum() : bar->maximum())) {
        event->ignore();
        return;
    }
    QPlainTextEdit::wheelEvent(event);
}

void CodeView::keyPressEvent(QKeyEvent *event)
{
    if (isOwnKey(event))
        QPlainTextEdit::keyPressEvent(event);
    else
        event->ignore();
}

} // namespace paddock::ui
