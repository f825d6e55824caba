// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/theme/Tones.h"

#include <QIcon>
#include <QPainter>

namespace paddock::ui {

/// The icons of the window: strokes on a grid of 16, painted, so that they are sharp at every scale
/// and take the colours of the palette of the moment.
enum class Icon {
    None,
    Sessions,
    Folder,
    FolderAdd,
    Plus,
    Search,
    Play,
    Clock,
    Check,
    Cross,
    Alert,
    Question,
    Pause,
    Stop,
    Dot,
    ChevronRight,
    ChevronDown,
    Branch,
    Shield,
    Keyboard,
    Copy,
    Refresh,
    Box,
    File,
    Pencil,
    Terminal,
    Globe,
    Trash,
    Thought,
    Plan,
    Engine,
    Arrow,
    Gear,
    Down,
};

/// Paints \a icon into \a rect with \a color.
void paintIcon(QPainter &painter, Icon icon, const QRectF &rect, const QColor &color);
/// As a QIcon for buttons and actions; the colour follows the application palette.
[[nodiscard]] QIcon makeIcon(Icon icon, Tone tone = Tone::Text);

} // namespace paddock::ui
