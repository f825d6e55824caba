// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"

#include "core/base/WorkerPool.h"
#include "core/worktrees/AgentCommand.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/PackPipe.h"
#include "core/worktrees/Quarantine.h"

#include <QCoreApplication>
#include <QTimer>

#include <array>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxWords = 4096; // of an agent's standard error, for a person

/// One import from the list of refs to the answer. Deletes itself after it.
class ImportRun : public QueuedRun
{
public:
    ImportRun(WorkerPool &pool,
              const git::GitProcess &git,
              const SessionTree &tree,
              std::shared_ptr<AgentGit> agent,
              QString gitDir,
              const ImportLimits &limits)
        : m_pool(pool)
        , m_git(git)
        , m_tree(tree)
        , m_agent(std::move(agent))
        , m_gitDir(std::move(gitDir))
        , m_limits(limits)
    {
        m_promise.onCancel([this] { stop(); });
        m_clock.setSingleShot(true);
        connect(&m_clock, &QTimer::timeout, this, [this] {
            end(fail(Error(ErrorKind::CommandTimeout,
                           QCoreApplication::translate("Importer",
                                                       "The import did not finish within %1 s.")
                               .arg(m_limits.time.count()))
                         .withRemedy(QCoreApplication::translate(
                             "Importer", "Try again, or look whether the container hangs."))));
        });
    }

    ~ImportRun() override { m_asking.cancel(); }
    Q_DISABLE_COPY_MOVE(ImportRun)

    [[nodiscard]] Pending<ImportReport> answer() const { return m_promise.pending(); }

    void begin() override
    {
        if (m_ended) // cancelled while it waited
            return;
        m_clock.start(m_limits.time);
        listRefs();
    }

private:
    QStringList command(const QStringList &arguments) const
    {
        return QStringList{u"--git-dir="_s + m_gitDir, u"--no-pager"_s} + arguments;
    }

    /// Runs a short command of the agent and reads all it says.
    void ask(const QStringList &arguments, const std::function<void(const AgentAnswer &)> &answer)
    {
        m_asking = askAgent(m_agent,
                            command(arguments),
                            {},
                            {.outputBytes = m_limits.refListBytes,
                             .time = m_limits.time,
                             .tooLong = QCoreApplication::translate(
                                 "Importer", "The agent's list of branches is too long.")});
        m_asking.then(this, [this, answer](const Result<AgentAnswer> &said) {
            if (said)
                answer(*said);
            else if (said.error().kind == ErrorKind::FileTooLarge)
                end(fail(said.error().withRemedy(QCoreApplication::translate(
                    "Importer", "Ask the agent to delete branches and tags."))));
            else
                end(fail(said.error()));
        });
    }

    void listenToWords()
    {
        connect(m_run.get(), &AgentGitRun::errorOutput, this, [this](const QByteArray &bytes) {
            m_words += bytes.left(kMaxWords - std::min(kMaxWords, m_words.size()));
        });
    }

    void listRefs()
    {
        ask({u"show-ref"_s, u"--head"_s}, [this](const AgentAnswer &answer) {
            // 1: there is no ref at all.
            if (answer.exitCode > 1 || answer.exitCode < 0)
                return end(fail(agentFailure(answer)));
            m_refs = answer.output;
            if (m_refs.contains(" refs/stash\n"))
                listStash();
            else
                plan();
        });
    }

    void listStash()
    {
        const QStringList arguments{u"log"_s, u"-g"_s, u"--format=%H"_s, u"refs/stash"_s, u"--"_s};
        ask(arguments, [this](const AgentAnswer &answer) {
            if (answer.exitCode == 0)
                m_stash = answer.output;
            plan();
        });
    }

    static Error agentFailure(const AgentAnswer &answer)
    {
        return Error(ErrorKind::ImportRefused,
                     QCoreApplication::translate("Importer",
                                                 "The agent's repository could not be read."))
            .withDetail(answer.words())
            .withRemedy(
                QCoreApplication::translate("Importer", "Ask the agent to repair its repository."));
    }

    void plan()
    {
        m_planning = m_pool.run<ImportPlan>(
            [&git = m_git, tree = m_tree, refs = m_refs, stash = m_stash, limits = m_limits](
                const CancelToken &cancel) {
                auto plan = planImport(git, tree, refs, stash, limits, cancel);
                if (plan && cancel.isCancelled())
                    dropQuarantine(plan->quarantine);
                return plan;
            });
        m_planning.then(this, [this](Result<ImportPlan> plan) {
            if (!plan)
                return end(fail(plan.error()));
            m_plan = std::move(*plan);
            if (m_plan.wanted.isEmpty())
                accept();
            else
                receive();
        });
    }

    void receive()
    {
        m_words.clear();
        m_run = m_agent->start(command({u"pack-objects"_s,
                                        u"--revs"_s,
                                        u"--stdout"_s,
                                        u"--thin"_s,
                                        u"--delta-base-offset"_s,
                                        u"-q"_s}),
                               m_plan.revisions());
        auto pipe = PackPipe::open(*m_run, m_limits.packBytes);
        if (!pipe)
            return end(fail(pipe.error()));
        m_pipe = std::move(*pipe);
        listenToWords();
        connect(m_pipe.get(), &PackPipe::overflowed, this, [this] {
            m_agentError =
                Error(ErrorKind::FileTooLarge,
                      QCoreApplication::translate("Importer",
                                                  "The agent's new commits are larger than %1.")
                          .arg(formatByteSize(m_limits.packBytes)))
                    .withRemedy(
                        QCoreApplication::translate("Importer",
                                                    "Ask the agent to take large files out of its "
                                                    "commits."));
        });
        connect(m_run.get(), &AgentGitRun::finished, this, [this](const Result<int> &exit) {
            if (!exit)
                m_agentError = exit.error();
            else if (*exit != 0)
                m_agentError = agentFailure({.exitCode = *exit, .errors = m_words});
        });
        auto readEnd = std::make_shared<Descriptor>(m_pipe->takeReadEnd());
        m_receiving = m_pool.run<Done>(
            [&git = m_git, tree = m_tree, plan = m_plan, limits = m_limits, readEnd](
                const CancelToken &cancel) {
                auto received = receivePack(git, tree, plan, readEnd->get(), limits, cancel);
                if (!received)
                    dropQuarantine(plan.quarantine);
                readEnd->reset(); // now, not when the answer has been handed on
                return received;
            });
        m_receiving.then(this, [this](Result<Done> received) {
            // What the agent's side said explains better why the pack was no good.
            if (!received)
                return end(fail(m_agentError.value_or(received.error())));
            accept();
        });
    }

    void accept()
    {
        retire();
        m_accepting = m_pool.run<ImportReport>(
            [&git = m_git, tree = m_tree, plan = m_plan, limits = m_limits](
                const CancelToken &cancel) {
                auto report = acceptImport(git, tree, plan, limits, cancel);
                dropQuarantine(plan.quarantine);
                return report;
            });
        m_accepting.then(this, [this](Result<ImportReport> report) { end(std::move(report)); });
    }

    /// The command that has ended is deleted later: this may be called from its signal.
    void retire()
    {
        m_pipe.reset();
        if (m_run) {
            m_run->disconnect(this);
            m_run.release()->deleteLater();
        }
    }

    void stop()
    {
        m_ended = true;
        m_clock.stop();
        retire();
        m_asking.cancel();
        if (m_planning.isValid())
            m_planning.cancel();
        if (m_receiving.isValid())
            m_receiving.cancel();
        if (m_accepting.isValid())
            m_accepting.cancel();
        if (!m_plan.quarantine.isEmpty()) {
            auto dropped = m_pool.run<Done>([path = m_plan.quarantine]() -> Result<Done> {
                dropQuarantine(path);
                return Done{};
            });
            Q_UNUSED(dropped)
        }
        deleteLater();
    }

    void end(Result<ImportReport> result)
    {
        if (std::exchange(m_ended, true))
            return;
        stop();
        m_promise.resolve(std::move(result));
    }

    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    SessionTree m_tree;
    std::shared_ptr<AgentGit> m_agent;
    QString m_gitDir;
    ImportLimits m_limits;
    QTimer m_clock;
    Promise<ImportReport> m_promise;
    std::unique_ptr<AgentGitRun> m_run;
    std::unique_ptr<PackPipe> m_pipe;
    QByteArray m_refs;
    QByteArray m_stash;
    QByteArray m_words;
    ImportPlan m_plan;
    Pending<AgentAnswer> m_asking;
    Pending<ImportPlan> m_planning;
    Pending<Done> m_receiving;
    Pending<ImportReport> m_accepting;
    std::optional<Error> m_agentError;
    bool m_ended = false;
};

} // namespace

QString importFlagName(ImportFlag::Kind kind)
{
    switch (kind) {
    case ImportFlag::Kind::AbsoluteSymlink:
        return u"absolute-symlink"_s;
    case ImportFlag::Kind::EscapingSymlink:
        return u"escaping-symlink"_s;
    case ImportFlag::Kind::Gitlink:
        return u"gitlink"_s;
    case ImportFlag::Kind::AttributesFilter:
        return u"attributes-filter"_s;
    case ImportFlag::Kind::GitModules:
        return u"git-modules"_s;
    case ImportFlag::Kind::ControlCharacters:
        return u"control-characters"_s;
    case ImportFlag::Kind::LongName:
        return u"long-name"_s;
    case ImportFlag::Kind::AutoRun:
        return u"auto-run"_s;
    }
    return {};
}

Importer::Importer(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<ImportReport> Importer::run(const SessionTree &tree,
                                    std::shared_ptr<AgentGit> agent,
                                    const QString &containerGitDir,
                                    const ImportLimits &limits)
{
    auto *run = new ImportRun(m_pool, m_git, tree, std::move(agent), containerGitDir, limits);
    m_queue.add(tree.session, run);
    return run->answer();
}

Pending<QList<StrayRef>> Importer::strayRefs(const SessionTree &tree)
{
    return m_pool.run<QList<StrayRef>>([tree] { return findStrayRefs(tree); });
}

} // namespace paddock::worktrees
