// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TreeCheck.h"

#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/WorktreeFolder.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("WorktreeManager", text);
}

using Problem = TreeCondition::Problem;

TreeCondition checkFolder(const SessionTree &tree, const QList<WorktreeEntry> &entries)
{
    const auto ours = std::find_if(entries.begin(), entries.end(), [&](const WorktreeEntry &entry) {
        return entry.ours && entry.session == tree.session && !isRepairLeftover(tree, entry);
    });
    const auto identity = identifyFolder(tree.workPath);
    if (ours != entries.end() && ours->path != tree.workPath && ours->exists)
        return {.problem = Problem::FolderMoved,
                .where = ours->path,
                .text = tr("The worktree was moved to %1.").arg(ours->path),
                .remedy = tr("Stop the session and move it back with git worktree move.")};
    if (!identity)
        return {.problem = Problem::FolderGone,
                .text = tr("The folder of the worktree is gone."),
                .remedy = tr("Stop the session and start it again: the worktree is made anew from "
                             "the branch %1. What no commit held is lost.")
                              .arg(tree.branch)};
    const auto mark = readFileBeneath(tree.hostViewDir(), kFolderMark, 1024);
    const auto made = mark ? FolderIdentity::fromText(*mark) : std::nullopt;
    if (made && *made != *identity)
        return {.problem = Problem::FolderReplaced,
                .text = tr("Another folder is in the place of the worktree."),
                .remedy = tr("Move it away. Paddock does not touch it.")};
    if (ours == entries.end())
        return {.problem = Problem::EntryGone,
                .text = tr("Git does not know the worktree any more."),
                .remedy = tr("The files are still there, in %1. Stop the session and start it "
                             "again: it is made known to git anew.")
                              .arg(tree.workPath)};
    if (ours->branch != tree.branch)
        return {.problem = Problem::OtherBranch,
                .where = ours->branch,
                .text = ours->branch.isEmpty()
                            ? tr("No branch is checked out in the worktree.")
                            : tr("The branch %1 is checked out in the worktree.").arg(ours->branch),
                .remedy = tr("Check out %1 there, or rename it back. Until then the agent's "
                             "commits are kept below %2.")
                              .arg(tree.branch, tree.refsPrefix() + u"heads/"_s)};
    return {};
}

} // namespace

Result<TreeCondition> checkTree(const SessionTree &tree)
{
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    if (tree.checkout == Checkout::Worktree) {
        const auto entries = listWorktrees(*project);
        if (!entries)
            return fail(entries.error());
        if (const auto found = checkFolder(tree, *entries); found.problem != Problem::None)
            return found;
    }
    if (tree.branch.isEmpty())
        return TreeCondition{};
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto tip = repository->refTarget(tree.branchRef());
    const git::Oid last = repository->refTarget(lastImportRef(tree)).value_or(tree.baseCommit);
    const QString kept = tr("The agent's commits are kept below %1 from now on.")
                             .arg(tree.refsPrefix() + u"heads/"_s);
    if (!tip)
        return TreeCondition{
            .problem = Problem::BranchGone,
            .text = tr("The branch %1 was deleted.").arg(tree.branch),
            .remedy =
                kept + u' ' +
                tr("Make it again with git branch %1 %2.").arg(tree.branch, last.abbreviated())};
    if (*tip != last)
        return TreeCondition{.problem = Problem::BranchMoved,
                             .text =
                                 tr("The branch %1 was moved by somebody else.").arg(tree.branch),
                             .remedy = kept};
    return TreeCondition{};
}

} // namespace paddock::worktrees
