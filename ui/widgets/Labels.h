// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/theme/Icons.h"
#include "ui/theme/Tones.h"

#include <QLabel>
#include <QWidget>

namespace paddock::ui {

/// A label that never interprets markup and wraps; its text goes through visibleText().
class PlainLabel final : public QLabel
{
    Q_OBJECT

public:
    explicit PlainLabel(const QString &text = {}, QWidget *parent = nullptr);

    void setShownText(const QString &text);
    void setTone(Tone tone);
    void setScale(qreal factor, QFont::Weight weight = QFont::Normal);

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyTone();

    Tone m_tone = Tone::Text;
};

/// One line that gives way: elided to the width there is, whole in the tool tip and for assistive
/// technology.
class ElidedLabel final : public QWidget
{
    Q_OBJECT

public:
    explicit ElidedLabel(QWidget *parent = nullptr);

    void setShownText(const QString &text);
    [[nodiscard]] const QString &text() const { return m_text; }
    void setTone(Tone tone);
    void setElideMode(Qt::TextElideMode mode);
    void setMinimumCharacters(int count);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    Tone m_tone = Tone::Text;
    Qt::TextElideMode m_mode = Qt::ElideRight;
    int m_minimumCharacters = 4;
};

/// Sign, word and colour of a state, on a rounded surface.
class Badge final : public QWidget
{
    Q_OBJECT

public:
    explicit Badge(QWidget *parent = nullptr);

    void setLook(Icon icon, const QString &word, Tone tone);
    [[nodiscard]] const QString &word() const { return m_word; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Icon m_icon = Icon::None;
    QString m_word;
    Tone m_tone = Tone::Dim;
};

/// An icon on its own.
class IconLabel final : public QWidget
{
    Q_OBJECT

public:
    IconLabel(Icon icon, Tone tone, int side, QWidget *parent = nullptr);
    void setLook(Icon icon, Tone tone);
    [[nodiscard]] QSize sizeHint() const override { return {m_side, m_side}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Icon m_icon;
    Tone m_tone;
    int m_side;
};

/// A rounded surface with a line around it.
class Card : public QWidget
{
    Q_OBJECT

public:
    explicit Card(QWidget *parent = nullptr);
    void setTone(Tone tone); ///< Tone::Text: the plain card

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Tone m_tone = Tone::Text;
};

/// A line of one pixel.
class Line final : public QWidget
{
    Q_OBJECT

public:
    explicit Line(Qt::Orientation orientation, QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;
};

/// A widget filled with one of the surfaces of the window.
class Surface : public QWidget
{
    Q_OBJECT

public:
    enum class Kind { Side, Panel, Page };
    explicit Surface(Kind kind, QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Kind m_kind;
};

} // namespace paddock::ui
