// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/StagingWork.h"

namespace paddock::worktrees {

/// Files of the worktree that were replaced one after the other, as long as it is open whether all
/// of them can be. What they were is in the work's scratch folder. Not to outlive the work.
class ReplacedFiles
{
public:
    explicit ReplacedFiles(StagingWork &work)
        : m_work(work)
    {
    }

    /// Puts \a source (below \a sourceRoot; empty: nothing) in the place of what is still
    /// \a expected. When that fails everything before it is put back.
    [[nodiscard]] Result<Done> replace(const QByteArray &path,
                                       const TreeFile &expected,
                                       const QString &sourceRoot,
                                       const QByteArray &source);
    /// Likewise, of the executable bit.
    [[nodiscard]] Result<Done>
    setExecutable(const QByteArray &path, const TreeFile &expected, bool executable);

    /// Puts back what was there; what somebody has written meanwhile stays.
    void rollBack();

private:
    struct Step
    {
        QByteArray path{};
        TreeFile before{};
        TreeFile after{};
        bool modeOnly = false;
    };
    [[nodiscard]] Result<Done> note(const QByteArray &path, const TreeFile &before, bool modeOnly);

    StagingWork &m_work;
    QList<Step> m_steps;
};

/// Takes the changes of \a files back to what is staged.
[[nodiscard]] Result<StagingReport> discardChanges(StagingWork &work,
                                                   const QList<FileSelection> &files);

/// Puts the `before` of \a changes into the worktree. Conflict, and nothing is changed, if a file
/// is neither as `before` nor as `after` says.
[[nodiscard]] Result<ReplacedFiles> restoreFiles(StagingWork &work,
                                                 const QList<StagingRecord::FileChange> &changes);

} // namespace paddock::worktrees
