// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/WorktreeFolder.h"

#include "core/git/Repository.h"
#include "core/worktrees/BranchPlan.h"
#include "core/worktrees/Gitlinks.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/RefTransaction.h"
#include "core/worktrees/TreeCheck.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kCheckoutTime = std::chrono::minutes(10);
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
    if (!tree.owner)
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

} // namespace

Result<Done> fillWorktree(const git::GitProcess &git,
                          const SessionTree &tree,
                          const git::RepositoryInfo &project,
                          const git::Oid &head,
                          const CancelToken &cancel)
{
    const QString admin = adminDirOf(project.commonDir, tree.workPath);
    if (admin.isEmpty())
        return fail(ErrorKind::GitFailed, tr("Git made no worktree."));
    const auto view = HostView::ensure(tree, project, head);
    if (!view)
        return fail(view.error());
    if (auto marked = writeMarks(tree, admin); !marked)
        return marked;
    return checkOut(git, *view, tree, cancel);
}

Result<Done> addEntry(const git::GitProcess &git,
                      const SessionTree &tree,
                      const QString &path,
                      const QStringList &branchOptions,
                      const QString &start,
                      const git::RepositoryInfo &project,
                      const ProjectLock &lock,
                      const CancelToken &cancel)
{
    auto request = projectRequest(project,
                                  QStringList{u"worktree"_s,
                                              u"add"_s,
                                              u"--quiet"_s,
                                              u"--no-checkout"_s,
                                              u"--lock"_s,
                                              u"--reason"_s,
                                              QString(kLockReason) + tree.session.value} +
                                      branchOptions + QStringList{u"--"_s, path, start});
    request.what = tr("Making the worktree");
    // Killed in the middle it leaves a branch or a folder that nobody finds again.
    request.heldDescriptor = lock.descriptor();
    const auto done = git.check(request, cancel);
    return done ? Result<Done>(Done{}) : fail(done.error());
}

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

void removeAdminDir(const QString &commonDir, const QString &adminDir)
{
    if (adminDir.isEmpty())
        return;
    const auto removed = removeTree(adminDir, std::nullopt);
    Q_UNUSED(removed)
    ::rmdir(QFile::encodeName(commonDir + u"/worktrees"_s).constData()); // if it was the last
}

namespace {

/// The branch as it is, or made again where it was last.
Result<git::Oid> ensureBranch(const git::GitProcess &git,
                              const SessionTree &tree,
                              const git::RepositoryInfo &project,
                              const CancelToken &cancel)
{
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    if (const auto tip = repository->refTarget(tree.branchRef()))
        return *tip;
    const git::Oid last = repository->refTarget(lastImportRef(tree)).value_or(tree.baseCommit);
    RefTransaction refs;
    refs.compareAndSet(tree.branchRef(), last, {});
    const auto made = refs.commit(git, project, cancel);
    return made ? Result<git::Oid>(last) : fail(made.error());
}

/// The folder that an entry was made for before it was given its files; see isRepairLeftover().
constexpr auto kRepairPlace = ".repair-"_L1;

/// Takes an entry for files that are there already away again, and the empty folder made with it.
void dropEntry(const git::RepositoryInfo &project, const QString &path)
{
    removeAdminDir(project.commonDir, adminDirOf(project.commonDir, path));
    // Not more than git put there: whatever else is in it is somebody's.
    ::unlink(QFile::encodeName(path + u"/.git"_s).constData());
    ::rmdir(QFile::encodeName(path).constData());
}

/// Gives the files at tree.workPath, which are there, to the entry that was made for \a path. The
/// entry names them last: until then it is one that the next repair takes away.
Result<Done> giveFiles(const git::GitProcess &git,
                       const SessionTree &tree,
                       const git::RepositoryInfo &project,
                       const QString &path,
                       const git::Oid &head,
                       const CancelToken &cancel)
{
    const QString admin = adminDirOf(project.commonDir, path);
    if (admin.isEmpty())
        return fail(ErrorKind::GitFailed, tr("Git made no worktree."));
    SessionTree place = tree;
    place.workPath = path;
    const auto view = HostView::ensure(place, project, head);
    if (!view)
        return fail(view.error());
    auto request =
        view->indexRequest({u"read-tree"_s, u"--reset"_s, head.toString()}, view->worktreeIndex());
    request.timeout = kCheckoutTime;
    request.what = tr("Reading the files of the worktree");
    if (const auto read = git.check(request, cancel); !read)
        return fail(read.error());
    // Before anybody's git looks at the files through it: a submodule of the agent's making would
    // be gone into.
    if (auto marked = markGitlinks(git, *view, view->worktreeIndex(), GitlinkMark::Skip, cancel);
        !marked)
        return marked;
    const auto write = [](const QString &folder, const char *name, const QString &text) {
        return writeFileBeneath(folder, name, QFile::encodeName(text) + '\n', 0644);
    };
    if (auto done = write(tree.workPath, ".git", u"gitdir: "_s + admin); !done)
        return done;
    if (auto marked = writeMarks(tree, admin); !marked)
        return marked;
    return write(admin, "gitdir", tree.workPath + u"/.git"_s);
}

/// True if the folder is gone rather than out of reach: the file system it was on is there.
bool isDeleted(const SessionTree &tree)
{
    const auto now = identifyFolder(tree.workPath);
    if (now || now.error().kind != ErrorKind::FileNotFound)
        return false;
    const auto made = recordedIdentity(tree);
    QString above = QFileInfo(tree.workPath).path();
    while (!QFileInfo::exists(above))
        above = QFileInfo(above).path();
    const auto there = identifyFolder(QFileInfo(above).canonicalFilePath());
    return made && there && there->device == made->device;
}

Result<QString> makeFolderAgain(const git::GitProcess &git,
                                const SessionTree &tree,
                                const git::RepositoryInfo &project,
                                const git::Oid &tip,
                                const ProjectLock &lock,
                                const CancelToken &cancel)
{
    if (!isDeleted(tree))
        return fail(
            Error(ErrorKind::FileNotFound, tr("The worktree of the session cannot be reached."))
                .withDetail(tree.workPath)
                .withRemedy(tr("If it is on another disk, mount that, and start the session "
                               "again. What was imported is on the branch %1.")
                                .arg(tree.branch)));
    removeAdminDir(project.commonDir, adminDirOf(project.commonDir, tree.workPath));
    if (auto added = addEntry(git, tree, tree.workPath, {}, tree.branch, project, lock, cancel);
        !added)
        return fail(added.error());
    const auto made = identifyFolder(tree.workPath);
    if (auto filled = fillWorktree(git, tree, project, tip, cancel); !filled) {
        // As it was: gone, and to be made the next time.
        if (made) {
            const auto left = removeTree(tree.workPath, *made);
            Q_UNUSED(left)
        }
        removeAdminDir(project.commonDir, adminDirOf(project.commonDir, tree.workPath));
        return fail(filled.error());
    }
    return tr("The folder of the worktree was gone. It was made again from the branch %1; what no "
              "commit held is not in it.")
        .arg(tree.branch);
}

Result<QString> makeEntryAgain(const git::GitProcess &git,
                               const SessionTree &tree,
                               const git::RepositoryInfo &project,
                               const git::Oid &tip,
                               const ProjectLock &lock,
                               const CancelToken &cancel)
{
    // Something else in the place of .git is the agent's, and stays.
    if (const auto present = statBeneath(tree.workPath, ".git");
        present && !S_ISREG(present->st_mode))
        return fail(Error(ErrorKind::SecurityViolation,
                          tr("In the place of the worktree's .git is something else."))
                        .withDetail(tree.workPath)
                        .withRemedy(tr("Look at what it is and move it away.")));
    const QString path = tree.workPath + kRepairPlace + randomShortId();
    if (auto added = addEntry(git, tree, path, {}, tree.branch, project, lock, cancel); !added)
        return fail(added.error());
    if (auto given = giveFiles(git, tree, project, path, tip, cancel); !given) {
        dropEntry(project, path);
        return fail(given.error());
    }
    ::unlink(QFile::encodeName(path + u"/.git"_s).constData());
    ::rmdir(QFile::encodeName(path).constData());
    return tr("Git did not know the worktree any more. Its files are as they were, and it is known "
              "again.");
}

} // namespace

bool isRepairLeftover(const SessionTree &tree, const WorktreeEntry &entry)
{
    return entry.ours && entry.session == tree.session &&
           entry.path.startsWith(tree.workPath + kRepairPlace);
}

Result<QString>
repairWorktree(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel)
{
    using Problem = TreeCondition::Problem;
    if (!tree.isWritable())
        return QString();
    const auto project = projectOf(tree);
    if (!project)
        return fail(project.error());
    const auto lock = ProjectLock::take(project->commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    if (tree.checkout == Checkout::MainReadWrite) {
        const auto held = holdCheckoutAgain(git, tree, *project, cancel);
        return held ? Result<QString>(QString()) : fail(held.error());
    }
    const auto entries = listWorktrees(*project);
    if (!entries)
        return fail(entries.error());
    for (const WorktreeEntry &entry : *entries) {
        if (isRepairLeftover(tree, entry))
            dropEntry(*project, entry.path);
    }
    const auto condition = checkTree(tree);
    if (!condition)
        return fail(condition.error());
    const bool isFolderGone = condition->problem == Problem::FolderGone;
    if (!isFolderGone && condition->problem != Problem::EntryGone)
        return QString();
    const auto tip = ensureBranch(git, tree, *project, cancel);
    if (!tip)
        return fail(tip.error());
    return isFolderGone ? makeFolderAgain(git, tree, *project, *tip, *lock, cancel)
                        : makeEntryAgain(git, tree, *project, *tip, *lock, cancel);
}

} // namespace paddock::worktrees
