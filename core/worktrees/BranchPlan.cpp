// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/BranchPlan.h"

#include "core/git/RefName.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/IntegrationJobs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kHeads = "refs/heads/"_L1;
constexpr auto kRemotes = "refs/remotes/"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("WorktreeManager", text);
}

Error branchExists(const QString &branch, const QString &remedy)
{
    return Error(ErrorKind::BranchExists, tr("The branch %1 exists already.").arg(branch))
        .withRemedy(remedy);
}

/// Whether a branch of that name can be made: not there, and no other ref in its way as a folder.
Result<Done> checkBranchFree(const git::Repository &repository, const QString &branch)
{
    if (!git::isValidBranchName(branch))
        return fail(Error(ErrorKind::InvalidArgument, tr("This cannot be the name of a branch."))
                        .withDetail(branch.left(200))
                        .withRemedy(tr("Use letters, digits, '-', '_' and '/'.")));
    if (repository.refTarget(kHeads + branch))
        return fail(branchExists(branch,
                                 tr("Choose another title or branch name, or delete the branch "
                                    "with git branch -D %1.")
                                     .arg(branch)));
    const auto parts = branch.split(u'/');
    for (qsizetype i = 1; i < parts.size(); ++i) {
        const QString above = parts.first(i).join(u'/');
        if (repository.refTarget(kHeads + above))
            return fail(branchExists(
                above,
                tr("It stands in the way of %1. Rename it with git branch -m.").arg(branch)));
    }
    const auto below = repository.refs(kHeads + branch + u"/*"_s, 1);
    if (below && !below->isEmpty())
        return fail(
            branchExists(below->first().first.mid(11),
                         tr("It stands in the way of %1. Choose another name.").arg(branch)));
    return Done{};
}

bool isTaken(const QString &path)
{
    return QFileInfo(path).exists() || QFileInfo(path).isSymLink();
}

/// The folder for a branch whose name was not made by us.
Result<QString>
folderFor(const QString &root, const QString &branch, const CreateWorktreeOptions &options)
{
    const QString path =
        root + u'/' + slugOf(branch.section(u'/', -1)) + u'-' + options.session.value.left(2);
    if (isTaken(path))
        return fail(Error(ErrorKind::Conflict, tr("The folder of the worktree exists already."))
                        .withDetail(path)
                        .withRemedy(tr("Move the folder away.")));
    return path;
}

QString shortBranch(const QByteArray &head)
{
    return head.startsWith("refs/heads/") ? QString::fromUtf8(head.mid(11)).trimmed() : QString();
}

/// The branches that the checkout with this git directory holds: the one of HEAD, and those that
/// git returns to after a rebase or a bisect.
QStringList heldBranches(const QString &gitDir)
{
    QStringList held;
    const auto read = [&](const QByteArray &name) {
        return readFileBeneath(gitDir, name, 4096).value_or(QByteArray()).trimmed();
    };
    if (const QByteArray head = read("HEAD"); head.startsWith("ref: "))
        held += shortBranch(head.mid(5).trimmed());
    for (const char *name : {"rebase-merge/head-name", "rebase-apply/head-name"})
        held += shortBranch(read(name));
    held += QString::fromUtf8(read("BISECT_START"));
    return held;
}

Result<Done> checkProtected(const git::Repository &repository,
                            const QString &branch,
                            const QString &remote,
                            const QStringList &patterns)
{
    const bool isDefault =
        !remote.isEmpty() && repository.symbolicTarget(kRemotes + remote + u"/HEAD"_s) ==
                                 QString(kRemotes + remote + u'/' + branch);
    if (!isDefault && !isProtectedBranch(branch, patterns))
        return Done{};
    return fail(Error(ErrorKind::Conflict,
                      tr("The branch %1 is protected: no session works on it.").arg(branch))
                    .withCategory(Category::RefusedByPolicy)
                    .withRemedy(tr("Start from it instead: the session then gets a branch of its "
                                   "own, which you can merge.")));
}

struct Wanted
{
    QString local;  // short name of the local branch
    QString remote; // "origin" when a remote-tracking branch was named
    bool exists = false;
};

/// A full or short name of a local or a remote-tracking branch.
Result<Wanted> findBranch(const git::Repository &repository, const QString &name)
{
    QString given = name;
    const bool onlyLocal = given.startsWith(kHeads);
    const bool onlyRemote = given.startsWith(kRemotes);
    if (onlyLocal || onlyRemote)
        given = given.mid(onlyLocal ? kHeads.size() : kRemotes.size());
    if (!onlyRemote && git::isValidBranchName(given) && repository.refTarget(kHeads + given))
        return Wanted{.local = given, .remote = {}, .exists = true};
    const auto remotes = repository.remotes();
    // The longest first: the name of a remote may begin another's.
    for (const QString &remote : remotes) {
        if (onlyLocal || !given.startsWith(remote + u'/') ||
            !repository.refTarget(kRemotes + given))
            continue;
        const QString local = given.mid(remote.size() + 1);
        if (local == u"HEAD"_s || !git::isValidBranchName(local))
            break;
        return Wanted{.local = local,
                      .remote = remote,
                      .exists = repository.refTarget(kHeads + local).has_value()};
    }
    return fail(Error(ErrorKind::NotFound, tr("There is no branch %1.").arg(name.left(200)))
                    .withRemedy(tr("Name a branch of this repository, or one of a remote after "
                                   "fetching it (origin/topic).")));
}

Result<BranchPlan> adopt(const git::Repository &repository,
                         const git::RepositoryInfo &project,
                         const CreateWorktreeOptions &options,
                         const QString &root)
{
    if (!options.base.isEmpty() || !options.branch.isEmpty())
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("A session works on a branch that exists, or starts a new one: "
                             "both were asked for."))
                        .withRemedy(tr("Leave out the start or the branch to work on.")));
    const auto wanted = findBranch(repository, options.adopt);
    if (!wanted)
        return fail(wanted.error());
    const QString upstream =
        wanted->remote.isEmpty() ? QString() : wanted->remote + u'/' + wanted->local;
    QString remote = wanted->remote;
    if (remote.isEmpty())
        remote = QString::fromUtf8(
            repository.setting("branch." + wanted->local.toUtf8() + ".remote").value_or("origin"));
    if (auto free = checkProtected(repository, wanted->local, remote, options.protectedBranches);
        !free)
        return fail(free.error());

    BranchPlan plan{.branch = wanted->local, .adopted = wanted->exists};
    if (wanted->exists) {
        plan.start = repository.refTarget(kHeads + wanted->local).value_or(git::Oid());
        if (!upstream.isEmpty() && repository.refTarget(kRemotes + upstream) != plan.start)
            return fail(branchExists(wanted->local,
                                     tr("It is not where %1 is. Choose %2 to work on the local "
                                        "branch, or bring it up to date first.")
                                         .arg(upstream, wanted->local)));
        if (const QString where = whereCheckedOut(project, wanted->local); !where.isEmpty())
            return fail(Error(ErrorKind::Conflict,
                              tr("The branch %1 is checked out in %2.").arg(wanted->local, where))
                            .withDetail(where)
                            .withRemedy(QFileInfo::exists(where)
                                            ? tr("Check out another branch there, or start a new "
                                                 "branch from it.")
                                            : tr("That folder is gone. Run git worktree prune and "
                                                 "try again.")));
    } else {
        if (auto free = checkBranchFree(repository, wanted->local); !free)
            return fail(free.error());
        plan.start = repository.refTarget(kRemotes + upstream).value_or(git::Oid());
        plan.upstream = upstream;
    }
    const auto folder = folderFor(root, plan.branch, options);
    if (!folder)
        return fail(folder.error());
    plan.folder = *folder;
    return plan;
}

} // namespace

QString adoptedRef(const SessionTree &tree)
{
    return tree.backupPrefix() + u"adopted"_s;
}

QString whereCheckedOut(const git::RepositoryInfo &project, const QString &branch)
{
    // HEAD of a bare repository holds nothing.
    const QFileInfo common(project.commonDir);
    if (common.fileName() == u".git"_s && heldBranches(project.commonDir).contains(branch))
        return common.absolutePath();
    const QDir entries(project.commonDir + u"/worktrees"_s);
    for (const QString &name :
         entries.entryList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::Hidden)) {
        const QString admin = entries.filePath(name);
        if (!heldBranches(admin).contains(branch))
            continue;
        QString path = QFile::decodeName(
            readFileBeneath(admin, "gitdir", 64 * 1024).value_or(QByteArray()).trimmed());
        if (path.endsWith(u"/.git"_s))
            path.chop(5);
        return path.isEmpty() ? admin : path;
    }
    return {};
}

Result<StartPoint> findStart(const git::Repository &repository,
                             const git::RepositoryInfo &project,
                             const QString &base)
{
    if (base.isEmpty())
        return StartPoint{.commit = project.headCommit,
                          .branch = project.headCommit.isNull() ? QString() : project.headBranch};
    const QString name = base.startsWith(kHeads) ? base.mid(kHeads.size()) : base;
    if (git::isValidBranchName(name)) {
        if (const auto tip = repository.refTarget(kHeads + name))
            return StartPoint{.commit = *tip, .branch = name};
    }
    const auto commit = repository.commit(base);
    if (!commit)
        return fail(commit.error().withRemedy(
            tr("Name a branch, a tag, a commit, or a branch of a remote (origin/main).")));
    return StartPoint{.commit = *commit, .branch = {}};
}

Result<BranchPlan> planBranch(const git::Repository &repository,
                              const git::RepositoryInfo &project,
                              const CreateWorktreeOptions &options,
                              const QString &root)
{
    if (!options.adopt.isEmpty())
        return adopt(repository, project, options, root);
    const auto start = findStart(repository, project, options.base);
    if (!start)
        return fail(start.error());
    BranchPlan plan{.start = start->commit, .baseBranch = start->branch};
    if (!options.branch.isEmpty()) {
        if (auto free = checkBranchFree(repository, options.branch); !free)
            return fail(free.error());
        const auto folder = folderFor(root, options.branch, options);
        if (!folder)
            return fail(folder.error());
        plan.branch = options.branch;
        plan.folder = *folder;
        return plan;
    }
    // The two characters come from different places of the session's id until both are free.
    const QString slug = slugOf(options.title);
    Error error(ErrorKind::BranchExists, tr("No free branch name was found."));
    for (int at = 0; at + 2 <= options.session.value.size(); at += 2) {
        const QString name = slug + u'-' + options.session.value.mid(at, 2);
        plan.branch = u"paddock/"_s + name;
        plan.folder = root + u'/' + name;
        if (auto free = checkBranchFree(repository, plan.branch); !free)
            error = free.error();
        else if (!isTaken(plan.folder))
            return plan;
    }
    return fail(error);
}

} // namespace paddock::worktrees
