// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/BranchCheckout.h"

#include "core/base/Bytes.h"
#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

using Busy = BranchCheckout::Busy;

QString tr(const char *text)
{
    return QCoreApplication::translate("BranchCheckout", text);
}

QByteArray lineOf(const QString &gitDir, const QByteArray &name)
{
    return readFileBeneath(gitDir, name, 64 * kKiB).value_or(QByteArray()).trimmed();
}

bool has(const QString &gitDir, const QString &name)
{
    const QFileInfo info(gitDir + u'/' + name);
    return info.exists() || info.isSymLink();
}

Busy busyOf(const QString &gitDir)
{
    if (has(gitDir, u"rebase-merge"_s) || has(gitDir, u"rebase-apply"_s))
        return Busy::Rebase;
    if (has(gitDir, u"MERGE_HEAD"_s))
        return Busy::Merge;
    if (has(gitDir, u"CHERRY_PICK_HEAD"_s))
        return Busy::CherryPick;
    if (has(gitDir, u"REVERT_HEAD"_s))
        return Busy::Revert;
    if (has(gitDir, u"sequencer"_s)) // between two commits of a longer cherry-pick or revert
        return Busy::CherryPick;
    return has(gitDir, u"BISECT_LOG"_s) ? Busy::Bisect : Busy::No;
}

/// HEAD, or what it comes back to at the end of a rebase or bisection.
void addIfUsed(QList<BranchCheckout> &found, BranchCheckout checkout, const QByteArray &ref)
{
    const QString &gitDir = checkout.gitDir;
    checkout.isOnBranch = lineOf(gitDir, "HEAD") == "ref: " + ref;
    const bool isUsed =
        checkout.isOnBranch || lineOf(gitDir, "rebase-merge/head-name") == ref ||
        lineOf(gitDir, "rebase-apply/head-name") == ref ||
        (has(gitDir, u"BISECT_LOG"_s) && "refs/heads/" + lineOf(gitDir, "BISECT_START") == ref);
    if (!isUsed)
        return;
    checkout.busy = busyOf(gitDir);
    checkout.exists = identifyFolder(checkout.path).has_value();
    found.append(checkout);
}

} // namespace

Result<QList<BranchCheckout>> listCheckouts(const git::RepositoryInfo &project)
{
    QList<BranchCheckout> all;
    if (!project.isLinked()) {
        all.append({.path = project.topLevel, .gitDir = project.gitDir});
    } else if (project.commonDir.endsWith(u"/.git"_s)) {
        const auto repository = git::Repository::open(project.commonDir);
        if (!repository)
            return fail(repository.error());
        if (!repository->isBare())
            all.append({.path = project.commonDir.chopped(5), .gitDir = project.commonDir});
    }
    const auto entries = listWorktrees(project);
    if (!entries)
        return fail(entries.error());
    for (const WorktreeEntry &entry : *entries)
        all.append({.path = entry.path,
                    .gitDir = entry.adminDir,
                    .ofSession = entry.ours,
                    .session = entry.session});
    for (BranchCheckout &checkout : all) {
        if (checkout.ofSession)
            continue;
        git::RepositoryInfo there = project;
        there.gitDir = checkout.gitDir;
        if (const auto writer = checkoutWriter(there)) {
            checkout.ofSession = true;
            checkout.session = *writer;
        }
    }
    return all;
}

Result<QList<BranchCheckout>> findCheckouts(const git::RepositoryInfo &project, const QString &ref)
{
    const auto all = listCheckouts(project);
    if (!all)
        return fail(all.error());
    QList<BranchCheckout> found;
    for (const BranchCheckout &checkout : *all)
        addIfUsed(found, checkout, ref.toUtf8());
    return found;
}

QString describeBusy(BranchCheckout::Busy busy)
{
    switch (busy) {
    case Busy::No:
        break;
    case Busy::Merge:
        return tr("A merge");
    case Busy::Rebase:
        return tr("A rebase");
    case Busy::CherryPick:
        return tr("A cherry-pick");
    case Busy::Revert:
        return tr("A revert");
    case Busy::Bisect:
        return tr("A bisection");
    }
    return {};
}

} // namespace paddock::worktrees
