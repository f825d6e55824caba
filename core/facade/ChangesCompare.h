// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/ChangesService.h"
#include "core/git/Patch.h"
#include "core/sessions/SessionServices.h"

#include <QObject>

#include <memory>

namespace paddock::facade {

/// The comparisons that ChangesService::diff() shows and review() marks in. Borrows the services;
/// main thread.
class ChangesCompare : public QObject
{
    Q_OBJECT

public:
    explicit ChangesCompare(const sessions::SessionServices &services);

    [[nodiscard]] Pending<ChangesDiff> diff(const worktrees::SessionTree &tree,
                                            const DiffQuery &query);
    [[nodiscard]] Pending<ReviewAnswer> review(const worktrees::SessionTree &tree,
                                               const ReviewRequest &request);
    /// As ChangesService::looked(). InvalidArgument if \a state names none.
    [[nodiscard]] Pending<Done> looked(const worktrees::SessionTree &tree, const QString &state);

private:
    struct Compared
    {
        git::Patch patch{};
        QString from{}; ///< as in ChangesDiff
        QString to{};
        QStringList notices{};
    };

    [[nodiscard]] Pending<Compared> compare(const worktrees::SessionTree &tree,
                                            const DiffQuery &query);
    [[nodiscard]] Pending<Compared> ofStaging(const worktrees::SessionTree &tree,
                                              const DiffQuery &query);
    /// With a state of the files that is kept: so new files are in it.
    [[nodiscard]] Pending<Compared> ofSnapshots(const worktrees::SessionTree &tree,
                                                const DiffQuery &query);
    [[nodiscard]] Pending<Compared> ofFiles(const worktrees::SessionTree &tree,
                                            const worktrees::DiffOptions &options);
    [[nodiscard]] Pending<worktrees::ReviewRange> rangeOf(const worktrees::SessionTree &tree,
                                                          Comparison comparison,
                                                          const std::shared_ptr<bool> &isFromBase);
    [[nodiscard]] Pending<ReviewAnswer> mark(const worktrees::SessionTree &tree,
                                             const ReviewRequest &request,
                                             const Compared &shown,
                                             const Compared &all);

    const sessions::SessionServices &m_services;
};

} // namespace paddock::facade
