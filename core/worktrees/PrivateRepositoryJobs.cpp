// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PrivateRepositoryJobs.h"

#include "core/base/XdgPaths.h"
#include "core/git/Alternates.h"
#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/Gitlinks.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/RefTransaction.h"
#include "core/worktrees/WorkspacePatterns.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kWorkspace = "/workspace"_L1;
constexpr auto kPrivateGitDir = "/paddock/git"_L1;
constexpr auto kObjects = "/paddock/objects/"_L1;
constexpr qint64 kMaxIndex = 1 * kGiB;
constexpr int kMaxTags = 1000;
constexpr int kMaxRefs = 100'000;

QString tr(const char *text)
{
    return QCoreApplication::translate("PrivateRepository", text);
}

QStringList storesOf(const git::RepositoryInfo &project)
{
    return QStringList{project.objectDir} + project.borrowed;
}

/// The alternates of the container: the project's stores under their names in there. All of them
/// are listed, nested ones too, because each store's own list is masked.
QByteArray containerAlternates(const git::RepositoryInfo &project)
{
    QStringList paths;
    for (qsizetype i = 0; i < storesOf(project).size(); ++i)
        paths += kObjects + QString::number(i);
    return git::alternatesFile(paths);
}

QByteArray privateConfig(const HostView &view, const PrivateRepositoryOptions &options)
{
    const git::RepositoryInfo &project = view.project();
    QList<std::pair<QByteArray, QByteArray>> core{{"repositoryformatversion", "0"},
                                                  {"bare", "false"},
                                                  {"worktree", "/workspace"},
                                                  {"logAllRefUpdates", "true"}};
    if (view.isSparse())
        core += {{"sparseCheckout", "true"}, {"sparseCheckoutCone", "false"}};
    for (const auto &[name, value] : project.contentSettings) {
        if (!value.isEmpty())
            core.append({name.mid(name.indexOf('.') + 1), value});
    }
    QByteArray text = configSection("core", core);
    // No repacking in the background: it would race with the packs that imports read, and the few
    // objects of one session do not need it.
    text += configSection("gc", {{"auto", "0"}});
    text += configSection("maintenance", {{"auto", "false"}});
    // Git refuses to commit without an identity; a project whose person has none still gets
    // commits, under a name that says whose they are.
    const auto orElse = [](const QString &wish, const QString &known, const QString &fallback) {
        return !wish.isEmpty() ? wish : !known.isEmpty() ? known : fallback;
    };
    const QString name = orElse(options.userName, project.userName, u"Paddock agent"_s);
    const QString email = orElse(options.userEmail, project.userEmail, u"agent@paddock.invalid"_s);
    QList<std::pair<QByteArray, QByteArray>> user;
    if (!name.isEmpty())
        user.append({"name", name.toUtf8()});
    if (!email.isEmpty())
        user.append({"email", email.toUtf8()});
    if (!user.isEmpty())
        text += configSection("user", user);
    // After the project's own: of two values the last counts.
    for (const auto &[key, value] : options.gitSettings) {
        const qsizetype dot = key.indexOf('.');
        text += configSection(key.left(dot), {{key.mid(dot + 1), value}});
    }
    return text;
}

/// What the agent sees of the project's refs: its own branch, the branch it starts from, and the
/// tags on the way to it (peeled, so that they need no object of their own). Nothing else: no
/// remotes, no other branches, no reflogs.
Result<QByteArray> visibleRefs(const git::GitProcess &git,
                               const SessionTree &tree,
                               const git::RepositoryInfo &project,
                               const git::Oid &head,
                               const CancelToken &cancel)
{
    QByteArray text;
    if (tree.isWritable())
        text += head.toHex() + ' ' + tree.branchRef().toUtf8() + '\n';
    if (!tree.baseBranch.isEmpty() && tree.baseBranch != tree.branch)
        text += (tree.isWritable() ? tree.baseCommit : head).toHex() + " refs/heads/" +
                tree.baseBranch.toUtf8() + '\n';
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    if (const auto any = repository->refs(u"refs/tags/*"_s, 1); any && any->isEmpty())
        return text;
    auto request = projectRequest(project,
                                  {u"for-each-ref"_s,
                                   u"--merged=%1"_s.arg(head.toString()),
                                   u"--sort=-creatordate"_s,
                                   u"--count=%1"_s.arg(kMaxTags),
                                   u"--format=%(refname) %(*objectname) %(objectname)"_s,
                                   u"refs/tags/"_s});
    request.what = tr("Listing the tags");
    const auto tags = git.check(request, cancel);
    if (!tags)
        return fail(tags.error());
    for (const QByteArray &line : tags->split('\n')) {
        const auto parts = line.split(' ');
        if (parts.size() == 3)
            text += (parts[1].isEmpty() ? parts[2] : parts[1]) + ' ' + parts[0] + '\n';
    }
    return text;
}

QByteArray headText(const SessionTree &tree, const git::Oid &head)
{
    if (tree.isWritable())
        return "ref: " + tree.branchRef().toUtf8() + '\n';
    return tree.baseBranch.isEmpty() ? head.toHex() + '\n'
                                     : "ref: refs/heads/" + tree.baseBranch.toUtf8() + '\n';
}

} // namespace

Result<QByteArray> freshIndex(const git::GitProcess &git,
                              const HostView &view,
                              const QString &source,
                              const CancelToken &cancel)
{
    const QString path = view.gitDir() + u"/index"_s;
    const auto remove = [&] { ::unlink(QFile::encodeName(path).constData()); };
    const auto readTree = [&](const QStringList &how) {
        auto request = view.indexRequest(
            QStringList{u"read-tree"_s} + how + QStringList{view.head().toString()}, path);
        request.timeout = std::chrono::minutes(2);
        request.what = tr("Making the index of the session");
        return git.check(request, cancel);
    };
    bool copied = false;
    if (!source.isEmpty()) {
        const QString folder = QFileInfo(source).absolutePath();
        const auto original = statBeneath(folder, "index");
        if (const auto content = readFileBeneath(folder, "index", kMaxIndex))
            copied = writeFileBeneath(view.gitDir(), "index", *content, 0600).has_value();
        // Which files were staged in the second in which they were written, git tells by the time
        // of the index.
        const timespec times[2] = {original ? original->st_mtim : timespec{0, UTIME_OMIT},
                                   original ? original->st_mtim : timespec{0, UTIME_OMIT}};
        ::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, 0);
    }
    // Fails for a split index, whose other half is not there: then without what it knew.
    auto done = copied ? readTree({u"-i"_s, u"-m"_s}) : Result<QByteArray>(QByteArray());
    if (!copied || !done) {
        remove();
        done = readTree({});
    }
    if (!done)
        return fail(done.error());
    if (auto marked = markGitlinks(git, view, path, GitlinkMark::Look, cancel); !marked)
        return fail(marked.error());
    auto content = readFileBeneath(view.gitDir(), "index", kMaxIndex);
    remove();
    return content;
}

namespace {

Result<Done> build(const git::GitProcess &git,
                   const SessionTree &tree,
                   const HostView &view,
                   const PrivateRepositoryOptions &options,
                   const CancelToken &cancel)
{
    const QString folder = tree.sessionFolder + u"/git.new"_s;
    if (auto removed = removeTree(folder, std::nullopt); !removed)
        return fail(removed.error());
    for (const auto &part :
         {"/objects/info"_L1, "/objects/pack"_L1, "/refs/heads"_L1, "/refs/tags"_L1, "/info"_L1}) {
        if (auto made = makePrivateFolder(folder + part); !made)
            return made;
    }
    const auto refs = visibleRefs(git, tree, view.project(), view.head(), cancel);
    if (!refs)
        return fail(refs.error());
    const auto index = freshIndex(git, view, view.worktreeIndex(), cancel);
    if (!index)
        return fail(index.error());
    const auto exclude = readFileBeneath(view.gitDir(), "info/exclude", kMiB);
    const std::array<std::pair<QByteArray, QByteArray>, 6> files{
        {{"config", privateConfig(view, options)},
         {"objects/info/alternates", containerAlternates(view.project())},
         {"info/exclude", exclude.value_or(QByteArray())},
         {"packed-refs", *refs},
         {"index", *index},
         {"HEAD", headText(tree, view.head())}}};
    for (const auto &[name, content] : files) {
        if (auto written = writeFileBeneath(folder, name, content, 0644); !written)
            return written;
    }
    if (const auto sparse = readFileBeneath(view.gitDir(), kSparseCheckout, kMiB)) {
        if (auto written = writeFileBeneath(folder, kSparseCheckout, *sparse, 0644); !written)
            return written;
    }
    if (auto ended = copyShallow(view.project(), folder, 0644); !ended)
        return ended;
    if (tree.owner) {
        if (auto given = changeOwner(folder, *tree.owner); !given)
            return given;
    }
    if (::rename(QFile::encodeName(folder).constData(),
                 QFile::encodeName(tree.privateGitDir()).constData()) != 0)
        return fail(Error(ErrorKind::IoFailed, tr("The private repository could not be made."))
                        .withDetail(qt_error_string(errno)));
    return Done{};
}

/// Looks at names and kinds only: what is in there belongs to the agent.
bool isComplete(const SessionTree &tree)
{
    const auto isKind = [&](const char *name, mode_t kind) {
        const auto status = statBeneath(tree.privateGitDir(), name);
        return status && (status->st_mode & S_IFMT) == kind;
    };
    return isKind("HEAD", S_IFREG) && isKind("config", S_IFREG) && isKind("objects", S_IFDIR) &&
           isKind("objects/info", S_IFDIR) && isKind("refs", S_IFDIR);
}

/// A git directory that the agent has broken is put aside, not deleted: it may hold commits.
Result<Done> putAside(const SessionTree &tree, QStringList &notices)
{
    for (int i = 1; i < 100; ++i) {
        const QString name = tree.privateGitDir() + u".damaged-%1"_s.arg(i);
        if (QFileInfo::exists(name) || QFileInfo(name).isSymLink())
            continue;
        if (::rename(QFile::encodeName(tree.privateGitDir()).constData(),
                     QFile::encodeName(name).constData()) != 0)
            break;
        notices += tr("The agent had damaged its git directory. It was made anew from the last "
                      "import; the damaged one is kept in %1.")
                       .arg(name);
        return Done{};
    }
    return fail(Error(ErrorKind::IoFailed,
                      tr("The damaged git directory of the session could not be put aside."))
                    .withDetail(tree.privateGitDir())
                    .withRemedy(tr("Look at the session folder.")));
}

Result<Done>
ensureFile(const SessionTree &tree, const QByteArray &name, const QByteArray &content, mode_t mode)
{
    // An existing right one is left alone: a running container has its inode mounted.
    const auto present = readFileBeneath(tree.sessionFolder, name, content.size());
    if (present && *present == content)
        return Done{};
    if (auto written = writeFileBeneath(tree.sessionFolder, name, content, mode); !written)
        return written;
    if (!tree.owner)
        return Done{};
    const QByteArray path = QFile::encodeName(tree.sessionFolder) + '/' + name;
    if (::lchown(path.constData(), tree.owner->uid, tree.owner->gid) != 0)
        return fail(Error(ErrorKind::IoFailed, tr("The owner of a file cannot be changed."))
                        .withDetail(QString::fromUtf8(path) + u": "_s + qt_error_string(errno)));
    return Done{};
}

Result<Done> ensureKeepRefs(const git::GitProcess &git,
                            const SessionTree &tree,
                            const git::RepositoryInfo &project,
                            const git::Oid &head,
                            const CancelToken &cancel)
{
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    RefTransaction refs;
    for (const git::Oid &commit : QSet<git::Oid>{head, tree.baseCommit}) {
        const QString name = tree.keepPrefix() + commit.toString();
        if (!commit.isNull() && !repository->refTarget(name))
            refs.set(name, commit);
    }
    // Made anew at every start, and the branch holds the same commit: no need to wait for the disk.
    return refs.commit(git, project, cancel, RefTransaction::Durability::Lazy);
}

/// Tells of, or takes apart, files of the worktree that have a second name elsewhere.
Result<Done> checkHardLinks(const SessionTree &tree,
                            HardLinkPolicy policy,
                            QStringList &notices,
                            const CancelToken &cancel)
{
    const auto report = lookOver(tree, {.hardLinks = policy}, cancel);
    if (!report)
        return fail(report.error());
    if (report->hardLinked.isEmpty())
        return Done{};
    const QString first = QString::fromUtf8(report->hardLinked.first());
    notices += policy == HardLinkPolicy::Copy
                   ? tr("%1 file(s) of the worktree had a second name elsewhere and were replaced "
                        "by copies, for example %2.")
                         .arg(report->copied.size())
                         .arg(first)
                   : tr("%1 file(s) of the worktree have a second name elsewhere, for example %2. "
                        "What the agent writes into them changes that other file too.")
                         .arg(report->hardLinked.size())
                         .arg(first);
    return Done{};
}

TreeMounts mountsOf(const SessionTree &tree, const git::RepositoryInfo &project)
{
    using Kind = TreeMount::Kind;
    using Access = TreeMount::Access;
    TreeMounts result;
    const bool isWorktree = tree.checkout == Checkout::Worktree;
    const bool isGitFile = isWorktree || project.isLinked();
    result.mounts += {.kind = Kind::Workspace,
                      .hostPath = tree.workPath,
                      .containerPath = kWorkspace,
                      .access = tree.isWritable() ? Access::ReadWrite : Access::ReadOnly};
    if (isGitFile) {
        result.mounts += {.kind = Kind::GitFile,
                          .hostPath = tree.gitFile(),
                          .containerPath = kWorkspace + "/.git"_L1,
                          .access = Access::ReadOnly};
        result.containerGitDir = kPrivateGitDir;
    } else {
        result.containerGitDir = kWorkspace + "/.git"_L1;
    }
    result.mounts += {.kind = Kind::PrivateRepository,
                      .hostPath = tree.privateGitDir(),
                      .containerPath = result.containerGitDir,
                      .access = Access::ReadWrite};
    const QStringList stores = storesOf(project);
    for (qsizetype i = 0; i < stores.size(); ++i) {
        const QString inside = kObjects + QString::number(i);
        result.mounts += {.kind = Kind::Objects,
                          .hostPath = stores[i],
                          .containerPath = inside,
                          .access = Access::ReadOnly};
        if (statBeneath(stores[i], "info/alternates"))
            result.mounts += {.kind = Kind::AlternatesMask,
                              .hostPath = tree.sessionFolder + u"/empty"_s,
                              .containerPath = inside + "/info/alternates"_L1,
                              .access = Access::ReadOnly};
    }
    if (isWorktree)
        return result;
    const QString top = tree.projectPath + u'/';
    const auto mask = [&](const QString &path) {
        const QString inside = kWorkspace + u'/' + path.mid(top.size());
        if (path.startsWith(top) && !result.masks.contains(inside))
            result.masks += inside;
    };
    mask(tree.worktreesRoot);
    // Worktrees of sessions from a time when the setting was another.
    for (const WorktreeEntry &entry : listWorktrees(project).value_or(QList<WorktreeEntry>())) {
        if (entry.ours && entry.exists && !entry.path.startsWith(tree.worktreesRoot + u'/'))
            mask(entry.path);
    }
    for (const QByteArray &path : coveredPaths(tree)) {
        const auto status = statBeneath(tree.workPath, path);
        const QString inside = kWorkspace + u'/' + QFile::decodeName(path);
        if (status && S_ISDIR(status->st_mode))
            mask(top + QFile::decodeName(path));
        else if (status && S_ISREG(status->st_mode))
            result.mounts += {.kind = Kind::FileMask,
                              .hostPath = tree.sessionFolder + u"/empty"_s,
                              .containerPath = inside,
                              .access = Access::ReadOnly};
        else
            result.notices +=
                tr("%1 is left out of the session, but is no file or folder now. If it becomes "
                   "one, the agent sees it until the session is started again.")
                    .arg(QString::fromUtf8(path));
    }
    return result;
}

} // namespace

Result<TreeMounts> ensurePrivateRepository(const git::GitProcess &git,
                                           const SessionTree &tree,
                                           const PrivateRepositoryOptions &wanted,
                                           const CancelToken &cancel)
{
    PrivateRepositoryOptions options = wanted;
    if (auto fine = checkIdentity(options.userName, options.userEmail); !fine)
        return fail(fine.error());
    const auto settings = checkedGitSettings(options.gitSettings);
    if (!settings)
        return fail(settings.error());
    options.gitSettings = *settings;
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    if (tree.checkout == Checkout::Worktree) {
        const QString admin = adminDirOf(project->commonDir, tree.workPath);
        if (!identifyFolder(tree.workPath) || admin.isEmpty())
            return fail(Error(ErrorKind::FileNotFound, tr("The worktree of the session is gone."))
                            .withDetail(tree.workPath)
                            .withRemedy(tr("The work that was imported is on the branch %1. Stop "
                                           "the session and start it again, or start a new one "
                                           "from there.")
                                            .arg(tree.branch)));
        if (auto made = ensureGitFile(tree, admin); !made)
            return fail(made.error());
    }
    const git::Oid head = hostHead(tree, *project);
    if (auto kept = ensureKeepRefs(git, tree, *project, head, cancel); !kept)
        return fail(kept.error());
    const auto view = HostView::ensure(tree, *project, head);
    if (!view)
        return fail(view.error());
    QStringList notices = project->notices;
    if (tree.checkout == Checkout::MainReadWrite) {
        if (auto made = ensureCheckoutIndex(git, tree, *view, cancel); !made)
            return fail(made.error());
        notices += checkoutNotices(tree, *project);
    }

    const auto present = statBeneath(tree.sessionFolder, "git");
    bool isMissing = !present;
    if (present && !isComplete(tree)) {
        if (auto aside = putAside(tree, notices); !aside)
            return fail(aside.error());
        isMissing = true;
    }
    // A fresh worktree has no hard links: git makes none.
    if (tree.checkout == Checkout::MainReadWrite ||
        (tree.checkout == Checkout::Worktree && !isMissing)) {
        if (auto looked = checkHardLinks(tree, options.hardLinks, notices, cancel); !looked)
            return fail(looked.error());
    }
    if (isMissing) {
        if (auto built = build(git, tree, *view, options, cancel); !built)
            return fail(orDiskFull(built.error(), tree.sessionFolder));
    } else {
        if (auto ended = copyShallow(*project, tree.privateGitDir(), 0644); !ended)
            return fail(ended.error());
        // The project may borrow from other stores than at the last start.
        const QByteArray alternates = containerAlternates(*project);
        const auto written = readFileBeneath(tree.privateGitDir(), "objects/info/alternates", kMiB);
        if (!written || *written != alternates) {
            if (auto now = writeFileBeneath(
                    tree.privateGitDir(), "objects/info/alternates", alternates, 0644);
                !now)
                return fail(now.error());
        }
    }
    const QByteArray gitFile = "gitdir: " + QByteArray(kPrivateGitDir.data()) + '\n';
    if (auto made = ensureFile(tree, "dotgit", gitFile, 0644); !made)
        return fail(made.error());
    if (auto made = ensureFile(tree, "empty", QByteArray(), 0444); !made)
        return fail(made.error());
    TreeMounts mounts = mountsOf(tree, *project);
    mounts.notices = notices + mounts.notices;
    return mounts;
}

Result<Done>
removePrivateRepository(const git::GitProcess &git, const SessionTree &tree, StrayRefs strays)
{
    const QDir folder(tree.sessionFolder);
    for (const QString &name :
         folder.entryList({u"git"_s, u"git.new"_s, u"git.damaged-*"_s, u"view"_s},
                          QDir::Dirs | QDir::Hidden | QDir::NoSymLinks)) {
        const auto left = removeTree(folder.filePath(name), std::nullopt);
        if (!left)
            return fail(left.error());
        if (!left->isEmpty())
            return fail(
                Error(ErrorKind::IoFailed, tr("Parts of the session folder could not be deleted."))
                    .withDetail(left->join(u'\n')));
    }
    for (const char *name : {"/dotgit", "/empty"})
        ::unlink((QFile::encodeName(tree.sessionFolder) + name).constData());

    const auto project = projectOf(tree);
    if (!project && isProjectGone(project.error()))
        return Done{}; // and its refs with it
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    RefTransaction refs;
    const auto kept = repository->refs(tree.keepPrefix() + u'*', kMaxRefs);
    const auto mirrored = repository->refs(tree.refsPrefix() + u'*', kMaxRefs);
    if (!kept || !mirrored)
        return fail(!kept ? kept.error() : mirrored.error());
    for (const auto &[name, target] : *kept)
        refs.remove(name);
    const auto branch =
        tree.branch.isEmpty() ? std::nullopt : repository->refTarget(tree.branchRef());
    const git::Oid reached = branch.value_or(tree.baseCommit);
    for (const auto &[name, target] : *mirrored) {
        const git::Oid commit = repository->commit(name).value_or(target); // a tag, peeled
        if (strays == StrayRefs::Drop || name == lastImportRef(tree) ||
            repository->reaches(reached, commit).value_or(false))
            refs.remove(name);
    }
    return refs.commit(git, *project);
}

} // namespace paddock::worktrees
