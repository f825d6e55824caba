// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ChangesFacade.h"

#include "core/base/Chain.h"
#include "core/facade/ChangesView.h"
#include "core/facade/MergeView.h"
#include "core/git/Patch.h"
#include "core/worktrees/PatchExport.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::facade {

using sessions::LiveSession;
using sessions::SessionState;
using worktrees::SessionTree;

namespace {

/// Of text for one answer: it goes over a socket as JSON.
constexpr qint64 kMaxPatchBytes = 8 * kMiB;

StagingAnswer answerOf(const worktrees::StagingReport &report)
{
    return {.files = static_cast<int>(report.changed.size()),
            .notices = report.notices,
            .canUndo = report.canUndo};
}

ChangesStatus statusOf(const SessionTree &tree, const worktrees::TreeStatus &status)
{
    ChangesStatus answer{.branch = tree.branch,
                         .baseCommit = tree.baseCommit.toString(),
                         .headCommit = status.head.toString(),
                         .ahead = status.ahead,
                         .truncated = status.truncated};
    for (const worktrees::ChangedFile &file : status.files) {
        answer.files.append({.path = file.path,
                             .oldPath = file.oldPath,
                             .index = file.untracked ? '.' : file.index,
                             .worktree = file.untracked ? '?' : file.worktree});
    }
    return answer;
}

} // namespace

ChangesFacade::ChangesFacade(sessions::SessionManager &manager,
                             const sessions::SessionServices &services)
    : m_services(services)
    , m_access(manager, services)
    , m_compare(services)
{
    // An import, a commit or a step of the session moves what there is to see.
    connect(&manager, &sessions::SessionManager::changed, this, &ChangesService::changed);
}

Result<SessionTree> ChangesFacade::tree(const SessionId &id) const
{
    auto session = m_access.live(id);
    if (!session)
        return fail(session.error());
    const SessionTree tree = (*session)->tree();
    if (tree.baseCommit.isNull()) {
        return fail(Error(ErrorKind::NotFound,
                          tr("The session has no worktree, so there is nothing to compare."))
                        .withRemedy(tr("Wait until it has been prepared, or start another one.")));
    }
    return tree;
}

// What the agent committed since the last import belongs to it. If that cannot be had now, what is
// here is still worth working with.
Pending<SessionTree> ChangesFacade::current(const SessionId &id)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<SessionTree>::ready(fail(session.error()));
    const SessionState state = (*session)->session().state;
    if (state != SessionState::Running && state != SessionState::Waiting)
        return Pending<SessionTree>::ready(tree(id));
    return mapped<SessionTree>(
        this, regardless(this, (*session)->import()), [this, id](Done) { return tree(id); });
}

Pending<ChangesStatus> ChangesFacade::status(const SessionId &id)
{
    return chained<ChangesStatus>(this, current(id), [this](const SessionTree &tree) {
        return mapped<ChangesStatus>(
            this, m_services.diffs.status(tree), [tree](const worktrees::TreeStatus &status) {
                return Result<ChangesStatus>(statusOf(tree, status));
            });
    });
}

Pending<ChangesDiff> ChangesFacade::diff(const SessionId &id, const DiffQuery &query)
{
    return chained<ChangesDiff>(this, current(id), [this, query](const SessionTree &tree) {
        return m_compare.diff(tree, query);
    });
}

Pending<ReviewAnswer>
ChangesFacade::review(const Actor &actor, const SessionId &id, const ReviewRequest &request)
{
    Pending<SessionTree> ready = chained<SessionTree>(
        this,
        m_access.audit(actor,
                       u"changes.review"_s,
                       id,
                       tr("%n file(s)", nullptr, static_cast<int>(request.files.size()))),
        [this, id](Done) { return current(id); });
    return chained<ReviewAnswer>(this, ready, [this, id, request](const SessionTree &tree) {
        return mapped<ReviewAnswer>(
            this, m_compare.review(tree, request), [this, id](const ReviewAnswer &answer) {
                Q_EMIT changed(id);
                return Result<ReviewAnswer>(answer);
            });
    });
}

Pending<Done> ChangesFacade::looked(const Actor &actor, const SessionId &id, const QString &state)
{
    return chained<Done>(this,
                         m_access.audit(actor, u"changes.looked"_s, id, state.left(64)),
                         [this, id, state](Done) {
                             auto found = tree(id);
                             if (!found)
                                 return Pending<Done>::ready(fail(found.error()));
                             return mapped<Done>(
                                 this, m_compare.looked(*found, state), [this, id](Done) {
                                     Q_EMIT changed(id);
                                     return Result<Done>(Done{});
                                 });
                         });
}

Pending<QList<CommitInfo>> ChangesFacade::log(const SessionId &id, int limit)
{
    return chained<QList<CommitInfo>>(this, current(id), [this, limit](const SessionTree &tree) {
        return mapped<QList<CommitInfo>>(this,
                                         m_services.history.log(tree, {.count = limit}),
                                         [](const worktrees::HistoryPage &page) {
                                             QList<CommitInfo> list;
                                             for (const git::Commit &commit : page.commits) {
                                                 CommitInfo info{.id = commit.id.toString(),
                                                                 .author = commit.author.name,
                                                                 .time = commit.author.time,
                                                                 .subject = commit.subject};
                                                 for (const git::Oid &parent : commit.parents)
                                                     info.parents.append(parent.toString());
                                                 list.append(info);
                                             }
                                             return Result<QList<CommitInfo>>(list);
                                         });
    });
}

Pending<StagingAnswer> ChangesFacade::select(const Actor &actor,
                                             const QString &action,
                                             const SessionId &id,
                                             const QList<FileSelection> &files,
                                             StagingVerb verb)
{
    const bool needsView = std::any_of(files.begin(), files.end(), [](const FileSelection &file) {
        return !file.parts.isEmpty() || !file.token.isEmpty();
    });
    const auto perform = [this, id, verb](const QList<worktrees::FileSelection> &selected) {
        auto found = tree(id);
        if (!found)
            return Pending<StagingAnswer>::ready(fail(found.error()));
        return mapped<StagingAnswer>(this,
                                     (m_services.staging.*verb)(*found, selected),
                                     [this, id](const worktrees::StagingReport &report) {
                                         Q_EMIT changed(id);
                                         return Result<StagingAnswer>(answerOf(report));
                                     });
    };
    const bool ofStaged = action == u"changes.unstage";
    return chained<StagingAnswer>(
        this,
        m_access.audit(actor, action, id, tr("%n file(s)", nullptr, int(files.size()))),
        [this, id, files, needsView, ofStaged, perform](Done) {
            auto found = tree(id);
            if (!found)
                return Pending<StagingAnswer>::ready(fail(found.error()));
            if (!needsView) {
                const auto selected = ChangesView::select(files, {});
                return selected ? perform(*selected)
                                : Pending<StagingAnswer>::ready(fail(selected.error()));
            }
            return chained<StagingAnswer>(
                this,
                m_services.staging.view(*found),
                [files, ofStaged, perform](const worktrees::StagingView &view) {
                    const auto selected =
                        ChangesView::select(files, ofStaged ? view.staged : view.unstaged);
                    return selected ? perform(*selected)
                                    : Pending<StagingAnswer>::ready(fail(selected.error()));
                });
        });
}

Pending<StagingAnswer>
ChangesFacade::stage(const Actor &actor, const SessionId &id, const QList<FileSelection> &files)
{
    return select(actor, u"changes.stage"_s, id, files, &worktrees::Staging::stage);
}

Pending<StagingAnswer>
ChangesFacade::unstage(const Actor &actor, const SessionId &id, const QList<FileSelection> &files)
{
    return select(actor, u"changes.unstage"_s, id, files, &worktrees::Staging::unstage);
}

Pending<StagingAnswer>
ChangesFacade::discard(const Actor &actor, const SessionId &id, const QList<FileSelection> &files)
{
    return select(actor, u"changes.discard"_s, id, files, &worktrees::Staging::discard);
}

Pending<StagingAnswer> ChangesFacade::undo(const Actor &actor, const SessionId &id)
{
    return chained<StagingAnswer>(
        this, m_access.audit(actor, u"changes.undo"_s, id), [this, id](Done) {
            auto found = tree(id);
            if (!found)
                return Pending<StagingAnswer>::ready(fail(found.error()));
            return mapped<StagingAnswer>(this,
                                         m_services.staging.undo(*found),
                                         [this, id](const worktrees::StagingReport &report) {
                                             Q_EMIT changed(id);
                                             return Result<StagingAnswer>(answerOf(report));
                                         });
        });
}

Pending<CommitAnswer>
ChangesFacade::commit(const Actor &actor, const SessionId &id, const CommitRequest &request)
{
    const auto begin = [this, id, request](Done) { return current(id); };
    const auto build = [this, request](const SessionTree &tree) {
        return m_services.staging.buildCommit(tree,
                                              {.message = request.message, .amend = request.amend});
    };
    const auto deliver = [this, id](const worktrees::BuiltCommit &built) {
        auto session = m_access.live(id);
        if (!session)
            return Pending<CommitAnswer>::ready(fail(session.error()));
        return mapped<CommitAnswer>(
            this,
            (*session)->handOver({.from = built.head,
                                  .commit = built.commit,
                                  .reason = built.amends ? u"commit (amend): by the person"_s
                                                         : u"commit: by the person"_s},
                                 built.amends ? LiveSession::WhenMoved::Answer
                                              : LiveSession::WhenMoved::Reapply),
            [this, id](const worktrees::HandOverReport &report) {
                using Outcome = worktrees::HandOverReport::Outcome;
                if (report.outcome == Outcome::Moved)
                    return Result<CommitAnswer>(fail(MergeView::agentMoved()));
                CommitAnswer answer{.notices = report.notices};
                if (report.outcome == Outcome::Delivered)
                    answer.commit = report.commit.toString();
                for (const QByteArray &path : report.conflicts)
                    answer.conflicts.append({.path = path, .kind = u"content"_s});
                if (report.reapplied)
                    answer.notices.append(tr("The agent had committed meanwhile; yours is on top "
                                             "of that."));
                Q_EMIT changed(id);
                return Result<CommitAnswer>(answer);
            });
    };
    Pending<SessionTree> ready =
        chained<SessionTree>(this, m_access.audit(actor, u"changes.commit"_s, id), begin);
    return chained<CommitAnswer>(
        this, chained<worktrees::BuiltCommit>(this, std::move(ready), build), deliver);
}

Pending<QByteArray> ChangesFacade::patch(const SessionId &id, PatchForm form)
{
    return chained<QByteArray>(this, current(id), [this, form](const SessionTree &tree) {
        worktrees::PatchOptions options;
        options.maxBytes = kMaxPatchBytes;
        if (form == PatchForm::Diff) {
            options.form = worktrees::PatchOptions::Form::Diff;
            options.work = worktrees::PatchOptions::Work::Everything;
        }
        return m_services.pool.run<QByteArray>([&git = m_services.git, tree, options](
                                                   const CancelToken &cancel) {
            QByteArray bytes;
            const auto written = worktrees::exportPatch(
                git,
                tree,
                options,
                [&bytes](QByteArrayView piece) {
                    bytes.append(piece);
                    return true;
                },
                cancel);
            return written ? Result<QByteArray>(bytes) : Result<QByteArray>(fail(written.error()));
        });
    });
}

} // namespace paddock::facade
