// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Client.h"
#include "core/acp/Transcript.h"
#include "core/base/Clock.h"
#include "core/sandbox/link/AgentLink.h"
#include "tests/support/GatewayFixture.h"
#include "tests/support/RealEngine.h"
#include "tests/support/SandboxFixture.h"

#include <QObject>
#include <QProcessEnvironment>

#include <functional>
#include <memory>

namespace paddock::test {

/// A real agent program in a sealed container: compiled spec, shim, gateway process and scripted
/// provider, all as in a session, but without an owner's store. Files and container are gone at the
/// end.
class AgentWorld : public QObject
{
    Q_OBJECT

public:
    enum class Answer { Allow, Reject, Hold };

    AgentWorld();
    ~AgentWorld() override;

    /// The door, the container of \a image and the link; \a scripts empty: the demo.
    void start(const QString &image, const QString &scripts);
    /// Starts an agent's process; answers when initialize was answered.
    void startAgent(const QStringList &argv, const QProcessEnvironment &environment);
    /// SIGKILL to the agent's process group; answers when its end was told.
    void killAgent();
    /// session/new in /workspace.
    void openSession();
    /// Sends a prompt and waits for the end of the turn.
    acp::TurnResult turn(const QString &prompt,
                         std::chrono::seconds limit = std::chrono::seconds(90));

    [[nodiscard]] QString worktree() const { return fixture->worktree(); }
    /// What git says in the session's repository, on the host.
    [[nodiscard]] QByteArray git(const QStringList &arguments) const;
    /// Runs a command in the container; its output.
    [[nodiscard]] QByteArray inContainer(const QStringList &command) const;
    /// All words of the agent so far, this turn's and before.
    [[nodiscard]] QString said() const;

    TestEnvironment environment;
    std::unique_ptr<GatewayFixture> gateway;
    RealEngine engine;
    std::unique_ptr<SandboxFixture> fixture;
    std::unique_ptr<sandbox::link::AgentLink> link;
    SystemClock clock;
    std::unique_ptr<acp::Client> client;
    acp::Transcript transcript;
    gateway::DoorOptions door;
    ContainerId container;

    Answer answer = Answer::Allow;
    QList<acp::PermissionRequest> asked;
    QList<acp::Update> updates;
    QList<acp::TurnResult> turns;
    QList<std::pair<acp::MessageKind, Error>> failures;
    QList<Error> problems;
    QList<acp::OutgoingMessage> sent;
    QByteArray errors; ///< the agent's standard error
    int exits = 0;

private:
    void makeRepository();
    void connectLink();
    void connectClient();
    void sendControl(const QByteArray &bytes);

    quint64 m_number = 0;
    int m_starts = 0;
    bool m_isLinkUp = false;
};

} // namespace paddock::test
