// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/worktrees/GitSettings.h"
#include "core/worktrees/Preflight.h"
#include "core/worktrees/SessionTree.h"

#include <QList>
#include <QStringList>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

/// One bind mount that the git side asks of the sandbox, in the order in which they must be given
/// (a mount below another comes after it).
struct TreeMount
{
    enum class Kind {
        Workspace,         ///< the worktree or the main checkout at /workspace
        GitFile,           ///< one-line file over /workspace/.git
        PrivateRepository, ///< git directory of the session
        Objects,           ///< an object store of the host
        AlternatesMask,    ///< empty file over a store's info/alternates
        FileMask,          ///< empty file over a file of the main checkout that is left out
    };
    enum class Access { ReadOnly, ReadWrite };

    Kind kind = Kind::Workspace;
    QString hostPath{};
    QString containerPath{};
    Access access = Access::ReadOnly;
    bool operator==(const TreeMount &) const = default;
};

struct TreeMounts
{
    QList<TreeMount> mounts{};
    /// Container paths to be covered by an empty tmpfs (read-only, size irrelevant), on top of
    /// the mounts.
    QStringList masks{};
    /// Where git's directory is inside, for commands run there: /paddock/git or /workspace/.git.
    QString containerGitDir{};
    QStringList notices{}; ///< in words, for the person
};

struct PrivateRepositoryOptions
{
    QString userName{}; ///< identity for the agent's commits; empty: the person's own, if
                        ///< git knows one, else "Paddock agent"
    QString userEmail{};
    /// What is done about files of the worktree with a second name outside, which the agent could
    /// change there. Looked for at every start but the first (git makes none).
    HardLinkPolicy hardLinks = HardLinkPolicy::Report;
    /// Further settings of git for the session, see checkedGitSettings(). Written when the private
    /// repository is made; afterwards its configuration is the agent's.
    QList<GitSetting> gitSettings{};
};

enum class StrayRefs {
    Keep, ///< refs/paddock/<session>/ stays where it has commits that the branch has not
    Drop, ///< all of it is deleted; backups stay
};

/// The git directory that a container sees instead of the project's: its own refs, index and
/// configuration, the project's objects read-only. It holds no remote, no reflog and no setting of
/// the person. Lives in the session folder (git/, dotgit, empty); the host never runs git on it.
class PrivateRepository
{
public:
    PrivateRepository(WorkerPool &pool, const git::GitProcess &git);

    /// Makes it, with keep-refs in the project for all that it can see. Makes what is missing if
    /// it (or a half of it) exists already, so it is called before every container start; what the
    /// agent has committed there is kept. Also makes <worktree>/.git again if that file is gone.
    /// InvalidArgument if identity or settings of \a options cannot be given to an agent.
    [[nodiscard]] Pending<TreeMounts> ensure(const SessionTree &tree,
                                             const PrivateRepositoryOptions &options = {});

    /// Deletes git/, dotgit, view/, the keep-refs and the refs of the session that say nothing new.
    /// After Import, when the container is gone. Backups (refs/paddock/backup/<session>/) stay.
    /// Succeeds if there is nothing.
    [[nodiscard]] Pending<Done> remove(const SessionTree &tree, StrayRefs strays = StrayRefs::Keep);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
