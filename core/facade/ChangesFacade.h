// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/ChangesCompare.h"
#include "core/facade/ChangesService.h"
#include "core/facade/SessionAccess.h"
#include "core/worktrees/Integration.h"
#include "core/worktrees/Staging.h"

#include <QHash>

namespace paddock::facade {

/// Source control of sessions as the doors see it. Borrows the manager and the services behind it.
class ChangesFacade final : public ChangesService
{
    Q_OBJECT

public:
    ChangesFacade(sessions::SessionManager &manager, const sessions::SessionServices &services);

    [[nodiscard]] Pending<ChangesStatus> status(const SessionId &id) override;
    [[nodiscard]] Pending<ChangesDiff> diff(const SessionId &id, const DiffQuery &query) override;
    [[nodiscard]] Pending<QList<CommitInfo>> log(const SessionId &id, int limit) override;
    [[nodiscard]] Pending<ReviewAnswer>
    review(const Actor &actor, const SessionId &id, const ReviewRequest &request) override;
    [[nodiscard]] Pending<Done>
    looked(const Actor &actor, const SessionId &id, const QString &state) override;
    [[nodiscard]] Pending<StagingAnswer>
    stage(const Actor &actor, const SessionId &id, const QList<FileSelection> &files) override;
    [[nodiscard]] Pending<StagingAnswer>
    unstage(const Actor &actor, const SessionId &id, const QList<FileSelection> &files) override;
    [[nodiscard]] Pending<StagingAnswer>
    discard(const Actor &actor, const SessionId &id, const QList<FileSelection> &files) override;
    [[nodiscard]] Pending<StagingAnswer> undo(const Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<CommitAnswer>
    commit(const Actor &actor, const SessionId &id, const CommitRequest &request) override;
    [[nodiscard]] Pending<MergeAnswer> previewMerge(const SessionId &id,
                                                    const MergeRequest &request) override;
    [[nodiscard]] Pending<MergeAnswer>
    merge(const Actor &actor, const SessionId &id, const MergeRequest &request) override;
    [[nodiscard]] Pending<MergeAnswer> undoMerge(const Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<MergeAnswer>
    updateFrom(const Actor &actor, const SessionId &id, const MergeRequest &request) override;
    [[nodiscard]] Pending<QByteArray> patch(const SessionId &id, PatchForm form) override;

private:
    using StagingVerb = Pending<worktrees::StagingReport> (worktrees::Staging::*)(
        const worktrees::SessionTree &, const QList<worktrees::FileSelection> &);

    /// The session, once the agent's last commits are here where that can be had.
    [[nodiscard]] Pending<worktrees::SessionTree> current(const SessionId &id);
    [[nodiscard]] Result<worktrees::SessionTree> tree(const SessionId &id) const;
    [[nodiscard]] static Result<worktrees::IntegrationOptions>
    mergeOptions(const worktrees::SessionTree &tree, const MergeRequest &request);
    [[nodiscard]] Pending<bool> isTakeOver(const worktrees::SessionTree &tree,
                                           const worktrees::IntegrationOptions &options);
    [[nodiscard]] Pending<MergeAnswer> previewTakeOver(const worktrees::SessionTree &tree,
                                                       worktrees::IntegrationOptions options);
    [[nodiscard]] Pending<MergeAnswer>
    takeOver(const SessionId &id, const worktrees::SessionTree &tree, const QString &target);
    [[nodiscard]] Pending<MergeAnswer> integrate(const SessionId &id,
                                                 const worktrees::SessionTree &tree,
                                                 const worktrees::IntegrationOptions &options);
    [[nodiscard]] Pending<MergeAnswer> handOverUpdate(const SessionId &id,
                                                      const QString &branch,
                                                      const worktrees::UpdateReport &update,
                                                      MergeAnswer answer);
    [[nodiscard]] Pending<StagingAnswer> select(const Actor &actor,
                                                const QString &action,
                                                const SessionId &id,
                                                const QList<FileSelection> &files,
                                                StagingVerb verb);

    const sessions::SessionServices &m_services;
    SessionAccess m_access;
    ChangesCompare m_compare;
};

} // namespace paddock::facade
