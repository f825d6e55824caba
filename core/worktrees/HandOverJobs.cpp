// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HandOverJobs.h"

#include "core/git/Porcelain.h"
#include "core/git/Repository.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/IndexFollow.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/Quarantine.h"
#include "core/worktrees/RefTransaction.h"

#include <QCoreApplication>
#include <QFile>
#include <QScopeGuard>

#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr std::chrono::minutes kTime{5};
constexpr qint64 kMaxCommit = kMiB;
constexpr qint64 kMaxConflicts = 4 * kMiB;
constexpr qint64 kEmptyPack = 12 + 20; // header and checksum

QString tr(const char *text)
{
    return QCoreApplication::translate("HandOver", text);
}

/// Writes what \a revisions name and the view's own store (or \a objectDirectory) alone has as a
/// pack into \a file.
Result<qint64> writePack(const git::GitProcess &git,
                         const HostView &view,
                         const QString &objectDirectory,
                         const QByteArray &revisions,
                         const QString &path,
                         const CancelToken &cancel)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly))
        return fail(Error(ErrorKind::IoFailed, tr("The project's object store cannot be written."))
                        .withDetail(file.errorString()));
    auto request = view.objectRequest({u"pack-objects"_s,
                                       u"--revs"_s,
                                       u"--local"_s, // what is borrowed is there already
                                       u"--stdout"_s,
                                       u"--delta-base-offset"_s,
                                       u"-q"_s});
    request.objectDirectory = objectDirectory;
    request.input = revisions;
    request.timeout = kTime;
    request.sink = [&](QByteArrayView bytes) {
        return file.write(bytes.data(), bytes.size()) == bytes.size();
    };
    request.maxOutput = std::numeric_limits<qint64>::max();
    request.what = tr("Collecting what the commit needs");
    const auto written = git.run(request, cancel);
    const bool isFull = file.error() != QFileDevice::NoError || !file.flush();
    if (isFull || (written && written->exitCode != 0))
        return fail(orDiskFull(isFull ? Error(ErrorKind::GitFailed,
                                              tr("The project's object store cannot be written."))
                                            .withDetail(file.errorString())
                                      : git::GitProcess::failure(request, *written),
                               path));
    if (!written)
        return fail(written.error());
    return file.size();
}

/// Brings what \a revisions name into the project's own object store.
Result<Done> bringObjects(const git::GitProcess &git,
                          const SessionTree &tree,
                          const HostView &view,
                          const QString &objectDirectory,
                          const QByteArray &revisions,
                          const CancelToken &cancel)
{
    const git::RepositoryInfo &project = view.project();
    const auto quarantine =
        makeQuarantine(project, {project.objectDir}, tree.session.value + u"-out"_s);
    if (!quarantine)
        return fail(orDiskFull(quarantine.error(), project.objectDir));
    const auto drop = qScopeGuard([&] { dropQuarantine(*quarantine); });
    const QString path = *quarantine + u"/incoming"_s;
    const auto size = writePack(git, view, objectDirectory, revisions, path, cancel);
    if (!size)
        return fail(size.error());
    if (*size <= kEmptyPack)
        return Done{};
    const Descriptor pack(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC));
    auto request =
        view.objectRequest({u"index-pack"_s, u"--stdin"_s, u"--strict"_s, u"--fsck-objects"_s});
    request.objectDirectory = *quarantine;
    request.inputDescriptor = pack.get();
    request.timeout = kTime;
    request.what = tr("Checking the commit");
    if (const auto checked = git.check(request, cancel); !checked)
        return fail(orDiskFull(checked.error(), path));
    if (const auto moved = moveObjects(*quarantine, project); !moved)
        return fail(moved.error());
    return Done{};
}

Result<HostView> viewOf(const SessionTree &tree)
{
    const auto project = projectOf(tree);
    if (!project)
        return fail(project.error());
    return HostView::ensure(tree, *project, hostHead(tree, *project));
}

Error branchIsElsewhere(const SessionTree &tree)
{
    return Error(ErrorKind::Conflict,
                 tr("The branch %1 of your repository was moved meanwhile.").arg(tree.branch))
        .withRemedy(tr("Look at what is on the branch now and try again."));
}

Result<git::Oid>
oneId(const git::GitProcess &git, const git::GitRequest &request, const CancelToken &cancel)
{
    const auto text = git.check(request, cancel);
    return text ? git::Oid::fromHex(text->trimmed()) : fail(text.error());
}

/// The parts of a commit object that stay when it is made anew on another parent.
struct CommitText
{
    QList<QByteArray> parents{};
    QByteArray rest{}; ///< headers after the parents, without signatures, and the message
};

CommitText readCommit(const QByteArray &object)
{
    CommitText text;
    bool skipping = false;
    for (qsizetype at = 0; at < object.size();) {
        const qsizetype end = object.indexOf('\n', at);
        if (end <= at) { // the empty line before the message, or none
            text.rest += object.mid(at);
            break;
        }
        const QByteArray line = object.mid(at, end - at);
        at = end + 1;
        if (line.startsWith(' ')) { // goes on with the header above
            if (!skipping)
                text.rest += line + '\n';
            continue;
        }
        skipping = line.startsWith("gpgsig");
        if (line.startsWith("parent "))
            text.parents += line.mid(7);
        else if (!skipping && !line.startsWith("tree "))
            text.rest += line + '\n';
    }
    return text;
}

} // namespace

Result<FilePlan> prepareHandOver(const git::GitProcess &git,
                                 const SessionTree &tree,
                                 const HandOverRequest &request,
                                 const CancelToken &cancel)
{
    if (tree.checkout == Checkout::MainReadWrite)
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("This session works in your own checkout: nothing is handed to its "
                             "branch."))
                        .withRemedy(tr("Commit or merge there with git, and tell the agent.")));
    if (tree.checkout != Checkout::Worktree || tree.branch.isEmpty())
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("This session only reads: it has no branch to commit to."))
                        .withRemedy(tr("Start a session that may write.")));
    const auto view = viewOf(tree);
    if (!view)
        return fail(view.error());
    if (view->head() != request.from && view->head() != request.commit)
        return fail(branchIsElsewhere(tree));
    if (auto brought = bringObjects(git,
                                    tree,
                                    *view,
                                    request.objectDirectory,
                                    request.commit.toHex() + "\n^" + request.from.toHex() + '\n',
                                    cancel);
        !brought)
        return fail(brought.error());
    RefTransaction keep;
    keep.set(tree.keepPrefix() + request.commit.toString(), request.commit);
    if (auto kept = keep.commit(git, view->project(), cancel); !kept)
        return fail(kept.error());
    if (request.files == HandOverRequest::Files::Leave)
        return FilePlan();
    return planFiles(git, tree, *view, request.from, request.commit, cancel);
}

Result<ReducedTree> reduceTree(const git::GitProcess &git,
                               const SessionTree &tree,
                               const HandOverRequest &request,
                               const QByteArray &stagedDiff,
                               const CancelToken &cancel)
{
    const auto staged = git::parseRawDiff(stagedDiff);
    if (!staged)
        return fail(staged.error());
    const auto view = viewOf(tree);
    if (!view)
        return fail(view.error());
    const auto changes = changesBetween(git, *view, request.from, request.commit, cancel);
    if (!changes)
        return fail(changes.error());
    QHash<QByteArray, git::RawDiffEntry> changed;
    for (const git::RawDiffEntry &change : *changes)
        changed.insert(change.path, change);

    QSet<QByteArray> left;
    for (const git::RawDiffEntry &entry : *staged) {
        if (entry.status == 'U')
            return fail(
                Error(ErrorKind::Conflict, tr("The agent is in the middle of a merge."))
                    .withDetail(QString::fromUtf8(entry.path))
                    .withRemedy(tr("Try again when the agent has finished it, or ask it to.")));
        const auto change = changed.constFind(entry.path);
        if (change == changed.constEnd() || change->newMode != entry.newMode ||
            change->newId != entry.newId)
            left += entry.path;
    }
    addOverlapping(left, changed.keys());
    ReducedTree reduced;
    QByteArray entries;
    for (const git::RawDiffEntry &change : *changes) {
        if (!left.contains(change.path))
            continue;
        entries += indexInfo(change.oldMode, change.oldId, change.path);
        reduced.left += change.path;
    }

    const QString index = view->gitDir() + u"/hand-over-index"_s;
    const auto remove = qScopeGuard([&] { QFile::remove(index); });
    const auto onIndex = [&](const QStringList &arguments) {
        auto command = view->objectRequest(arguments);
        command.indexFile = index;
        command.timeout = kTime;
        command.what = tr("Preparing the agent's staging area");
        return command;
    };
    QFile::remove(index);
    if (auto read = git.check(onIndex({u"read-tree"_s, request.commit.toString()}), cancel); !read)
        return fail(read.error());
    auto update = onIndex({u"update-index"_s, u"-z"_s, u"--index-info"_s});
    update.input = entries;
    if (auto updated = git.check(update, cancel); !updated)
        return fail(updated.error());
    const auto id = oneId(git, onIndex({u"write-tree"_s}), cancel);
    if (!id)
        return fail(id.error());
    reduced.tree = *id;
    if (auto brought = bringObjects(git, tree, *view, {}, id->toHex() + '\n', cancel); !brought)
        return fail(brought.error());
    return reduced;
}

Result<Reapplied> reapplyCommit(const git::GitProcess &git,
                                const SessionTree &tree,
                                const HandOverRequest &request,
                                const git::Oid &onto,
                                const CancelToken &cancel)
{
    const auto version = git.version(cancel);
    if (!version)
        return fail(version.error());
    if (*version < git::GitVersion{.major = 2, .minor = 38, .text = {}})
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("The agent has committed meanwhile, and git %1 cannot apply your "
                             "commit on top of that without touching files.")
                              .arg(version->text))
                        .withRemedy(tr("Commit again, or install git 2.38 or newer.")));
    const auto view = viewOf(tree);
    if (!view)
        return fail(view.error());
    auto read = view->objectRequest({u"cat-file"_s, u"commit"_s, request.commit.toString()});
    read.objectDirectory = request.objectDirectory;
    read.maxOutput = kMaxCommit;
    read.what = tr("Reading the commit");
    const auto object = git.check(read, cancel);
    if (!object)
        return fail(object.error());
    CommitText text = readCommit(*object);
    if (text.parents.value(0) != request.from.toHex())
        return fail(Error(ErrorKind::Conflict,
                          tr("The agent has committed meanwhile, and this change is not a single "
                             "commit that could be applied on top of that."))
                        .withRemedy(tr("Look at the agent's commits and do it again.")));

    const auto write = [&](const QByteArray &content) {
        auto command =
            view->objectRequest({u"hash-object"_s, u"-t"_s, u"commit"_s, u"-w"_s, u"--stdin"_s});
        command.input = content;
        command.what = tr("Writing the commit");
        return oneId(git, command, cancel);
    };
    const auto ontoTree =
        oneId(git,
              view->objectRequest({u"rev-parse"_s, u"--verify"_s, onto.toString() + u"^{tree}"_s}),
              cancel);
    if (!ontoTree)
        return fail(ontoTree.error());
    // A stand-in for the agent's tip that descends from `from` alone: whatever the agent has done
    // to its history, the merge starts from where the person started.
    const QByteArray nobody = " Paddock <paddock@localhost> 0 +0000\n";
    const auto standIn = write("tree " + ontoTree->toHex() + "\nparent " + request.from.toHex() +
                               "\nauthor" + nobody + "committer" + nobody + "\n");
    if (!standIn)
        return fail(standIn.error());
    auto merge = view->objectRequest({u"merge-tree"_s,
                                      u"--write-tree"_s,
                                      u"-z"_s,
                                      u"--name-only"_s,
                                      u"--no-messages"_s,
                                      standIn->toString(),
                                      request.commit.toString()});
    merge.maxOutput = kMaxConflicts;
    merge.overLimit = git::GitRequest::OverLimit::Truncate;
    merge.timeout = kTime;
    merge.what = tr("Applying your commit on top of the agent's");
    const auto merged = git.run(merge, cancel);
    if (!merged)
        return fail(merged.error());
    if (merged->exitCode != 0 && merged->exitCode != 1 && !merged->truncated)
        return fail(git::GitProcess::failure(merge, *merged));
    QList<QByteArray> fields = merged->output.split('\0');
    const auto mergedTree = git::Oid::fromHex(fields.takeFirst());
    if (!mergedTree)
        return fail(ErrorKind::ProtocolError,
                    tr("The answer of git merge-tree could not be read."));
    if (merged->exitCode != 0) {
        Reapplied conflict;
        for (const QByteArray &path : std::as_const(fields)) {
            if (!path.isEmpty() && !conflict.conflicts.contains(path))
                conflict.conflicts += path;
        }
        return conflict;
    }
    text.parents[0] = onto.toHex();
    QByteArray content = "tree " + mergedTree->toHex() + '\n';
    for (const QByteArray &parent : std::as_const(text.parents))
        content += "parent " + parent + '\n';
    const auto commit = write(content + text.rest);
    if (!commit)
        return fail(commit.error());
    return Reapplied{.commit = *commit};
}

Result<QStringList> settleHandOver(const git::GitProcess &git,
                                   const SessionTree &tree,
                                   const git::Oid &from,
                                   const git::Oid &commit,
                                   const QList<git::Oid> &known,
                                   const CancelToken &cancel)
{
    const auto view = viewOf(tree);
    if (!view)
        return fail(view.error());
    const auto lock = ProjectLock::take(view->project().commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    const auto repository = git::Repository::open(view->project().commonDir);
    if (!repository)
        return fail(repository.error());
    const auto branch = repository->refTarget(tree.branchRef());
    QStringList notices;
    // An import may have seen the commit at the agent before this came to it.
    const bool isThere =
        branch && (*branch == commit || repository->reaches(*branch, commit).value_or(false));
    if (!isThere && branch != from)
        return fail(branchIsElsewhere(tree));
    // The index first: when everything ends here, the commit is seen as staged and not as undone.
    if (!isThere || branch == commit) {
        const auto kept = followIndex(git, *view, known, commit, cancel);
        if (!kept)
            notices += kept.error().message;
    }
    if (!isThere) {
        RefTransaction refs;
        refs.compareAndSet(tree.branchRef(), commit, from);
        refs.set(lastImportRef(tree), commit);
        if (auto moved = refs.commit(git, view->project(), cancel); !moved)
            return fail(moved.error());
    }
    return notices;
}

} // namespace paddock::worktrees
