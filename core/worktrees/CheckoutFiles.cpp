// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/CheckoutFiles.h"

#include "core/base/Bytes.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSet>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kFilesTime = std::chrono::minutes(5);
constexpr qint64 kMaxList = 256 * kMiB;
constexpr qint64 kMaxCompared = 64 * kMiB;
constexpr quint32 kGitlinkMode = 0160000;
constexpr qsizetype kMaxNamed = 1000;

QString tr(const char *text)
{
    return QCoreApplication::translate("CheckoutMove", text);
}

QSet<QByteArray> namesOf(const QByteArray &text)
{
    QSet<QByteArray> names;
    for (const QByteArray &name : text.split('\0')) {
        if (!name.isEmpty())
            names += name;
    }
    return names;
}

/// Calls \a visit with "a", "a/b" for "a/b/c" until it answers true.
bool anyParent(const QByteArray &path, const std::function<bool(const QByteArray &)> &visit)
{
    for (qsizetype at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
        if (visit(path.left(at)))
            return true;
    }
    return false;
}

/// Finds what lies where a new file is to be and git does not know.
class ObstacleSearch
{
public:
    ObstacleSearch(QString root, const QSet<QByteArray> &tracked)
        : m_root(std::move(root))
        , m_tracked(tracked)
    {
    }

    void look(const QByteArray &path, QList<QByteArray> &found)
    {
        bool missing = false;
        QByteArray blocking;
        anyParent(path, [&](const QByteArray &parent) {
            if (m_folders.contains(parent))
                return false;
            const auto mode = modeOf(parent);
            if (mode && S_ISDIR(*mode)) {
                m_folders += parent;
                return false;
            }
            missing = !mode;
            if (mode)
                blocking = parent;
            return true;
        });
        if (missing)
            return;
        if (blocking.isEmpty()) {
            const auto mode = modeOf(path);
            if (!mode)
                return;
            if (S_ISDIR(*mode)) {
                lookInto(path, found);
                return;
            }
            blocking = path;
        }
        if (!m_tracked.contains(blocking) && !found.contains(blocking))
            found += blocking;
    }

private:
    [[nodiscard]] std::optional<mode_t> modeOf(const QByteArray &path) const
    {
        struct stat status
        {
        };
        const QByteArray full = QFile::encodeName(m_root) + '/' + path;
        if (::lstat(full.constData(), &status) != 0)
            return std::nullopt;
        return status.st_mode;
    }

    void lookInto(const QByteArray &folder, QList<QByteArray> &found) const
    {
        const QString path = m_root + u'/' + QFile::decodeName(folder);
        const auto walked =
            walkTree(path,
                     [&](const WalkedEntry &entry) {
                         const QByteArray name = folder + '/' + entry.path;
                         if (!S_ISDIR(entry.status.st_mode) && !m_tracked.contains(name))
                             found += name;
                         return found.size() < kMaxNamed;
                     },
                     {.entries = 100'000});
        if (!walked) // cannot be looked into: in the way
            found += folder;
    }

    QString m_root;
    const QSet<QByteArray> &m_tracked;
    QSet<QByteArray> m_folders;
};

QByteArray indexLine(quint32 mode, const git::Oid &id, const QByteArray &path)
{
    return QByteArray::number(mode, 8) + ' ' + id.toHex() + '\t' + path + '\0';
}

/// One side of a diff as an index of its own, compared with the files.
class Side
{
public:
    Side(const git::GitProcess &git,
         const CheckoutView &view,
         const QString &name,
         const CancelToken &cancel)
        : m_git(git)
        , m_view(view)
        , m_index(view.view.gitDir() + u'/' + name)
        , m_cancel(cancel)
    {
    }

    Result<Done> fill(const QByteArray &entries)
    {
        QFile::remove(m_index);
        auto add = request({u"update-index"_s, u"-z"_s, u"--index-info"_s});
        add.input = entries;
        if (entries.isEmpty())
            return Done{};
        if (auto done = m_git.check(add, m_cancel); !done)
            return fail(done.error());
        // Answers 1 when files differ.
        const auto refreshed =
            m_git.run(request({u"update-index"_s, u"-q"_s, u"--really-refresh"_s}), m_cancel);
        if (!refreshed)
            return fail(refreshed.error());
        auto list = request({u"diff-files"_s, u"-z"_s, u"--name-only"_s, u"--ignore-submodules"_s});
        const auto names = m_git.check(list, m_cancel);
        if (!names)
            return fail(names.error());
        m_differing = namesOf(*names);
        return Done{};
    }
    [[nodiscard]] bool differs(const QByteArray &path) const { return m_differing.contains(path); }

    [[nodiscard]] git::GitRequest request(const QStringList &arguments) const
    {
        auto made = m_view.request(arguments, m_index);
        made.what = tr("Putting the files back");
        return made;
    }

private:
    const git::GitProcess &m_git;
    const CheckoutView &m_view;
    QString m_index;
    const CancelToken &m_cancel;
    QSet<QByteArray> m_differing;
};

/// True if the file was being written when it ended.
bool isBeginningOf(const git::GitProcess &git,
                   const CheckoutView &view,
                   const BranchCheckout &checkout,
                   const git::RawDiffEntry &entry,
                   const CancelToken &cancel)
{
    const auto content = readFileBeneath(checkout.path, entry.path, kMaxCompared);
    if (!content)
        return false;
    auto request = view.view.objectRequest({u"cat-file"_s, u"blob"_s, entry.newId.toString()});
    request.maxOutput = content->size() + 1;
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    const auto blob = git.run(request, cancel);
    return blob && blob->output.startsWith(*content);
}

} // namespace

git::GitRequest CheckoutView::request(const QStringList &arguments, const QString &index) const
{
    auto made = view.fileRequest(arguments);
    // From outside: the view lies below the files, and git would take paths as relative to it.
    made.directory = u"/"_s;
    made.indexFile = index;
    made.settings = settings;
    made.maxOutput = kMaxList;
    made.timeout = kFilesTime;
    return made;
}

Result<CheckoutView> makeCheckoutView(const git::GitProcess &git,
                                      const git::RepositoryInfo &project,
                                      const BranchCheckout &checkout,
                                      const git::Oid &head,
                                      const QString &folder,
                                      const CancelToken &cancel)
{
    // The view of a session that looks at this checkout.
    auto view = HostView::ensure({.sessionFolder = folder,
                                  .projectPath = project.topLevel,
                                  .checkout = Checkout::MainReadOnly,
                                  .workPath = checkout.path},
                                 project,
                                 head);
    if (!view)
        return fail(view.error());
    CheckoutView made{.view = *view};
    const auto setting = [&](const QString &name) -> QByteArray {
        const auto value = git.run({.arguments = {u"config"_s, u"--type=bool"_s, u"--get"_s, name},
                                    .gitDir = checkout.gitDir},
                                   cancel);
        return value && value->exitCode == 0 ? value->output.trimmed() : QByteArray();
    };
    const QString patterns = checkout.gitDir + u"/info/sparse-checkout"_s;
    if (QFileInfo::exists(patterns) && setting(u"core.sparseCheckout"_s) == "true") {
        const auto content = readFileBeneath(checkout.gitDir, "info/sparse-checkout", 16 * kMiB);
        if (!content)
            return fail(content.error());
        if (auto copied = writeFileBeneath(view->gitDir(), "info/sparse-checkout", *content, 0600);
            !copied)
            return fail(copied.error());
        made.isSparse = true;
        made.settings = {{"core.sparseCheckout", "true"}};
        if (setting(u"core.sparseCheckoutCone"_s) == "true")
            made.settings.emplaceBack("core.sparseCheckoutCone", "true");
    }
    // A split index names its other part by a path in the git directory.
    const QDir own(checkout.gitDir);
    for (const QString &name : own.entryList({u"sharedindex.*"_s}, QDir::Files)) {
        const QString target = view->gitDir() + u'/' + name;
        if (!QFileInfo::exists(target) && !QFile::copy(own.filePath(name), target))
            return fail(Error(ErrorKind::IoFailed, tr("The staging area cannot be read."))
                            .withDetail(own.filePath(name)));
    }
    return made;
}

Result<CheckoutClash> findClash(const git::GitProcess &git,
                                const CheckoutView &view,
                                const BranchCheckout &checkout,
                                const QString &index,
                                const QList<git::RawDiffEntry> &changes,
                                const CancelToken &cancel)
{
    CheckoutClash clash{.isSparse = view.isSparse};
    auto status = view.request({u"status"_s,
                                u"--porcelain=v2"_s,
                                u"-z"_s,
                                u"--ignore-submodules=all"_s,
                                u"--untracked-files=no"_s,
                                u"--no-renames"_s},
                               index);
    status.what = tr("Looking for changes of your own");
    const auto text = git.check(status, cancel);
    if (!text)
        return fail(text.error());
    const auto entries = git::parseStatus(*text);
    if (!entries)
        return fail(entries.error());
    QSet<QByteArray> dirty;
    QSet<QByteArray> dirtyParents;
    for (const git::StatusEntry &entry : *entries) {
        if (entry.index == 'U' || entry.worktree == 'U' ||
            (entry.index == entry.worktree && (entry.index == 'A' || entry.index == 'D'))) {
            clash.unmerged += entry.path;
            continue;
        }
        dirty += entry.path;
        anyParent(entry.path, [&](const QByteArray &parent) {
            dirtyParents += parent;
            return false;
        });
    }
    const auto isDirty = [&](const QByteArray &path) { return dirty.contains(path); };
    bool adds = false;
    for (const git::RawDiffEntry &change : changes) {
        if (isDirty(change.path) || (change.newMode != 0 && dirtyParents.contains(change.path)) ||
            anyParent(change.path, isDirty))
            clash.changed += change.path;
        adds = adds || change.oldMode == 0;
    }
    if (!adds)
        return clash;
    auto list = view.request({u"ls-files"_s, u"-z"_s}, index);
    list.what = status.what;
    const auto known = git.check(list, cancel);
    if (!known)
        return fail(known.error());
    const QSet<QByteArray> tracked = namesOf(*known);
    ObstacleSearch search(checkout.path, tracked);
    for (const git::RawDiffEntry &change : changes) {
        if (change.oldMode == 0 && clash.untracked.size() < kMaxNamed)
            search.look(change.path, clash.untracked);
    }
    return clash;
}

Result<QList<QByteArray>> restoreFiles(const git::GitProcess &git,
                                       const CheckoutView &view,
                                       const BranchCheckout &checkout,
                                       const QList<git::RawDiffEntry> &changes,
                                       const CancelToken &cancel)
{
    QByteArray oldEntries;
    QByteArray newEntries;
    for (const git::RawDiffEntry &change : changes) {
        if (change.oldMode != 0 && change.oldMode != kGitlinkMode)
            oldEntries += indexLine(change.oldMode, change.oldId, change.path);
        if (change.newMode != 0 && change.newMode != kGitlinkMode)
            newEntries += indexLine(change.newMode, change.newId, change.path);
    }
    Side before(git, view, u"index-before"_s, cancel);
    Side after(git, view, u"index-after"_s, cancel);
    if (auto filled = before.fill(oldEntries); !filled)
        return fail(filled.error());
    if (auto filled = after.fill(newEntries); !filled)
        return fail(filled.error());

    QByteArray toWrite;
    QByteArray toDelete;
    QList<QByteArray> left;
    for (const git::RawDiffEntry &change : changes) {
        if (change.oldMode == kGitlinkMode || change.newMode == kGitlinkMode)
            continue;
        const auto status = statBeneath(checkout.path, change.path);
        const bool isOld = change.oldMode == 0 ? !status : !before.differs(change.path);
        if (isOld)
            continue;
        const bool isNew = change.newMode == 0 ? !status : !after.differs(change.path);
        const bool isOurs = isNew || !status ||
                            (S_ISREG(status->st_mode) && change.newMode != 0 &&
                             isBeginningOf(git, view, checkout, change, cancel));
        if (!isOurs)
            left += change.path;
        else if (change.oldMode != 0)
            toWrite += change.path + '\0';
        else
            toDelete += indexLine(change.newMode, change.newId, change.path);
    }
    if (!toDelete.isEmpty()) {
        Side unwanted(git, view, u"index-unwanted"_s, cancel);
        if (auto filled = unwanted.fill(toDelete); !filled)
            return fail(filled.error());
        const auto empty = git.check(view.view.objectRequest({u"mktree"_s}), cancel);
        if (!empty)
            return fail(empty.error());
        const auto request = unwanted.request(
            {u"read-tree"_s, u"--reset"_s, u"-u"_s, QString::fromLatin1(empty->trimmed())});
        if (auto done = git.check(request, cancel); !done)
            return fail(done.error());
    }
    if (!toWrite.isEmpty()) {
        auto request = before.request({u"checkout-index"_s, u"-f"_s, u"-z"_s, u"--stdin"_s});
        request.input = toWrite;
        if (auto done = git.check(request, cancel); !done)
            return fail(orDiskFull(done.error(), checkout.path));
    }
    return left;
}

} // namespace paddock::worktrees
