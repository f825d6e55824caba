// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/ChangesService.h"
#include "tests/support/FakeScript.h"

namespace paddock::test {

/// Source control in memory: answers what the test put in, whatever the session, and remembers what
/// it was asked. Methods are named as in the control protocol: "changes.stage" …
class FakeChangesService : public facade::ChangesService
{
    Q_OBJECT
public:
    explicit FakeChangesService(FakeScript &script)
        : m_script(script)
    {
    }

    facade::ChangesStatus statusValue{};
    facade::ChangesDiff diffValue{};
    QList<facade::CommitInfo> commits{};
    facade::StagingAnswer stagingAnswer{};
    facade::ReviewAnswer reviewAnswer{};
    facade::CommitAnswer commitAnswer{};
    facade::MergeAnswer mergeAnswer{};
    QByteArray patchBytes{};

    // What was asked last.
    facade::DiffQuery lastQuery{};
    QList<facade::FileSelection> lastSelection{};
    facade::ReviewRequest lastReview{};
    facade::CommitRequest lastCommit{};
    facade::MergeRequest lastMerge{};

    [[nodiscard]] Pending<facade::ChangesStatus> status(const SessionId &id) override;
    [[nodiscard]] Pending<facade::ChangesDiff> diff(const SessionId &id,
                                                    const facade::DiffQuery &query) override;
    [[nodiscard]] Pending<QList<facade::CommitInfo>> log(const SessionId &id, int limit) override;
    [[nodiscard]] Pending<facade::StagingAnswer>
    stage(const facade::Actor &actor,
          const SessionId &id,
          const QList<facade::FileSelection> &files) override;
    [[nodiscard]] Pending<facade::StagingAnswer>
    unstage(const facade::Actor &actor,
            const SessionId &id,
            const QList<facade::FileSelection> &files) override;
    [[nodiscard]] Pending<facade::StagingAnswer>
    discard(const facade::Actor &actor,
            const SessionId &id,
            const QList<facade::FileSelection> &files) override;
    [[nodiscard]] Pending<facade::StagingAnswer> undo(const facade::Actor &actor,
                                                      const SessionId &id) override;
    [[nodiscard]] Pending<facade::ReviewAnswer>
    review(const facade::Actor &actor,
           const SessionId &id,
           const facade::ReviewRequest &request) override;
    [[nodiscard]] Pending<Done>
    looked(const facade::Actor &actor, const SessionId &id, const QString &state) override;
    [[nodiscard]] Pending<facade::CommitAnswer>
    commit(const facade::Actor &actor,
           const SessionId &id,
           const facade::CommitRequest &request) override;
    [[nodiscard]] Pending<facade::MergeAnswer>
    previewMerge(const SessionId &id, const facade::MergeRequest &request) override;
    [[nodiscard]] Pending<facade::MergeAnswer> merge(const facade::Actor &actor,
                                                     const SessionId &id,
                                                     const facade::MergeRequest &request) override;
    [[nodiscard]] Pending<facade::MergeAnswer> undoMerge(const facade::Actor &actor,
                                                         const SessionId &id) override;
    [[nodiscard]] Pending<facade::MergeAnswer>
    updateFrom(const facade::Actor &actor,
               const SessionId &id,
               const facade::MergeRequest &request) override;
    [[nodiscard]] Pending<QByteArray> patch(const SessionId &id, facade::PatchForm form) override;

private:
    template <typename T>
    [[nodiscard]] Pending<T> answer(const QString &method,
                                    const QString &actor,
                                    const QStringList &arguments,
                                    const T &value);

    FakeScript &m_script;
};

} // namespace paddock::test
