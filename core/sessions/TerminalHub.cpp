// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/TerminalHub.h"

#include <QTimer>

using namespace Qt::StringLiterals;

namespace paddock::sessions {

namespace {
constexpr qint64 kReplayBytes = 256 * 1024;
constexpr auto kShell = "[ -x /bin/bash ] && exec /bin/bash -l; exec /bin/sh -l";
} // namespace

class TerminalHub::ChannelTerminal final : public Terminal
{
public:
    enum class Kind { Shell, Agent };

    ChannelTerminal(TerminalHub *hub, quint16 channel, Kind kind)
        : m_hub(hub)
        , m_channel(channel)
        , m_kind(kind)
    {
        hub->m_open.insert(channel, this);
    }

    ~ChannelTerminal() override
    {
        if (!m_hub)
            return;
        m_hub->m_open.remove(m_channel, this);
        // A closed link ends nothing by itself; the shim closes shells when the container stops.
        if (m_kind == Kind::Shell && !m_ended)
            (void)m_hub->m_link.raw().closeTerminal(m_channel);
    }

    void write(const QByteArray &bytes) override
    {
        if (m_hub && !m_ended)
            (void)m_hub->m_link.raw().writeTerminal(m_channel, bytes);
    }

    void resize(int columns, int rows) override
    {
        if (m_hub && !m_ended)
            (void)m_hub->m_link.raw().resizeTerminal(m_channel,
                                                     static_cast<quint16>(qBound(2, columns, 1000)),
                                                     static_cast<quint16>(qBound(1, rows, 1000)));
    }

    void end(const Result<int> &exitCode)
    {
        if (m_ended)
            return;
        m_ended = true;
        Q_EMIT closed(exitCode);
    }

private:
    QPointer<TerminalHub> m_hub;
    quint16 m_channel;
    Kind m_kind;
    bool m_ended = false;
};

TerminalHub::TerminalHub(SessionLink &link, QObject *parent)
    : QObject(parent)
    , m_link(link)
{
    connect(&m_link, &SessionLink::terminalOutput, this, &TerminalHub::onOutput);
    connect(&m_link, &SessionLink::processExited, this, &TerminalHub::onExit);
    connect(&m_link,
            &SessionLink::agentFailed,
            this,
            [this](const sandbox::link::ProcessFailure &failure) {
                const auto terminals = m_open.values(failure.channel);
                for (ChannelTerminal *terminal : terminals) {
                    terminal->end(
                        fail(Error(ErrorKind::CommandNotFound,
                                   tr("The terminal could not be opened in the container."))
                                 .withDetail(failure.what)));
                }
            });
    connect(&m_link, &SessionLink::shimReady, this, [this](const sandbox::link::ShimInfo &shim) {
        if (!shim.newEpoch)
            return;
        const auto terminals = m_open.values();
        for (ChannelTerminal *terminal : terminals)
            terminal->end(fail(ErrorKind::ConnectionLost, tr("The container was started anew.")));
    });
}

Result<std::unique_ptr<Terminal>> TerminalHub::openShell(int columns, int rows)
{
    QProcessEnvironment environment;
    environment.insert(u"TERM"_s, u"xterm-256color"_s);
    auto channel =
        m_link.raw().openTerminal({.argv = {u"/bin/sh"_s, u"-c"_s, QString::fromLatin1(kShell)},
                                   .environment = environment,
                                   .workingFolder = u"/workspace"_s,
                                   .columns = static_cast<quint16>(qBound(2, columns, 1000)),
                                   .rows = static_cast<quint16>(qBound(1, rows, 1000))});
    if (!channel)
        return fail(channel.error());
    return std::unique_ptr<Terminal>(
        std::make_unique<ChannelTerminal>(this, *channel, ChannelTerminal::Kind::Shell));
}

std::unique_ptr<Terminal> TerminalHub::attachAgent()
{
    auto terminal = std::make_unique<ChannelTerminal>(
        this, shimlink::kAgentTerminal, ChannelTerminal::Kind::Agent);
    ChannelTerminal *raw = terminal.get();
    // After the caller connected.
    const QByteArray kept = m_link.streams().tail(shimlink::kAgentTerminal, kReplayBytes);
    QMetaObject::invokeMethod(
        raw,
        [raw, kept] {
            if (!kept.isEmpty())
                Q_EMIT raw->output(kept);
        },
        Qt::QueuedConnection);
    return terminal;
}

void TerminalHub::onOutput(quint16 channel, const QByteArray &bytes)
{
    const auto terminals = m_open.values(channel);
    for (ChannelTerminal *terminal : terminals)
        Q_EMIT terminal->output(bytes);
}

void TerminalHub::onExit(const sandbox::link::ProcessExit &exit)
{
    const auto terminals = m_open.values(exit.channel);
    for (ChannelTerminal *terminal : terminals)
        terminal->end(exit.signal != 0 ? 128 + exit.signal : exit.code);
}

} // namespace paddock::sessions
