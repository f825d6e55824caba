// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/AgentCommand.h"

#include <QCoreApplication>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxWords = 4096;

QString tr(const char *text)
{
    return QCoreApplication::translate("AgentCommand", text);
}

/// Deletes itself after its answer.
class Question : public QObject
{
public:
    Question(std::shared_ptr<AgentGit> agent,
             const QStringList &arguments,
             const QByteArray &input,
             AgentLimits limits)
        : m_agent(std::move(agent))
        , m_limits(std::move(limits))
        , m_run(m_agent->start(arguments, input))
    {
        m_clock.setSingleShot(true);
        connect(
            &m_clock, &QTimer::timeout, this, [this] { end(fail(agentTimeout(m_limits.time))); });
        connect(m_run.get(), &AgentGitRun::output, this, [this](const QByteArray &bytes) {
            m_answer.output += bytes;
            if (m_answer.output.size() > m_limits.outputBytes)
                end(fail(ErrorKind::FileTooLarge,
                         m_limits.tooLong.isEmpty()
                             ? worktrees::tr("The agent's git said too much.")
                             : m_limits.tooLong));
        });
        connect(m_run.get(), &AgentGitRun::errorOutput, this, [this](const QByteArray &bytes) {
            m_answer.errors += bytes.left(kMaxWords - std::min(kMaxWords, m_answer.errors.size()));
        });
        connect(m_run.get(), &AgentGitRun::finished, this, [this](const Result<int> &exit) {
            if (!exit)
                return end(fail(exit.error()));
            m_answer.exitCode = *exit;
            end(m_answer);
        });
        m_promise.onCancel([this] { retire(); });
        m_clock.start(m_limits.time);
    }

    [[nodiscard]] Pending<AgentAnswer> answer() const { return m_promise.pending(); }

private:
    void end(const Result<AgentAnswer> &result)
    {
        if (std::exchange(m_ended, true))
            return;
        retire();
        m_promise.resolve(result);
    }

    /// May be called from a signal of the run.
    void retire()
    {
        m_ended = true;
        m_clock.stop();
        m_run->disconnect(this);
        m_run.release()->deleteLater();
        deleteLater();
    }

    std::shared_ptr<AgentGit> m_agent;
    AgentLimits m_limits;
    std::unique_ptr<AgentGitRun> m_run;
    QTimer m_clock;
    Promise<AgentAnswer> m_promise;
    AgentAnswer m_answer;
    bool m_ended = false;
};

} // namespace

QString AgentAnswer::words() const
{
    const QString text = QString::fromUtf8(errors).trimmed();
    return text.isEmpty() ? tr("git ended with code %1.").arg(exitCode) : text;
}

QStringList agentCommand(const QString &gitDir, const QStringList &arguments)
{
    return QStringList{u"--git-dir="_s + gitDir,
                       u"--no-pager"_s,
                       u"--no-replace-objects"_s,
                       u"-c"_s,
                       u"core.hooksPath=/dev/null"_s,
                       u"-c"_s,
                       u"core.fsmonitor=false"_s,
                       u"-c"_s,
                       u"core.filesRefLockTimeout=3000"_s,
                       u"-c"_s,
                       u"core.packedRefsTimeout=3000"_s} +
           arguments;
}

Pending<AgentAnswer> askAgent(const std::shared_ptr<AgentGit> &agent,
                              const QStringList &arguments,
                              const QByteArray &input,
                              const AgentLimits &limits)
{
    return (new Question(agent, arguments, input, limits))->answer();
}

Error agentTimeout(std::chrono::milliseconds time)
{
    return Error(ErrorKind::CommandTimeout,
                 tr("The agent's git did not answer within %1 s.").arg(double(time.count()) / 1000))
        .withRemedy(tr("Try again, or look whether the container hangs."));
}

} // namespace paddock::worktrees
