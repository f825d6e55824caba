// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ImportJobs.h"

#include "core/base/XdgPaths.h"
#include "core/git/Alternates.h"
#include "core/git/Porcelain.h"
#include "core/git/RefName.h"
#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/Gitlinks.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/RefTransaction.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// A quarantine next to the project's own objects: what passes is moved by rename, and git itself
/// sweeps away folders of this name after a crash.
Result<QString> makeQuarantine(const SessionTree &tree, const git::RepositoryInfo &project)
{
    const QString prefix = u"tmp_objdir-paddock-"_s + tree.session.value + u'-';
    const QDir store(project.objectDir);
    for (const QString &old : store.entryList({prefix + u'*'}, QDir::Dirs | QDir::Hidden))
        dropQuarantine(store.filePath(old));
    const QString path = store.filePath(prefix + randomShortId());
    for (const auto &folder : {u"/pack"_s, u"/info"_s}) {
        if (auto made = makePrivateFolder(path + folder); !made)
            return fail(made.error());
    }
    const QStringList stores = QStringList{project.objectDir} + project.borrowed;
    if (auto written = writeFileBeneath(path, "info/alternates", git::alternatesFile(stores), 0600);
        !written)
        return fail(written.error());
    return path;
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

/// Moves the checked packs into the project's store: the pack before its index, because git looks
/// for indexes.
Result<qint64> moveObjects(const ImportPlan &plan)
{
    static const QRegularExpression name(u"^pack-[0-9a-f]{40}\\.(pack|rev|idx)$"_s);
    const QDir from(plan.quarantine + u"/pack"_s);
    const QDir to(plan.project.objectDir + u"/pack"_s);
    if (!to.exists() && !QDir().mkpath(to.path()))
        return fail(Error(ErrorKind::IoFailed, tr("The project's object store cannot be written."))
                        .withDetail(to.path()));
    struct stat store
    {
    };
    const bool giveAway =
        ::geteuid() == 0 &&
        ::stat(QFile::encodeName(plan.project.objectDir).constData(), &store) == 0 &&
        store.st_uid != 0;
    qint64 bytes = 0;
    for (const auto &kind : {u"pack"_s, u"rev"_s, u"idx"_s}) {
        for (const QString &file :
             from.entryList({u"*."_s + kind}, QDir::Files | QDir::NoSymLinks)) {
            if (!name.match(file).hasMatch())
                continue;
            const QByteArray source = QFile::encodeName(from.filePath(file));
            const QByteArray target = QFile::encodeName(to.filePath(file));
            if (kind == u"pack"_s)
                bytes += QFileInfo(from.filePath(file)).size();
            if (giveAway && ::lchown(source.constData(), store.st_uid, store.st_gid) != 0)
                return fail(Error(ErrorKind::IoFailed, tr("The owner of a file cannot be changed."))
                                .withDetail(qt_error_string(errno)));
            if (::rename(source.constData(), target.constData()) != 0)
                return fail(
                    Error(ErrorKind::IoFailed, tr("The project's object store cannot be written."))
                        .withDetail(to.path() + u": "_s + qt_error_string(errno)));
        }
    }
    const Descriptor folder(
        ::open(QFile::encodeName(to.path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.isOpen())
        ::fsync(folder.get());
    return bytes;
}

/// The host's index of the worktree goes from the old tip to the new one, keeping what the person
/// has staged, without looking at a file.
void followIndex(const git::GitProcess &git,
                 const HostView &view,
                 const git::Oid &from,
                 const git::Oid &to,
                 QStringList &notices,
                 const CancelToken &cancel)
{
    if (view.worktreeIndex().isEmpty() || from == to)
        return;
    auto request =
        view.objectRequest({u"read-tree"_s, u"-i"_s, u"-m"_s, from.toString(), to.toString()});
    request.indexFile = view.worktreeIndex();
    request.timeout = std::chrono::minutes(2);
    const auto output = git.run(request, cancel);
    if (!output || output->exitCode != 0)
        notices +=
            tr("The staging area of the worktree could not follow the agent's commits: what "
               "is staged there was changed by the agent as well. Unstage it with git reset.");
    if (const auto marked =
            markGitlinks(git, view, view.worktreeIndex(), GitlinkMark::Skip, cancel);
        !marked)
        notices += tr("The agent's commits have submodules that git would look into on this "
                      "computer, with settings of the agent's. Do not run git in the worktree: %1")
                       .arg(marked.error().message);
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

void dropQuarantine(const QString &quarantine)
{
    if (quarantine.isEmpty())
        return;
    const auto removed = removeTree(quarantine, std::nullopt);
    Q_UNUSED(removed)
}

Result<ImportPlan> planImport(const git::GitProcess &git,
                              const SessionTree &tree,
                              const QByteArray &refLines,
                              const QByteArray &stashLines,
                              const ImportLimits &limits,
                              const CancelToken &cancel)
{
    Q_UNUSED(git)
    const auto project = git::inspectRepository(tree.projectPath);
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
    const auto quarantine = makeQuarantine(tree, *project);
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
        const auto moved = moveObjects(plan);
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
        int number = 1;
        while (repository->refTarget(tree.backupPrefix() + QString::number(number)))
            ++number;
        report.backupRef = tree.backupPrefix() + QString::number(number);
        changes.set(report.backupRef, move->from);
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
    if (move->to != move->from)
        followIndex(git, *view, move->from, move->to, report.notices, cancel);
    return report;
}

Result<QList<StrayRef>> findStrayRefs(const SessionTree &tree)
{
    const auto project = git::inspectRepository(tree.projectPath);
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
