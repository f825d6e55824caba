// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/git/Porcelain.h"
#include "core/worktrees/HostView.h"

#include <QSet>

namespace paddock::worktrees {

/// Brings the host's index of the worktree to \a to, path by path and without looking at a file: an
/// entry that is as in one of \a known becomes as in \a to, every other one was staged by the
/// person and stays. Answers the paths that stay although \a to has another content for them than
/// the first of \a known. Submodules are marked (see Gitlinks.h). An error's message is a sentence
/// for the person. Nothing to do where the session has no index. Worker threads only.
[[nodiscard]] Result<QList<QByteArray>> followIndex(const git::GitProcess &git,
                                                    const HostView &view,
                                                    const QList<git::Oid> &known,
                                                    const git::Oid &to,
                                                    const CancelToken &cancel = {});

/// What \a to has otherwise than \a from; renames are a removal and an addition.
[[nodiscard]] Result<QList<git::RawDiffEntry>> changesBetween(const git::GitProcess &git,
                                                              const HostView &view,
                                                              const git::Oid &from,
                                                              const git::Oid &to,
                                                              const CancelToken &cancel = {});

/// Adds to \a paths every path of \a changes that is below one of them, or has one below it.
void addOverlapping(QSet<QByteArray> &paths, const QList<QByteArray> &changes);

/// Input of update-index -z --index-info that makes one entry; mode 0: removes it.
[[nodiscard]] QByteArray indexInfo(quint32 mode, const git::Oid &id, const QByteArray &path);

/// "a.c, b.c and 7 more" for a person; the names are untrusted.
[[nodiscard]] QString listPaths(const QList<QByteArray> &paths);

} // namespace paddock::worktrees
