// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/AgentRefUpdate.h"

#include "core/worktrees/AgentCommand.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxSaid = 4096;
const QByteArray kPrepared = "start: ok\nprepare: ok\n";
const QByteArray kCommitted = kPrepared + "commit: ok\n";

} // namespace

AgentRefUpdate::AgentRefUpdate(std::shared_ptr<AgentGit> agent,
                               const Move &move,
                               std::chrono::milliseconds time)
    : m_agent(std::move(agent))
    , m_time(time)
    , m_run(m_agent->converse(agentCommand(
          move.gitDir,
          {u"update-ref"_s, u"-m"_s, move.reason, u"--no-deref"_s, u"--stdin"_s, u"-z"_s})))
{
    m_clock.setSingleShot(true);
    connect(&m_clock, &QTimer::timeout, this, [this] { answer(fail(agentTimeout(m_time))); });
    connect(m_run.get(), &AgentGitRun::output, this, [this](const QByteArray &bytes) {
        m_output += bytes.left(kMaxSaid - std::min(kMaxSaid, m_output.size()));
        read();
    });
    connect(m_run.get(), &AgentGitRun::errorOutput, this, [this](const QByteArray &bytes) {
        m_words += bytes.left(kMaxSaid - std::min(kMaxSaid, m_words.size()));
    });
    connect(m_run.get(), &AgentGitRun::finished, this, [this](const Result<int> &exit) {
        if (!exit)
            answer(fail(exit.error()));
        else if (m_output == kCommitted && *exit == 0)
            answer(Done{});
        else
            answer(
                fail(Error(ErrorKind::Conflict, tr("The agent's branch could not be moved."))
                         .withDetail(AgentAnswer{.exitCode = *exit, .errors = m_words}.words())));
    });
    m_clock.start(m_time);
    m_run->write("start" + QByteArray(1, '\0') + "update " + move.ref.toUtf8() + '\0' +
                 move.to.toHex() + '\0' + move.from.toHex() + '\0' + "prepare" + '\0');
}

AgentRefUpdate::~AgentRefUpdate()
{
    retire();
}

Pending<Done> AgentRefUpdate::commit()
{
    m_clock.start(m_time);
    if (m_run) {
        m_run->write(QByteArray("commit") + '\0');
        m_run->closeInput();
    } else {
        m_committed.reject(Error(ErrorKind::ConnectionLost,
                                 tr("The agent's git ended before the branch was moved.")));
    }
    return m_committed.pending();
}

void AgentRefUpdate::read()
{
    if (m_output == kPrepared && !std::exchange(m_isPrepared, true)) {
        m_clock.stop();
        m_prepared.resolve(Done{});
    } else if (!kCommitted.startsWith(m_output)) {
        answer(
            fail(Error(ErrorKind::ProtocolError, tr("The agent's git said something unexpected."))
                     .withDetail(QString::fromUtf8(m_output.left(200)))));
    }
}

void AgentRefUpdate::answer(const Result<Done> &result)
{
    m_clock.stop();
    retire();
    // Whichever of them is waited for; the other one has its answer or never gets one.
    if (!std::exchange(m_isPrepared, true))
        m_prepared.resolve(result);
    else
        m_committed.resolve(result);
}

void AgentRefUpdate::retire()
{
    if (!m_run)
        return;
    m_run->disconnect(this);
    m_run.release()->deleteLater(); // this may be called from its signal
}

} // namespace paddock::worktrees
