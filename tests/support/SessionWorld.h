// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Transcript.h"
#include "core/facade/Facade.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QStringList>

#include <memory>

namespace paddock::test {

/// An installation of Paddock of its own (HOME, XDG folders, database, gateway) on the real engine,
/// with a project whose repository contains the scripted test agent as ./agent. What it made on the
/// engine is removed at its end.
class SessionWorld
{
public:
    SessionWorld();
    ~SessionWorld();

    [[nodiscard]] TestEnvironment &environment() { return m_environment; }
    [[nodiscard]] ScratchRepository &project() { return m_project; }
    /// The owner in this process, made on first use and started.
    [[nodiscard]] facade::Facade &owner();
    [[nodiscard]] facade::SessionService &sessions() { return *owner().services().sessions; }
    /// Ends the owner as a clean end of the program does; owner() makes the next one.
    void endOwner();

    /// Options for the test agent with \a prompt.
    [[nodiscard]] sessions::StartOptions agentOptions(const QString &prompt) const;
    [[nodiscard]] Result<SessionId> start(const sessions::StartOptions &options);
    /// Turns the event loop until the session is in one of the states (with the substate, when
    /// given). The words of what it is instead after \a limit.
    [[nodiscard]] Result<sessions::Session>
    waitFor(const SessionId &id,
            const QStringList &states,
            std::chrono::seconds limit = std::chrono::seconds(90));
    [[nodiscard]] acp::Transcript transcript(const SessionId &id);
    /// Everything the agent said, joined.
    [[nodiscard]] QString said(const SessionId &id);
    [[nodiscard]] QList<sessions::ConversationEntry> conversation(const SessionId &id);

    /// Ids of the containers of this installation, whatever their state.
    [[nodiscard]] QStringList containers();
    /// What a session leaves on this machine: containers, session folders, worktrees, branches
    /// below paddock/, refs below refs/paddock/. Empty when nothing is left.
    [[nodiscard]] QStringList leftovers();

private:
    TestEnvironment m_environment;
    ScratchRepository m_project;
    std::unique_ptr<facade::Facade> m_owner;
};

/// The docker program with \a arguments; its standard output, trimmed.
[[nodiscard]] QByteArray docker(const QStringList &arguments);

} // namespace paddock::test
