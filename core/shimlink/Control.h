// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/shimlink/Protocol.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paddock::shimlink {

// What the host tells the shim. Start and Stop travel as numbered messages on kControlChannel, so
// that they happen once; all of them may also travel as Command frames, which happen at most once.

struct WindowSize
{
    std::uint16_t columns = 80;
    std::uint16_t rows = 24;
};

/// Start the agent. A start whose id was already carried out is ignored; another while the agent
/// lives first ends the one that is there (with `graceMilliseconds`), which makes it the restart as
/// well.
struct Start
{
    enum class Mode : std::uint8_t {
        Lines = 0,    ///< pipes; output on kAcpChannel, errors on kStderrChannel
        Terminal = 1, ///< a terminal on kAgentTerminal
    };

    std::string id;
    Mode mode = Mode::Lines;
    /// The program is looked up in PATH of the resulting environment.
    std::vector<std::string> argv;
    /// NAME=value, added to the environment the container was started with (without PADDOCK_*).
    std::vector<std::string> environment;
    std::string workingFolder;
    WindowSize size;
    std::uint32_t graceMilliseconds = 3000;
};

/// SIGTERM to the agent's process group, SIGKILL after the grace. Without an agent it does nothing.
struct Stop
{
    std::uint32_t graceMilliseconds = 3000;
};

/// End of input for an agent on pipes, after all that was sent before it.
struct CloseInput
{
};

/// A signal to the process group of the agent (channel kAcpChannel or kAgentTerminal) or of a
/// terminal.
struct Signal
{
    Channel channel = kAcpChannel;
    std::int32_t number = 0;
};

struct OpenTerminal
{
    Channel channel = 0;
    std::vector<std::string> argv;
    std::vector<std::string> environment;
    std::string workingFolder;
    WindowSize size;
};

struct CloseTerminal
{
    Channel channel = 0;
};

struct Resize
{
    Channel channel = 0;
    WindowSize size;
};

/// Ask for a Status frame.
struct AskStatus
{
};

/// Watch the refs of the git directory (absolute) instead of what was watched before; from
/// kRefsVersion on. A Refs frame follows at once, because nobody knows what happened before, and
/// then one for all changes of a short while.
struct WatchRefs
{
    std::string gitDir;
};

using Command = std::variant<Start,
                             Stop,
                             CloseInput,
                             Signal,
                             OpenTerminal,
                             CloseTerminal,
                             Resize,
                             AskStatus,
                             WatchRefs>;

[[nodiscard]] std::string encodeCommand(const Command &command);
[[nodiscard]] std::optional<Command> decodeCommand(std::string_view payload);

// What the shim tells the host: records in the stream of kControlChannel, u32 size and payload
// each.

struct Started
{
    std::string id;
    Channel channel = kAcpChannel;
    std::int32_t pid = 0;
};

/// The program could not be started; `error` is an errno, `what` names the step.
struct StartFailed
{
    std::string id;
    Channel channel = kAcpChannel;
    std::int32_t error = 0;
    std::string what;
};

/// The agent or a terminal's program ended. Its output ends at these positions; the host side holds
/// the event back until they have been read.
struct Exited
{
    std::string id;
    Channel channel = kAcpChannel;
    /// Exit code, or -1 when a signal ended it.
    std::int32_t code = 0;
    std::int32_t signal = 0;
    std::uint64_t outputEnd = 0;
    std::uint64_t stderrEnd = 0;
};

struct TerminalOpened
{
    Channel channel = 0;
    std::int32_t pid = 0;
};

struct TerminalFailed
{
    Channel channel = 0;
    std::int32_t error = 0;
    std::string what;
};

struct Notice
{
    enum class Kind : std::uint8_t {
        Paused = 1,  ///< the agent is not read any more: nobody is reading and the spool is full
        Resumed = 2, ///< it is read again
        SpoolFailed = 3,   ///< the spool file cannot be written (`value` is an errno)
        NoAgent = 4,       ///< message number `value` came when no agent could take it
        InputDropped = 5,  ///< `value` bytes of key strokes were dropped: the program does not read
        StartRepeated = 6, ///< a start that was already carried out was ignored
        Stopping = 7,      ///< the container was asked to stop
        InputUnread =
            8, ///< the agent ended before it read all; message `value` is the first it lacks
    };

    Kind kind = Kind::Paused;
    Channel channel = 0;
    std::uint64_t value = 0;
    std::string text;
};

using Event = std::variant<Started, StartFailed, Exited, TerminalOpened, TerminalFailed, Notice>;

/// With its u32 size in front, as it stands in the stream.
[[nodiscard]] std::string encodeEvent(const Event &event);
/// Without the size.
[[nodiscard]] std::optional<Event> decodeEvent(std::string_view payload);

/// Payload of a Status frame.
struct SpoolStatus
{
    std::uint64_t memoryBytes = 0;
    std::uint64_t diskBytes = 0;
    std::uint64_t waitingInput = 0;
    bool paused = false;

    [[nodiscard]] std::string encode() const;
    [[nodiscard]] static std::optional<SpoolStatus> decode(std::string_view payload);
};

} // namespace paddock::shimlink
