// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sessions/SessionLink.h"
#include "core/sessions/Terminal.h"

#include <QHash>
#include <QPointer>

#include <memory>

namespace paddock::sessions {

/// The open terminals of one session: hands output of the link's channels to whoever opened them.
/// Main thread; the link is borrowed.
class TerminalHub : public QObject
{
    Q_OBJECT

public:
    explicit TerminalHub(SessionLink &link, QObject *parent = nullptr);

    /// A shell in the container. Unreachable while the link is down.
    [[nodiscard]] Result<std::unique_ptr<Terminal>> openShell(int columns, int rows);
    /// The agent's own terminal: what is kept of it first, then what follows.
    [[nodiscard]] std::unique_ptr<Terminal> attachAgent();

private:
    class ChannelTerminal;
    void onOutput(quint16 channel, const QByteArray &bytes);
    void onExit(const sandbox::link::ProcessExit &exit);

    SessionLink &m_link;
    QMultiHash<quint16, ChannelTerminal *> m_open;
};

} // namespace paddock::sessions
