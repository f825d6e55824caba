// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/AgentIndexLock.h"

#include "core/worktrees/AgentCommand.h"

#include <QTimer>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kTries = 200;
constexpr std::chrono::milliseconds kBetween{10};
constexpr qsizetype kMaxSaid = 4096;
/// No index can hold this name. Git says so when it reads it, and then it has the lock.
const QByteArray kNoSuchPath = ".git/paddock";

} // namespace

AgentIndexLock::AgentIndexLock(std::shared_ptr<AgentGit> agent, QString gitDir)
    : m_agent(std::move(agent))
    , m_gitDir(std::move(gitDir))
{
    tryOnce();
}

AgentIndexLock::~AgentIndexLock()
{
    retire();
}

Pending<Done> AgentIndexLock::release()
{
    if (m_run)
        m_run->closeInput();
    else
        m_released.resolve(Done{});
    return m_released.pending();
}

// checkout-index -u locks before it reads its input, and ends at once where it cannot. It looks at
// no file: the one it is asked for is not in the index.
void AgentIndexLock::tryOnce()
{
    ++m_tries;
    m_words.clear();
    QStringList arguments =
        agentCommand(m_gitDir, {u"checkout-index"_s, u"-u"_s, u"-z"_s, u"--stdin"_s});
    arguments.insert(1, u"--work-tree=/"_s);
    m_run = m_agent->converse(arguments);
    connect(m_run.get(), &AgentGitRun::errorOutput, this, [this](const QByteArray &bytes) {
        m_words += bytes.left(kMaxSaid - std::min(kMaxSaid, m_words.size()));
        if (m_words.contains(kNoSuchPath) && !std::exchange(m_isHeld, true))
            m_held.resolve(Done{});
    });
    connect(m_run.get(), &AgentGitRun::finished, this, [this](const Result<int> &exit) {
        retire();
        if (m_isHeld)
            m_released.resolve(Done{});
        else if (!exit)
            m_held.reject(exit.error());
        else if (m_tries >= kTries || !m_words.contains("index.lock"))
            m_held.reject(Error(ErrorKind::Conflict, QString::fromUtf8(m_words)));
        else
            QTimer::singleShot(kBetween, this, &AgentIndexLock::tryOnce);
    });
    m_run->write(kNoSuchPath + '\0');
}

void AgentIndexLock::retire()
{
    if (!m_run)
        return;
    m_run->disconnect(this);
    m_run.release()->deleteLater(); // this may be called from its signal
}

} // namespace paddock::worktrees
