// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/worktrees/HostView.h"

#include <QByteArray>
#include <QList>

#include <optional>
#include <sys/stat.h>

namespace paddock::worktrees {

/// What is to happen to the files of a worktree so that they follow from one commit to another.
struct FilePlan
{
    struct Step
    {
        QByteArray path{};
        quint32 mode = 0;                  ///< as git's; 0: it is removed
        std::optional<struct stat> seen{}; ///< how it was found; nothing: it was not there
    };
    QString folder{}; ///< of the host alone: the new files, under the same paths
    QList<Step> steps{};
    QList<QByteArray> kept{}; ///< paths with a content of their own: they stay
};

/// Looks which files are as in \a from and makes their new content ready, in the host's view. A
/// file that is as in \a to already is left alone; any other one is the agent's and kept, and so is
/// a submodule. Worker threads only.
[[nodiscard]] Result<FilePlan> planFiles(const git::GitProcess &git,
                                         const SessionTree &tree,
                                         const HostView &view,
                                         const git::Oid &from,
                                         const git::Oid &to,
                                         const CancelToken &cancel = {});

/// Does it, by descriptors that cannot leave the worktree. What has changed since the plan, or
/// cannot be written, is kept. Answers all paths that are. Worker threads only.
[[nodiscard]] QList<QByteArray>
applyFiles(const SessionTree &tree, const FilePlan &plan, const CancelToken &cancel = {});

/// Deletes the plan's folder.
void dropFiles(const FilePlan &plan);

} // namespace paddock::worktrees
