// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"
#include "core/git/Porcelain.h"

#include <QByteArray>
#include <QList>

namespace paddock::worktrees {

struct ChangedFile
{
    QByteArray path{};    ///< untrusted bytes
    QByteArray oldPath{}; ///< of a rename in the index; else empty
    char index = '.';     ///< letters of git status --porcelain=v2: . M T A D R C U
    char worktree = '.';
    bool untracked = false;
    bool operator==(const ChangedFile &) const = default;
};

[[nodiscard]] inline ChangedFile changedFileOf(const git::StatusEntry &entry)
{
    const bool untracked = entry.index == '?';
    return {.path = entry.path,
            .oldPath = entry.oldPath,
            .index = untracked ? '.' : entry.index,
            .worktree = untracked ? '?' : entry.worktree,
            .untracked = untracked};
}

struct TreeStatus
{
    git::Oid head{}; ///< of the session's branch on the host
    int ahead = 0;   ///< commits on the branch since the base
    QList<ChangedFile> files{};
    bool truncated = false; ///< more files than the limit
    /// From a watched tree (TreeWatch): what moved was looked at, not everything. Good to show;
    /// what decides about somebody's work asks git.
    bool fromWatch = false;
    [[nodiscard]] bool isDirty() const { return !files.isEmpty(); }
};

} // namespace paddock::worktrees
