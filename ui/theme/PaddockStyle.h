// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

namespace paddock::ui {

/// Fusion with flat, rounded controls and thin scroll bars. Colours come from the option's palette,
/// so that a change of scheme needs nothing but a new palette.
class PaddockStyle final : public QProxyStyle
{
    Q_OBJECT

public:
    PaddockStyle();

    void drawPrimitive(PrimitiveElement element,
                       const QStyleOption *option,
                       QPainter *painter,
                       const QWidget *widget) const override;
    void drawControl(ControlElement element,
                     const QStyleOption *option,
                     QPainter *painter,
                     const QWidget *widget) const override;
    void drawComplexControl(ComplexControl control,
                            const QStyleOptionComplex *option,
                            QPainter *painter,
                            const QWidget *widget) const override;
    [[nodiscard]] int pixelMetric(PixelMetric metric,
                                  const QStyleOption *option,
                                  const QWidget *widget) const override;
    [[nodiscard]] QSize sizeFromContents(ContentsType type,
                                         const QStyleOption *option,
                                         const QSize &size,
                                         const QWidget *widget) const override;
    [[nodiscard]] QRect subControlRect(ComplexControl control,
                                       const QStyleOptionComplex *option,
                                       SubControl sub,
                                       const QWidget *widget) const override;
    [[nodiscard]] int styleHint(StyleHint hint,
                                const QStyleOption *option,
                                const QWidget *widget,
                                QStyleHintReturn *data) const override;
    void polish(QWidget *widget) override;
    using QProxyStyle::polish;

private:
    void
    drawScrollBar(const QStyleOptionSlider *option, QPainter *painter, const QWidget *widget) const;
    void drawComboBox(const QStyleOptionComboBox *option, QPainter *painter) const;
    void drawTab(const QStyleOptionTab *option, QPainter *painter) const;
};

/// Property (QVariant of ButtonRole's name) read by the style: setButtonRole().
enum class ButtonRole {
    Normal,
    Primary, ///< the one thing to do here; filled with the accent
    Quiet,   ///< no border until it is pointed at
};

class ButtonRoles
{
public:
    static void set(QWidget *button, ButtonRole role);
    [[nodiscard]] static ButtonRole of(const QWidget *button);
};

} // namespace paddock::ui
