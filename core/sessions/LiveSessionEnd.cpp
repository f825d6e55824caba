// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Chain.h"
#include "core/sessions/LiveSession.h"
#include "core/sessions/TerminalHub.h"
#include "core/worktrees/ExecAgentGit.h"

#include <QFile>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// The way back: what takes the steps of a start back, and the steps of stop, finish and remove;
// with what they need of a container that stands still (import), and taking over one that runs.
namespace paddock::sessions {

namespace {
constexpr auto kAgentGrace = 3s;
} // namespace

Pending<Done> LiveSession::undoFolder()
{
    if (m_link)
        m_link->close();
    return regardless(this,
                      m_services.pool.run<Done>([folder = m_folder] { return folder.remove(); }));
}

Pending<Done> LiveSession::undoTree()
{
    if (m_treeMade)
        return chained<Done>(this, m_treeMade->pending(), [this](Done) { return undoTree(); });
    const worktrees::SessionTree made = tree();
    m_tree = {};
    m_record.session.worktree.clear();
    m_record.session.branch.clear();
    if (m_record.session.mode == SessionMode::Write)
        m_record.session.checkout = worktrees::Checkout::Worktree;
    if (made.workPath.isEmpty())
        return Pending<Done>::ready(Done{});
    return m_services.worktrees.undoCreate(made);
}

Pending<Done> LiveSession::removeRepository()
{
    const worktrees::SessionTree made = tree();
    if (made.baseCommit.isNull())
        return Pending<Done>::ready(Done{});
    return m_services.repositories.remove(made);
}

Pending<Done> LiveSession::closeSockets()
{
    if (m_link)
        m_link->close();
    QFile::remove(m_folder.run() + u"/link.sock"_s);
    auto wanted = adapter();
    if (!wanted || wanted->provider == ProviderProtocol::None)
        return Pending<Done>::ready(Done{});
    // A gateway that does not run has no door.
    return regardless(this, m_services.gateway.removeSession(id()));
}

Pending<Done> LiveSession::stopAgent()
{
    if (m_conversation)
        (void)m_conversation->cancelTurn();
    if (!m_link || !m_link->isUp() || !m_agentRuns)
        return Pending<Done>::ready(Done{});
    m_exitWait.emplace();
    Pending<Done> exit = m_exitWait->pending().withTimeout(kAgentGrace + 3s);
    if (auto asked = m_link->raw().stopAgent(kAgentGrace); !asked)
        return Pending<Done>::ready(Done{});
    // An agent that stays is ended with its container.
    return regardless(this, exit);
}

Pending<Done> LiveSession::stopContainer()
{
    if (m_record.session.containerId.isEmpty())
        return Pending<Done>::ready(Done{});
    Promise<Done> promise;
    m_services.engine.containers()
        .stop(m_record.session.containerId, {.grace = policy::agentProfile().limits.stopGrace})
        .then(this, [promise](const Result<Done> &stopped) {
            // What is not there needs no stopping.
            promise.resolve(!stopped && stopped.error().kind == ErrorKind::ContainerNotFound
                                ? Result<Done>(Done{})
                                : stopped);
        });
    return promise.pending();
}

// The container again, from the record, without sockets and without its agent.
Pending<Done> LiveSession::rebuildContainer()
{
    m_record.session.containerId = {};
    return chained<Done>(this, makeFolder(), [this](Done) {
        return chained<Done>(this, makeRepository(), [this](Done) {
            return chained<Done>(this, checkPolicy(), [this](Done) {
                return chained<Done>(this, createContainer(), [this](Done) { return save(); });
            });
        });
    });
}

Pending<Done> LiveSession::removeContainer()
{
    if (m_record.session.containerId.isEmpty())
        return Pending<Done>::ready(Done{});
    return chained<Done>(this,
                         m_services.engine.containers().remove(m_record.session.containerId,
                                                               {.force = true, .volumes = true}),
                         [this](Done) {
                             m_record.session.containerId = {};
                             m_sandbox.reset();
                             return save();
                         });
}

Pending<Done> LiveSession::removeContainerByName()
{
    Promise<Done> promise;
    m_services.engine.containers()
        .list({.all = true,
               .size = false,
               .labels = {QString::fromUtf16(sandbox::kLabelInstance) + u'=' + m_services.instance,
                          QString::fromUtf16(sandbox::kLabelSession) + u'=' + id().value},
               .names = {},
               .states = {}})
        .then(this, [this, promise](const Result<QList<docker::ContainerSummary>> &found) {
            if (!found) {
                promise.reject(found.error());
                return;
            }
            m_record.session.containerId = found->isEmpty() ? ContainerId() : found->first().id;
            removeContainer().then(
                this, [promise](const Result<Done> &result) { promise.resolve(result); });
        });
    return promise.pending();
}

Pending<Done> LiveSession::findTree()
{
    if (!m_record.session.worktree.isEmpty() || m_record.session.mode == SessionMode::Explore)
        return Pending<Done>::ready(Done{});
    const QString project = m_record.session.projectPath;
    const auto ofCheckout = [this](const std::optional<worktrees::CheckoutHold> &hold) {
        if (hold && hold->session == id()) {
            m_record.session.worktree = m_record.session.projectPath;
            m_record.session.checkout = worktrees::Checkout::MainReadWrite;
            m_record.session.branch = hold->branch;
            m_record.session.baseCommit = hold->head.toString();
        }
        return Result<Done>(Done{});
    };
    const auto ofWorktrees = [this](const QList<worktrees::WorktreeEntry> &entries) {
        for (const worktrees::WorktreeEntry &entry : entries) {
            if (!entry.ours || entry.session != id())
                continue;
            m_record.session.worktree = entry.path;
            m_record.session.checkout = worktrees::Checkout::Worktree;
            m_record.session.branch = entry.branch;
            m_record.session.baseCommit = entry.head.toString();
        }
        return Result<Done>(Done{});
    };
    return chained<Done>(this,
                         mapped<Done>(this, m_services.worktrees.list(project), ofWorktrees),
                         [this, project, ofCheckout](Done) {
                             if (!m_record.session.worktree.isEmpty())
                                 return Pending<Done>::ready(Done{});
                             return mapped<Done>(
                                 this, m_services.worktrees.checkoutHold(project), ofCheckout);
                         });
}

Pending<Done> LiveSession::removeTree(const worktrees::RemoveWorktreeOptions &options)
{
    const worktrees::SessionTree made = tree();
    if (made.workPath.isEmpty())
        return Pending<Done>::ready(Done{});
    return chained<Done>(this,
                         m_services.worktrees.remove(made, options),
                         [this](const worktrees::RemoveWorktreeReport &report) {
                             m_tree = {};
                             m_record.session.worktree.clear();
                             if (report.branchDeleted)
                                 m_record.session.branch.clear();
                             return save();
                         });
}

// Whether this call started it (and it is to be stopped again).
Pending<bool> LiveSession::ensureContainerRuns()
{
    const auto start = [this](Done) {
        return mapped<bool>(this,
                            m_services.engine.containers().start(m_record.session.containerId),
                            [](Done) { return Result<bool>(true); });
    };
    const ContainerId container = m_record.session.containerId;
    if (container.isEmpty())
        return chained<bool>(this, rebuildContainer(), start);
    Promise<bool> promise;
    m_services.engine.containers().inspect(container).then(
        this, [this, promise, start](const Result<docker::ContainerDetails> &details) {
            if (details && details->isRunning()) {
                promise.resolve(false);
                return;
            }
            Pending<bool> next;
            if (details)
                next = start(Done{});
            else if (details.error().kind == ErrorKind::ContainerNotFound)
                next = chained<bool>(this, rebuildContainer(), start);
            else
                next = Pending<bool>::ready(fail(details.error()));
            next.then(this, [promise](const Result<bool> &result) { promise.resolve(result); });
        });
    return promise.pending();
}

// A container that was started for it is stopped again.
template <typename T>
Pending<T> LiveSession::withAgentGit(
    std::function<Pending<T>(const std::shared_ptr<worktrees::AgentGit> &)> work)
{
    // In the main checkout the repository is elsewhere, which only its mounts tell.
    const bool isMountKnown = m_record.session.checkout == worktrees::Checkout::Worktree ||
                              !m_mounts.containerGitDir.isEmpty();
    Pending<Done> known =
        isMountKnown ? Pending<Done>::ready(Done{})
                     : chained<Done>(this, readEngine(), [this](Done) { return makeRepository(); });
    Pending<bool> running =
        chained<bool>(this, known, [this](Done) { return ensureContainerRuns(); });
    return chained<T>(this, running, [this, work](bool startedHere) {
        const auto git = std::make_shared<worktrees::ExecAgentGit>(m_services.engine.exec(),
                                                                   m_record.session.containerId);
        Promise<T> promise;
        work(git).then(this, [this, promise, startedHere](const Result<T> &result) {
            if (!startedHere) {
                promise.resolve(result);
                return;
            }
            stopContainer().then(
                this, [promise, result](const Result<Done> &) { promise.resolve(result); });
        });
        return promise.pending();
    });
}

void LiveSession::setHead(const git::Oid &head)
{
    if (head.isNull() || m_record.session.headCommit == head.toString())
        return;
    m_record.session.headCommit = head.toString();
    save().then(this, [](const Result<Done> &) {});
}

Pending<worktrees::ImportReport> LiveSession::import()
{
    using worktrees::ImportReport;
    if (m_record.session.mode == SessionMode::Explore)
        return Pending<ImportReport>::ready(ImportReport{});
    return withAgentGit<ImportReport>([this](const std::shared_ptr<worktrees::AgentGit> &git) {
        return mapped<ImportReport>(
            this,
            m_services.importer.run(tree(), git, containerGitDir()),
            [this](const ImportReport &report) {
                for (const QString &notice : report.notices) {
                    if (m_link && !m_lastImport.notices.contains(notice)) // once, not each time
                        m_link->addNotice(u"git"_s, notice);
                }
                m_lastImport = report;
                setHead(report.head);
                return Result<ImportReport>(report);
            });
    });
}

Pending<worktrees::HandOverReport> LiveSession::handOver(const worktrees::HandOverRequest &request,
                                                         WhenMoved whenMoved)
{
    using worktrees::HandOverReport;
    return withAgentGit<HandOverReport>(
        [this, request, whenMoved](const std::shared_ptr<worktrees::AgentGit> &git) {
            return mapped<HandOverReport>(
                this,
                whenMoved == WhenMoved::Reapply
                    ? m_services.handOver.deliver(tree(), git, containerGitDir(), request)
                    : m_services.handOver.attempt(tree(), git, containerGitDir(), request),
                [this](const HandOverReport &report) {
                    if (report.outcome == HandOverReport::Outcome::Delivered)
                        setHead(report.commit);
                    return Result<HandOverReport>(report);
                });
        });
}

QString LiveSession::containerGitDir() const
{
    return m_mounts.containerGitDir.isEmpty() ? QString::fromUtf16(policy::kGitPath)
                                              : m_mounts.containerGitDir;
}

Pending<Done> LiveSession::importOfAgentsCommits()
{
    // Not for a container that has just ended: it would be started for it.
    if (!m_link || !m_link->isUp())
        return Pending<Done>::ready(Done{});
    Promise<Done> promise;
    auto importing = import();
    importing.then(this, [this, promise](const Result<worktrees::ImportReport> &report) {
        // A container that is paused is a Conflict; it asks again when it goes on.
        QString failure;
        if (!report.has_value() && report.error().kind != ErrorKind::Conflict)
            failure = report.error().toString();
        tellOnce(u"import"_s, failure, m_importFailure);
        promise.resolve(Done{});
    });
    return promise.pending();
}

Pending<Done> LiveSession::importCommits()
{
    return withoutValue(this, import());
}

Pending<Done> LiveSession::adopt()
{
    return chained<Done>(this, readEngine(), [this](Done) {
        return chained<Done>(this, makeRepository(), [this](Done) {
            auto wanted = adapter();
            if (!wanted)
                return Pending<Done>::ready(fail(wanted.error()));
            auto spec = makeSpec();
            if (!spec)
                return Pending<Done>::ready(fail(spec.error()));
            m_sandbox = std::make_unique<sandbox::DockerSandbox>(m_services.engine);
            return chained<Done>(
                this,
                withoutValue(this, m_sandbox->adopt(m_record.session.containerId, *spec)),
                [this, adapter = *wanted](Done) {
                    return chained<Done>(
                        this, readLink(), [this, adapter](const records::LinkRecord &stored) {
                            makeLink(stored);
                            makeConversation(adapter);
                            Pending<Done> ready = m_conversation ? m_conversation->restore()
                                                                 : Pending<Done>::ready(Done{});
                            return chained<Done>(this, ready, [this](Done) {
                                return Pending<Done>::ready(m_link->listen());
                            });
                        });
                });
        });
    });
}

} // namespace paddock::sessions
