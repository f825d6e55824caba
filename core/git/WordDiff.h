// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QList>

namespace paddock::git {

/// A part of a line, in bytes.
struct WordRange
{
    qsizetype start = 0;
    qsizetype length = 0;
    bool operator==(const WordRange &) const = default;
};

struct WordDiff
{
    QList<WordRange> removed{}; ///< in the old line, ascending, apart
    QList<WordRange> added{};   ///< in the new line
    bool isWholeLine = false;   ///< too long or too different: there is no better answer than all
    bool operator==(const WordDiff &) const = default;
};

/// Which words of a changed line changed: runs of letters and digits (and bytes beyond ASCII) are
/// words, a run of blanks is one, any other byte is one by itself. The cost is linear in the length
/// of the lines, whatever is in them. Pure.
[[nodiscard]] WordDiff diffWords(QByteArrayView before, QByteArrayView after);

} // namespace paddock::git
