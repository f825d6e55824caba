// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/Labels.h"

#include "ui/text/DisplayText.h"

#include <QEvent>
#include <QPainter>

namespace paddock::ui {

PlainLabel::PlainLabel(const QString &text, QWidget *parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    setShownText(text);
}

void PlainLabel::setShownText(const QString &text)
{
    setText(visibleText(text));
}

void PlainLabel::setTone(Tone tone)
{
    m_tone = tone;
    applyTone();
}

void PlainLabel::setScale(qreal factor, QFont::Weight weight)
{
    setFont(scaledFont(QWidget::font(), factor, weight));
}

void PlainLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTone();
}

void PlainLabel::applyTone()
{
    const QColor color = m_tone == Tone::Text ? QColor() : tonesFor(palette()).of(m_tone);
    if (!color.isValid() || palette().color(QPalette::WindowText) == color)
        return;
    QPalette changed = palette();
    changed.setColor(QPalette::WindowText, color);
    changed.setColor(QPalette::Text, color);
    setPalette(changed);
}

ElidedLabel::ElidedLabel(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ElidedLabel::setShownText(const QString &text)
{
    const QString shown = visibleText(text.left(2'000), Lines::One);
    if (shown == m_text)
        return;
    m_text = shown;
    setAccessibleName(shown);
    setToolTip(plainToolTip(shown));
    updateGeometry();
    update();
}

void ElidedLabel::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void ElidedLabel::setElideMode(Qt::TextElideMode mode)
{
    m_mode = mode;
    update();
}

void ElidedLabel::setMinimumCharacters(int count)
{
    m_minimumCharacters = count;
    updateGeometry();
}

QSize ElidedLabel::sizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    return {metrics.horizontalAdvance(m_text) + 1, metrics.height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    const int few = metrics.averageCharWidth() * m_minimumCharacters;
    return {qMin(few, sizeHint().width()), metrics.height()};
}

void ElidedLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LayoutDirectionAuto);
    painter.setPen(tonesFor(palette()).of(m_tone));
    painter.drawText(rect(),
                     static_cast<int>(Qt::AlignVCenter | Qt::TextSingleLine |
                                      QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)),
                     fontMetrics().elidedText(m_text, m_mode, width()));
}

Badge::Badge(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setFont(scaledFont(font(), kSecondary, QFont::Medium));
}

void Badge::setLook(Icon icon, const QString &word, Tone tone)
{
    m_icon = icon;
    m_word = visibleText(word, Lines::One).left(60);
    m_tone = tone;
    setAccessibleName(m_word);
    updateGeometry();
    update();
}

QSize Badge::sizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    const int icon = m_icon == Icon::None ? 0 : 4 * kGrid;
    return {metrics.horizontalAdvance(m_word) + icon + 4 * kGrid, metrics.height() + kGrid};
}

void Badge::paintEvent(QPaintEvent *)
{
    const Tones &tones = tonesFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tones.surfaceOf(m_tone));
    painter.drawRoundedRect(rect(), height() / 2.0, height() / 2.0);
    QRect inner = rect().adjusted(2 * kGrid, 0, -2 * kGrid, 0);
    if (m_icon != Icon::None) {
        const QRect box(inner.left(), inner.center().y() - 6, 13, 13);
        paintIcon(
            painter, m_icon, QStyle::visualRect(layoutDirection(), rect(), box), tones.of(m_tone));
        inner.setLeft(inner.left() + 4 * kGrid);
    }
    painter.setPen(tones.of(m_tone));
    painter.drawText(QStyle::visualRect(layoutDirection(), rect(), inner),
                     static_cast<int>(Qt::AlignVCenter | Qt::AlignHCenter | Qt::TextSingleLine),
                     m_word);
}

IconLabel::IconLabel(Icon icon, Tone tone, int side, QWidget *parent)
    : QWidget(parent)
    , m_icon(icon)
    , m_tone(tone)
    , m_side(side)
{
    setFixedSize(side, side);
}

void IconLabel::setLook(Icon icon, Tone tone)
{
    m_icon = icon;
    m_tone = tone;
    update();
}

void IconLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintIcon(painter, m_icon, rect(), tonesFor(palette()).of(m_tone));
}

Card::Card(QWidget *parent)
    : QWidget(parent)
{
}

void Card::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void Card::paintEvent(QPaintEvent *)
{
    const Tones &tones = tonesFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_tone == Tone::Text ? tones.border : tones.of(m_tone), 1));
    painter.setBrush(tones.panel);
    painter.drawRoundedRect(
        QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kCardRadius, kCardRadius);
}

Line::Line(Qt::Orientation orientation, QWidget *parent)
    : QWidget(parent)
{
    if (orientation == Qt::Horizontal)
        setFixedHeight(1);
    else
        setFixedWidth(1);
}

void Line::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), tonesFor(palette()).border);
}

Surface::Surface(Kind kind, QWidget *parent)
    : QWidget(parent)
    , m_kind(kind)
{
}

void Surface::paintEvent(QPaintEvent *)
{
    const Tones &tones = tonesFor(palette());
    const QColor color = m_kind == Kind::Side    ? tones.side
                         : m_kind == Kind::Panel ? tones.panel
                                                 : tones.page;
    QPainter(this).fillRect(rect(), color);
}

} // namespace paddock::ui
