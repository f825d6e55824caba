// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/shimlink/Protocol.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>

#include <chrono>
#include <functional>
#include <optional>

namespace paddock::sandbox::link {

using shimlink::Channel;

/// SO_PEERCRED of who dialled, in the host's pid and user namespaces. `pid` is 0 when it cannot be
/// named from here (another pid namespace above).
struct PeerCredentials
{
    qint64 pid = 0;
    quint32 uid = 0;
    quint32 gid = 0;
};

/// A message to the shim as the owner's store holds it: stored first, sent then.
struct OutboundMessage
{
    /// Of the store; rises within an epoch, from 1; gaps are allowed.
    quint64 number = 0;
    /// kAcpChannel: one line to the agent, without the line end. kControlChannel: encodeStart() and
    /// the like.
    Channel channel = shimlink::kAcpChannel;
    QByteArray bytes;
};

/// What the shim said about itself when it connected.
struct ShimInfo
{
    struct Stream
    {
        Channel channel = 0;
        bool open = false;
        quint64 base = 0;
        quint64 end = 0;
    };

    /// One life of the shim (a container start); 16 bytes. Positions and numbers of another epoch
    /// mean nothing in it.
    QByteArray epoch;
    /// Not the epoch given in LinkOptions or seen last: every position begins at zero again.
    bool newEpoch = false;
    QString program;
    quint16 version = 0;
    /// Highest number that reached the shim. What the store holds above it will be asked for.
    quint64 received = 0;
    /// Up to here the agent has been given everything.
    quint64 handedOn = 0;
    /// The newest start that was carried out; empty before the first.
    QString startId;
    bool agentRuns = false;
    bool paused = false;
    QList<Stream> streams;
};

/// How to start the agent; becomes a numbered message by encodeStart().
struct StartRequest
{
    enum class Mode { Lines, Terminal };

    /// A start with an id that was already carried out is ignored by the shim.
    QString id;
    Mode mode = Mode::Lines;
    QStringList argv;
    /// Added to the environment the container was created with.
    QProcessEnvironment environment;
    QString workingFolder;
    quint16 columns = 80;
    quint16 rows = 24;
    /// For the agent that may still run: SIGTERM, and SIGKILL after this.
    std::chrono::milliseconds grace = std::chrono::seconds(3);
};

struct TerminalRequest
{
    QStringList argv;
    QProcessEnvironment environment;
    QString workingFolder;
    quint16 columns = 80;
    quint16 rows = 24;
};

struct ProcessStart
{
    QString id;
    Channel channel = 0;
    /// As seen inside the container.
    qint64 pid = 0;
};

/// The agent could not be started, or a terminal not be opened.
struct ProcessFailure
{
    QString id;
    Channel channel = 0;
    int errnoValue = 0;
    QString what;
};

/// The agent (its id; channel kAcpChannel or kAgentTerminal) or a terminal's program ended.
/// Everything it wrote has been signalled before.
struct ProcessExit
{
    QString id;
    Channel channel = 0;
    /// -1 when a signal ended it.
    int code = 0;
    int signal = 0;
};

struct LinkNotice
{
    enum class Kind {
        Paused, ///< the agent waits: nobody is reading and the spool is full
        Resumed,
        SpoolFailed,  ///< the spool file cannot be written; `value` is an errno
        NoAgent,      ///< message number `value` found no agent to take it
        InputDropped, ///< `value` bytes of key strokes were dropped: the program does not read
        StartRepeated,
        Stopping,    ///< the container was asked to stop
        InputUnread, ///< the agent ended before it read all; message `value` is the first it lacks
    };

    Kind kind = Kind::Paused;
    Channel channel = 0;
    quint64 value = 0;
    QString text;
};

struct LinkStatus
{
    quint64 memoryBytes = 0;
    quint64 diskBytes = 0;
    quint64 waitingInput = 0;
    bool paused = false;
};

struct LinkOptions
{
    /// The session's `run` folder; link.sock is made in it.
    QString runFolder;
    /// Who must be able to connect; the socket is given to it (needs root), with mode 0600. Without
    /// it the socket stays with this process's user.
    std::optional<PeerCredentials> socketOwner;

    /// What the store knows: the epoch it saw last (empty: none), and how far each channel of it is
    /// stored for good.
    QByteArray epoch;
    QHash<Channel, quint64> stored;

    /// Whether who dialled is the shim (e.g. its pid is the container's first process). Without it
    /// everyone who reaches the socket is believed, one at a time.
    std::function<bool(const PeerCredentials &)> peerCheck;

    /// The first stored message with a number above `after` that is meant for `epoch`; nothing when
    /// there is none. Called in the link's thread whenever there is room.
    std::function<std::optional<OutboundMessage>(const QByteArray &epoch, quint64 after)>
        nextOutbound;

    /// The agent's git directory in the container, of whose refs refsChanged is to tell; empty:
    /// none.
    QString watchedGitDir;

    /// Output that was signalled and not acknowledged; above it the socket is not read.
    qsizetype unacknowledgedLimit = qsizetype{2} * 1024 * 1024;
};

} // namespace paddock::sandbox::link
