// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Chain.h"
#include "core/facade/ChangesFacade.h"
#include "core/facade/MergeView.h"
#include "core/worktrees/FileTree.h"

using namespace Qt::StringLiterals;

// The part of ChangesFacade that puts branches together.
namespace paddock::facade {

using sessions::LiveSession;
using worktrees::SessionTree;

namespace {

constexpr char kMergeRecord[] = "last-merge.json";
constexpr qint64 kMaxRecord = 64 * kKiB;

} // namespace

Pending<MergeAnswer> ChangesFacade::previewMerge(const SessionId &id, const MergeRequest &request)
{
    return chained<MergeAnswer>(this, current(id), [this, request](const SessionTree &tree) {
        const auto options = mergeOptions(tree, request);
        if (!options)
            return Pending<MergeAnswer>::ready(fail(options.error()));
        return chained<MergeAnswer>(
            this, isTakeOver(tree, *options), [this, tree, options = *options](bool isTakeOver) {
                return isTakeOver ? previewTakeOver(tree, options)
                                  : mapped<MergeAnswer>(
                                        this,
                                        m_services.integration.preview(tree, options),
                                        [options](const worktrees::IntegrationPreview &preview) {
                                            return Result<MergeAnswer>(
                                                MergeView::fromPreview(options.target, preview));
                                        });
            });
    });
}

Pending<MergeAnswer> ChangesFacade::previewTakeOver(const SessionTree &tree,
                                                    worktrees::IntegrationOptions options)
{
    // It makes no commit: the branch goes forward, or stays.
    options.method = worktrees::IntegrationMethod::FastForward;
    Promise<MergeAnswer> promise;
    m_services.integration.preview(tree, options)
        .then(this,
              [promise,
               target = options.target](const Result<worktrees::IntegrationPreview> &preview) {
                  if (preview)
                      promise.resolve(MergeView::fromTakeOverPreview(target, *preview));
                  else if (preview.error().kind == ErrorKind::Conflict)
                      promise.resolve(
                          MergeAnswer{.target = target, .blockers = {preview.error().message}});
                  else
                      promise.reject(preview.error());
              });
    return promise.pending();
}

Result<worktrees::IntegrationOptions> ChangesFacade::mergeOptions(const SessionTree &tree,
                                                                  const MergeRequest &request)
{
    const auto options = MergeView::options(request, tree.baseBranch);
    if (options.target.isEmpty()) {
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("The session did not start from a branch, so it is not known where "
                             "it is to go."))
                        .withRemedy(tr("Name the branch.")));
    }
    if (options.commits.size() != request.commits.size()) {
        return fail(Error(ErrorKind::InvalidArgument, tr("A commit is named by its 40 digits."))
                        .withRemedy(tr("See them with: paddockctl session log --json")));
    }
    return options;
}

Pending<MergeAnswer>
ChangesFacade::merge(const Actor &actor, const SessionId &id, const MergeRequest &request)
{
    Pending<SessionTree> ready = chained<SessionTree>(
        this,
        m_access.audit(
            actor, u"changes.merge"_s, id, mergeMethodName(request.method) + u' ' + request.target),
        [this, id](Done) { return current(id); });
    return chained<MergeAnswer>(this, ready, [this, id, request](const SessionTree &tree) {
        const auto options = mergeOptions(tree, request);
        if (!options)
            return Pending<MergeAnswer>::ready(fail(options.error()));
        return chained<MergeAnswer>(this,
                                    isTakeOver(tree, *options),
                                    [this, id, tree, options = *options](bool isTakeOver) {
                                        return isTakeOver ? takeOver(id, tree, options.target)
                                                          : integrate(id, tree, options);
                                    });
    });
}

// A session in the person's own checkout, and the branch that is checked out there: the files are
// what they are to be already.
Pending<bool> ChangesFacade::isTakeOver(const SessionTree &tree,
                                        const worktrees::IntegrationOptions &options)
{
    using worktrees::IntegrationMethod;
    const bool canBe = options.method == IntegrationMethod::Auto ||
                       options.method == IntegrationMethod::FastForward;
    if (!canBe || tree.checkout != worktrees::Checkout::MainReadWrite)
        return Pending<bool>::ready(false);
    return mapped<bool>(this,
                        m_services.worktrees.inspect(tree.projectPath),
                        [target = options.target](const git::RepositoryInfo &project) {
                            return Result<bool>(project.headBranch == target);
                        });
}

Pending<MergeAnswer>
ChangesFacade::takeOver(const SessionId &id, const SessionTree &tree, const QString &target)
{
    return mapped<MergeAnswer>(this,
                               m_services.worktrees.takeIntoCheckout(tree, target),
                               [this, id](const worktrees::TakeOverReport &report) {
                                   Q_EMIT changed(id);
                                   return Result<MergeAnswer>(MergeView::fromTakeOver(report));
                               });
}

Pending<MergeAnswer> ChangesFacade::integrate(const SessionId &id,
                                              const SessionTree &tree,
                                              const worktrees::IntegrationOptions &options)
{
    return mapped<MergeAnswer>(
        this,
        m_services.integration.integrate(tree, options),
        [this, id, tree, target = options.target](const worktrees::IntegrationReport &report) {
            MergeAnswer answer = MergeView::fromReport(target, report);
            if (report.outcome == worktrees::IntegrationReport::Outcome::Integrated) {
                // It only serves to take this back; the merge is done.
                const auto kept = worktrees::writeFileBeneath(
                    tree.sessionFolder, kMergeRecord, MergeView::recordBytes(report.record), 0600);
                answer.canUndo = kept.has_value();
                if (!kept)
                    answer.notices.append(kept.error().message);
            }
            Q_EMIT changed(id);
            return Result<MergeAnswer>(answer);
        });
}

Pending<MergeAnswer> ChangesFacade::undoMerge(const Actor &actor, const SessionId &id)
{
    return chained<MergeAnswer>(
        this, m_access.audit(actor, u"changes.undoMerge"_s, id), [this, id](Done) {
            auto found = tree(id);
            if (!found)
                return Pending<MergeAnswer>::ready(fail(found.error()));
            const auto bytes =
                worktrees::readFileBeneath(found->sessionFolder, kMergeRecord, kMaxRecord);
            const auto record = bytes ? MergeView::recordFromBytes(*bytes) : std::nullopt;
            if (!record) {
                return Pending<MergeAnswer>::ready(fail(
                    Error(ErrorKind::NotFound,
                          tr("There is no merge of this session that could be taken back."))
                        .withRemedy(tr("Where a branch was before is kept in the project below "
                                       "refs/paddock/backup/%1/.")
                                        .arg(id.value))));
            }
            return mapped<MergeAnswer>(this,
                                       m_services.integration.undo(*found, *record),
                                       [this, id, record = *record](const QStringList &notices) {
                                           Q_EMIT changed(id);
                                           return Result<MergeAnswer>(
                                               MergeAnswer{.target = record.target,
                                                           .before = record.after.toString(),
                                                           .after = record.before.toString(),
                                                           .notices = notices});
                                       });
        });
}

Pending<MergeAnswer>
ChangesFacade::updateFrom(const Actor &actor, const SessionId &id, const MergeRequest &request)
{
    using Outcome = worktrees::UpdateReport::Outcome;
    Pending<SessionTree> ready =
        chained<SessionTree>(this,
                             m_access.audit(actor, u"changes.updateFrom"_s, id, request.target),
                             [this, id](Done) { return current(id); });
    return chained<MergeAnswer>(this, ready, [this, id, request](const SessionTree &tree) {
        worktrees::UpdateOptions options{.branch = request.target, .message = request.message};
        if (request.method == MergeMethod::Rebase)
            options.method = worktrees::UpdateOptions::Method::Rebase;
        const QString branch = request.target.isEmpty() ? tree.baseBranch : request.target;
        return chained<MergeAnswer>(
            this,
            m_services.integration.updateFrom(tree, options),
            [this, id, tree, branch](const worktrees::UpdateReport &report) {
                MergeAnswer answer{.target = tree.branch,
                                   .before = report.from.toString(),
                                   .after = report.commit.toString(),
                                   .conflicts = MergeView::conflicts(report.conflicts),
                                   .notices = report.notices};
                for (const QByteArray &path : report.changedPaths)
                    answer.files.append({.path = path, .index = 'M'});
                if (report.outcome != Outcome::Ready) {
                    answer.after = answer.before;
                    return Pending<MergeAnswer>::ready(answer);
                }
                return handOverUpdate(id, branch, report, answer);
            });
    });
}

Pending<MergeAnswer> ChangesFacade::handOverUpdate(const SessionId &id,
                                                   const QString &branch,
                                                   const worktrees::UpdateReport &update,
                                                   MergeAnswer answer)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<MergeAnswer>::ready(fail(session.error()));
    return mapped<MergeAnswer>(
        this,
        (*session)->handOver({.from = update.from,
                              .commit = update.commit,
                              .files = worktrees::HandOverRequest::Files::Follow,
                              .reason = u"update from "_s + branch},
                             LiveSession::WhenMoved::Answer),
        [this, id, answer](const worktrees::HandOverReport &report) mutable {
            using HandedOver = worktrees::HandOverReport::Outcome;
            if (report.outcome == HandedOver::Moved)
                return Result<MergeAnswer>(fail(MergeView::agentMoved()));
            answer.notices += report.notices;
            if (!report.keptFiles.isEmpty())
                answer.notices.append(
                    tr("%n file(s) have changes of their own and stay as they are.",
                       nullptr,
                       static_cast<int>(report.keptFiles.size())));
            answer.after =
                report.outcome == HandedOver::Delivered ? report.commit.toString() : answer.before;
            for (const QByteArray &path : report.conflicts)
                answer.conflicts.append({.path = path, .kind = u"content"_s});
            Q_EMIT changed(id);
            return Result<MergeAnswer>(answer);
        });
}

} // namespace paddock::facade
