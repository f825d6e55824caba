// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/CheckoutMove.h"

#include "core/base/Bytes.h"
#include "core/base/XdgPaths.h"
#include "core/git/Repository.h"
#include "core/worktrees/CheckoutFiles.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QScopeGuard>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kJournalVersion = 1;
constexpr auto kMoveTime = std::chrono::minutes(10);

QString tr(const char *text)
{
    return QCoreApplication::translate("CheckoutMove", text);
}

QString folderOf(const BranchCheckout &checkout)
{
    return checkout.gitDir + u"/paddock-integration"_s;
}
QString indexCopy(const BranchCheckout &checkout)
{
    return folderOf(checkout) + u"/index"_s;
}
QString lockOf(const BranchCheckout &checkout)
{
    return checkout.indexFile() + u".lock"_s;
}

struct Journal
{
    QString ref{};
    git::Oid from{};
    git::Oid to{};
};

Result<Done> writeJournal(const BranchCheckout &checkout, const Journal &journal)
{
    QSaveFile file(folderOf(checkout) + u"/journal"_s);
    const QByteArray text = QJsonDocument(QJsonObject{{u"version"_s, kJournalVersion},
                                                      {u"ref"_s, journal.ref},
                                                      {u"from"_s, journal.from.toString()},
                                                      {u"to"_s, journal.to.toString()}})
                                .toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return fail(orDiskFull(
            Error(ErrorKind::GitFailed, tr("The git directory of the checkout cannot be written."))
                .withDetail(file.fileName() + u": "_s + file.errorString()),
            checkout.gitDir));
    return Done{};
}

std::optional<Journal> readJournal(const BranchCheckout &checkout)
{
    const auto text = readFileBeneath(folderOf(checkout), "journal", 64 * kKiB);
    if (!text)
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(*text).object();
    const auto from = git::Oid::fromHex(object.value(u"from"_s).toString());
    const auto to = git::Oid::fromHex(object.value(u"to"_s).toString());
    if (object.value(u"version"_s).toInt() != kJournalVersion || !from || !to)
        return std::nullopt;
    return Journal{.ref = object.value(u"ref"_s).toString(), .from = *from, .to = *to};
}

// The lock is a second name of a file in our folder: so that it is known again after a crash.

bool isLockOurs(const BranchCheckout &checkout)
{
    struct stat own
    {
    };
    struct stat lock
    {
    };
    return ::lstat(QFile::encodeName(folderOf(checkout) + u"/lock"_s).constData(), &own) == 0 &&
           ::lstat(QFile::encodeName(lockOf(checkout)).constData(), &lock) == 0 &&
           own.st_ino == lock.st_ino && own.st_dev == lock.st_dev;
}

Result<Done> takeLock(const BranchCheckout &checkout)
{
    const QByteArray own = QFile::encodeName(folderOf(checkout) + u"/lock"_s);
    const int file = ::open(own.constData(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int code = file < 0 ? errno : 0;
    if (file >= 0)
        ::close(file);
    if (code == 0 && ::link(own.constData(), QFile::encodeName(lockOf(checkout)).constData()) != 0)
        code = errno;
    if (code == EEXIST)
        return fail(CheckoutMove::refusal(checkout, {.isLocked = true}));
    if (code != 0)
        return fail(
            Error(ErrorKind::IoFailed, tr("The git directory of the checkout cannot be written."))
                .withDetail(lockOf(checkout) + u": "_s + qt_error_string(code)));
    return Done{};
}

/// The lock and the folder go; what else is in the git directory stays as it is.
void leave(const BranchCheckout &checkout)
{
    if (isLockOurs(checkout))
        ::unlink(QFile::encodeName(lockOf(checkout)).constData());
    const auto removed = removeTree(folderOf(checkout), std::nullopt);
    Q_UNUSED(removed)
}

Result<Done> copyIndex(const BranchCheckout &checkout)
{
    QFile::remove(indexCopy(checkout));
    if (QFileInfo(checkout.indexFile()).isSymLink())
        return fail(Error(ErrorKind::UnsupportedRepository,
                          tr("The staging area of the checkout is a symbolic link."))
                        .withDetail(checkout.indexFile()));
    QFile index(checkout.indexFile());
    if (index.exists() && !index.copy(indexCopy(checkout)))
        return fail(orDiskFull(
            Error(ErrorKind::GitFailed, tr("The staging area of the checkout cannot be copied."))
                .withDetail(index.errorString()),
            checkout.gitDir));
    return Done{};
}

/// Files that were only touched count as unchanged. Answers 1 where some are changed.
Result<Done> refresh(const git::GitProcess &git,
                     const CheckoutView &view,
                     const BranchCheckout &checkout,
                     const CancelToken &cancel)
{
    const auto done = git.run(
        view.request({u"update-index"_s, u"-q"_s, u"--refresh"_s}, indexCopy(checkout)), cancel);
    return done ? Result<Done>(Done{}) : fail(done.error());
}

Result<Done> readTrees(const git::GitProcess &git,
                       const CheckoutView &view,
                       const BranchCheckout &checkout,
                       const QStringList &options,
                       const git::Oid &from,
                       const git::Oid &to,
                       const CancelToken &cancel)
{
    auto request = view.request(QStringList{u"read-tree"_s, u"-m"_s} + options +
                                    QStringList{from.toString(), to.toString()},
                                indexCopy(checkout));
    request.settings.emplaceBack("checkout.workers", "0"); // as many as there are CPUs
    request.timeout = kMoveTime;
    request.what = tr("Moving the files of %1").arg(checkout.path);
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode == 0)
        return Done{};
    const Error error = orDiskFull(git::GitProcess::failure(request, *output), checkout.path);
    const bool isRefusal = output->errors.contains("not uptodate") ||
                           output->errors.contains("would be overwritten") ||
                           output->errors.contains("would be removed") ||
                           output->errors.contains("would lose untracked");
    if (!isRefusal)
        return fail(error);
    return fail(Error(ErrorKind::WorktreeDirty,
                      tr("Git did not move the files of %1: something there would be lost.")
                          .arg(checkout.path))
                    .withDetail(error.detail)
                    .withRemedy(tr("Commit, stash or move away what the details name.")));
}

QString shown(const QList<QByteArray> &paths)
{
    QStringList lines;
    for (const QByteArray &path : paths.first(std::min<qsizetype>(paths.size(), 50)))
        lines += QString::fromUtf8(path);
    if (paths.size() > lines.size())
        lines += tr("and %1 more").arg(paths.size() - lines.size());
    return lines.join(u'\n');
}

} // namespace

Result<QList<git::RawDiffEntry>> rawChanges(const git::GitProcess &git,
                                            const HostView &view,
                                            const git::Oid &from,
                                            const git::Oid &to,
                                            const CancelToken &cancel)
{
    auto request = view.objectRequest({u"diff-tree"_s,
                                       u"-r"_s,
                                       u"-z"_s,
                                       u"--raw"_s,
                                       u"--no-renames"_s,
                                       u"--no-abbrev"_s,
                                       u"--no-ext-diff"_s,
                                       u"--ignore-submodules=none"_s,
                                       from.toString(),
                                       to.toString()});
    request.maxOutput = 256 * kMiB;
    request.timeout = std::chrono::minutes(2);
    request.what = tr("Comparing");
    const auto text = git.check(request, cancel);
    return text ? git::parseRawDiff(*text) : fail(text.error());
}

Result<CheckoutClash> CheckoutMove::look(const git::GitProcess &git,
                                         const git::RepositoryInfo &project,
                                         const BranchCheckout &checkout,
                                         const git::Oid &from,
                                         const QList<git::RawDiffEntry> &changes,
                                         const QString &scratch,
                                         const CancelToken &cancel)
{
    const QString folder = scratch + u"/look-"_s + randomShortId();
    const auto drop = qScopeGuard([&] {
        const auto removed = removeTree(folder, std::nullopt);
        Q_UNUSED(removed)
    });
    const auto view = makeCheckoutView(git, project, checkout, from, folder, cancel);
    if (!view)
        return fail(view.error());
    auto clash = findClash(git, *view, checkout, checkout.indexFile(), changes, cancel);
    if (clash)
        clash->isLocked = QFileInfo::exists(lockOf(checkout)) && !isLockOurs(checkout);
    return clash;
}

Error CheckoutMove::refusal(const BranchCheckout &checkout, const CheckoutClash &clash)
{
    if (clash.isLocked)
        return Error(ErrorKind::Conflict,
                     tr("Another git program is at work in %1.").arg(checkout.path))
            .withDetail(lockOf(checkout))
            .withRemedy(tr("Wait until it has finished. If none is running, delete the lock file "
                           "that is named in the details."));
    if (!clash.unmerged.isEmpty())
        return Error(ErrorKind::Conflict,
                     tr("%1 has conflicts that are not resolved.").arg(checkout.path))
            .withDetail(shown(clash.unmerged))
            .withRemedy(tr("Resolve them and try again."));
    if (!clash.changed.isEmpty())
        return Error(ErrorKind::WorktreeDirty,
                     tr("Your changes to %1 file(s) in %2 would be overwritten.")
                         .arg(clash.changed.size())
                         .arg(checkout.path))
            .withDetail(shown(clash.changed))
            .withRemedy(tr("Commit or stash them and try again."));
    return Error(ErrorKind::WorktreeDirty,
                 tr("%1 file(s) in %2 that git does not know would be overwritten.")
                     .arg(clash.untracked.size())
                     .arg(checkout.path))
        .withDetail(shown(clash.untracked))
        .withRemedy(tr("Move them away and try again."));
}

Result<CheckoutMove> CheckoutMove::begin(const git::GitProcess &git,
                                         const git::RepositoryInfo &project,
                                         const BranchCheckout &checkout,
                                         const QString &ref,
                                         const git::Oid &from,
                                         const git::Oid &to,
                                         const CancelToken &cancel)
{
    if (isLeftOver(checkout))
        return fail(
            Error(ErrorKind::Conflict,
                  tr("An interrupted integration in %1 is not put right yet.").arg(checkout.path))
                .withDetail(folderOf(checkout))
                .withRemedy(tr("Try again.")));
    auto giveUp = qScopeGuard([&] { leave(checkout); });
    if (auto made = makePrivateFolder(folderOf(checkout)); !made)
        return fail(made.error());
    const auto view = makeCheckoutView(git, project, checkout, from, folderOf(checkout), cancel);
    if (!view)
        return fail(view.error());
    if (auto written = writeJournal(checkout, {.ref = ref, .from = from, .to = to}); !written)
        return fail(written.error());
    if (auto locked = takeLock(checkout); !locked)
        return fail(locked.error());
    if (auto copied = copyIndex(checkout); !copied)
        return fail(copied.error());
    if (auto refreshed = refresh(git, *view, checkout, cancel); !refreshed)
        return fail(refreshed.error());
    const auto changes = rawChanges(git, view->view, from, to, cancel);
    if (!changes)
        return fail(changes.error());
    const auto clash = findClash(git, *view, checkout, indexCopy(checkout), *changes, cancel);
    if (!clash)
        return fail(clash.error());
    if (!clash->isEmpty())
        return fail(refusal(checkout, *clash));
    if (auto moved = readTrees(git, *view, checkout, {u"-u"_s}, from, to, cancel); !moved) {
        // Nothing is written when it refuses; when it could not go on, some files are.
        Error error = moved.error();
        const auto left = restoreFiles(git, *view, checkout, *changes, CancelToken());
        if (!left) {
            giveUp.dismiss(); // the next call puts it right
            error = error.withDetail(error.detail + u'\n' + left.error().toString());
        } else if (!left->isEmpty()) {
            error =
                error.withDetail(error.detail + u'\n' + tr("Not put back:") + u'\n' + shown(*left));
        }
        return fail(error);
    }
    giveUp.dismiss();
    return CheckoutMove(git, checkout, from, to, view->view);
}

Result<Done> CheckoutMove::finish()
{
    const QByteArray copy = QFile::encodeName(indexCopy(m_checkout));
    if (::rename(copy.constData(), QFile::encodeName(m_checkout.indexFile()).constData()) != 0)
        return fail(Error(ErrorKind::IoFailed, tr("The staging area could not be replaced."))
                        .withDetail(m_checkout.indexFile() + u": "_s + qt_error_string(errno)));
    leave(m_checkout);
    return Done{};
}

Result<QList<QByteArray>> CheckoutMove::takeBack()
{
    const CancelToken goOn; // not to be stopped in the middle
    const CheckoutView view{.view = m_view};
    const auto full =
        makeCheckoutView(*m_git, m_view.project(), m_checkout, m_from, folderOf(m_checkout), goOn);
    const CheckoutView &used = full ? *full : view;
    if (readTrees(*m_git, used, m_checkout, {u"-u"_s}, m_to, m_from, goOn)) {
        if (auto done = finish(); !done)
            return fail(done.error());
        return QList<QByteArray>();
    }
    const auto changes = rawChanges(*m_git, m_view, m_from, m_to, goOn);
    if (!changes)
        return fail(changes.error());
    auto left = restoreFiles(*m_git, used, m_checkout, *changes, goOn);
    if (left)
        leave(m_checkout);
    return left;
}

bool CheckoutMove::isLeftOver(const BranchCheckout &checkout)
{
    return QFileInfo::exists(folderOf(checkout));
}

Result<std::optional<QString>> CheckoutMove::recover(const git::GitProcess &git,
                                                     const git::RepositoryInfo &project,
                                                     const BranchCheckout &checkout,
                                                     const CancelToken &cancel)
{
    if (!isLeftOver(checkout))
        return std::optional<QString>();
    const auto journal = readJournal(checkout);
    const bool ours = isLockOurs(checkout);
    if (!journal) { // it ended before it began
        leave(checkout);
        return std::optional<QString>();
    }
    if (!ours && QFileInfo::exists(lockOf(checkout)))
        return fail(refusal(checkout, {.isLocked = true}));
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    const auto now = repository->refTarget(journal->ref);
    const QString branch = journal->ref.section(u'/', 2);
    const auto view =
        makeCheckoutView(git, project, checkout, journal->from, folderOf(checkout), cancel);
    if (!view)
        return fail(view.error());
    CheckoutMove move(git, checkout, journal->from, journal->to, view->view);
    if (now == journal->to) {
        if (!QFileInfo::exists(indexCopy(checkout))) { // only the tidying was left
            leave(checkout);
            return std::optional<QString>();
        }
        if (!ours) { // somebody took the lock away: the index may have changed since
            if (auto locked = takeLock(checkout); !locked)
                return fail(locked.error());
            if (auto copied = copyIndex(checkout); !copied)
                return fail(copied.error());
            const auto followed =
                readTrees(git, *view, checkout, {u"-i"_s}, journal->from, journal->to, cancel);
            if (!followed) {
                leave(checkout);
                return std::optional(
                    tr("An integration into %1 was interrupted after the branch had moved, and "
                       "the staging area could not follow. Look at git status in %2.")
                        .arg(branch, checkout.path));
            }
        }
        if (auto done = move.finish(); !done)
            return fail(done.error());
        return std::optional(tr("An integration into %1 was interrupted after the branch had "
                                "moved. The rest of it was done now.")
                                 .arg(branch));
    }
    if (now != journal->from || !ours) {
        leave(checkout);
        return std::optional(tr("An integration into %1 was interrupted, and %2 was changed "
                                "since. Look at git status there.")
                                 .arg(branch, checkout.path));
    }
    const auto changes = rawChanges(git, view->view, journal->from, journal->to, cancel);
    if (!changes)
        return fail(changes.error());
    const auto left = restoreFiles(git, *view, checkout, *changes, cancel);
    if (!left)
        return fail(left.error());
    leave(checkout);
    QString text =
        tr("An integration into %1 was interrupted. Its files were put back.").arg(branch);
    if (!left->isEmpty())
        text += u' ' + tr("These are neither as before nor as planned and were left:") + u'\n' +
                shown(*left);
    return std::optional(text);
}

} // namespace paddock::worktrees
