// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/sandbox/link/LinkTypes.h"

#include <QObject>

#include <memory>

namespace paddock::sandbox::link {

/// The host's end of the link to one session's shim: listens on `<run folder>/link.sock`, keeps one
/// live link, and turns frames into messages, output and events that carry the position to
/// acknowledge.
///
/// How a kill -9 of the owner loses and doubles nothing:
///
/// * Inbound. Every signal with a `seq` names the position of its channel *after* it. Store the
/// thing and the position
///   together (an ACP message: same transaction; a terminal: the length of its stream file plus
///   what was dropped), then call acknowledge(channel, seq). The shim keeps everything above. A new
///   owner gives what is stored as LinkOptions::epoch and ::stored and gets exactly what follows.
/// * Outbound. Store the message with its number, then call sendMessage(). A new owner starts with
/// what its
///   store holds: the shim says which number it received last and nextOutbound is asked for those
///   above.
/// * helloReceived comes before anything else of a connection. With newEpoch the container was
/// started anew: no agent
///   runs, positions begin at zero; nextOutbound must no longer answer with what was meant for the
///   agent that is gone.
///
/// Nothing that arrives is trusted: whoever breaks the protocol loses the connection, with
/// protocolError. A container that is paused is silent, and that is no lost link. Lives in one
/// thread.
class AgentLink : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AgentLink)

public:
    explicit AgentLink(LinkOptions options, QObject *parent = nullptr);
    ~AgentLink() override;

    /// Replaces a stale link.sock. The shim of a running container redials by itself.
    [[nodiscard]] Result<Done> listen();
    /// Ends the link and removes the socket; the shim goes on and redials.
    void close();

    [[nodiscard]] bool isUp() const;
    /// Of the newest hello.
    [[nodiscard]] const ShimInfo &shim() const;

    /// Everything of `channel` up to `seq` is stored for good. Out of order and repeated calls are
    /// harmless.
    void acknowledge(Channel channel, quint64 seq);

    /// Sends a message that is already stored under `number`, which must be above
    /// ShimInfo::received. While the link is down or the agent does not keep up nothing is kept
    /// here: nextOutbound will be asked for it. Errors: InvalidArgument for one over 16 MiB or with
    /// a line end in it.
    [[nodiscard]] Result<Done>
    sendMessage(Channel channel, quint64 number, const QByteArray &bytes);

    /// The bytes of a message on kControlChannel.
    [[nodiscard]] static QByteArray encodeStart(const StartRequest &request);
    [[nodiscard]] static QByteArray encodeStop(std::chrono::milliseconds grace);

    // Without a number: they happen at most once, and fail with Unreachable while the link is down.
    [[nodiscard]] Result<Channel> openTerminal(const TerminalRequest &request);
    [[nodiscard]] Result<Done> closeTerminal(Channel channel);
    [[nodiscard]] Result<Done> writeTerminal(Channel channel, const QByteArray &keys);
    [[nodiscard]] Result<Done> resizeTerminal(Channel channel, quint16 columns, quint16 rows);
    /// To the process group of the agent (kAcpChannel or kAgentTerminal) or of a terminal.
    [[nodiscard]] Result<Done> sendSignal(Channel channel, int number);
    [[nodiscard]] Result<Done> closeAgentInput();
    [[nodiscard]] Result<Done> stopAgent(std::chrono::milliseconds grace);
    [[nodiscard]] Result<Done> askStatus();

Q_SIGNALS:
    /// First of every connection, before anything else of it and before nextOutbound is asked.
    void helloReceived(const paddock::sandbox::link::ShimInfo &shim);
    void linkUp();
    void linkDown(const QString &reason);

    /// One line of the agent's standard output (kAcpChannel), without the line end.
    void message(paddock::sandbox::link::Channel channel, quint64 seq, const QByteArray &bytes);
    /// A line over 16 MiB was thrown away; `size` is what it had.
    void messageTooLong(paddock::sandbox::link::Channel channel, quint64 seq, quint64 size);
    /// Standard error (kStderrChannel) and terminals: [seq - bytes.size(), seq).
    void
    terminalOutput(paddock::sandbox::link::Channel channel, quint64 seq, const QByteArray &bytes);
    /// Bytes [from, seq) are gone, because nobody read them in time. Acknowledge seq like output.
    void outputDropped(paddock::sandbox::link::Channel channel, quint64 from, quint64 seq);

    // Events; acknowledge(kControlChannel, seq).
    void processStarted(quint64 seq, const paddock::sandbox::link::ProcessStart &start);
    void processFailed(quint64 seq, const paddock::sandbox::link::ProcessFailure &failure);
    void processExited(quint64 seq, const paddock::sandbox::link::ProcessExit &exit);
    void notice(quint64 seq, const paddock::sandbox::link::LinkNotice &notice);

    /// All messages up to `number` were given to the agent (or found none, see NoAgent): the store
    /// need not keep them for sending.
    void outboundAcknowledged(quint64 number);
    void statusReceived(const paddock::sandbox::link::LinkStatus &status);
    /// Refs of the agent's repository may have changed: after each connection once, and then once
    /// for the changes of about half a second. Never from a shim before kRefsVersion. Whoever
    /// forges it may send any number.
    void refsChanged();

    /// Somebody dialled who is not the shim, or while the link is up; `count` since the signal
    /// before. At most one signal a second.
    void secondLinkRefused(const paddock::sandbox::link::PeerCredentials &peer, int count);
    /// The connection was ended because the other side broke the protocol or speaks another
    /// version.
    void protocolError(const QString &reason);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace paddock::sandbox::link
