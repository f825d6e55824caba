// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/WorktreeJobs.h"

#include "core/git/Repository.h"
#include "core/worktrees/BranchPlan.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/Gitlinks.h"
#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/RefTransaction.h"
#include "core/worktrees/SessionReader.h"
#include "core/worktrees/WorkspacePatterns.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kCheckoutTime = std::chrono::minutes(10);
constexpr int kCountLimit = 1000;
/// Not translated: with it a worktree is known before it has its mark.
constexpr auto kLockReason = "in use by Paddock, session "_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("WorktreeManager", text);
}

/// Writes the files of HEAD and the index, with no filter of anybody's configuration.
Result<Done> checkOut(const git::GitProcess &git,
                      const HostView &view,
                      const SessionTree &tree,
                      const CancelToken &cancel)
{
    auto request = view.fileRequest({u"read-tree"_s, u"-m"_s, u"-u"_s, view.head().toString()});
    request.settings = {{"checkout.workers", "0"}}; // as many as there are CPUs
    request.timeout = kCheckoutTime;
    request.what = tr("Writing the files of the worktree");
    if (auto done = git.check(request, cancel); !done)
        return fail(done.error());
    if (auto marked = markGitlinks(git, view, view.worktreeIndex(), GitlinkMark::Skip, cancel);
        !marked)
        return marked;
    if (!tree.owner || ::geteuid() != 0)
        return Done{};
    if (auto given = changeOwner(tree.workPath, *tree.owner); !given)
        return given;
    // The owner is part of what the index knows of a file.
    auto refresh = view.fileRequest({u"update-index"_s, u"-q"_s, u"--refresh"_s});
    refresh.timeout = kCheckoutTime;
    refresh.what = request.what;
    if (auto done = git.check(refresh, cancel); !done)
        return fail(done.error());
    return Done{};
}

Result<Done> writeMarks(const SessionTree &tree, const QString &adminDir)
{
    if (auto marked =
            writeFileBeneath(adminDir, kSessionMark, tree.session.value.toLatin1() + '\n', 0644);
        !marked)
        return marked;
    const auto identity = identifyFolder(tree.workPath);
    if (!identity)
        return fail(identity.error());
    return writeFileBeneath(tree.hostViewDir(), kFolderMark, identity->toText(), 0600);
}

Result<Done> fillWorktree(const git::GitProcess &git,
                          const SessionTree &tree,
                          const git::RepositoryInfo &project,
                          const WorkspacePatterns &patterns,
                          const CancelToken &cancel)
{
    const QString admin = adminDirOf(project.commonDir, tree.workPath);
    if (admin.isEmpty())
        return fail(ErrorKind::GitFailed, tr("Git made no worktree."));
    if (auto recorded = recordPatterns(tree, patterns); !recorded)
        return recorded;
    const auto view = HostView::ensure(tree, project, tree.baseCommit);
    if (!view)
        return fail(view.error());
    if (auto marked = writeMarks(tree, admin); !marked)
        return marked;
    return checkOut(git, *view, tree, cancel);
}

Result<Done> addWorktree(const git::GitProcess &git,
                         const SessionTree &tree,
                         const BranchPlan &plan,
                         const git::RepositoryInfo &project,
                         const ProjectLock &lock,
                         const CancelToken &cancel)
{
    QStringList arguments{u"worktree"_s,
                          u"add"_s,
                          u"--quiet"_s,
                          u"--no-checkout"_s,
                          u"--lock"_s,
                          u"--reason"_s,
                          QString(kLockReason) + tree.session.value};
    if (plan.adopted) {
        // Where the branch was, for as long as anybody may want to know; and that it was there.
        RefTransaction mark;
        mark.set(adoptedRef(tree), plan.start);
        if (auto marked = mark.commit(git, project, cancel); !marked)
            return marked;
    } else {
        arguments +=
            {plan.upstream.isEmpty() ? u"--no-track"_s : u"--track"_s, u"-b"_s, tree.branch};
    }
    arguments += {u"--"_s,
                  tree.workPath,
                  plan.adopted              ? tree.branch
                  : plan.upstream.isEmpty() ? plan.start.toString()
                                            : u"refs/remotes/"_s + plan.upstream};
    auto request = projectRequest(project, arguments);
    request.what = tr("Making the worktree");
    // Killed in the middle it leaves a branch or a folder that nobody finds again.
    request.heldDescriptor = lock.descriptor();
    if (auto done = git.check(request, cancel); !done)
        return fail(done.error());
    return Done{};
}

/// The session of an entry: by its mark, or before it has one by the reason of git's lock on it.
std::optional<SessionId> sessionOf(const QString &adminDir)
{
    const auto text = [&](const char *name) {
        return QString::fromLatin1(
            readFileBeneath(adminDir, name, 1024).value_or(QByteArray()).trimmed());
    };
    if (const auto marked = sessionIdFromText(text(kSessionMark)))
        return *marked;
    const QString reason = text("locked");
    if (!reason.startsWith(kLockReason))
        return std::nullopt;
    const auto locked = sessionIdFromText(reason.mid(kLockReason.size()));
    return locked ? std::optional(*locked) : std::nullopt;
}

std::optional<FolderIdentity> recordedIdentity(const SessionTree &tree)
{
    const auto text = readFileBeneath(tree.hostViewDir(), kFolderMark, 1024);
    return text ? FolderIdentity::fromText(*text) : std::nullopt;
}

/// The entry in <common dir>/worktrees, which only the host writes.
void removeAdminDir(const QString &commonDir, const QString &adminDir)
{
    if (adminDir.isEmpty())
        return;
    const auto removed = removeTree(adminDir, std::nullopt);
    Q_UNUSED(removed)
    ::rmdir(QFile::encodeName(commonDir + u"/worktrees"_s).constData()); // if it was the last
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
    const auto writer = checkoutWriter(project);
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
    if (*onCheckout) {
        if (auto recorded = recordPatterns(tree, options.patterns); !recorded)
            return recorded;
    }
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
    if (auto filled = fillWorktree(git, tree, *project, options.patterns, cancel); !filled) {
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
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto tip = repository->refTarget(tree.branchRef());
    const bool wasThere = repository->refTarget(adoptedRef(tree)).has_value();
    if (tip && *tip == tree.baseCommit && (!admin.isEmpty() || heldCheckout) && !wasThere) {
        if (auto deleted = deleteBranch(git, *project, *repository, tree, *tip); !deleted)
            return deleted;
    }
    RefTransaction marks;
    for (const QString &mark : {adoptedRef(tree), beforeRef(tree)}) {
        if (repository->refTarget(mark))
            marks.remove(mark);
    }
    if (auto removed = marks.commit(git, *project); !removed)
        return removed;
    releaseCheckout(tree, *project);
    const auto view = removeTree(tree.hostViewDir(), std::nullopt);
    return view ? Result<Done>(Done{}) : fail(view.error());
}

namespace {

/// What is left of a worktree whose project is gone, if it was elsewhere.
Result<RemoveWorktreeReport> removeWithoutProject(const SessionTree &tree,
                                                  const CancelToken &cancel)
{
    auto left = removeTree(tree.workPath, recordedIdentity(tree), cancel);
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
    const QString admin = isOwn ? adminDirOf(project->commonDir, tree.workPath) : QString();
    const bool exists = isOwn && identifyFolder(tree.workPath).has_value();
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
