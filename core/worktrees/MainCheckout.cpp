// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/MainCheckout.h"

#include "core/base/Bytes.h"
#include "core/base/XdgPaths.h"
#include "core/worktrees/BranchPlan.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/PrivateRepositoryJobs.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/RefTransaction.h"
#include "core/worktrees/WorkspacePatterns.h"

#include <QCoreApplication>
#include <QFile>
#include <QSet>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr char kNote[] = "paddock-writer";
constexpr qint64 kMaxIndex = 1 * kGiB;
constexpr qint64 kMaxKeptFile = 32 * kMiB;
constexpr qsizetype kMaxKeptFiles = 5000;
constexpr auto kIndexTime = std::chrono::minutes(2);

QString tr(const char *text)
{
    return QCoreApplication::translate("WorktreeManager", text);
}

Error cannotWrite(const QString &why)
{
    return Error(ErrorKind::Conflict, tr("The agent cannot work in the main checkout: %1").arg(why))
        .withRemedy(tr("Let it work in a worktree (isolation of the project)."));
}

/// What git is in the middle of in the checkout; empty: nothing.
QString unfinished(const QString &gitDir)
{
    const std::array<std::pair<const char *, QString>, 6> marks{
        {{"rebase-merge", tr("a rebase is not finished.")},
         {"rebase-apply", tr("a rebase is not finished.")},
         {"MERGE_HEAD", tr("a merge is not finished.")},
         {"CHERRY_PICK_HEAD", tr("a cherry-pick is not finished.")},
         {"REVERT_HEAD", tr("a revert is not finished.")},
         {"BISECT_LOG", tr("a bisect is not finished.")}}};
    for (const auto &[name, words] : marks) {
        if (statBeneath(gitDir, name))
            return words;
    }
    return {};
}

/// True if the checkout's index holds a submodule.
Result<bool> hasGitlinks(const git::GitProcess &git,
                         const git::RepositoryInfo &project,
                         const CancelToken &cancel)
{
    if (project.hasSubmodules)
        return true;
    auto request = projectRequest(project, {u"ls-files"_s, u"-z"_s, u"--stage"_s});
    request.indexFile = project.gitDir + u"/index"_s;
    bool found = false;
    bool atStart = true;
    QByteArray rest;
    request.maxOutput = kMaxIndex;
    request.sink = [&](QByteArrayView bytes) {
        // Records of any length, of which the first six bytes are looked at.
        for (const char c : bytes) {
            if (c == '\0') {
                rest.clear();
                atStart = true;
            } else if (atStart) {
                rest += c;
                atStart = rest.size() < 6;
                found = found || rest == "160000";
            }
        }
        return !found;
    };
    request.what = tr("Looking for submodules");
    const auto done = git.check(request, cancel);
    if (!done)
        return fail(done.error());
    return found;
}

/// Conflict if the checkout is in a state in which no agent may write to it.
Result<Done>
checkFit(const git::GitProcess &git, const git::RepositoryInfo &project, const CancelToken &cancel)
{
    if (const QString what = unfinished(project.gitDir); !what.isEmpty())
        return fail(cannotWrite(what));
    const auto submodules = hasGitlinks(git, project, cancel);
    if (!submodules)
        return fail(submodules.error());
    // Git in the person's shell follows <submodule>/.git, which the agent could write there.
    if (*submodules)
        return fail(cannotWrite(tr("the repository has submodules.")));
    return Done{};
}

/// What no commit holds: changed, deleted and new files of the checkout that are not ignored.
Result<QByteArray> loosePaths(const git::GitProcess &git,
                              const HostView &view,
                              const SessionTree &tree,
                              const CancelToken &cancel)
{
    auto request = view.fileRequest({u"ls-files"_s,
                                     u"-z"_s,
                                     u"--modified"_s,
                                     u"--deleted"_s,
                                     u"--others"_s,
                                     u"--exclude-standard"_s});
    request.what = tr("Looking for changes in the main checkout");
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());
    QByteArray kept;
    QSet<QByteArray> seen;
    for (const QByteArray &path : output->split('\0')) {
        const auto status = statBeneath(tree.workPath, path);
        const bool isFile = status && (S_ISREG(status->st_mode) || S_ISLNK(status->st_mode));
        if (path.isEmpty() || path.endsWith('/') || seen.contains(path) ||
            (status && (!isFile || status->st_size > kMaxKeptFile)))
            continue;
        seen += path;
        if (seen.size() > kMaxKeptFiles)
            break;
        kept += path + '\0';
    }
    return kept;
}

/// Commits what is loose in the checkout, as \a beforeRef: neither the person's index nor a file
/// changes.
Result<Done> keepLoose(const git::GitProcess &git,
                       const SessionTree &tree,
                       const HostView &view,
                       const git::RepositoryInfo &project,
                       const CancelToken &cancel)
{
    const auto paths = loosePaths(git, view, tree, cancel);
    if (!paths)
        return fail(paths.error());
    if (paths->isEmpty())
        return Done{};
    const auto content = readFileBeneath(view.gitDir(), "checkout/index", kMaxIndex);
    if (!content)
        return fail(content.error());
    if (auto copied = writeFileBeneath(view.gitDir(), "checkout/before", *content, 0600); !copied)
        return copied;
    const QString index = view.gitDir() + u"/checkout/before"_s;
    const auto run = [&](git::GitRequest request, const QByteArray &input) {
        request.indexFile = index;
        request.objectDirectory = project.objectDir;
        request.input = input;
        request.timeout = kIndexTime;
        request.what = tr("Keeping what is not committed");
        return git.check(request, cancel);
    };
    const auto written = [&]() -> Result<QByteArray> {
        auto added = run(
            view.fileRequest({u"update-index"_s, u"--add"_s, u"--remove"_s, u"-z"_s, u"--stdin"_s}),
            *paths);
        if (!added)
            return added;
        const auto made = run(view.objectRequest({u"write-tree"_s}), {});
        if (!made)
            return made;
        auto commit = view.objectRequest({u"commit-tree"_s,
                                          u"-p"_s,
                                          tree.baseCommit.toString(),
                                          QString::fromUtf8(made->trimmed())});
        commit.settings = {{"user.name", "Paddock"}, {"user.email", "paddock@localhost"}};
        return run(commit,
                   tr("The main checkout before session %1").arg(tree.session.value).toUtf8() +
                       '\n');
    }();
    ::unlink(QFile::encodeName(index).constData());
    if (!written)
        return fail(written.error());
    const auto commit = git::Oid::fromHex(written->trimmed());
    if (!commit)
        return fail(commit.error());
    RefTransaction refs;
    refs.set(beforeRef(tree), *commit);
    return refs.commit(git, project, cancel);
}

Result<Done> writeNote(const SessionTree &tree, const git::RepositoryInfo &project)
{
    return writeFileBeneath(project.gitDir,
                            kNote,
                            tree.session.value.toLatin1() + '\n' +
                                QFile::encodeName(tree.sessionFolder).toPercentEncoding("/") +
                                '\n' + tree.branch.toUtf8().toPercentEncoding("/") + '\n',
                            0644);
}

struct Note
{
    SessionId session;
    QString branch; // empty: of an older version
};

/// Nothing where it says nothing: the folder of its session is gone.
std::optional<Note> readNote(const git::RepositoryInfo &project)
{
    const auto note = readFileBeneath(project.gitDir, kNote, 16 * kKiB);
    if (!note)
        return std::nullopt;
    const auto lines = note->split('\n');
    const auto session = sessionIdFromText(QString::fromLatin1(lines.value(0)));
    const QString folder = QFile::decodeName(QByteArray::fromPercentEncoding(lines.value(1)));
    if (!session || !identifyFolder(folder))
        return std::nullopt;
    return Note{.session = *session,
                .branch = QString::fromUtf8(QByteArray::fromPercentEncoding(lines.value(2)))};
}

} // namespace

QString beforeRef(const SessionTree &tree)
{
    return tree.backupPrefix() + u"before"_s;
}

std::optional<SessionId> checkoutWriter(const git::RepositoryInfo &project)
{
    const auto note = readNote(project);
    return note ? std::optional(note->session) : std::nullopt;
}

Result<std::optional<CheckoutHold>> checkoutHold(const git::RepositoryInfo &project)
{
    const auto note = readNote(project);
    if (!note)
        return std::optional<CheckoutHold>();
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    CheckoutHold hold{.session = note->session, .branch = note->branch};
    if (!hold.branch.isEmpty())
        hold.head = repository->refTarget(u"refs/heads/"_s + hold.branch).value_or(git::Oid());
    return std::optional<CheckoutHold>(hold);
}

std::optional<Error> checkoutObstacle(const git::GitProcess &git,
                                      const git::Repository &repository,
                                      const git::RepositoryInfo &project,
                                      const CreateWorktreeOptions &options,
                                      const CancelToken &cancel)
{
    if (project.headCommit.isNull())
        return cannotWrite(tr("it has no commit yet."));
    if (!options.adopt.isEmpty())
        return cannotWrite(tr("it is to work on the branch %1, which is not what is checked out.")
                               .arg(options.adopt));
    const auto start = findStart(repository, project, options.base);
    if (!start)
        return start.error();
    if (start->commit != project.headCommit)
        return cannotWrite(
            tr("it is to start from %1, which is not what is checked out.").arg(options.base));
    if (!areConcrete(options.patterns))
        return cannotWrite(tr("only single paths can be left out of it."));
    if (const auto fit = checkFit(git, project, cancel); !fit)
        return fit.error();
    struct stat status
    {
    };
    if (options.owner && ::stat(QFile::encodeName(project.topLevel).constData(), &status) == 0 &&
        status.st_uid != options.owner->uid)
        return cannotWrite(tr("its files do not belong to the user %1 that agents run as.")
                               .arg(options.owner->uid));
    return std::nullopt;
}

Result<Done> takeCheckout(const git::GitProcess &git,
                          const SessionTree &tree,
                          const git::RepositoryInfo &project,
                          const CancelToken &cancel)
{
    if (auto noted = writeNote(tree, project); !noted)
        return noted;
    RefTransaction refs;
    refs.compareAndSet(tree.branchRef(), tree.baseCommit, {});
    if (auto made = refs.commit(git, project, cancel); !made)
        return made;
    const auto view = HostView::ensure(tree, project, tree.baseCommit);
    if (!view)
        return fail(view.error());
    if (auto made = ensureCheckoutIndex(git, tree, *view, cancel); !made)
        return made;
    return keepLoose(git, tree, *view, project, cancel);
}

Result<Done> holdCheckoutAgain(const git::GitProcess &git,
                               const SessionTree &tree,
                               const git::RepositoryInfo &project,
                               const CancelToken &cancel)
{
    const auto writer = checkoutWriter(project);
    if (writer && *writer != tree.session)
        return fail(cannotWrite(tr("the session %1 does.").arg(writer->value)));
    if (auto fit = checkFit(git, project, cancel); !fit)
        return fit;
    return writer ? Result<Done>(Done{}) : writeNote(tree, project);
}

void releaseCheckout(const SessionTree &tree, const git::RepositoryInfo &project)
{
    if (checkoutWriter(project) == tree.session)
        ::unlink(QFile::encodeName(project.gitDir + u'/' + QLatin1String(kNote)).constData());
}

void sweepCheckoutNote(const git::RepositoryInfo &project)
{
    if (!checkoutWriter(project))
        ::unlink(QFile::encodeName(project.gitDir + u'/' + QLatin1String(kNote)).constData());
}

Result<Done> ensureCheckoutIndex(const git::GitProcess &git,
                                 const SessionTree &tree,
                                 const HostView &view,
                                 const CancelToken &cancel)
{
    if (statBeneath(tree.hostViewDir(), "checkout/index"))
        return Done{};
    if (auto made = makePrivateFolder(tree.hostViewDir() + u"/checkout"_s); !made)
        return made;
    const auto index = freshIndex(git, view, view.project().gitDir + u"/index"_s, cancel);
    if (!index)
        return fail(index.error());
    return writeFileBeneath(tree.hostViewDir(), "checkout/index", *index, 0600);
}

QStringList checkoutNotices(const SessionTree &tree, const git::RepositoryInfo &project)
{
    QStringList notices{
        tr("The agent works in your own checkout and sees all of its files, also those that git "
           "ignores. Your branch does not move; its commits are on %1. Git in your shell reads "
           "what "
           "it writes there, such as .gitattributes.")
            .arg(tree.branch)};
    const auto repository = git::Repository::open(project.commonDir);
    if (repository && repository->refTarget(beforeRef(tree)))
        notices += tr("What was not committed when the session started is kept in %1.")
                       .arg(beforeRef(tree));
    return notices;
}

Result<TakeOverReport> takeIntoCheckout(const git::GitProcess &git,
                                        const SessionTree &tree,
                                        const QString &branch,
                                        const CancelToken &cancel)
{
    if (tree.checkout != Checkout::MainReadWrite)
        return fail(ErrorKind::InvalidArgument,
                    tr("The session does not work in the main checkout."));
    auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    const auto lock = ProjectLock::take(project->commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    project = git::inspectRepository(tree.projectPath); // as it is now that nobody else changes it
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto tip = repository->refTarget(tree.branchRef());
    if (!tip)
        return fail(Error(ErrorKind::NotFound, tr("The branch %1 is gone.").arg(tree.branch)));
    TakeOverReport report{.branch = project->headBranch, .from = project->headCommit, .to = *tip};
    if (!branch.isEmpty() && report.branch != branch)
        return fail(
            Error(ErrorKind::Conflict, tr("The branch %1 is not checked out any more.").arg(branch))
                .withRemedy(tr("Check it out, and try again.")));
    if (report.from == report.to)
        return report;
    if (const QString what = unfinished(project->gitDir);
        !what.isEmpty() || report.branch.isEmpty())
        return fail(Error(ErrorKind::Conflict,
                          what.isEmpty() ? tr("No branch is checked out.")
                                         : tr("The main checkout is busy: %1").arg(what))
                        .withRemedy(tr("Finish it, or check out a branch, and try again.")));
    if (!repository->reaches(*tip, report.from).value_or(false))
        return fail(
            Error(ErrorKind::Conflict,
                  tr("The branch %1 has commits that the session has not.").arg(report.branch))
                .withRemedy(
                    tr("Commit or stash what is in your checkout, then bring the commits over "
                       "with: git merge %1")
                        .arg(tree.branch)));
    const auto view = HostView::ensure(tree, *project, *tip);
    if (!view)
        return fail(view.error());
    // The files are what the agent left: only what git knows of them moves.
    const auto moveIndex = [&](const git::Oid &from, const git::Oid &to) {
        auto request =
            view->objectRequest({u"read-tree"_s, u"-i"_s, u"-m"_s, from.toString(), to.toString()});
        request.indexFile = project->gitDir + u"/index"_s;
        request.timeout = kIndexTime;
        request.what = tr("Moving the index of the main checkout");
        return git.check(request, cancel);
    };
    if (const auto moved = moveIndex(report.from, report.to); !moved) {
        if (moved.error().kind != ErrorKind::GitFailed)
            return fail(moved.error());
        return fail(
            Error(ErrorKind::Conflict, tr("What you have staged was changed by the agent as well."))
                .withDetail(moved.error().detail)
                .withRemedy(tr("Unstage it with git reset, and try again.")));
    }
    const auto moveRef = [&]() -> Result<Done> {
        const auto submodules = hasGitlinks(git, *project, cancel);
        if (!submodules)
            return fail(submodules.error());
        if (*submodules) // whose folders in this checkout hold what the agent put there
            return fail(Error(ErrorKind::Conflict, tr("The agent's commits have submodules."))
                            .withRemedy(tr("Merge %1 in another checkout.").arg(tree.branch)));
        RefTransaction refs;
        refs.compareAndSet(u"refs/heads/"_s + report.branch, report.to, report.from);
        return refs.commit(git, *project, cancel);
    };
    if (const auto moved = moveRef(); !moved) {
        const auto back = moveIndex(report.to, report.from);
        Q_UNUSED(back)
        return fail(moved.error());
    }
    return report;
}

} // namespace paddock::worktrees
