// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IntegrationJobs.h"

#include "core/git/RefName.h"
#include "core/git/Repository.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/SessionReader.h"
#include "core/worktrees/TargetMove.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kMaxBehind = 1000;
constexpr int kMaxLog = 200;
constexpr qsizetype kMaxFiles = 5000;
constexpr qsizetype kMaxConflicts = 1000;
constexpr qint64 kMaxNumstat = 8 * kMiB;

QString tr(const char *text)
{
    return QCoreApplication::translate("Integration", text);
}

Error moved(const QString &branch)
{
    return Error(ErrorKind::Conflict, tr("The branch %1 has moved since you looked.").arg(branch))
        .withRemedy(tr("Look at it again, then decide."));
}

Result<Done> countFiles(const git::GitProcess &git,
                        const HostView &view,
                        const git::Oid &from,
                        const git::Oid &to,
                        IntegrationPreview &preview,
                        const CancelToken &cancel)
{
    auto request = view.objectRequest({u"diff"_s,
                                       u"--numstat"_s,
                                       u"-z"_s,
                                       u"--no-ext-diff"_s,
                                       u"--no-textconv"_s,
                                       u"--find-renames"_s,
                                       u"--ignore-submodules=none"_s,
                                       from.toString(),
                                       to.toString(),
                                       u"--"_s});
    request.maxOutput = kMaxNumstat;
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    request.timeout = std::chrono::minutes(1);
    request.what = tr("Comparing");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(request, *output));
    const auto entries = git::parseNumstat(
        output->output, output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
    if (!entries)
        return fail(entries.error());
    preview.filesTruncated = output->truncated || entries->size() > kMaxFiles;
    for (const auto &entry : entries->first(std::min(entries->size(), kMaxFiles)))
        preview.files.append({.path = entry.path,
                              .oldPath = entry.oldPath,
                              .added = entry.added,
                              .removed = entry.removed});
    return Done{};
}

Result<QList<CommitSummary>> summaries(const git::GitProcess &git,
                                       const HostView &view,
                                       const QList<git::Oid> &commits,
                                       const CancelToken &cancel)
{
    if (commits.isEmpty())
        return QList<CommitSummary>();
    auto request = view.objectRequest({u"log"_s,
                                       u"-z"_s,
                                       u"--no-walk=unsorted"_s,
                                       u"--stdin"_s,
                                       u"--no-show-signature"_s,
                                       u"--no-mailmap"_s,
                                       u"--no-color"_s,
                                       u"--encoding=UTF-8"_s,
                                       QString::fromLatin1(kSummaryFormat)});
    const qsizetype count = std::min<qsizetype>(commits.size(), kMaxLog);
    for (qsizetype i = 0; i < count; ++i)
        request.input += commits[commits.size() - 1 - i].toHex() + '\n';
    request.what = tr("Reading the history");
    const auto text = git.check(request, cancel);
    return text ? parseSummaries(*text) : fail(text.error());
}

PlanRequest planRequest(const SessionTree &tree,
                        const IntegrationOptions &options,
                        const IntegrationSubject &subject)
{
    return {.method = options.method,
            .into = subject.into,
            .from = subject.head,
            .commits = options.commits,
            .intoName = options.target.toUtf8(),
            .fromName = tree.branch.toUtf8(),
            .message = options.message.toUtf8()};
}

Result<QStringList> unsignedNotice(const git::Repository &repository, const IntegrationPlan &plan)
{
    if (!plan.fastForward && repository.setting("commit.gpgsign") == QByteArray("true"))
        return QStringList{tr("The new commits are not signed, although your git is set to sign.")};
    return QStringList();
}

} // namespace

bool isProtectedBranch(const QString &name, const QStringList &patterns)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](const QString &pattern) {
        return QRegularExpression(QRegularExpression::wildcardToRegularExpression(
                                      pattern, QRegularExpression::UnanchoredWildcardConversion)
                                      .prepend(u"\\A(?:"_s)
                                      .append(u")\\z"_s))
            .match(name)
            .hasMatch();
    });
}

Result<IntegrationSubject> findSubject(const SessionTree &tree, const IntegrationOptions &options)
{
    if (tree.branch.isEmpty())
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("This session only reads: it has no branch to take over."))
                        .withRemedy(tr("Start a session that may write.")));
    auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    if (!git::isValidBranchName(options.target))
        return fail(Error(ErrorKind::InvalidArgument, tr("This cannot be the name of a branch."))
                        .withDetail(options.target.left(200))
                        .withRemedy(tr("Use letters, digits, '-', '_' and '/'.")));
    if (options.target == tree.branch)
        return fail(Error(ErrorKind::InvalidArgument, tr("This is the session's own branch."))
                        .withRemedy(tr("Choose another branch.")));
    IntegrationSubject subject{.project = *project,
                               .targetRef = u"refs/heads/"_s + options.target,
                               .isProtected =
                                   isProtectedBranch(options.target, options.protectedBranches)};
    const auto head = repository->refTarget(tree.branchRef());
    if (!head)
        return fail(Error(ErrorKind::NotFound, tr("The branch %1 is gone.").arg(tree.branch))
                        .withRemedy(tr("Import the agent's commits again.")));
    subject.head = *head;
    subject.targetTip = repository->refTarget(subject.targetRef);
    if (!subject.targetTip && !options.createTarget)
        return fail(Error(ErrorKind::NotFound, tr("There is no branch %1.").arg(options.target))
                        .withRemedy(tr("Choose another branch, or have it made.")));
    if (subject.targetTip && options.createTarget)
        return fail(
            Error(ErrorKind::BranchExists, tr("The branch %1 exists already.").arg(options.target))
                .withRemedy(tr("Choose another name.")));
    subject.into =
        subject.targetTip.value_or(options.startAt.isNull() ? tree.baseCommit : options.startAt);
    if (const auto start = repository->commit(subject.into.toString()); !start)
        return fail(start.error());
    if (!options.expectedTarget.isNull() && options.expectedTarget != subject.into)
        return fail(moved(options.target));
    if (!options.expectedHead.isNull() && options.expectedHead != subject.head)
        return fail(moved(tree.branch));
    if (options.method == IntegrationMethod::CherryPick) {
        if (options.commits.isEmpty())
            return fail(ErrorKind::InvalidArgument, tr("No commits were chosen."));
        for (const git::Oid &commit : options.commits) {
            if (!repository->reaches(subject.head, commit).value_or(false))
                return fail(ErrorKind::InvalidArgument,
                            tr("%1 is not a commit of the session.").arg(commit.abbreviated()));
        }
    }
    return subject;
}

Result<IntegrationPlan> planFor(const git::GitProcess &git,
                                const HostView &view,
                                const SessionTree &tree,
                                const IntegrationOptions &options,
                                const IntegrationSubject &subject,
                                const CancelToken &cancel)
{
    return planIntegration(git, view, planRequest(tree, options, subject), cancel);
}

Result<IntegrationPreview> previewIntegration(const git::GitProcess &git,
                                              const SessionTree &tree,
                                              const IntegrationOptions &options,
                                              const CancelToken &cancel)
{
    const auto subject = findSubject(tree, options);
    if (!subject)
        return fail(subject.error());
    const auto view = HostView::ensure(tree, subject->project, subject->head);
    if (!view)
        return fail(view.error());
    const auto plan = planFor(git, *view, tree, options, *subject, cancel);
    if (!plan)
        return fail(plan.error());
    const auto repository = git::Repository::open(subject->project.commonDir);
    if (!repository)
        return fail(repository.error());
    IntegrationPreview preview{
        .targetTip = subject->targetTip.value_or(git::Oid()),
        .head = subject->head,
        .upToDate = plan->upToDate && !options.createTarget,
        .fastForward = plan->fastForward,
        .behind = repository->countCommits(subject->into, subject->head, kMaxBehind).value_or(0),
        .isProtected = subject->isProtected,
        .commits = plan->taken,
        .dropped = plan->dropped,
        .conflictCommit = plan->conflictCommit,
        .notices = plan->notices};
    preview.targetMoved = preview.behind > 0;
    const auto log = summaries(git, *view, plan->taken, cancel);
    if (!log)
        return fail(log.error());
    preview.log = *log;
    if (auto counted = countFiles(git, *view, subject->into, plan->tree, preview, cancel); !counted)
        return fail(counted.error());
    const auto changes = rawChanges(git, *view, subject->into, plan->tree, cancel);
    if (!changes)
        return fail(changes.error());
    preview.fileCount = static_cast<int>(changes->size());
    const auto flags = scanCommit(git, *view, {}, subject->into, plan->tree, cancel);
    if (!flags)
        return fail(flags.error());
    preview.flags = *flags;
    if (plan->conflict) {
        git::MergeAnswer answer = *plan->conflict;
        preview.conflictCount = static_cast<int>(answer.conflicts.size());
        answer.conflicts.resize(std::min(answer.conflicts.size(), kMaxConflicts));
        const QByteArray theirs = plan->conflictCommit.isNull()
                                      ? tree.branch.toUtf8()
                                      : plan->conflictCommit.abbreviated().toUtf8();
        if (auto read =
                readConflictTexts(git, *view, answer, options.target.toUtf8(), theirs, cancel);
            !read)
            return fail(read.error());
        preview.conflicts = answer.conflicts;
    }
    const auto checkouts = findCheckouts(subject->project, subject->targetRef);
    if (!checkouts)
        return fail(checkouts.error());
    for (const BranchCheckout &checkout : *checkouts) {
        CheckoutReport report{.checkout = checkout,
                              .interrupted = CheckoutMove::isLeftOver(checkout)};
        if (checkout.isOnBranch && checkout.exists && !checkout.ofSession && !plan->conflict &&
            !preview.upToDate) {
            const auto clash = CheckoutMove::look(
                git, subject->project, checkout, subject->into, *changes, view->gitDir(), cancel);
            if (!clash)
                return fail(clash.error());
            report.clash = *clash;
        }
        preview.checkouts += report;
    }
    return preview;
}

Result<IntegrationReport> integrateSession(const git::GitProcess &git,
                                           const SessionTree &tree,
                                           const IntegrationOptions &options,
                                           const CancelToken &cancel)
{
    const auto subject = findSubject(tree, options);
    if (!subject)
        return fail(subject.error());
    if (subject->isProtected && !options.allowProtected)
        return fail(
            Error(ErrorKind::SecurityViolation,
                  tr("The branch %1 is protected.").arg(options.target))
                .withRemedy(tr("Choose another branch, or confirm that you mean this one.")));
    const auto view = HostView::ensure(tree, subject->project, subject->head);
    if (!view)
        return fail(view.error());
    // The long part needs no lock: the branch is compared again when it is moved.
    const auto plan = planFor(git, *view, tree, options, *subject, cancel);
    if (!plan)
        return fail(plan.error());
    IntegrationReport report{.fastForward = plan->fastForward,
                             .taken = plan->taken,
                             .dropped = plan->dropped,
                             .conflictCommit = plan->conflictCommit,
                             .notices = plan->notices};
    if (plan->conflict) {
        report.outcome = IntegrationReport::Outcome::Conflict;
        report.conflicts = plan->conflict->conflicts;
        report.conflicts.resize(std::min(report.conflicts.size(), kMaxConflicts));
        return report;
    }
    if (plan->upToDate && subject->targetTip) {
        report.outcome = IntegrationReport::Outcome::UpToDate;
        return report;
    }

    const auto lock = ProjectLock::take(subject->project.commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    const auto repository = git::Repository::open(subject->project.commonDir);
    if (!repository)
        return fail(repository.error());
    const auto recovered = recoverCheckouts(git, subject->project, cancel);
    if (!recovered)
        return fail(recovered.error());
    report.notices += *recovered;
    TargetMove move{
        .ref = subject->targetRef,
        .from = subject->targetTip.value_or(git::Oid()),
        .to = plan->result,
        .reason = tr("paddock: %1 %2").arg(integrationMethodName(options.method), tree.branch)};
    if (subject->targetTip)
        move.backupRef = nextBackupRef(*repository, tree);
    if (auto ready = prepareMove(subject->project, move); !ready)
        return fail(ready.error());
    // What stands against it in the files is looked for before the project is written to.
    const auto changes = rawChanges(git, *view, subject->into, plan->tree, cancel);
    if (!changes)
        return fail(changes.error());
    for (const BranchCheckout &checkout : std::as_const(move.checkouts)) {
        const auto clash = CheckoutMove::look(
            git, subject->project, checkout, subject->into, *changes, view->gitDir(), cancel);
        if (!clash)
            return fail(clash.error());
        if (!clash->isEmpty())
            return fail(CheckoutMove::refusal(checkout, *clash));
    }
    if (auto brought =
            bringCommits(git, tree, *view, plan->result, {subject->into, subject->head}, cancel);
        !brought)
        return fail(brought.error());
    const auto done = runMove(git, subject->project, move, cancel);
    if (!done)
        return fail(done.error());
    report.notices += *done;
    report.record = {.target = options.target,
                     .before = move.from,
                     .after = move.to,
                     .backupRef = move.backupRef};
    for (const BranchCheckout &checkout : std::as_const(move.checkouts)) {
        report.movedCheckouts += checkout.path;
        if (plan->namesFilter)
            report.notices += tr("Filters did not run: files kept by Git LFS are pointers where "
                                 "they changed. Get them with git lfs pull in %1.")
                                  .arg(checkout.path);
    }
    if (const auto notice = unsignedNotice(*repository, *plan))
        report.notices += *notice;
    return report;
}

Result<QStringList> undoIntegration(const git::GitProcess &git,
                                    const SessionTree &tree,
                                    const IntegrationRecord &record,
                                    const CancelToken &cancel)
{
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    const auto lock = ProjectLock::take(project->commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    const auto recovered = recoverCheckouts(git, *project, cancel);
    if (!recovered)
        return fail(recovered.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const QString ref = u"refs/heads/"_s + record.target;
    const auto built = [&](const QString &detail) {
        return fail(Error(ErrorKind::Conflict,
                          tr("Somebody has built on what was taken into %1: it cannot be undone.")
                              .arg(record.target))
                        .withDetail(detail)
                        .withRemedy(tr("Use git revert instead.")));
    };
    if (record.after.isNull() || repository->refTarget(ref) != record.after)
        return built(ref);
    auto request = projectRequest(*project,
                                  {u"for-each-ref"_s,
                                   u"--count=20"_s,
                                   u"--format=%(refname)"_s,
                                   u"--contains"_s,
                                   record.after.toString(),
                                   u"refs/heads"_s,
                                   u"refs/remotes"_s,
                                   u"refs/tags"_s});
    request.what = tr("Looking for branches that have the commits");
    request.timeout = std::chrono::minutes(1);
    const auto text = git.check(request, cancel);
    if (!text)
        return fail(text.error());
    QStringList others = QString::fromUtf8(*text).split(u'\n', Qt::SkipEmptyParts);
    others.removeAll(ref);
    others.removeAll(tree.branchRef());
    if (!others.isEmpty())
        return built(others.join(u'\n'));
    TargetMove move{.ref = ref,
                    .from = record.after,
                    .to = record.before,
                    .backupRef = nextBackupRef(*repository, tree),
                    .reason = tr("paddock: undo of %1").arg(tree.branch)};
    if (auto ready = prepareMove(*project, move); !ready)
        return fail(ready.error());
    auto done = runMove(git, *project, move, cancel);
    if (!done)
        return fail(done.error());
    return *recovered + *done;
}

Result<UpdateReport> prepareUpdate(const git::GitProcess &git,
                                   const SessionTree &tree,
                                   const UpdateOptions &options,
                                   const CancelToken &cancel)
{
    const QString branch = options.branch.isEmpty() ? tree.baseBranch : options.branch;
    if (branch.isEmpty())
        return fail(Error(ErrorKind::NotFound, tr("The session started from no branch."))
                        .withRemedy(tr("Name the branch to bring in.")));
    // The session's branch takes the other one: the roles are the other way round.
    const auto found = findSubject(tree, {.target = branch});
    if (!found)
        return fail(found.error());
    const auto view = HostView::ensure(tree, found->project, found->head);
    if (!view)
        return fail(view.error());
    const bool rebase = options.method == UpdateOptions::Method::Rebase;
    const PlanRequest request{.method =
                                  rebase ? IntegrationMethod::Rebase : IntegrationMethod::Auto,
                              .into = rebase ? found->into : found->head,
                              .from = rebase ? found->head : found->into,
                              .intoName = rebase ? branch.toUtf8() : tree.branch.toUtf8(),
                              .fromName = rebase ? tree.branch.toUtf8() : branch.toUtf8(),
                              .message = options.message.toUtf8()};
    const auto plan = planIntegration(git, *view, request, cancel);
    if (!plan)
        return fail(plan.error());
    UpdateReport report{.from = found->head,
                        .commit = plan->result,
                        .other = found->into,
                        .isFastForward = !rebase,
                        .dropped = plan->dropped,
                        .conflictCommit = plan->conflictCommit,
                        .notices = plan->notices};
    if (plan->conflict) {
        git::MergeAnswer answer = *plan->conflict;
        answer.conflicts.resize(std::min(answer.conflicts.size(), kMaxConflicts));
        if (auto read =
                readConflictTexts(git, *view, answer, request.intoName, request.fromName, cancel);
            !read)
            return fail(read.error());
        report.outcome = UpdateReport::Outcome::Conflict;
        report.conflicts = answer.conflicts;
        return report;
    }
    if (plan->result == found->head) {
        report.outcome = UpdateReport::Outcome::UpToDate;
        return report;
    }
    if (rebase) {
        const auto kept = listCommits(git, *view, found->head, plan->result, 1, cancel);
        if (!kept)
            return fail(kept.error());
        report.isFastForward = kept->isEmpty();
    }
    const auto changes = rawChanges(git, *view, found->head, plan->result, cancel);
    if (!changes)
        return fail(changes.error());
    for (const git::RawDiffEntry &change : *changes)
        report.changedPaths += change.path;
    return report;
}

} // namespace paddock::worktrees
