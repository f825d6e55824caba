// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/PaddockStyle.h"

#include "ui/theme/Icons.h"
#include "ui/theme/Tones.h"

#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QPainter>
#include <QScrollBar>
#include <QStyleFactory>
#include <QStyleOption>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr const char *kRoleProperty = "paddockButtonRole";

void drawRounded(QPainter *painter,
                 const QRect &rect,
                 const QColor &fill,
                 const QColor &line,
                 qreal radius = kControlRadius,
                 qreal width = 1)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(line.alpha() == 0 ? QPen(Qt::NoPen) : QPen(line, width));
    painter->setBrush(fill.alpha() == 0 ? QBrush(Qt::NoBrush) : QBrush(fill));
    const qreal inset = width / 2;
    painter->drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius);
    painter->restore();
}

QColor mixed(const QColor &one, const QColor &two, float share)
{
    return QColor::fromRgbF(one.redF() * (1 - share) + two.redF() * share,
                            one.greenF() * (1 - share) + two.greenF() * share,
                            one.blueF() * (1 - share) + two.blueF() * share);
}

void drawButtonPanel(const QStyleOption *option, QPainter *painter, ButtonRole role)
{
    const Tones &tones = tonesFor(option->palette);
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    const bool over = enabled && option->state.testFlag(QStyle::State_MouseOver);
    const bool down = enabled && (option->state & (QStyle::State_Sunken | QStyle::State_On));
    QColor fill = tones.panel;
    QColor line = tones.border;
    if (role == ButtonRole::Primary) {
        fill = enabled ? tones.accent : tones.border;
        if (over)
            fill = mixed(fill, tones.panel, 0.10F);
        if (down)
            fill = mixed(fill, tones.text, 0.15F);
        line = fill;
    } else if (role == ButtonRole::Quiet) {
        fill = down ? tones.selected : over ? tones.hover : QColor(Qt::transparent);
        line = Qt::transparent;
    } else {
        if (down)
            fill = tones.selected;
        else if (over)
            fill = tones.hover;
    }
    drawRounded(painter, option->rect, fill, line);
}

void drawButtonLabel(const QStyleOptionButton *option, QPainter *painter, ButtonRole role)
{
    const Tones &tones = tonesFor(option->palette);
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    QColor ink = option->palette.color(enabled ? QPalette::Active : QPalette::Disabled,
                                       QPalette::ButtonText);
    if (role == ButtonRole::Primary)
        ink = enabled ? tones.onAccent : tones.dim;
    const int gap = option->icon.isNull() || option->text.isEmpty() ? 0 : kGrid + 2;
    const int icon = option->icon.isNull() ? 0 : option->iconSize.width();
    const int textWidth = option->fontMetrics.size(Qt::TextShowMnemonic, option->text).width();
    const int room = option->rect.width() - icon - gap - kGrid;
    const int shown = qMin(textWidth, room);
    int left = option->rect.left() + (option->rect.width() - icon - gap - shown) / 2;
    const auto place = [option](const QRect &rect) {
        return QStyle::visualRect(option->direction, option->rect, rect);
    };
    if (icon > 0) {
        const QRect box(left, option->rect.center().y() - icon / 2 + 1, icon, icon);
        option->icon.paint(
            painter, place(box), Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
        left += icon + gap;
    }
    painter->save();
    painter->setPen(ink);
    painter->drawText(place(QRect(left, option->rect.top(), shown + 1, option->rect.height())),
                      static_cast<int>(Qt::AlignCenter | Qt::TextShowMnemonic | Qt::TextSingleLine),
                      shown < textWidth
                          ? option->fontMetrics.elidedText(
                                option->text, Qt::ElideRight, shown, Qt::TextShowMnemonic)
                          : option->text);
    painter->restore();
}

} // namespace

void ButtonRoles::set(QWidget *button, ButtonRole role)
{
    button->setProperty(kRoleProperty, static_cast<int>(role));
    button->update();
}

ButtonRole ButtonRoles::of(const QWidget *button)
{
    if (!button)
        return ButtonRole::Normal;
    return static_cast<ButtonRole>(button->property(kRoleProperty).toInt());
}

PaddockStyle::PaddockStyle()
    : QProxyStyle(QStyleFactory::create(u"Fusion"_s))
{
}

void PaddockStyle::polish(QWidget *widget)
{
    if (qobject_cast<QAbstractButton *>(widget) || qobject_cast<QScrollBar *>(widget))
        widget->setAttribute(Qt::WA_Hover);
    QProxyStyle::polish(widget);
}

void PaddockStyle::drawPrimitive(PrimitiveElement element,
                                 const QStyleOption *option,
                                 QPainter *painter,
                                 const QWidget *widget) const
{
    const Tones &tones = tonesFor(option->palette);
    switch (element) {
    case PE_PanelButtonCommand:
        drawButtonPanel(option, painter, ButtonRoles::of(widget));
        return;
    case PE_PanelButtonTool:
        drawButtonPanel(option, painter, ButtonRole::Quiet);
        return;
    case PE_FrameFocusRect: {
        if (!option->state.testFlag(State_KeyboardFocusChange) &&
            !option->state.testFlag(State_HasFocus))
            return;
        const bool onAccent = ButtonRoles::of(widget) == ButtonRole::Primary;
        drawRounded(painter,
                    option->rect,
                    Qt::transparent,
                    onAccent ? tones.onAccent : tones.accent,
                    kControlRadius - 1,
                    1.5);
        return;
    }
    case PE_PanelLineEdit:
    case PE_FrameLineEdit:
    case PE_Frame: {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        if (frame && frame->lineWidth <= 0) {
            if (element == PE_PanelLineEdit)
                painter->fillRect(option->rect, option->palette.brush(QPalette::Base));
            return;
        }
        const bool focus = option->state.testFlag(State_HasFocus);
        const QColor fill =
            element == PE_Frame ? QColor(Qt::transparent) : option->palette.color(QPalette::Base);
        drawRounded(painter,
                    option->rect,
                    fill,
                    focus ? tones.accent : tones.border,
                    kControlRadius,
                    focus ? 1.5 : 1);
        return;
    }
    case PE_FrameTabBarBase:
    case PE_FrameStatusBarItem:
    case PE_FrameTabWidget:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void PaddockStyle::drawControl(ControlElement element,
                               const QStyleOption *option,
                               QPainter *painter,
                               const QWidget *widget) const
{
    switch (element) {
    case CE_PushButtonLabel:
        if (const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option)) {
            drawButtonLabel(button, painter, ButtonRoles::of(widget));
            return;
        }
        break;
    case CE_TabBarTabShape:
        if (const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option)) {
            drawTab(tab, painter);
            return;
        }
        break;
    case CE_Splitter:
        painter->fillRect(option->rect, tonesFor(option->palette).border);
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void PaddockStyle::drawTab(const QStyleOptionTab *option, QPainter *painter) const
{
    const Tones &tones = tonesFor(option->palette);
    if (option->state.testFlag(State_Selected)) {
        const QRect line(option->rect.left() + 2 * kGrid,
                         option->rect.bottom() - 1,
                         option->rect.width() - 4 * kGrid,
                         2);
        painter->fillRect(line, tones.accent);
    }
}

void PaddockStyle::drawComboBox(const QStyleOptionComboBox *option, QPainter *painter) const
{
    const Tones &tones = tonesFor(option->palette);
    drawButtonPanel(option, painter, ButtonRole::Normal);
    if (option->state.testFlag(State_HasFocus))
        drawRounded(painter, option->rect, Qt::transparent, tones.accent, kControlRadius, 1.5);
    const QRect arrow = subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, nullptr);
    QColor color = tones.dim;
    if (!option->state.testFlag(State_Enabled))
        color.setAlphaF(0.45F);
    QRectF box(0, 0, 12, 12);
    box.moveCenter(QRectF(arrow).center());
    paintIcon(*painter, Icon::ChevronDown, box, color);
}

void PaddockStyle::drawScrollBar(const QStyleOptionSlider *option,
                                 QPainter *painter,
                                 const QWidget *widget) const
{
    const Tones &tones = tonesFor(option->palette);
    QRect slider = subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
    const bool active = option->state & (State_MouseOver | State_Sunken);
    const int inset = active ? 2 : 3;
    slider.adjust(inset, inset, -inset, -inset);
    if (option->minimum == option->maximum || slider.isEmpty())
        return;
    QColor color = tones.dim;
    color.setAlphaF(active ? 0.7F : 0.4F);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    const qreal radius = qMin(slider.width(), slider.height()) / 2.0;
    painter->drawRoundedRect(slider, radius, radius);
    painter->restore();
}

void PaddockStyle::drawComplexControl(ComplexControl control,
                                      const QStyleOptionComplex *option,
                                      QPainter *painter,
                                      const QWidget *widget) const
{
    if (control == CC_ScrollBar) {
        if (const auto *slider = qstyleoption_cast<const QStyleOptionSlider *>(option)) {
            drawScrollBar(slider, painter, widget);
            return;
        }
    }
    if (control == CC_ComboBox) {
        const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
        if (combo && !combo->editable) {
            drawComboBox(combo, painter);
            return;
        }
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

QRect PaddockStyle::subControlRect(ComplexControl control,
                                   const QStyleOptionComplex *option,
                                   SubControl sub,
                                   const QWidget *widget) const
{
    if (control == CC_ScrollBar) {
        // No arrow buttons: the groove is the whole bar.
        if (const auto *slider = qstyleoption_cast<const QStyleOptionSlider *>(option)) {
            const bool flat = slider->orientation == Qt::Horizontal;
            const int length = flat ? slider->rect.width() : slider->rect.height();
            const qint64 range = qint64{slider->maximum} - slider->minimum;
            int size = length;
            if (range > 0) {
                size = static_cast<int>(qint64{length} * slider->pageStep /
                                        (range + slider->pageStep));
                size = qBound(qMin(28, length), size, length);
            }
            const int start = sliderPositionFromValue(slider->minimum,
                                                      slider->maximum,
                                                      slider->sliderPosition,
                                                      length - size,
                                                      slider->upsideDown);
            QRect rect;
            switch (sub) {
            case SC_ScrollBarAddLine:
            case SC_ScrollBarSubLine:
                return {};
            case SC_ScrollBarSubPage:
                rect = flat ? QRect(0, 0, start, slider->rect.height())
                            : QRect(0, 0, slider->rect.width(), start);
                break;
            case SC_ScrollBarAddPage:
                rect = flat ? QRect(start + size, 0, length - start - size, slider->rect.height())
                            : QRect(0, start + size, slider->rect.width(), length - start - size);
                break;
            case SC_ScrollBarSlider:
                rect = flat ? QRect(start, 0, size, slider->rect.height())
                            : QRect(0, start, slider->rect.width(), size);
                break;
            default:
                rect = slider->rect;
            }
            return visualRect(slider->direction, slider->rect, rect);
        }
    }
    if (control == CC_ComboBox && sub == SC_ComboBoxEditField) {
        const QRect rect = option->rect.adjusted(2 * kGrid, 1, -6 * kGrid, -1);
        return visualRect(option->direction, option->rect, rect);
    }
    return QProxyStyle::subControlRect(control, option, sub, widget);
}

int PaddockStyle::pixelMetric(PixelMetric metric,
                              const QStyleOption *option,
                              const QWidget *widget) const
{
    switch (metric) {
    case PM_SplitterWidth:
        return 1;
    case PM_DefaultFrameWidth:
        // Room for the rounded corners, which the square viewport would cover.
        return qobject_cast<const QAbstractScrollArea *>(widget) ? kGrid - 1 : 1;
    case PM_ScrollBarExtent:
        return 3 * kGrid;
    case PM_ScrollView_ScrollBarSpacing:
    case PM_TabBarTabShiftVertical:
    case PM_TabBarTabShiftHorizontal:
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_TabBarBaseOverlap:
        return 0;
    case PM_TabBarTabHSpace:
        return 4 * kGrid;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return 2 * kGrid;
    case PM_LayoutLeftMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutBottomMargin:
        return 3 * kGrid;
    case PM_ButtonIconSize:
    case PM_SmallIconSize:
    case PM_ToolBarIconSize:
        return 4 * kGrid;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize PaddockStyle::sizeFromContents(ContentsType type,
                                     const QStyleOption *option,
                                     const QSize &size,
                                     const QWidget *widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    const int line = option ? option->fontMetrics.height() : 16;
    switch (type) {
    case CT_PushButton: {
        const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
        const bool textless = button && button->text.isEmpty();
        result.setWidth(size.width() + (textless ? 3 * kGrid : 6 * kGrid));
        result.setHeight(qMax(size.height(), line) + 3 * kGrid);
        break;
    }
    case CT_ComboBox:
    case CT_LineEdit:
        result.setHeight(qMax(result.height(), line + 3 * kGrid));
        break;
    case CT_TabBarTab:
        result.setHeight(line + 4 * kGrid);
        break;
    default:
        break;
    }
    return result;
}

int PaddockStyle::styleHint(StyleHint hint,
                            const QStyleOption *option,
                            const QWidget *widget,
                            QStyleHintReturn *data) const
{
    switch (hint) {
    case SH_ComboBox_Popup:
        return 0;
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_DialogButtonBox_ButtonsHaveIcons:
        return 0;
    case SH_ScrollBar_Transient:
        return 0;
    case SH_TabBar_ElideMode:
        return Qt::ElideRight;
    default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

} // namespace paddock::ui
