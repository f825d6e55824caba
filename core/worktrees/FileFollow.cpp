// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileFollow.h"

#include "core/base/XdgPaths.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileCopy.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/IndexFollow.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QScopeGuard>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr quint32 kGitlink = 0160000;
constexpr quint32 kSymlink = 0120000;
constexpr quint32 kExecutable = 0100755;
constexpr std::chrono::seconds kTime{60};
constexpr qint64 kMaxLink = 4096;

QString tr(const char *text)
{
    return QCoreApplication::translate("FileFollow", text);
}

/// An index of the host's with some entries, to compare files with.
class Comparison
{
public:
    Comparison(const git::GitProcess &git, const HostView &view, const CancelToken &cancel)
        : m_git(git)
        , m_view(view)
        , m_cancel(cancel)
        , m_index(view.gitDir() + u"/follow-index"_s)
    {
        QFile::remove(m_index);
    }
    ~Comparison() { QFile::remove(m_index); }
    Q_DISABLE_COPY_MOVE(Comparison)

    /// Of the paths in \a entries (lines of update-index --index-info) those whose file is not as
    /// the entry says, or not there.
    Result<QSet<QByteArray>> differing(const QByteArray &entries)
    {
        QFile::remove(m_index);
        auto fill = request(m_view.objectRequest({u"update-index"_s, u"-z"_s, u"--index-info"_s}));
        fill.input = entries;
        if (entries.isEmpty())
            return QSet<QByteArray>();
        if (auto filled = m_git.check(fill, m_cancel); !filled)
            return fail(filled.error());
        // Compares the content; ends with 1 when there is a difference.
        const auto refresh =
            request(m_view.fileRequest({u"update-index"_s, u"-q"_s, u"--really-refresh"_s}));
        const auto refreshed = m_git.run(refresh, m_cancel);
        if (!refreshed)
            return fail(refreshed.error());
        if (refreshed->exitCode > 1)
            return fail(git::GitProcess::failure(refresh, *refreshed));
        const auto text = m_git.check(
            request(m_view.fileRequest(
                {u"diff-files"_s, u"-z"_s, u"--name-only"_s, u"--ignore-submodules=all"_s})),
            m_cancel);
        if (!text)
            return fail(text.error());
        QSet<QByteArray> paths;
        for (const QByteArray &path : text->split('\0')) {
            if (!path.isEmpty())
                paths += path;
        }
        return paths;
    }

    /// Writes the files of \a commit with these paths into \a folder.
    Result<Done>
    checkOut(const git::Oid &commit, const QList<QByteArray> &paths, const QString &folder)
    {
        QFile::remove(m_index);
        if (auto read = m_git.check(
                request(m_view.objectRequest({u"read-tree"_s, commit.toString()})), m_cancel);
            !read)
            return fail(read.error());
        auto write = request(m_view.fileRequest(
            {u"checkout-index"_s, u"-f"_s, u"-z"_s, u"--stdin"_s, u"--prefix="_s + folder + u'/'}));
        // Attributes come from the index alone: the agent's files are not looked at for this.
        write.workTree = folder;
        for (const QByteArray &path : paths)
            write.input += path + '\0';
        if (paths.isEmpty())
            return Done{};
        const auto written = m_git.check(write, m_cancel);
        return written ? Result<Done>(Done{}) : fail(orDiskFull(written.error(), folder));
    }

private:
    git::GitRequest request(git::GitRequest of) const
    {
        of.indexFile = m_index;
        of.timeout = kTime;
        of.maxOutput = 128 * kMiB;
        of.what = tr("Comparing the files of the worktree");
        return of;
    }

    const git::GitProcess &m_git;
    const HostView &m_view;
    const CancelToken &m_cancel;
    QString m_index;
};

bool isSubmodule(const git::RawDiffEntry &change)
{
    return change.oldMode == kGitlink || change.newMode == kGitlink;
}

/// A folder counts as nothing: it is in the way only while it is not empty, and rename() sees that.
std::optional<struct stat> fileAt(const SessionTree &tree, const QByteArray &path)
{
    auto found = statBeneath(tree.workPath, path);
    return found && S_ISDIR(found->st_mode) ? std::nullopt : found;
}

bool isSame(const std::optional<struct stat> &one, const std::optional<struct stat> &two)
{
    if (!one || !two)
        return !one && !two;
    return one->st_dev == two->st_dev && one->st_ino == two->st_ino &&
           one->st_mode == two->st_mode && one->st_size == two->st_size &&
           one->st_mtim.tv_sec == two->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == two->st_mtim.tv_nsec &&
           one->st_ctim.tv_sec == two->st_ctim.tv_sec &&
           one->st_ctim.tv_nsec == two->st_ctim.tv_nsec;
}

/// Removes and replaces below the worktree.
class Writer
{
public:
    Writer(const SessionTree &tree, const FilePlan &plan)
        : m_tree(tree)
        , m_root(openFolder(tree.workPath, O_PATH))
        , m_source(openFolder(plan.folder, O_PATH))
    {
    }

    bool remove(const QByteArray &path)
    {
        const Descriptor folder(openBeneath(m_root.get(), folderOf(path), O_PATH | O_DIRECTORY));
        if (!folder.isOpen() || ::unlinkat(folder.get(), nameOf(path).constData(), 0) != 0)
            return false;
        // Folders that are empty now go, as git does it.
        for (QByteArray above = folderOf(path); above != "."; above = folderOf(above)) {
            const Descriptor holder(
                openBeneath(m_root.get(), folderOf(above), O_PATH | O_DIRECTORY));
            if (!holder.isOpen() ||
                ::unlinkat(holder.get(), nameOf(above).constData(), AT_REMOVEDIR) != 0)
                break;
        }
        return true;
    }

    bool replace(const QByteArray &path, quint32 mode, const CancelToken &cancel)
    {
        const Descriptor folder(makeFolder(folderOf(path)));
        if (!folder.isOpen())
            return false;
        const QByteArray temporary = ".paddock-" + randomShortId().toLatin1();
        const bool made = mode == kSymlink ? makeLink(folder, temporary, path)
                                           : makeFile(folder, temporary, path, mode, cancel);
        const bool done =
            made && own(folder, temporary) &&
            ::renameat(
                folder.get(), temporary.constData(), folder.get(), nameOf(path).constData()) == 0;
        if (!done)
            ::unlinkat(folder.get(), temporary.constData(), 0);
        return done;
    }

private:
    static QByteArray folderOf(const QByteArray &path)
    {
        const qsizetype slash = path.lastIndexOf('/');
        return slash < 0 ? QByteArray(".") : path.left(slash);
    }
    static QByteArray nameOf(const QByteArray &path) { return path.mid(path.lastIndexOf('/') + 1); }

    int makeFolder(const QByteArray &folder)
    {
        const int present = openBeneath(m_root.get(), folder, O_PATH | O_DIRECTORY);
        if (present >= 0 || errno != ENOENT)
            return present;
        const Descriptor above(makeFolder(folderOf(folder)));
        const QByteArray name = nameOf(folder);
        if (!above.isOpen() ||
            (::mkdirat(above.get(), name.constData(), 0755) != 0 && errno != EEXIST) ||
            !own(above, name))
            return -1;
        return openBeneath(m_root.get(), folder, O_PATH | O_DIRECTORY);
    }

    bool own(const Descriptor &folder, const QByteArray &name) const
    {
        return !m_tree.owner || ::fchownat(folder.get(),
                                           name.constData(),
                                           m_tree.owner->uid,
                                           m_tree.owner->gid,
                                           AT_SYMLINK_NOFOLLOW) == 0;
    }

    bool makeLink(const Descriptor &folder, const QByteArray &name, const QByteArray &path) const
    {
        QByteArray target(kMaxLink, '\0');
        const ssize_t size = ::readlinkat(
            m_source.get(), path.constData(), target.data(), static_cast<size_t>(target.size()));
        return size > 0 && size < target.size() &&
               ::symlinkat(target.left(size).constData(), folder.get(), name.constData()) == 0;
    }

    bool makeFile(const Descriptor &folder,
                  const QByteArray &name,
                  const QByteArray &path,
                  quint32 mode,
                  const CancelToken &cancel) const
    {
        const Descriptor source(openBeneath(m_source.get(), path, O_RDONLY));
        const Descriptor target(::openat(folder.get(),
                                         name.constData(),
                                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                         mode == kExecutable ? 0777 : 0666));
        return source.isOpen() && target.isOpen() &&
               copyContent(source.get(), target.get(), cancel) == 0;
    }

    const SessionTree &m_tree;
    Descriptor m_root;
    Descriptor m_source;
};

} // namespace

Result<FilePlan> planFiles(const git::GitProcess &git,
                           const SessionTree &tree,
                           const HostView &view,
                           const git::Oid &from,
                           const git::Oid &to,
                           const CancelToken &cancel)
{
    const auto changes = changesBetween(git, view, from, to, cancel);
    if (!changes)
        return fail(changes.error());
    QByteArray before;
    QByteArray after;
    for (const git::RawDiffEntry &change : *changes) {
        if (isSubmodule(change))
            continue;
        if (change.oldMode != 0)
            before += indexInfo(change.oldMode, change.oldId, change.path);
        if (change.newMode != 0)
            after += indexInfo(change.newMode, change.newId, change.path);
    }
    FilePlan plan{.folder = view.gitDir() + u"/follow-files"_s};
    dropFiles(plan);
    if (auto made = makePrivateFolder(plan.folder); !made)
        return fail(made.error());
    Comparison comparison(git, view, cancel);
    // How they are, before they are compared: what changes after that is seen again.
    QHash<QByteArray, std::optional<struct stat>> seen;
    for (const git::RawDiffEntry &change : *changes)
        seen.insert(change.path, fileAt(tree, change.path));
    const auto notBefore = comparison.differing(before);
    if (!notBefore)
        return fail(notBefore.error());
    const auto notAfter = comparison.differing(after);
    if (!notAfter)
        return fail(notAfter.error());
    QList<QByteArray> wanted;
    for (const git::RawDiffEntry &change : *changes) {
        if (isSubmodule(change)) {
            plan.kept += change.path;
            continue;
        }
        const auto &found = seen[change.path];
        const auto isAs = [&](quint32 mode, const QSet<QByteArray> &differing) {
            return mode == 0 ? !found : !differing.contains(change.path);
        };
        if (isAs(change.newMode, *notAfter))
            continue;
        if (!isAs(change.oldMode, *notBefore)) {
            plan.kept += change.path;
            continue;
        }
        plan.steps += {.path = change.path, .mode = change.newMode, .seen = found};
        if (change.newMode != 0)
            wanted += change.path;
    }
    if (auto written = comparison.checkOut(to, wanted, plan.folder); !written)
        return fail(written.error());
    return plan;
}

QList<QByteArray>
applyFiles(const SessionTree &tree, const FilePlan &plan, const CancelToken &cancel)
{
    QList<QByteArray> kept = plan.kept;
    Writer writer(tree, plan);
    // Removals first: a file may have become a folder.
    QList<FilePlan::Step> steps = plan.steps;
    std::stable_partition(
        steps.begin(), steps.end(), [](const FilePlan::Step &step) { return step.mode == 0; });
    for (const FilePlan::Step &step : std::as_const(steps)) {
        const bool done = isSame(step.seen, fileAt(tree, step.path)) && !cancel.isCancelled() &&
                          (step.mode == 0 ? writer.remove(step.path)
                                          : writer.replace(step.path, step.mode, cancel));
        if (!done)
            kept += step.path;
    }
    return kept;
}

void dropFiles(const FilePlan &plan)
{
    const auto removed = removeTree(plan.folder, std::nullopt);
    Q_UNUSED(removed)
}

} // namespace paddock::worktrees
