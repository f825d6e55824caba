// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"

#include <QByteArray>

#include <vector>

namespace paddock::git {

/// One file as an index knows it; numbers are cut to 32 bits as git keeps them.
struct IndexEntry
{
    QByteArray path{};
    Oid id{};
    quint32 mode = 0; ///< 0100644, 0100755, 0120000, 0160000
    quint32 modifiedSeconds = 0;
    quint32 modifiedNanoseconds = 0;
    quint32 changedSeconds = 0;
    quint32 changedNanoseconds = 0;
    quint32 inode = 0;
    quint32 uid = 0;
    quint32 gid = 0;
    quint32 size = 0;
    bool operator==(const IndexEntry &) const = default;
};

/// What an index file said at one moment. Entries are in git's order: by the bytes of the path.
struct IndexFile
{
    std::vector<IndexEntry> entries{};
    qint64 writtenSeconds = 0; ///< time of the file: what is not older may have changed unseen
    qint64 writtenNanoseconds = 0;
    quint64 inode = 0; ///< of the file: with the time it tells one state from another
    qint64 bytes = 0;
    /// Merge conflicts, entries that are only intended, assumed unchanged or left out of a sparse
    /// checkout, submodules: git alone answers for such an index.
    bool isUnusual = false;
};

/// Reads an index that the host wrote (libgit2). A missing one is empty. UnsupportedRepository for
/// a form that libgit2 does not know (split, sparse). Blocks on the disk: worker threads only.
[[nodiscard]] Result<IndexFile> readIndexFile(const QString &path);

} // namespace paddock::git
