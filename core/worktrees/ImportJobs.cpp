// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ImportJobs.h"

#include "core/git/Porcelain.h"
#include "core/git/RefName.h"
#include "core/git/Repository.h"
#include "core/worktrees/BranchPlan.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/IndexFollow.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/Quarantine.h"
#include "core/worktrees/RefTransaction.h"

#include <QCoreApplication>
#include <QSet>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kMaxHostRefs = 100'000;
constexpr int kMaxCounted = 1000;
constexpr int kMaxScannedTips = 16;

QString tr(const char *text)
{
    return QCoreApplication::translate("Importer", text);
}

Error refused(const QString &why, const QString &detail)
{
    return Error(ErrorKind::ImportRefused, why)
        .withDetail(detail)
        .withRemedy(tr("Nothing of it was taken over. Ask the agent to repair its repository."));
}

/// Where a ref of the agent goes; empty: it is not taken over.
QString hostNameOf(const SessionTree &tree, const QString &name)
{
    if (name == u"HEAD"_s)
        return tree.refsPrefix() + u"HEAD"_s;
    for (const auto &kind : {u"heads/"_s, u"tags/"_s}) {
        if (name.startsWith(u"refs/"_s + kind))
            return tree.refsPrefix() + name.mid(5);
    }
    return {};
}

/// Neither a worktree entry nor a ref of the session: cloned anew at the same place, for instance.
Error isAnotherRepository(const SessionTree &tree)
{
    return Error(ErrorKind::NotFound,
                 tr("The repository at %1 does not know this session.").arg(tree.projectPath))
        .withDetail(tree.branchRef())
        .withRemedy(tr("If you replaced it, put the old one back and try again: the session has "
                       "kept its work. To give that up, remove the session and discard its "
                       "changes."));
}

Result<QSet<git::Oid>> keptCommits(const git::Repository &repository, const SessionTree &tree)
{
    const auto refs = repository.refs(tree.keepPrefix() + u'*', kMaxHostRefs);
    if (!refs)
        return fail(refs.error());
    QSet<git::Oid> commits;
    for (const auto &[name, target] : *refs)
        commits += target;
    return commits;
}

Result<Done> checkConnected(const git::GitProcess &git,
                            const HostView &view,
                            const ImportPlan &plan,
                            const ImportLimits &limits,
                            const CancelToken &cancel)
{
    auto request = view.objectRequest({u"rev-list"_s, u"--objects"_s, u"--quiet"_s, u"--stdin"_s});
    request.objectDirectory = plan.quarantine;
    request.input = plan.revisions();
    request.timeout = limits.time;
    request.what = tr("Checking that all of the history is there");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0)
        return fail(refused(tr("The agent's commits are not complete."),
                            QString::fromUtf8(output->errors).trimmed()));
    return Done{};
}

/// Types of what was asked for; a name that turned out to be something else is left out.
Result<QList<AgentRef>> checkKinds(const git::GitProcess &git,
                                   const HostView &view,
                                   const ImportPlan &plan,
                                   QStringList &notices,
                                   const CancelToken &cancel)
{
    auto request =
        view.objectRequest({u"cat-file"_s, u"--batch-check=%(objectname) %(objecttype)"_s});
    request.objectDirectory = plan.quarantine;
    for (const AgentRef &ref : plan.refs)
        request.input += ref.id.toHex() + '\n';
    if (plan.branchTip)
        request.input += plan.branchTip->toHex() + '\n';
    request.what = tr("Checking the new commits");
    if (request.input.isEmpty())
        return QList<AgentRef>();
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());
    QHash<QByteArray, QByteArray> kinds;
    for (const QByteArray &line : output->split('\n')) {
        const auto parts = line.split(' ');
        if (parts.size() == 2)
            kinds.insert(parts[0], parts[1]);
    }
    if (plan.branchTip && kinds.value(plan.branchTip->toHex()) != "commit")
        return fail(refused(tr("The agent's branch does not point at a commit."),
                            plan.branchTip->toString()));
    QList<AgentRef> good;
    for (const AgentRef &ref : plan.refs) {
        const QByteArray kind = kinds.value(ref.id.toHex());
        if (kind == "commit" ||
            (!ref.mustBeCommit && (kind == "tag" || kind == "tree" || kind == "blob")))
            good += ref;
        else
            notices += tr("The agent's %1 was left out: it is not a commit.").arg(ref.agentName);
    }
    return good;
}

struct BranchMove
{
    ImportReport::Branch outcome = ImportReport::Branch::None;
    git::Oid from{};
    git::Oid to{};
};

Result<BranchMove>
decideBranch(const git::Repository &repository, const SessionTree &tree, const ImportPlan &plan)
{
    using Branch = ImportReport::Branch;
    if (tree.branch.isEmpty())
        return BranchMove{};
    const auto host = repository.refTarget(tree.branchRef());
    const git::Oid last = repository.refTarget(lastImportRef(tree)).value_or(tree.baseCommit);
    BranchMove move{.from = host.value_or(git::Oid()), .to = host.value_or(git::Oid())};
    if (!plan.branchTip) {
        move.outcome = Branch::Missing;
    } else if (host == plan.branchTip) {
        move.outcome = Branch::Unchanged;
    } else if (host != last) {
        move.outcome = *plan.branchTip == last ? Branch::Unchanged : Branch::MovedByPerson;
    } else {
        const auto forward = repository.reaches(*plan.branchTip, *host);
        if (!forward)
            return fail(forward.error());
        move.outcome = *forward ? Branch::FastForwarded : Branch::Replaced;
        move.to = *plan.branchTip;
    }
    return move;
}

} // namespace

QByteArray ImportPlan::revisions() const
{
    QByteArray text;
    for (const git::Oid &id : wanted)
        text += id.toHex() + '\n';
    for (const git::Oid &id : known)
        text += '^' + id.toHex() + '\n';
    return text;
}

QString lastImportRef(const SessionTree &tree)
{
    return tree.refsPrefix() + u"last-import"_s;
}

QString nextBackupRef(const git::Repository &repository, const SessionTree &tree)
{
    int number = 1;
    while (repository.refTarget(tree.backupPrefix() + QString::number(number)))
        ++number;
    return tree.backupPrefix() + QString::number(number);
}

Result<ImportPlan> planImport(const git::GitProcess &git,
                              const SessionTree &tree,
                              const QByteArray &refLines,
                              const QByteArray &stashLines,
                              const ImportLimits &limits,
                              const CancelToken &cancel)
{
    Q_UNUSED(git)
    const auto project = projectOf(tree);
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto lines = git::parseRefLines(refLines, limits.refs);
    if (!lines)
        return fail(refused(tr("The agent's list of branches could not be read."),
                            lines.error().message + u' ' + lines.error().detail));
    const auto kept = keptCommits(*repository, tree);
    if (!kept)
        return fail(kept.error());
    if (kept->isEmpty() && tree.checkout == Checkout::Worktree &&
        adminDirOf(project->commonDir, tree.workPath).isEmpty())
        return fail(isAnotherRepository(tree));

    const git::Oid baseTip =
        repository->refTarget(u"refs/heads/"_s + tree.baseBranch).value_or(tree.baseCommit);
    ImportPlan plan{.project = *project};
    int unsafe = 0;
    const auto add = [&](const QString &agentName,
                         const QString &hostName,
                         const git::Oid &id,
                         bool mustBeCommit) {
        // What the project's own branches have needs no mirror.
        if (repository->reaches(tree.baseCommit, id).value_or(false) ||
            repository->reaches(baseTip, id).value_or(false))
            return;
        // A tag of the project, which the agent sees peeled.
        if (!mustBeCommit && repository->commit(agentName).value_or(git::Oid()) == id)
            return;
        plan.refs.append(
            {.agentName = agentName, .hostName = hostName, .id = id, .mustBeCommit = mustBeCommit});
    };
    for (const git::RefLine &line : *lines) {
        if (cancel.isCancelled()) // a walk through the history for each of them
            return fail(ErrorKind::Cancelled, tr("Cancelled."));
        if (line.name != "HEAD" && !git::isSafeRefName(line.name)) {
            ++unsafe;
            continue;
        }
        const QString name = QString::fromUtf8(line.name);
        if (!tree.branch.isEmpty() && name == tree.branchRef()) {
            plan.branchTip = line.id;
            continue;
        }
        if (const QString hostName = hostNameOf(tree, name); !hostName.isEmpty())
            add(name, hostName, line.id, !name.startsWith(u"refs/tags/"_s));
    }
    plan.refs.removeIf([&](const AgentRef &ref) { // HEAD on the branch says nothing more
        return ref.agentName == u"HEAD"_s && ref.id == plan.branchTip;
    });
    int stashed = 0;
    for (const QByteArray &line : stashLines.split('\n')) {
        const auto id = git::Oid::fromHex(line.trimmed());
        if (!id || id->isNull() || stashed >= limits.refs)
            continue;
        const QString number = QString::number(stashed++);
        add(u"stash@{%1}"_s.arg(number), tree.refsPrefix() + u"stash/"_s + number, *id, true);
    }
    if (unsafe > 0)
        plan.notices +=
            tr("%1 ref(s) of the agent were left out: their names are not safe.").arg(unsafe);

    QSet<git::Oid> wanted;
    if (plan.branchTip)
        wanted += *plan.branchTip;
    for (const AgentRef &ref : plan.refs)
        wanted += ref.id;
    wanted -= *kept;
    plan.wanted = wanted.values();
    plan.known = kept->values();
    if (plan.wanted.isEmpty())
        return plan;
    const auto quarantine = makeQuarantine(*project, {project->objectDir}, tree.session.value);
    if (!quarantine)
        return fail(orDiskFull(quarantine.error(), project->objectDir));
    plan.quarantine = *quarantine;
    return plan;
}

Result<Done> receivePack(const git::GitProcess &git,
                         const SessionTree &tree,
                         const ImportPlan &plan,
                         int input,
                         const ImportLimits &limits,
                         const CancelToken &cancel)
{
    const auto view = HostView::ensure(tree, plan.project, hostHead(tree, plan.project));
    if (!view)
        return fail(view.error());
    auto request = view->objectRequest({u"index-pack"_s,
                                        u"--stdin"_s,
                                        u"--fix-thin"_s,
                                        u"--strict"_s,
                                        u"--fsck-objects"_s,
                                        u"--max-input-size=%1"_s.arg(limits.packBytes)});
    request.objectDirectory = plan.quarantine;
    request.inputDescriptor = input;
    request.timeout = limits.time;
    // Appended bases make the file larger than what came.
    request.maxFileSize = 2 * limits.packBytes + 64 * kMiB;
    request.what = tr("Checking the agent's commits");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode == 0)
        return Done{};
    if (output->exitCode > 128)
        return fail(Error(ErrorKind::GitFailed,
                          tr("The check of the agent's commits was ended from outside (signal %1).")
                              .arg(output->exitCode - 128))
                        .withRemedy(tr("Nothing was taken over. Try again; if it happens again, "
                                       "look whether the machine runs out of memory.")));
    const Error error = orDiskFull(git::GitProcess::failure(request, *output), plan.quarantine);
    if (error.kind != ErrorKind::GitFailed)
        return fail(error);
    if (output->errors.contains("exceeds maximum allowed size"))
        return fail(Error(ErrorKind::FileTooLarge,
                          tr("The agent's new commits are larger than %1.")
                              .arg(formatByteSize(limits.packBytes)))
                        .withRemedy(tr("Ask the agent to take large files out of its commits.")));
    return fail(refused(tr("The agent's commits did not pass git's checks."), error.detail));
}

Result<ImportReport> acceptImport(const git::GitProcess &git,
                                  const SessionTree &tree,
                                  const ImportPlan &plan,
                                  const ImportLimits &limits,
                                  const CancelToken &cancel)
{
    ImportReport report{.notices = plan.notices};
    const auto view = HostView::ensure(tree, plan.project, hostHead(tree, plan.project));
    if (!view)
        return fail(view.error());
    QList<AgentRef> refs = plan.refs;
    if (!plan.quarantine.isEmpty()) {
        if (auto connected = checkConnected(git, *view, plan, limits, cancel); !connected)
            return fail(connected.error());
    }
    const auto checked = checkKinds(git, *view, plan, report.notices, cancel);
    if (!checked)
        return fail(checked.error());
    refs = *checked;
    QSet<git::Oid> scanned;
    const auto scan = [&](const git::Oid &tip) -> Result<Done> {
        if (!plan.wanted.contains(tip) || scanned.contains(tip) ||
            scanned.size() >= kMaxScannedTips)
            return Done{};
        scanned += tip;
        const auto flags = scanCommit(git, *view, plan.quarantine, tree.baseCommit, tip, cancel);
        if (!flags)
            return fail(flags.error());
        for (const ImportFlag &flag : *flags) {
            if (!report.flags.contains(flag))
                report.flags += flag;
        }
        return Done{};
    };
    if (plan.branchTip) {
        if (auto done = scan(*plan.branchTip); !done)
            return fail(done.error());
    }
    for (const AgentRef &ref : refs) {
        if (!ref.mustBeCommit)
            continue;
        if (auto done = scan(ref.id); !done)
            return fail(done.error());
    }

    const auto lock = ProjectLock::take(plan.project.commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    if (!plan.quarantine.isEmpty()) {
        const auto moved = moveObjects(plan.quarantine, plan.project);
        if (!moved)
            return fail(moved.error());
        report.packBytes = *moved;
    }
    const auto repository = git::Repository::open(plan.project.commonDir);
    if (!repository)
        return fail(repository.error());
    const auto move = decideBranch(*repository, tree, plan);
    if (!move)
        return fail(move.error());
    report.branch = move->outcome;
    report.head = move->to;

    // What the agent no longer has goes first: a name may have become a folder of names.
    QSet<QString> wantedNames{lastImportRef(tree)};
    for (const AgentRef &ref : refs)
        wantedNames += ref.hostName;
    QString branchMirror;
    if (report.branch == ImportReport::Branch::MovedByPerson) {
        branchMirror = tree.refsPrefix() + u"heads/"_s + tree.branch;
        wantedNames += branchMirror;
    }
    const auto mirrored = repository->refs(tree.refsPrefix() + u'*', kMaxHostRefs);
    if (!mirrored)
        return fail(mirrored.error());
    RefTransaction removals;
    for (const auto &[name, target] : *mirrored) {
        if (!wantedNames.contains(name))
            removals.remove(name);
    }
    if (auto done = removals.commit(git, plan.project, cancel); !done)
        return fail(done.error());

    RefTransaction changes;
    for (const git::Oid &id : plan.wanted)
        changes.set(tree.keepPrefix() + id.toString(), id);
    for (const AgentRef &ref : refs) {
        if (repository->refTarget(ref.hostName) == ref.id)
            continue;
        changes.set(ref.hostName, ref.id);
        report.refs.append(
            {.agentName = ref.agentName, .hostName = ref.hostName, .commit = ref.id});
    }
    if (!branchMirror.isEmpty())
        changes.set(branchMirror, *plan.branchTip);
    if (report.branch == ImportReport::Branch::Replaced) {
        report.backupRef = nextBackupRef(*repository, tree);
        changes.set(report.backupRef, move->from);
        if (const auto adopted = repository->refTarget(adoptedRef(tree));
            adopted && !repository->reaches(move->to, *adopted).value_or(false))
            report.notices +=
                tr("The agent replaced commits that were on the branch %1 before the session. "
                   "They are kept in %2.")
                    .arg(tree.branch, report.backupRef);
    }
    if (move->to != move->from) {
        changes.compareAndSet(tree.branchRef(), move->to, move->from);
        report.refs.append(
            {.agentName = tree.branchRef(), .hostName = tree.branchRef(), .commit = move->to});
        report.newCommits = repository->countCommits(move->to, move->from, kMaxCounted).value_or(0);
    }
    if (plan.branchTip && report.branch != ImportReport::Branch::MovedByPerson &&
        repository->refTarget(lastImportRef(tree)) != plan.branchTip)
        changes.set(lastImportRef(tree), *plan.branchTip);
    if (auto done = changes.commit(git, plan.project, cancel); !done)
        return fail(done.error());
    if (move->to != move->from) {
        const auto kept = followIndex(git, *view, {move->from}, move->to, cancel);
        if (!kept)
            report.notices += kept.error().message;
        else if (!kept->isEmpty())
            report.notices +=
                tr("What you have staged of %1 stays staged, although the agent has committed a "
                   "change of it. Look at it again before you commit.")
                    .arg(listPaths(*kept));
    }
    return report;
}

Result<QList<StrayRef>> findStrayRefs(const SessionTree &tree)
{
    const auto project = projectOf(tree);
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto mirrored = repository->refs(tree.refsPrefix() + u'*', kMaxHostRefs);
    if (!mirrored)
        return fail(mirrored.error());
    const git::Oid branch = hostHead(tree, *project);
    QList<StrayRef> strays;
    QSet<git::Oid> named;
    for (const bool isHead : {false, true}) { // HEAD last: it mostly repeats a branch
        for (const auto &[name, target] : *mirrored) {
            if (name == lastImportRef(tree) || (name == tree.refsPrefix() + u"HEAD"_s) != isHead)
                continue;
            const git::Oid commit = repository->commit(name).value_or(target); // a tag, peeled
            if ((isHead && named.contains(commit)) ||
                repository->reaches(branch, commit).value_or(false))
                continue;
            named += commit;
            strays.append(
                {.hostName = name,
                 .commit = commit,
                 .commits = repository->countCommits(commit, branch, kMaxCounted).value_or(0)});
        }
    }
    return strays;
}

} // namespace paddock::worktrees
