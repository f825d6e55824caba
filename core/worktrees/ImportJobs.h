// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/Import.h"

/// The parts of an import that work on the host's disk. Worker threads only.
namespace paddock::worktrees {

/// A ref of the agent that is to be mirrored.
struct AgentRef
{
    QString agentName{};
    QString hostName{};
    git::Oid id{};
    bool mustBeCommit = true;
};

struct ImportPlan
{
    git::RepositoryInfo project{};
    QList<AgentRef> refs{};
    std::optional<git::Oid> branchTip{}; ///< the session's branch as the agent has it
    QList<git::Oid> wanted{};            ///< tips to ask the agent for
    QList<git::Oid> known{};             ///< tips the host has with all that they reach
    QString quarantine{};                ///< object directory for what comes; made by planImport
    QStringList notices{};

    /// Standard input of pack-objects --revs and rev-list --stdin.
    [[nodiscard]] QByteArray revisions() const;
};

/// Reads the agent's answers (git show-ref --head, and the ids of its stash, newest first), leaves
/// out what has an unsafe name and decides what is missing. ImportRefused if an answer is garbage.
[[nodiscard]] Result<ImportPlan> planImport(const git::GitProcess &git,
                                            const SessionTree &tree,
                                            const QByteArray &refLines,
                                            const QByteArray &stashLines,
                                            const ImportLimits &limits,
                                            const CancelToken &cancel);

/// Reads a pack from \a input (owned by the caller) until its end and checks it into quarantine.
[[nodiscard]] Result<Done> receivePack(const git::GitProcess &git,
                                       const SessionTree &tree,
                                       const ImportPlan &plan,
                                       int input,
                                       const ImportLimits &limits,
                                       const CancelToken &cancel);

/// Connectivity, flags, objects into the project, refs, index.
[[nodiscard]] Result<ImportReport> acceptImport(const git::GitProcess &git,
                                                const SessionTree &tree,
                                                const ImportPlan &plan,
                                                const ImportLimits &limits,
                                                const CancelToken &cancel);

[[nodiscard]] Result<QList<StrayRef>> findStrayRefs(const SessionTree &tree);

/// Where the ref that remembers the last imported tip of the branch is.
[[nodiscard]] QString lastImportRef(const SessionTree &tree);

/// The first name below SessionTree::backupPrefix() that is free.
[[nodiscard]] QString nextBackupRef(const git::Repository &repository, const SessionTree &tree);

/// Flags of what \a tip has and \a base has not. \a objectDirectory: quarantine, or empty.
[[nodiscard]] Result<QList<ImportFlag>> scanCommit(const git::GitProcess &git,
                                                   const HostView &view,
                                                   const QString &objectDirectory,
                                                   const git::Oid &base,
                                                   const git::Oid &tip,
                                                   const CancelToken &cancel);

/// Where the link at \a path leads, for the scan: nothing if it stays in the tree.
[[nodiscard]] std::optional<ImportFlag::Kind> judgeSymlink(const QByteArray &path,
                                                           const QByteArray &target);

} // namespace paddock::worktrees
