// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Chain.h"
#include "core/sessions/LiveSession.h"
#include "core/sessions/StartOptionsCheck.h"

using namespace Qt::StringLiterals;

// The steps of a start that are about the project: what the agent works on.
namespace paddock::sessions {

Pending<Done> LiveSession::fetchProject()
{
    const auto show = [this](const QString &line) {
        Session &session = m_record.session;
        // The last lines may come after the end of the step.
        if (session.state != SessionState::Preparing ||
            session.substate != QLatin1String(kFetchStep))
            return;
        session.stepTitle = tr("Fetching: %1").arg(line);
        Q_EMIT changed();
    };
    return withoutValue(this,
                        m_services.fetcher.run({.projectPath = m_record.session.projectPath,
                                                .remote = m_record.options.fetchRemote},
                                               this,
                                               show));
}

Pending<Done> LiveSession::makeTree()
{
    if (!m_record.session.worktree.isEmpty())
        return Pending<Done>::ready(Done{});
    const Session &session = m_record.session;
    const StartOptions &wish = m_record.options;
    const worktrees::WorkspacePatterns patterns{.include = wish.include, .exclude = wish.exclude};
    Pending<worktrees::SessionTree> making =
        session.mode == SessionMode::Explore
            ? m_services.worktrees.useMainCheckout({.session = session.id,
                                                    .sessionFolder = m_folder.path(),
                                                    .projectPath = session.projectPath,
                                                    .worktreesRoot = m_project.worktreesRoot,
                                                    .owner = treeOwner(),
                                                    .patterns = patterns})
            : m_services.worktrees.create({.session = session.id,
                                           .sessionFolder = m_folder.path(),
                                           .projectPath = session.projectPath,
                                           .title = session.title,
                                           .branch = wish.branch,
                                           .base = wish.base,
                                           .worktreesRoot = m_project.worktreesRoot,
                                           .owner = treeOwner(),
                                           .adopt = wish.adopt,
                                           .protectedBranches = m_project.protectedBranches,
                                           .isolation = m_project.isolation,
                                           .patterns = patterns});
    // Not cancelled with the step: only the answer tells what there is to take back, and undoTree()
    // waits for it.
    m_treeMade.emplace();
    Promise<Done> promise;
    making.then(this, [this, promise](const Result<worktrees::SessionTree> &tree) {
        if (tree)
            takeTree(*tree);
        std::exchange(m_treeMade, std::nullopt)->resolve(Done{});
        promise.resolve(tree ? Result<Done>(Done{}) : fail(tree.error()));
    });
    return promise.pending();
}

void LiveSession::takeTree(const worktrees::SessionTree &tree)
{
    m_tree = tree;
    m_record.session.worktree = tree.workPath;
    m_record.session.checkout = tree.checkout;
    m_record.session.branch = tree.branch;
    m_record.baseBranch = tree.baseBranch;
    m_record.worktreesRoot = tree.worktreesRoot;
    m_record.session.baseCommit = tree.baseCommit.toString();
    m_record.session.headCommit = tree.baseCommit.toString();
}

std::optional<worktrees::Owner> LiveSession::treeOwner() const
{
    if (!m_user.mustChown)
        return std::nullopt;
    return worktrees::Owner{.uid = m_user.hostUid, .gid = m_user.hostGid};
}

Pending<Done> LiveSession::copyIgnored()
{
    const StartOptions &wish = m_record.options;
    // The person's own checkout has them all.
    if (m_record.session.checkout == worktrees::Checkout::MainReadWrite)
        return auditSecrets();
    Pending<worktrees::CopyIgnoredReport> copying = m_services.ignored.copy(
        tree(), {.paths = wish.copyIgnored, .secretsConfirmed = wish.withSecrets});
    // Not cancelled with the step, as above: the worktree is taken back when nobody writes to it.
    m_treeMade.emplace();
    Promise<Done> promise;
    copying.then(this, [this, promise](const Result<worktrees::CopyIgnoredReport> &report) {
        if (report)
            m_leftOut = report->leftOut;
        std::exchange(m_treeMade, std::nullopt)->resolve(Done{});
        if (report)
            auditSecrets().then(this,
                                [promise](const Result<Done> &noted) { promise.resolve(noted); });
        else if (report.error().kind == ErrorKind::SecurityViolation)
            promise.reject(Error(report.error())
                               .withRemedy(tr("Leave it out, or confirm that the agent may have "
                                              "it (paddockctl session start --with-secrets).")));
        else
            promise.reject(report.error());
    });
    return promise.pending();
}

// At each start that copies: a repeated one hands them over again.
Pending<Done> LiveSession::auditSecrets()
{
    const QString secrets = confirmedSecrets(m_record.options);
    if (secrets.isEmpty())
        return Pending<Done>::ready(Done{});
    return m_services.database.write<Done>(
        [actor = m_record.actor, id = id(), secrets](store::Connection &connection) {
            return records::audit(connection, actor, u"session.secrets"_s, id, secrets);
        });
}

Pending<Done> LiveSession::repairTree()
{
    return mapped<Done>(this, m_services.worktrees.repair(tree()), [this](const QString &repaired) {
        m_repaired = repaired;
        return Result<Done>(Done{});
    });
}

Pending<Done> LiveSession::makeRepository()
{
    return mapped<Done>(this,
                        m_services.repositories.ensure(tree(),
                                                       {.userName = m_project.gitName,
                                                        .userEmail = m_project.gitEmail,
                                                        .gitSettings = m_project.gitSettings}),
                        [this](const worktrees::TreeMounts &mounts) {
                            m_mounts = mounts;
                            return Result<Done>(Done{});
                        });
}

} // namespace paddock::sessions
