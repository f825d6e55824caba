// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/ChangesService.h"
#include "core/worktrees/Integration.h"
#include "core/worktrees/WorktreeManager.h"

#include <QCoreApplication>

/// Between what core/worktrees says about putting branches together and what the doors show. Pure.
namespace paddock::facade {

class MergeView
{
    Q_DECLARE_TR_FUNCTIONS(MergeView)

public:
    [[nodiscard]] static worktrees::IntegrationOptions options(const MergeRequest &request,
                                                               const QString &baseBranch);
    [[nodiscard]] static MergeAnswer fromPreview(const QString &target,
                                                 const worktrees::IntegrationPreview &preview);
    /// The same where takeIntoCheckout() would do it: agent and files there are in nobody's way.
    [[nodiscard]] static MergeAnswer
    fromTakeOverPreview(const QString &target, const worktrees::IntegrationPreview &preview);
    [[nodiscard]] static MergeAnswer fromTakeOver(const worktrees::TakeOverReport &report);
    [[nodiscard]] static Error agentMoved();
    [[nodiscard]] static MergeAnswer fromReport(const QString &target,
                                                const worktrees::IntegrationReport &report);
    [[nodiscard]] static QList<PathConflict> conflicts(const QList<git::MergeConflict> &conflicts);

    /// A record of what was done, for undoing it, as bytes for a file; and back: nothing if it is
    /// none.
    [[nodiscard]] static QByteArray recordBytes(const worktrees::IntegrationRecord &record);
    [[nodiscard]] static std::optional<worktrees::IntegrationRecord>
    recordFromBytes(const QByteArray &bytes);
};

} // namespace paddock::facade
