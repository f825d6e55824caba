// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/worktrees/Integration.h"

/// The work behind Integration. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<IntegrationPreview> previewIntegration(const git::GitProcess &git,
                                                            const SessionTree &tree,
                                                            const IntegrationOptions &options,
                                                            const CancelToken &cancel);
[[nodiscard]] Result<IntegrationReport> integrateSession(const git::GitProcess &git,
                                                         const SessionTree &tree,
                                                         const IntegrationOptions &options,
                                                         const CancelToken &cancel);
[[nodiscard]] Result<QStringList> undoIntegration(const git::GitProcess &git,
                                                  const SessionTree &tree,
                                                  const IntegrationRecord &record,
                                                  const CancelToken &cancel);
[[nodiscard]] Result<UpdateReport> prepareUpdate(const git::GitProcess &git,
                                                 const SessionTree &tree,
                                                 const UpdateOptions &options,
                                                 const CancelToken &cancel);
[[nodiscard]] Result<QStringList> recoverCheckouts(const git::GitProcess &git,
                                                   const git::RepositoryInfo &project,
                                                   const CancelToken &cancel);

/// The branch that takes the commits and the one they come from, looked up and checked.
struct IntegrationSubject
{
    git::RepositoryInfo project{};
    QString targetRef{};
    std::optional<git::Oid> targetTip{}; ///< nothing: to be made
    git::Oid into{};                     ///< the tip, or where a new branch starts
    git::Oid head{};                     ///< of the session's branch
    bool isProtected = false;
};
[[nodiscard]] Result<IntegrationSubject> findSubject(const SessionTree &tree,
                                                     const IntegrationOptions &options);
/// In memory.
[[nodiscard]] Result<IntegrationPlan> planFor(const git::GitProcess &git,
                                              const HostView &view,
                                              const SessionTree &tree,
                                              const IntegrationOptions &options,
                                              const IntegrationSubject &subject,
                                              const CancelToken &cancel);

/// True if \a name is, or matches, one of \a patterns.
[[nodiscard]] bool isProtectedBranch(const QString &name, const QStringList &patterns);

} // namespace paddock::worktrees
