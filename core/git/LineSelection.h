// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/git/Patch.h"

#include <QByteArray>
#include <QList>

#include <optional>

namespace paddock::git {

/// What a person chose of one hunk. The hunk is carried as it was shown: its lines, and not their
/// numbers, say what is meant.
struct HunkSelection
{
    Hunk hunk{};
    /// Indices into hunk.lines of the changed lines that were chosen; nothing: all of them.
    std::optional<QList<int>> lines{};
};

/// \a oldContent with the chosen changes on the way to \a newContent. A line that had no line feed
/// because it was the last one gets one when another follows.
///
/// Conflict if a hunk is not what lies between the two contents; InvalidArgument if a selection
/// makes no sense (no line, a line of context, hunks that overlap). Pure.
[[nodiscard]] Result<QByteArray> applySelected(const QByteArray &oldContent,
                                               const QByteArray &newContent,
                                               const QList<HunkSelection> &selections);

/// \a newContent with the chosen changes taken back; otherwise like applySelected().
[[nodiscard]] Result<QByteArray> revertSelected(const QByteArray &oldContent,
                                                const QByteArray &newContent,
                                                const QList<HunkSelection> &selections);

} // namespace paddock::git
