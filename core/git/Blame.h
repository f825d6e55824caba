// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Log.h"

#include <QHash>
#include <QList>

namespace paddock::git {

/// Lines that came with one commit; numbers count from 1.
struct BlameRange
{
    Oid commit{};
    int line = 0; ///< first one, in the file as it was asked for
    int count = 0;
    int originalLine = 0;      ///< first one, in the file of the commit
    QByteArray originalPath{}; ///< there; untrusted bytes
    bool operator==(const BlameRange &) const = default;
};

struct BlameCommit
{
    Signature author{};
    QString subject{};       ///< untrusted
    bool isBoundary = false; ///< the history was not read further back
    bool operator==(const BlameCommit &) const = default;
};

struct Blame
{
    QList<BlameRange> ranges{}; ///< by line, without gaps unless truncated
    QHash<Oid, BlameCommit> commits{};
    bool truncated = false;
    /// The range that holds \a line; nothing if there is none.
    [[nodiscard]] const BlameRange *at(int line) const;
};

/// Reads git blame --incremental, at most \a maxLines lines. Pure; trusts nothing. ProtocolError,
/// FileTooLarge.
[[nodiscard]] Result<Blame>
parseBlame(const QByteArray &text, int maxLines, Tail tail = Tail::Complete);

} // namespace paddock::git
