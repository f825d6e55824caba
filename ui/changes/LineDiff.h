// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace paddock::ui {

/// A line of a diff as it is shown; text already made visible and cut.
struct DiffLine
{
    enum class Kind : quint8 { Context, Added, Removed, Hunk, File, Note };
    Kind kind = Kind::Context;
    int oldNumber = 0; ///< 1-based; 0: none
    int newNumber = 0;
    QString text;
    bool operator==(const DiffLine &) const = default;
};

struct DiffText
{
    QList<DiffLine> lines;
    int added = 0;
    int removed = 0;
    bool isCut = false; ///< lines were left out
};

inline constexpr qsizetype kMaxDiffLineCharacters = 2'000;

/// Lines that differ between two texts, with \a context lines around; at most \a maxLines. Exact up
/// to about two thousand changed lines, beyond that the changed middle counts as one block.
[[nodiscard]] DiffText
diffOfTexts(const QString &before, const QString &after, int context = 2, int maxLines = 400);

/// One file of a unified diff.
struct PatchFile
{
    QString path; ///< of the new side, or of the old when the file went away
    QList<DiffLine> lines;
    int added = 0;
    int removed = 0;
};

/// Reads what `git diff` writes. Anything may be in it: lines that fit no rule become notes,
/// bytes that are not UTF-8 are replaced, and reading stops at \a maxLines (the last line says so).
[[nodiscard]] QList<PatchFile> parsePatch(const QByteArray &patch, int maxLines = 200'000);

} // namespace paddock::ui
