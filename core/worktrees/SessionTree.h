// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/git/Oid.h"
#include "core/worktrees/Checkout.h"

#include <QString>

#include <optional>
#include <sys/types.h>

namespace paddock::worktrees {

/// Who owns what the container writes, where that is not simply this process.
struct Owner
{
    uid_t uid = 0;
    gid_t gid = 0;
    bool operator==(const Owner &) const = default;
};

/// What the git side must know about one session. The caller keeps it (it is filled by
/// WorktreeManager and stays the same as long as the session lives) and hands it to every call;
/// everything else is found again from it, so nothing here goes stale after a crash. Value type.
struct SessionTree
{
    SessionId session{};
    QString sessionFolder{}; ///< XdgPaths::sessionFolder(session); must exist
    QString projectPath{};   ///< top level of the project's main checkout
    Checkout checkout = Checkout::Worktree;
    QString workPath{};      ///< host folder seen as /workspace: the worktree, or projectPath
    QString worktreesRoot{}; ///< folder that holds the worktrees of the project, absolute
    /// "paddock/fix-login-a7", or the branch that was adopted; empty in MainReadOnly.
    QString branch{};
    /// Short name of the branch the session starts from; empty when that was no branch, or is the
    /// adopted one.
    QString baseBranch{};
    git::Oid baseCommit{};
    std::optional<Owner> owner{}; ///< set where user or group of the container are others

    [[nodiscard]] bool isWritable() const { return checkout != Checkout::MainReadOnly; }
    [[nodiscard]] QString branchRef() const { return QStringLiteral("refs/heads/") + branch; }
    [[nodiscard]] QString privateGitDir() const { return sessionFolder + QStringLiteral("/git"); }
    [[nodiscard]] QString gitFile() const { return sessionFolder + QStringLiteral("/dotgit"); }
    /// A git directory that only the host sees: the one the git program is given for everything
    /// that reads the session's files (see HostView).
    [[nodiscard]] QString hostViewDir() const { return sessionFolder + QStringLiteral("/view"); }
    [[nodiscard]] QString refsPrefix() const
    {
        return QStringLiteral("refs/paddock/") + session.value + u'/';
    }
    [[nodiscard]] QString keepPrefix() const
    {
        return QStringLiteral("refs/paddock/keep/") + session.value + u'/';
    }
    [[nodiscard]] QString backupPrefix() const
    {
        return QStringLiteral("refs/paddock/backup/") + session.value + u'/';
    }
    bool operator==(const SessionTree &) const = default;
};

} // namespace paddock::worktrees
