// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/git/Oid.h"

#include <QByteArray>
#include <QList>

namespace paddock::git {

struct StagedEntry
{
    QByteArray path{};
    quint32 mode = 0; ///< as git's: 0100644, 0100755, 0120000, 0160000
    Oid id{};
    int stage = 0;            ///< 1 to 3: one of several versions after a merge
    bool intentToAdd = false; ///< named with git add -N: not staged
    bool operator==(const StagedEntry &) const = default;
};

/// The entries of an index file (version 2, 3 or 4) in its order. The checksum at its end is not
/// looked at: git can be told to leave it out. Pure.
/// UnsupportedRepository for a split or sparse index; ProtocolError if it is malformed.
[[nodiscard]] Result<QList<StagedEntry>> parseIndexEntries(const QByteArray &content);

} // namespace paddock::git
