// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/WorktreeJobs.h"

#include "core/git/Repository.h"
#include "core/worktrees/BranchPlan.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/RefTransaction.h"
#include "core/worktrees/SessionReader.h"
#include "core/worktrees/WorkspacePatterns.h"
#include "core/worktrees/WorktreeFolder.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kCountLimit = 1000;

QString tr(const char *text)
{
    return QCoreApplication::translate("WorktreeManager", text);
}

/// The branch of \a plan and its worktree without the files.
Result<Done> addWorktree(const git::GitProcess &git,
                         const SessionTree &tree,
                         const BranchPlan &plan,
                         const git::RepositoryInfo &project,
                         const ProjectLock &lock,
                         const CancelToken &cancel)
{
    QStringList arguments;
    if (plan.adopted) {
        // Where the branch was, for as long as anybody may want to know; and that it was there.
        RefTransaction mark;
        mark.set(adoptedRef(tree), plan.start);
        if (auto marked = mark.commit(git, project, cancel); !marked)
            return marked;
    } else {
        arguments = {
            plan.upstream.isEmpty() ? u"--no-track"_s : u"--track"_s, u"-b"_s, tree.branch};
    }
    const QString start = plan.adopted              ? tree.branch
                          : plan.upstream.isEmpty() ? plan.start.toString()
                                                    : u"refs/remotes/"_s + plan.upstream;
    return addEntry(git, tree, tree.workPath, arguments, start, project, lock, cancel);
}

Result<Done> deleteBranch(const git::GitProcess &git,
                          const git::RepositoryInfo &project,
                          const git::Repository &repository,
                          const SessionTree &tree,
                          const git::Oid &expected)
{
    auto request =
        projectRequest(project, {u"update-ref"_s, u"-d"_s, tree.branchRef(), expected.toString()});
    request.what = tr("Deleting the branch");
    if (auto done = git.check(request); !done)
        return fail(done.error());
    const QByteArray section = "branch." + tree.branch.toUtf8();
    if (!repository.setting(section + ".remote"))
        return Done{};
    // What it follows would be taken over by the next branch of this name.
    auto forget = projectRequest(
        project, {u"config"_s, u"--local"_s, u"--remove-section"_s, QString::fromUtf8(section)});
    forget.what = request.what;
    const auto forgotten = git.check(forget);
    return forgotten ? Result<Done>(Done{}) : fail(forgotten.error());
}

/// True if the session is to write to the main checkout. The project is locked.
Result<bool> getsCheckout(const git::GitProcess &git,
                          const git::RepositoryInfo &project,
                          const git::Repository &repository,
                          const CreateWorktreeOptions &options,
                          const CancelToken &cancel)
{
    if (options.isolation == Isolation::Always)
        return false;
    auto writer = checkoutWriter(project);
    if (writer == options.session) // what an earlier start of it left
        writer.reset();
    if (needsWorktree(WorkMode::Write, options.isolation, writer ? 1 : 0))
        return false;
    if (writer)
        return fail(
            Error(ErrorKind::Conflict,
                  tr("The session %1 works in the main checkout already.").arg(writer->value))
                .withRemedy(tr("Wait until it is finished, or let sessions have worktrees "
                               "(isolation of the project).")));
    const auto obstacle = checkoutObstacle(git, repository, project, options, cancel);
    if (obstacle && options.isolation == Isolation::Never)
        return fail(*obstacle);
    return !obstacle;
}

/// What a session of a repository without commits starts from: the same empty commit in all of
/// them, so that the work of two sessions has one root.
Result<git::Oid> makeFirstCommit(const git::GitProcess &git,
                                 const git::RepositoryInfo &project,
                                 const CancelToken &cancel)
{
    const auto write = [&](const QString &type, const QByteArray &content) {
        auto request =
            projectRequest(project, {u"hash-object"_s, u"-w"_s, u"-t"_s, type, u"--stdin"_s});
        request.input = content;
        request.what = tr("Making a first commit");
        return git.check(request, cancel);
    };
    const auto empty = write(u"tree"_s, {});
    if (!empty)
        return fail(empty.error());
    const auto commit = write(u"commit"_s,
                              "tree " + empty->trimmed() +
                                  "\nauthor Paddock <paddock@localhost> 0 +0000"
                                  "\ncommitter Paddock <paddock@localhost> 0 +0000"
                                  "\n\nEmpty start\n");
    return commit ? git::Oid::fromHex(commit->trimmed()) : fail(commit.error());
}

/// Decides where \a tree works, and makes its branch and its worktree without the files, or its
/// hold on the main checkout. The project is locked; nothing is left on failure.
Result<Done> makePlace(const git::GitProcess &git,
                       const git::RepositoryInfo &project,
                       const git::Repository &repository,
                       const CreateWorktreeOptions &options,
                       const ProjectLock &lock,
                       SessionTree &tree,
                       const CancelToken &cancel)
{
    const auto onCheckout = getsCheckout(git, project, repository, options, cancel);
    if (!onCheckout)
        return fail(onCheckout.error());
    auto plan = planBranch(repository, project, options, tree.worktreesRoot);
    if (plan && plan->start.isNull()) {
        const auto start = makeFirstCommit(git, project, cancel);
        if (!start)
            return fail(start.error());
        plan->start = *start;
    }
    if (!plan)
        return fail(plan.error());
    tree.branch = plan->branch;
    tree.baseBranch = plan->baseBranch;
    tree.baseCommit = plan->start;
    tree.checkout = *onCheckout ? Checkout::MainReadWrite : Checkout::Worktree;
    tree.workPath = *onCheckout ? project.topLevel : plan->folder;
    if (auto recorded = recordPatterns(tree, options.patterns); !recorded)
        return recorded;
    auto made = *onCheckout ? takeCheckout(git, tree, project, cancel)
                            : addWorktree(git, tree, *plan, project, lock, cancel);
    if (made)
        return made;
    const Error error = orDiskFull(made.error(), tree.worktreesRoot);
    const auto undone = undoCreateWorktree(git, tree);
    Q_UNUSED(undone)
    return fail(error);
}

} // namespace

Result<SessionTree> createWorktree(const git::GitProcess &git,
                                   const CreateWorktreeOptions &options,
                                   const CancelToken &cancel)
{
    if (auto fine = checkPatterns(options.patterns); !fine)
        return fail(fine.error());
    const auto project = git::inspectRepository(options.projectPath);
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    SessionTree tree{.session = options.session,
                     .sessionFolder = options.sessionFolder,
                     .projectPath = project->topLevel,
                     .checkout = Checkout::Worktree,
                     .owner = options.owner};
    bool madeRoot = false;
    {
        const auto lock = ProjectLock::take(project->commonDir, cancel);
        if (!lock)
            return fail(lock.error());
        const auto root = prepareWorktreesRoot(*project, options.worktreesRoot, &madeRoot);
        if (!root)
            return fail(root.error());
        tree.worktreesRoot = *root;
        const auto made = makePlace(git, *project, *repository, options, *lock, tree, cancel);
        if (!made) {
            if (madeRoot)
                ::rmdir(QFile::encodeName(*root).constData());
            return fail(made.error());
        }
    }
    if (tree.checkout == Checkout::MainReadWrite)
        return tree;
    // The long part needs no lock: the folder and the branch are ours.
    if (auto filled = fillWorktree(git, tree, *project, tree.baseCommit, cancel); !filled) {
        Error error = orDiskFull(filled.error(), tree.workPath);
        if (auto undone = undoCreateWorktree(git, tree); !undone)
            error = error.withDetail(error.detail + u'\n' + undone.error().toString());
        if (madeRoot)
            ::rmdir(QFile::encodeName(tree.worktreesRoot).constData());
        return fail(error);
    }
    return tree;
}

Result<Done> undoCreateWorktree(const git::GitProcess &git, const SessionTree &tree)
{
    if (!tree.isWritable())
        return Done{};
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    const bool heldCheckout =
        tree.checkout == Checkout::MainReadWrite && checkoutWriter(*project) == tree.session;
    const QString admin = tree.checkout == Checkout::Worktree
                              ? adminDirOf(project->commonDir, tree.workPath)
                              : QString();
    // Without an entry the folder was never ours.
    if (!admin.isEmpty()) {
        const auto left = removeTree(tree.workPath, recordedIdentity(tree));
        if (!left)
            return fail(left.error());
        if (!left->isEmpty())
            return fail(
                Error(ErrorKind::IoFailed, tr("Parts of the worktree could not be deleted."))
                    .withDetail(left->join(u'\n')));
        removeAdminDir(project->commonDir, admin);
    }
    // Before what may fail: others wait for it.
    releaseCheckout(tree, *project);
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto tip = repository->refTarget(tree.branchRef());
    const bool wasThere = repository->refTarget(adoptedRef(tree)).has_value();
    if (tip && *tip == tree.baseCommit && (!admin.isEmpty() || heldCheckout) && !wasThere) {
        if (auto deleted = deleteBranch(git, *project, *repository, tree, *tip); !deleted)
            return deleted;
    }
    // beforeRef() stays: the agent may have had its say before the start was taken back.
    RefTransaction marks;
    if (wasThere)
        marks.remove(adoptedRef(tree));
    if (auto removed = marks.commit(git, *project); !removed)
        return removed;
    const auto view = removeTree(tree.hostViewDir(), std::nullopt);
    return view ? Result<Done>(Done{}) : fail(view.error());
}

namespace {

/// What is left of a worktree whose project is gone, if it was elsewhere. Only the folder that was
/// made for the session: a main checkout whose .git is damaged is the person's.
Result<RemoveWorktreeReport> removeWithoutProject(const SessionTree &tree,
                                                  const CancelToken &cancel)
{
    const auto made = recordedIdentity(tree);
    if (tree.checkout != Checkout::Worktree || !made)
        return RemoveWorktreeReport{.branchKeptBecause = tr("The project is not there any more.")};
    auto left = removeTree(tree.workPath, made, cancel);
    if (!left)
        return fail(left.error());
    return RemoveWorktreeReport{.worktreeRemoved = left->isEmpty(),
                                .branchKeptBecause = tr("The project is not there any more."),
                                .leftBehind = *left};
}

} // namespace

Result<RemoveWorktreeReport> removeWorktree(const git::GitProcess &git,
                                            const SessionTree &tree,
                                            const RemoveWorktreeOptions &options,
                                            const CancelToken &cancel)
{
    RemoveWorktreeReport report;
    if (!tree.isWritable())
        return report;
    const auto project = projectOf(tree);
    if (!project && isProjectGone(project.error()) && options.looseChanges == LooseChanges::Discard)
        return removeWithoutProject(tree, cancel);
    if (!project)
        return fail(project.error());
    const bool isOwn = tree.checkout == Checkout::Worktree;
    QString admin = isOwn ? adminDirOf(project->commonDir, tree.workPath) : QString();
    const bool exists = isOwn && identifyFolder(tree.workPath).has_value();
    if (exists && options.looseChanges == LooseChanges::Refuse && admin.isEmpty()) {
        // Without its entry nobody can tell whether there is work in it.
        if (const auto repaired = repairWorktree(git, tree, cancel); !repaired)
            return fail(repaired.error());
        admin = adminDirOf(project->commonDir, tree.workPath);
    }
    if (exists && options.looseChanges == LooseChanges::Refuse && !admin.isEmpty()) {
        const auto status = readStatus(git, tree, *project, cancel);
        if (!status)
            return fail(status.error());
        if (status->isDirty())
            return fail(Error(ErrorKind::WorktreeDirty,
                              tr("%n file(s) in the worktree have changes that no commit holds.")
                                  .replace(u"%n"_s, QString::number(status->files.size())))
                            .withDetail(tree.workPath)
                            .withRemedy(tr("Commit them, or choose to discard them.")));
    }
    const auto lock = ProjectLock::take(project->commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    if (exists) {
        auto left = removeTree(tree.workPath, recordedIdentity(tree), cancel);
        if (!left)
            return fail(left.error());
        report.leftBehind = *left;
    }
    releaseCheckout(tree, *project);
    report.worktreeRemoved = isOwn && report.leftBehind.isEmpty();
    if (report.worktreeRemoved)
        removeAdminDir(project->commonDir, admin);

    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto tip = repository->refTarget(tree.branchRef());
    if (!tip || options.branch == BranchOnRemove::Keep) {
        if (tip)
            report.branchKeptBecause = tr("It was asked to be kept.");
        return report;
    }
    if (repository->refTarget(adoptedRef(tree))) {
        report.branchKeptBecause = tr("It was there before the session.");
        return report;
    }
    const auto baseTip = repository->refTarget(u"refs/heads/"_s + tree.baseBranch);
    // Into the branch it came from, or into what the person has checked out now.
    const bool isMerged =
        repository->reaches(baseTip.value_or(tree.baseCommit), *tip).value_or(false) ||
        repository->reaches(project->headCommit, *tip).value_or(false);
    if (options.branch == BranchOnRemove::DeleteIfMerged && !isMerged) {
        const auto count =
            repository->countCommits(*tip, baseTip.value_or(tree.baseCommit), kCountLimit);
        report.branchKeptBecause =
            tr("It has %1 commit(s) that %2 does not have.")
                .arg(count.value_or(1))
                .arg(tree.baseBranch.isEmpty() ? tree.baseCommit.abbreviated() : tree.baseBranch);
        return report;
    }
    if (!isMerged) {
        auto backup = projectRequest(
            *project,
            {u"update-ref"_s, tree.backupPrefix() + u"deleted-branch"_s, tip->toString()});
        backup.what = tr("Keeping the last commit of the branch");
        if (auto kept = git.check(backup, cancel); !kept)
            return fail(kept.error());
    }
    if (auto deleted = deleteBranch(git, *project, *repository, tree, *tip); !deleted)
        return fail(deleted.error());
    report.branchDeleted = true;
    return report;
}

Result<QList<WorktreeEntry>> listWorktrees(const git::RepositoryInfo &project)
{
    QList<WorktreeEntry> entries;
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    const QDir folder(project.commonDir + u"/worktrees"_s);
    const auto names =
        folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::Hidden, QDir::Name);
    for (const QString &name : names) {
        const QString admin = folder.filePath(name);
        const auto gitFile = readFileBeneath(admin, "gitdir", 64 * 1024);
        if (!gitFile)
            continue;
        WorktreeEntry entry{.path = QFile::decodeName(gitFile->trimmed()), .adminDir = admin};
        if (entry.path.endsWith(u"/.git"_s))
            entry.path.chop(5);
        const QByteArray head =
            readFileBeneath(admin, "HEAD", 4096).value_or(QByteArray()).trimmed();
        if (head.startsWith("ref: refs/heads/")) {
            entry.branch = QString::fromUtf8(head.mid(16));
            entry.head =
                repository->refTarget(u"refs/heads/"_s + entry.branch).value_or(git::Oid());
        } else {
            entry.head = git::Oid::fromHex(head).value_or(git::Oid());
        }
        entry.exists = identifyFolder(entry.path).has_value();
        if (const auto session = sessionOf(admin)) {
            entry.ours = true;
            entry.session = *session;
            // Broken off before git had put it on its branch.
            if (head.count('0') == head.size()) {
                entry.branch = u"paddock/"_s + QFileInfo(entry.path).fileName();
                entry.head =
                    repository->refTarget(u"refs/heads/"_s + entry.branch).value_or(git::Oid());
            }
        }
        entries.append(entry);
    }
    return entries;
}

Result<Done> ensureGitFile(const SessionTree &tree, const QString &adminDir)
{
    const auto write = [&] {
        return writeFileBeneath(
            tree.workPath, ".git", "gitdir: " + QFile::encodeName(adminDir) + '\n', 0644);
    };
    const auto status = statBeneath(tree.workPath, ".git");
    if (!status)
        return write();
    if (S_ISREG(status->st_mode)) {
        const QByteArray content =
            readFileBeneath(tree.workPath, ".git", 64 * kKiB).value_or(QByteArray()).trimmed();
        if (content.isEmpty()) // an engine that once started without the file has left it
            return write();
        const QString target =
            QDir(tree.workPath)
                .absoluteFilePath(QFile::decodeName(content.mid(qstrlen("gitdir: "))));
        if (content.startsWith("gitdir: ") && QDir::cleanPath(target) == adminDir)
            return Done{};
    }
    return fail(Error(ErrorKind::SecurityViolation,
                      tr("The file .git of the worktree was replaced by something else."))
                    .withDetail(tree.workPath)
                    .withRemedy(tr("Look at it, then delete it: it is made again.")));
}

Result<int> cleanStaleWorktrees(const git::RepositoryInfo &project, const QSet<SessionId> &alive)
{
    const auto lock = ProjectLock::take(project.commonDir);
    if (!lock)
        return fail(lock.error());
    const auto entries = listWorktrees(project);
    if (!entries)
        return fail(entries.error());
    int cleaned = 0;
    for (const WorktreeEntry &entry : *entries) {
        if (!entry.ours || entry.exists || alive.contains(entry.session))
            continue;
        removeAdminDir(project.commonDir, entry.adminDir);
        ++cleaned;
    }
    sweepCheckoutNote(project);
    return cleaned;
}

} // namespace paddock::worktrees
