// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HandOver.h"

#include "core/base/WorkerPool.h"
#include "core/worktrees/AgentCommand.h"
#include "core/worktrees/AgentIndexLock.h"
#include "core/worktrees/AgentRefUpdate.h"
#include "core/worktrees/HandOverJobs.h"

#include <QCoreApplication>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kMaxRounds = 20;
constexpr int kMaxReductions = 3;
constexpr std::chrono::milliseconds kLockPoll{40};
constexpr int kLockPolls = 125;
/// How long a git may take from reading an index to locking it.
constexpr std::chrono::milliseconds kIndexSettle{100};

/// One hand-over to its answer. Deletes itself after it.
class HandOverRun : public QueuedRun
{
public:
    enum class Mode { Once, UntilDelivered };

    HandOverRun(WorkerPool &pool,
                const git::GitProcess &git,
                Importer &importer,
                const SessionTree &tree,
                std::shared_ptr<AgentGit> agent,
                QString gitDir,
                const HandOverRequest &request,
                Mode mode)
        : m_pool(pool)
        , m_git(git)
        , m_importer(importer)
        , m_tree(tree)
        , m_agent(std::move(agent))
        , m_gitDir(std::move(gitDir))
        , m_original(request)
        , m_request(request)
        , m_mode(mode)
        , m_known{request.from, request.commit}
    {
        m_promise.onCancel([this] { stop(); });
        m_clock.setSingleShot(true);
        connect(
            &m_clock, &QTimer::timeout, this, [this] { end(fail(agentTimeout(m_original.time))); });
    }

    ~HandOverRun() override
    {
        if (m_cancelStep)
            m_cancelStep();
    }
    Q_DISABLE_COPY_MOVE(HandOverRun)

    [[nodiscard]] Pending<HandOverReport> answer() const { return m_promise.pending(); }

    void begin() override
    {
        if (m_ended) // cancelled while it waited
            return;
        m_clock.start(m_original.time);
        round();
    }

private:
    static QString tr(const char *text) { return QCoreApplication::translate("HandOver", text); }

    /// Waits for a step; its failure ends the hand-over unless \a failed takes it.
    template <typename T>
    void
    await(Pending<T> pending, std::function<void(T)> done, std::function<void(Error)> failed = {})
    {
        m_cancelStep = [pending]() mutable { pending.cancel(); };
        pending.then(this, [this, done, failed](Result<T> result) {
            m_cancelStep = {};
            if (result)
                done(std::move(*result));
            else if (failed)
                failed(result.error());
            else
                giveUp(result.error());
        });
    }

    template <typename T, typename Job>
    void work(Job job, std::function<void(T)> done)
    {
        await<T>(m_pool.run<T>(std::move(job)), std::move(done));
    }

    void ask(const QStringList &arguments,
             std::function<void(AgentAnswer)> done,
             const AgentLimits &limits = {})
    {
        await<AgentAnswer>(askAgent(m_agent, agentCommand(m_gitDir, arguments), {}, limits),
                           std::move(done));
    }

    void round()
    {
        ++m_report.rounds;
        work<FilePlan>(
            [&git = m_git, tree = m_tree, request = m_request](const CancelToken &cancel) {
                return prepareHandOver(git, tree, request, cancel);
            },
            [this](const FilePlan &plan) {
                m_files = plan;
                lockBranch();
            });
    }

    void lockBranch()
    {
        const QString reason = m_request.reason.isEmpty() ? u"commit by the person"_s
                                                          : m_request.reason.section(u'\n', 0, 0);
        m_move = std::make_unique<AgentRefUpdate>(m_agent,
                                                  AgentRefUpdate::Move{.gitDir = m_gitDir,
                                                                       .ref = m_tree.branchRef(),
                                                                       .from = m_request.from,
                                                                       .to = m_request.commit,
                                                                       .reason = reason});
        await<Done>(
            m_move->prepared(),
            [this](Done) { letGo([this] { askHead(); }); },
            [this](const Error &error) {
                m_move.reset();
                if (error.kind == ErrorKind::Conflict)
                    askTip(error);
                else
                    giveUp(error);
            });
    }

    /// The branch could not be locked or moved: where is it?
    void askTip(const Error &why)
    {
        ask({u"rev-parse"_s, u"--verify"_s, u"-q"_s, m_tree.branchRef()},
            [this, why](const AgentAnswer &answer) {
                const auto tip = git::Oid::fromHex(answer.output.trimmed());
                if (answer.exitCode != 0 || !tip || tip->isNull())
                    return giveUp(
                        Error(ErrorKind::Conflict,
                              tr("The agent has no branch %1 any more.").arg(m_tree.branch))
                            .withDetail(answer.words())
                            .withRemedy(tr("Ask the agent to make it again.")));
                if (*tip == m_request.commit)
                    return settle(); // an earlier hand-over came that far
                if (*tip == m_request.from)
                    return giveUp(busy(why.detail));
                moved(*tip);
            });
    }

    static Error busy(const QString &detail)
    {
        return Error(ErrorKind::Conflict, tr("The agent's repository is locked by another git."))
            .withDetail(detail)
            .withRemedy(
                tr("Try again in a moment. If no git runs in the container any more, delete "
                   "the lock file there."));
    }

    void moved(const git::Oid &tip)
    {
        m_report.agentTip = tip;
        if (m_mode == Mode::Once)
            return finish(HandOverReport::Outcome::Moved);
        if (m_report.rounds >= kMaxRounds)
            return giveUp(Error(ErrorKind::Conflict,
                                tr("The agent commits faster than your commit can be put on top."))
                              .withRemedy(tr("Try again, or pause the agent for it.")));
        if (m_hold) // one of its commits was under way already
            return import();
        // Its commits wait from here on, or it could be quicker every time. Without the lock it
        // may be, and that is all.
        m_hold = std::make_unique<AgentIndexLock>(m_agent, m_gitDir);
        await<Done>(
            m_hold->held(),
            [this](Done) { import(); },
            [this](const Error &) {
                m_hold.reset();
                import();
            });
    }

    void import()
    {
        await<ImportReport>(m_importer.run(m_tree, m_agent, m_gitDir),
                            [this](const ImportReport &report) { reapply(report); });
    }

    void reapply(const ImportReport &report)
    {
        using Branch = ImportReport::Branch;
        m_report.notices += report.notices;
        if (report.branch != Branch::FastForwarded && report.branch != Branch::Replaced &&
            report.branch != Branch::Unchanged)
            return giveUp(
                Error(ErrorKind::Conflict,
                      tr("The agent's branch and the branch %1 of your repository have gone "
                         "different ways.")
                          .arg(m_tree.branch))
                    .withRemedy(tr("Look at both, and bring your branch to the session first.")));
        m_report.agentTip = report.head;
        m_known += report.head;
        work<Reapplied>(
            [&git = m_git, tree = m_tree, request = m_original, onto = report.head](
                const CancelToken &cancel) {
                return reapplyCommit(git, tree, request, onto, cancel);
            },
            [this](const Reapplied &reapplied) {
                if (reapplied.commit.isNull()) {
                    m_report.conflicts = reapplied.conflicts;
                    return finish(HandOverReport::Outcome::Conflict);
                }
                m_report.reapplied = true;
                m_request.from = m_report.agentTip;
                m_request.commit = reapplied.commit;
                m_request.objectDirectory.clear();
                round();
            });
    }

    /// Gives the lock of the agent's staging area back, if there is one, and waits until it is.
    void letGo(const std::function<void()> &then)
    {
        if (!m_hold)
            return then();
        await<Done>(m_hold->release(), [this, then](Done) {
            m_hold.reset();
            then();
        });
    }

    void askHead()
    {
        ask({u"symbolic-ref"_s, u"-q"_s, u"HEAD"_s}, [this](const AgentAnswer &answer) {
            m_target = m_request.commit;
            if (answer.output.trimmed() == m_tree.branchRef().toUtf8())
                return moveIndex();
            m_report.notices += tr("The agent is on another branch. It gets your commit when it "
                                   "goes back to %1.")
                                    .arg(m_tree.branch);
            commitMove();
        });
    }

    /// In the worktree: where git cannot see the files when it writes an index, a file that was
    /// changed within the second in which it was staged counts as unchanged from then on.
    static QStringList readTree(const git::Oid &from, const git::Oid &to)
    {
        return {u"-C"_s,
                u"/workspace"_s,
                u"read-tree"_s,
                u"-i"_s,
                u"-m"_s,
                from.toString(),
                to.toString()};
    }

    /// One step of git under its own lock: all entries, or none when one of them is not as before.
    void moveIndex()
    {
        ask(readTree(m_request.from, m_target), [this](const AgentAnswer &answer) {
            if (answer.exitCode == 0) {
                m_indexMoved = true;
                writeFiles();
            } else if (!answer.errors.contains("index.lock")) {
                leaveStaged(answer);
            } else if (++m_polls > kLockPolls) {
                giveUp(busy(answer.words()));
            } else {
                QTimer::singleShot(kLockPoll, this, [this] { moveIndex(); });
            }
        });
    }

    void writeFiles()
    {
        m_report.keptFiles = m_files.kept;
        if (m_files.steps.isEmpty())
            return confirmIndex();
        work<QList<QByteArray>>(
            [tree = m_tree, plan = m_files](const CancelToken &cancel) {
                return Result<QList<QByteArray>>(applyFiles(tree, plan, cancel));
            },
            [this](const QList<QByteArray> &kept) {
                m_report.keptFiles = kept;
                confirmIndex();
            });
    }

    /// git commit reads the index before it locks it: one that read just before moveIndex() may
    /// write the old entries back after it. While the branch is still locked, so that no commit can
    /// be made of that, the same step once more: it changes nothing where all is as it should be.
    void confirmIndex()
    {
        QTimer::singleShot(kIndexSettle, this, [this] {
            ask(readTree(m_request.from, m_target), [this](const AgentAnswer &answer) {
                // Refused: the agent has staged something of its own in the meantime, on top of it.
                const bool isLocked = answer.exitCode != 0 && answer.errors.contains("index.lock");
                if (isLocked && ++m_polls <= kLockPolls)
                    confirmIndex();
                else
                    commitMove();
            });
        });
    }

    void leaveStaged(const AgentAnswer &refusal)
    {
        if (++m_reductions > kMaxReductions)
            return giveUp(Error(ErrorKind::GitFailed,
                                tr("The agent's staging area could not be brought up to date."))
                              .withDetail(refusal.words())
                              .withRemedy(tr("Ask the agent to look at it with git status. If its "
                                             "git does not see the project's objects, stop the "
                                             "session and start it again.")));
        ask({u"diff-index"_s,
             u"--cached"_s,
             u"-z"_s,
             u"--raw"_s,
             u"--no-renames"_s,
             u"--no-abbrev"_s,
             m_request.from.toString()},
            [this, refusal](const AgentAnswer &answer) {
                if (answer.exitCode != 0)
                    return giveUp(
                        Error(ErrorKind::GitFailed, tr("The agent's staging area cannot be read."))
                            .withDetail(answer.words())
                            .withRemedy(tr("Ask the agent to repair its repository.")));
                work<ReducedTree>(
                    [&git = m_git, tree = m_tree, request = m_request, diff = answer.output](
                        const CancelToken &cancel) {
                        return reduceTree(git, tree, request, diff, cancel);
                    },
                    [this](const ReducedTree &reduced) {
                        m_target = reduced.tree;
                        m_report.keptStaged = reduced.left;
                        moveIndex();
                    });
            },
            {.outputBytes = 64 * kMiB});
    }

    void commitMove()
    {
        await<Done>(
            m_move->commit(),
            [this](Done) { lookAgain(); },
            [this](const Error &error) { askAfter(error); });
    }

    /// For a git that was slower than confirmIndex() waited: its own commit has failed, and the
    /// next one is still to come.
    void lookAgain()
    {
        if (!m_indexMoved)
            return settle();
        await<AgentAnswer>(
            askAgent(m_agent, agentCommand(m_gitDir, readTree(m_request.from, m_target))),
            [this](const AgentAnswer &) { settle(); },
            [this](const Error &) { settle(); });
    }

    /// The lock was ours, so the connection broke, or the agent plays with its files. Its staging
    /// area goes back only where the branch is known to have stayed: with a branch that has moved
    /// that would stage the opposite of the commit.
    void askAfter(const Error &why)
    {
        m_move.reset();
        await<AgentAnswer>(
            askAgent(m_agent,
                     agentCommand(m_gitDir,
                                  {u"rev-parse"_s, u"--verify"_s, u"-q"_s, m_tree.branchRef()})),
            [this, why](const AgentAnswer &answer) {
                const QByteArray tip = answer.output.trimmed();
                if (tip == m_request.commit.toHex())
                    return settle();
                m_indexMoved = m_indexMoved && tip == m_request.from.toHex();
                giveUp(why);
            },
            [this, why](const Error &) {
                m_indexMoved = false;
                giveUp(why);
            });
    }

    void settle()
    {
        m_indexMoved = false; // from here on it belongs to the agent's commit
        work<QStringList>(
            [&git = m_git,
             tree = m_tree,
             from = m_request.from,
             commit = m_request.commit,
             known = m_known](const CancelToken &cancel) {
                return settleHandOver(git, tree, from, commit, known, cancel);
            },
            [this](const QStringList &notices) {
                m_report.notices += notices;
                m_report.commit = m_request.commit;
                m_report.agentTip = m_request.commit;
                finish(HandOverReport::Outcome::Delivered);
            });
    }

    void finish(HandOverReport::Outcome outcome)
    {
        m_report.outcome = outcome;
        end(m_report);
    }

    /// Puts the agent's staging area back where it was, as far as that can be had, and answers.
    void giveUp(const Error &error)
    {
        if (!std::exchange(m_indexMoved, false))
            return end(fail(error));
        m_move.reset();
        const auto answer = [this, error] { end(fail(error)); };
        await<AgentAnswer>(
            askAgent(m_agent, agentCommand(m_gitDir, readTree(m_target, m_request.from))),
            [answer](const AgentAnswer &) { answer(); },
            [answer](const Error &) { answer(); });
    }

    void stop()
    {
        m_ended = true;
        m_clock.stop();
        if (auto cancel = std::exchange(m_cancelStep, {}))
            cancel();
        m_move.reset();
        m_hold.reset();
        if (!m_files.folder.isEmpty()) {
            auto dropped = m_pool.run<Done>([plan = m_files]() -> Result<Done> {
                dropFiles(plan);
                return Done{};
            });
            Q_UNUSED(dropped)
        }
        deleteLater();
    }

    void end(const Result<HandOverReport> &result)
    {
        if (std::exchange(m_ended, true))
            return;
        stop();
        m_promise.resolve(result);
    }

    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    Importer &m_importer;
    SessionTree m_tree;
    std::shared_ptr<AgentGit> m_agent;
    QString m_gitDir;
    HandOverRequest m_original;
    HandOverRequest m_request; ///< of this round
    Mode m_mode;
    QList<git::Oid> m_known;
    QTimer m_clock;
    Promise<HandOverReport> m_promise;
    HandOverReport m_report;
    std::function<void()> m_cancelStep;
    std::unique_ptr<AgentRefUpdate> m_move;
    std::unique_ptr<AgentIndexLock> m_hold;
    FilePlan m_files;
    git::Oid m_target; ///< what the agent's index is brought to: the commit, or a tree
    bool m_indexMoved = false;
    int m_polls = 0;
    int m_reductions = 0;
    bool m_ended = false;
};

} // namespace

HandOver::HandOver(WorkerPool &pool, const git::GitProcess &git, Importer &importer)
    : m_pool(pool)
    , m_git(git)
    , m_importer(importer)
{
}

Pending<HandOverReport> HandOver::attempt(const SessionTree &tree,
                                          std::shared_ptr<AgentGit> agent,
                                          const QString &containerGitDir,
                                          const HandOverRequest &request)
{
    return start(tree, std::move(agent), containerGitDir, request, false);
}

Pending<HandOverReport> HandOver::deliver(const SessionTree &tree,
                                          std::shared_ptr<AgentGit> agent,
                                          const QString &containerGitDir,
                                          const HandOverRequest &request)
{
    return start(tree, std::move(agent), containerGitDir, request, true);
}

Pending<HandOverReport> HandOver::start(const SessionTree &tree,
                                        std::shared_ptr<AgentGit> agent,
                                        const QString &containerGitDir,
                                        const HandOverRequest &request,
                                        bool untilDelivered)
{
    auto *run = new HandOverRun(m_pool,
                                m_git,
                                m_importer,
                                tree,
                                std::move(agent),
                                containerGitDir,
                                request,
                                untilDelivered ? HandOverRun::Mode::UntilDelivered
                                               : HandOverRun::Mode::Once);
    m_queue.add(tree.session, run);
    return run->answer();
}

} // namespace paddock::worktrees
