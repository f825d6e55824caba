// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

/// A file or folder of the main checkout that git ignores there and a session could get a copy of.
struct IgnoredEntry
{
    QByteArray path{}; ///< relative to the checkout, without a '/' at the end
    bool isFolder = false;
    qint64 bytes = 0; ///< of all files in it; a lower bound when isTooLarge
    int files = 0;    ///< likewise
    bool isTooLarge = false;
    /// Its name or its content looks like a key, a token or a password. Whoever copies it gives it
    /// to the agent.
    bool looksSecret = false;
    bool operator==(const IgnoredEntry &) const = default;
};

struct IgnoredFilesOptions
{
    QString projectPath{};
    /// What to look for, as PathPattern has it. Names at any depth (".env*") are not looked for
    /// inside folders that are ignored as a whole; "/build/settings.json" is.
    QStringList patterns{QStringLiteral(".env*")};
    qint64 maxEntryBytes = 256 * kMiB; ///< beyond it an entry is too large
    int maxEntryFiles = 20'000;        ///< likewise
};

struct CopyIgnoredOptions
{
    QList<QByteArray> paths{};     ///< of entries that list() named
    bool secretsConfirmed = false; ///< a person has agreed to hand over what looks secret
    qint64 maxBytes = kGiB;        ///< of all of them
    int maxFiles = 100'000;        ///< likewise
};

struct CopyIgnoredReport
{
    qint64 bytes = 0;
    int files = 0;
    /// "path: reason", at most 100: links that leave the worktree, special files, repositories, and
    /// what is there already. They were left out.
    QStringList leftOut{};
};

/// Files that git ignores (settings of a developer's machine, installed packages) are not in a new
/// worktree. They can be copied into it after a person has seen what they are and how large. Main
/// thread.
class IgnoredFiles
{
public:
    IgnoredFiles(WorkerPool &pool, const git::GitProcess &git);

    /// What fits the patterns, in the order of the paths, at most 1000. InvalidArgument (pattern),
    /// NotARepository, CommandTimeout.
    [[nodiscard]] Pending<QList<IgnoredEntry>> list(const IgnoredFilesOptions &options);

    /// Copies into the new worktree of \a tree: after WorktreeManager::create(), before the private
    /// repository is made. Files only by descriptors; links are copied as links if they stay in the
    /// worktree, and never followed. What is copied stays ignored in the session. All or an error:
    /// NotFound (not ignored, or gone), SecurityViolation (looks secret, not confirmed),
    /// FileTooLarge, DiskFull; parts of it may then be in the worktree, which is to be undone.
    [[nodiscard]] Pending<CopyIgnoredReport> copy(const SessionTree &tree,
                                                  const CopyIgnoredOptions &options);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
