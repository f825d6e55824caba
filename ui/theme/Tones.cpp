// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/Tones.h"

#include <QFontDatabase>
#include <QFontInfo>

namespace paddock::ui {

QColor Tones::of(Tone tone) const
{
    switch (tone) {
    case Tone::Text:
        return text;
    case Tone::Dim:
        return dim;
    case Tone::Accent:
        return accent;
    case Tone::Attention:
        return attention;
    case Tone::Failure:
        return failure;
    case Tone::Success:
        return success;
    }
    return text;
}

QColor Tones::surfaceOf(Tone tone) const
{
    switch (tone) {
    case Tone::Attention:
        return attentionSurface;
    case Tone::Failure:
        return failureSurface;
    case Tone::Success:
        return successSurface;
    case Tone::Accent:
        return selected;
    case Tone::Text:
    case Tone::Dim:
        break;
    }
    return hover;
}

const Tones &lightTones()
{
    static const Tones tones{
        .isDark = false,
        .side = QColor(0xebebee),
        .panel = QColor(0xffffff),
        .page = QColor(0xf6f6f8),
        .border = QColor(0xdcdce1),
        .hover = QColor(0xeeeef1),
        .selected = QColor(0xdfe8fa),
        .text = QColor(0x1c1c1f),
        .dim = QColor(0x5f5f68),
        .accent = QColor(0x2f62c8),
        .onAccent = QColor(0xffffff),
        .attention = QColor(0x9a5000),
        .attentionSurface = QColor(0xfdf0dc),
        .failure = QColor(0xb3231b),
        .failureSurface = QColor(0xfde7e5),
        .success = QColor(0x17702f),
        .successSurface = QColor(0xe1f4e6),
        .code = QColor(0xf3f3f6),
    };
    return tones;
}

const Tones &darkTones()
{
    static const Tones tones{
        .isDark = true,
        .side = QColor(0x161719),
        .panel = QColor(0x232428),
        .page = QColor(0x1b1c1f),
        .border = QColor(0x3a3b41),
        .hover = QColor(0x2c2d32),
        .selected = QColor(0x2b3650),
        .text = QColor(0xe9e9ec),
        .dim = QColor(0xa3a3ac),
        .accent = QColor(0x7fa8fa),
        .onAccent = QColor(0x10182a),
        .attention = QColor(0xf2b25c),
        .attentionSurface = QColor(0x3a2d17),
        .failure = QColor(0xf39a93),
        .failureSurface = QColor(0x432120),
        .success = QColor(0x74d08c),
        .successSurface = QColor(0x1d3626),
        .code = QColor(0x1d1e21),
    };
    return tones;
}

const Tones &tonesFor(const QPalette &palette)
{
    return palette.color(QPalette::Active, QPalette::Window).lightnessF() < 0.5 ? darkTones()
                                                                                : lightTones();
}

QPalette paletteOf(const Tones &tones)
{
    QPalette palette;
    const auto all = [&palette](QPalette::ColorRole role, const QColor &color) {
        palette.setColor(QPalette::All, role, color);
    };
    all(QPalette::Window, tones.page);
    all(QPalette::WindowText, tones.text);
    all(QPalette::Base, tones.panel);
    all(QPalette::AlternateBase, tones.code);
    all(QPalette::Text, tones.text);
    all(QPalette::Button, tones.panel);
    all(QPalette::ButtonText, tones.text);
    all(QPalette::BrightText, tones.failure);
    all(QPalette::PlaceholderText, tones.dim);
    all(QPalette::ToolTipBase, tones.panel);
    all(QPalette::ToolTipText, tones.text);
    all(QPalette::Highlight, tones.accent);
    all(QPalette::HighlightedText, tones.onAccent);
    all(QPalette::Link, tones.accent);
    all(QPalette::LinkVisited, tones.accent);
    all(QPalette::Light, tones.panel);
    all(QPalette::Midlight, tones.hover);
    all(QPalette::Mid, tones.border);
    all(QPalette::Dark, tones.isDark ? QColor(0x101113) : QColor(0xb9b9c0));
    all(QPalette::Shadow, tones.isDark ? QColor(Qt::black) : QColor(0x8a8a92));
    QColor faint = tones.dim;
    faint.setAlphaF(0.6F);
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, faint);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, tones.border);
    return palette;
}

QFont scaledFont(const QFont &font, qreal factor, QFont::Weight weight)
{
    QFont result = font;
    if (font.pointSizeF() > 0)
        result.setPointSizeF(font.pointSizeF() * factor);
    else
        result.setPixelSize(qMax(1, qRound(font.pixelSize() * factor)));
    result.setWeight(weight);
    return result;
}

QFont codeFont(const QFont &font, qreal factor)
{
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (font.pointSizeF() > 0)
        fixed.setPointSizeF(font.pointSizeF() * factor);
    else
        fixed.setPixelSize(qMax(1, qRound(font.pixelSize() * factor)));
    fixed.setStyleHint(QFont::Monospace);
    return fixed;
}

} // namespace paddock::ui
