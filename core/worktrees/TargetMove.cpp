// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TargetMove.h"

#include "core/worktrees/FileTree.h"
#include "core/worktrees/IntegrationJobs.h"
#include "core/worktrees/Quarantine.h"
#include "core/worktrees/RefTransaction.h"

#include <QCoreApplication>
#include <QScopeGuard>

#include <vector>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kPackTime = std::chrono::minutes(5);

QString tr(const char *text)
{
    return QCoreApplication::translate("Integration", text);
}

/// Puts files back after \a error and tells what could not be.
Error takenBack(std::vector<CheckoutMove> &moves, Error error)
{
    for (CheckoutMove &move : moves) {
        const auto left = move.takeBack();
        if (!left) {
            error = error.withDetail(error.detail + u'\n' + left.error().toString());
            continue;
        }
        for (const QByteArray &path : *left)
            error = error.withDetail(error.detail + u'\n' +
                                     tr("Not put back: %1").arg(QString::fromUtf8(path)));
    }
    return error;
}

} // namespace

Result<Done> prepareMove(const git::RepositoryInfo &project, TargetMove &move)
{
    const auto checkouts = findCheckouts(project, move.ref);
    if (!checkouts)
        return fail(checkouts.error());
    const QString branch = move.ref.section(u'/', 2);
    for (const BranchCheckout &checkout : *checkouts) {
        if (checkout.ofSession)
            return fail(Error(ErrorKind::UnsupportedOption,
                              tr("An agent works where the branch %1 is checked out.").arg(branch))
                            .withDetail(checkout.path)
                            .withRemedy(tr("Bring the commits into its session instead; its own "
                                           "commits are taken over by a plain merge.")));
        if (checkout.busy != BranchCheckout::Busy::No)
            return fail(
                Error(
                    ErrorKind::Conflict,
                    tr("%1 is not finished in %2.").arg(describeBusy(checkout.busy), checkout.path))
                    .withRemedy(tr("Finish it, or stop it, and try again.")));
        if (!checkout.exists)
            return fail(
                Error(ErrorKind::Conflict,
                      tr("The branch %1 is checked out in a folder that is not there.").arg(branch))
                    .withDetail(checkout.path)
                    .withRemedy(tr("Make the folder available, or forget it with git "
                                   "worktree prune.")));
        if (move.to.isNull())
            return fail(Error(ErrorKind::Conflict,
                              tr("The branch %1 is checked out in %2: it cannot be deleted.")
                                  .arg(branch, checkout.path))
                            .withRemedy(tr("Switch to another branch there.")));
    }
    move.checkouts = *checkouts;
    return Done{};
}

Result<QStringList> runMove(const git::GitProcess &git,
                            const git::RepositoryInfo &project,
                            const TargetMove &move,
                            const CancelToken &cancel)
{
    std::vector<CheckoutMove> moves;
    for (const BranchCheckout &checkout : move.checkouts) {
        auto begun =
            CheckoutMove::begin(git, project, checkout, move.ref, move.from, move.to, cancel);
        if (!begun)
            return fail(takenBack(moves, begun.error()));
        moves.push_back(std::move(*begun));
    }
    RefTransaction refs;
    refs.setReason(move.reason);
    if (!move.backupRef.isEmpty())
        refs.compareAndSet(move.backupRef, move.from, git::Oid());
    if (move.to.isNull())
        refs.compareAndRemove(move.ref, move.from);
    else
        refs.compareAndSet(move.ref, move.to, move.from);
    // Not to be stopped here: whether the ref has moved decides what becomes of the files.
    if (auto done = refs.commit(git, project); !done)
        return fail(takenBack(moves, done.error()));
    QStringList notices;
    for (CheckoutMove &checkout : moves) {
        if (auto finished = checkout.finish(); !finished)
            notices += tr("The branch has moved, but the staging area could not follow yet: %1")
                           .arg(finished.error().toString());
    }
    return notices;
}

Result<Done> bringCommits(const git::GitProcess &git,
                          const SessionTree &tree,
                          const HostView &view,
                          const git::Oid &commit,
                          const QList<git::Oid> &known,
                          const CancelToken &cancel)
{
    if (known.contains(commit))
        return Done{};
    const git::RepositoryInfo &project = view.project();
    const auto quarantine =
        makeQuarantine(project, {project.objectDir}, u"i"_s + tree.session.value);
    if (!quarantine)
        return fail(orDiskFull(quarantine.error(), project.objectDir));
    const auto drop = qScopeGuard([&] { dropQuarantine(*quarantine); });
    auto request = view.objectRequest({u"pack-objects"_s,
                                       u"--revs"_s,
                                       u"--non-empty"_s,
                                       u"--delta-base-offset"_s,
                                       u"-q"_s,
                                       *quarantine + u"/pack/pack"_s});
    request.input = commit.toHex() + '\n';
    for (const git::Oid &id : known)
        request.input += '^' + id.toHex() + '\n';
    request.timeout = kPackTime;
    request.what = tr("Bringing the commits into the project");
    if (auto packed = git.check(request, cancel); !packed)
        return fail(orDiskFull(packed.error(), project.objectDir));
    if (auto moved = moveObjects(*quarantine, project); !moved)
        return fail(moved.error());
    return Done{};
}

Result<QStringList> recoverCheckouts(const git::GitProcess &git,
                                     const git::RepositoryInfo &project,
                                     const CancelToken &cancel)
{
    const auto all = listCheckouts(project);
    if (!all)
        return fail(all.error());
    QStringList notices;
    for (const BranchCheckout &checkout : *all) {
        if (checkout.ofSession) // not under the hands of an agent
            continue;
        const auto text = CheckoutMove::recover(git, project, checkout, cancel);
        if (!text)
            return fail(text.error());
        if (*text)
            notices += **text;
    }
    return notices;
}

} // namespace paddock::worktrees
