// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/SessionTree.h"
#include "core/worktrees/TreeStatus.h"
#include "core/worktrees/TreeWorkerLink.h"

#include <QObject>
#include <QTimer>

#include <optional>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

/// The files of one session, watched while somebody looks: as long as this object lives. A process
/// of its own watches the tree (see TreeWorkerLink), so a status costs what moved since the last
/// one, and changed() tells that there is a new one to ask for. Where it does not run (yet, or just
/// now), or cannot say, the git program answers as for anybody else. Main thread.
class TreeWatch : public QObject
{
    Q_OBJECT

public:
    TreeWatch(WorkerPool &pool,
              const git::GitProcess &git,
              SessionTree tree,
              TreeWorkerOptions options = {},
              QObject *parent = nullptr);

    /// The first one starts the watch. Errors as of SessionDiff::status().
    [[nodiscard]] Pending<TreeStatus> status();

    /// True if moves are told by themselves; false also when there were not enough watches: then
    /// every status is a full look, and changed() comes by the clock.
    [[nodiscard]] bool isWatched() const { return m_isWatched; }
    /// How many tracked files the last status touched.
    [[nodiscard]] quint32 lastLooked() const { return m_lastLooked; }
    [[nodiscard]] const TreeWorkerLink &worker() const { return m_worker; }
    [[nodiscard]] const SessionTree &tree() const { return m_tree; }

Q_SIGNALS:
    void changed();

private:
    struct Prepared
    {
        git::RepositoryInfo project{};
        TreeOpen open{};
        git::Oid head{};
        int ahead = 0;
    };
    static Result<Prepared> prepare(const SessionTree &tree,
                                    const std::optional<git::RepositoryInfo> &known);
    void lookWarm(const Prepared &prepared, const Promise<TreeStatus> &promise);
    void lookCold(const Promise<TreeStatus> &promise);

    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    SessionTree m_tree;
    std::optional<git::RepositoryInfo> m_project;
    TreeWorkerLink m_worker;
    QTimer m_unwatched;
    bool m_isWatched = false;
    quint32 m_lastLooked = 0;
};

} // namespace paddock::worktrees
