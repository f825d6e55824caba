// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

namespace paddock::ui {

/// What a colour means. Amber only where a person is needed, red only for failure, green only for
/// success; never the only sign of anything.
enum class Tone { Text, Dim, Accent, Attention, Failure, Success };

/// The colours that a palette has no role for, in one scheme. Contrast of each foreground to the
/// surfaces it is used on is at least 4.5:1 (a test computes it).
struct Tones
{
    bool isDark = false;
    QColor side;   ///< navigation
    QColor panel;  ///< list, header, cards
    QColor page;   ///< behind cards
    QColor border; ///< lines of one pixel
    QColor hover;
    QColor selected; ///< chosen row, not focused text
    QColor text;
    QColor dim;
    QColor accent;
    QColor onAccent;
    QColor attention;
    QColor attentionSurface;
    QColor failure;
    QColor failureSurface;
    QColor success;
    QColor successSurface;
    QColor code; ///< behind monospace blocks

    [[nodiscard]] QColor of(Tone tone) const;
    [[nodiscard]] QColor surfaceOf(Tone tone) const;
};

[[nodiscard]] const Tones &lightTones();
[[nodiscard]] const Tones &darkTones();
/// The tones that go with \a palette (by the lightness of its window colour).
[[nodiscard]] const Tones &tonesFor(const QPalette &palette);
/// The application palette made of \a tones.
[[nodiscard]] QPalette paletteOf(const Tones &tones);

/// \a font at \a factor of its size.
[[nodiscard]] QFont
scaledFont(const QFont &font, qreal factor, QFont::Weight weight = QFont::Normal);
/// The system's fixed font at the size of \a font.
[[nodiscard]] QFont codeFont(const QFont &font, qreal factor = 0.95);

inline constexpr int kGrid = 4; ///< device independent pixels; every distance is a multiple
inline constexpr qreal kSecondary = 0.92;
inline constexpr qreal kTitle = 1.3;
inline constexpr qreal kControlRadius = 6;
inline constexpr qreal kCardRadius = 8;

} // namespace paddock::ui
