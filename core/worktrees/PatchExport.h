// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArrayView>
#include <QStringList>

#include <functional>

namespace paddock {
class WorkerPool;
class CancelToken;
} // namespace paddock

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

struct PatchOptions
{
    enum class Form {
        Mailbox, ///< one message for each commit, for git am; merges are left out
        Diff,    ///< one diff, binary files included, for git apply
    };
    /// What no commit holds yet. In a mailbox it is one more message at the end.
    enum class Work {
        None,
        Staged,     ///< what the person has staged
        Everything, ///< tracked and untracked files as they are, without ignored ones
    };
    Form form = Form::Mailbox;
    Work work = Work::None;
    git::Oid from{}; ///< not in the patch; null: the session's base
    git::Oid to{};   ///< a commit of the session; null: its branch. With work: the branch only
    qint64 maxBytes = 256 * kMiB; ///< more: FileTooLarge
};

struct PatchReport
{
    qint64 bytes = 0;
    int commits = 0;       ///< messages of commits
    int leftOutMerges = 0; ///< of Mailbox
    QStringList notices{};
};

/// Takes a piece of the patch; false ends the export.
using PatchSink = std::function<bool(QByteArrayView)>;

/// Writes the changes of a session as a patch to \a sink, as the git program in its hardened form
/// makes it: no text conversion, no external diff. Nothing to write is no error. Worker thread.
[[nodiscard]] Result<PatchReport> exportPatch(const git::GitProcess &git,
                                              const SessionTree &tree,
                                              const PatchOptions &options,
                                              const PatchSink &sink,
                                              const CancelToken &cancel);

/// The same into a file, which is replaced as a whole or not at all. Main thread.
[[nodiscard]] Pending<PatchReport> exportPatchFile(WorkerPool &pool,
                                                   const git::GitProcess &git,
                                                   const SessionTree &tree,
                                                   const PatchOptions &options,
                                                   const QString &path);

} // namespace paddock::worktrees
