// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/SessionTree.h"
#include "core/worktrees/WorktreeManager.h"

#include <QByteArray>
#include <QList>

/// Which files of a repository a session gets to see. Worker threads only, but for the checks.
///
/// A worktree is a copy already: what is left out is not written into it (git's sparse checkout,
/// the same in the host's view and in the agent's repository), and the agent's commits keep it as
/// it is. In the main checkout paths can only be covered one by one. Either way it is about what is
/// in sight: the agent can read all objects of the project.
namespace paddock::worktrees {

/// InvalidArgument if a pattern is none, see PathPattern.
[[nodiscard]] Result<Done> checkPatterns(const WorkspacePatterns &patterns);

/// True if single paths alone are left out, which can be covered in a checkout.
[[nodiscard]] bool areConcrete(const WorkspacePatterns &patterns);

/// The same for a session on the main checkout, where they must be concrete.
[[nodiscard]] Result<Done> checkCoverable(const WorkspacePatterns &patterns);

/// What git's info/sparse-checkout says for \a patterns; empty for none.
[[nodiscard]] QByteArray sparseCheckout(const WorkspacePatterns &patterns);

/// Keeps \a patterns where everything that makes the view of \a tree, its files and its private
/// repository finds them. Before the files are written.
[[nodiscard]] Result<Done> recordPatterns(const SessionTree &tree,
                                          const WorkspacePatterns &patterns);

/// Paths, relative to the checkout, that are covered in the container of a session on the main
/// checkout.
[[nodiscard]] QList<QByteArray> coveredPaths(const SessionTree &tree);

[[nodiscard]] Result<PatternPreview> previewPatterns(const git::GitProcess &git,
                                                     const PatternPreviewOptions &options,
                                                     const CancelToken &cancel);

} // namespace paddock::worktrees
