// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// The link between the shim (PID 1 of a session's container) and the owner on the host: names and
/// numbers.
///
/// One stream socket, `link.sock`; the host listens, the shim dials. Both sides speak frames of a
/// 16 byte little-endian header and a payload (Frame.h). docs/decisions has the reasons; in short:
///
/// * Everything the shim sends is a **byte stream per channel**, and a sequence number is a byte
/// position in
///   it: "the channel's position after this item". The host acknowledges positions. What is not
///   acknowledged is kept by the shim and sent again after a reconnect, starting where the host
///   says it stands. A host that was killed knows how far it stands from what it has committed, and
///   from nothing else.
/// * Everything the host sends that must happen exactly once (starting the agent, messages to it)
/// is a
///   **message with a number of the host's own store**, strictly rising within an epoch. The shim
///   remembers the highest it received, drops what it already had, and says it in its hello.
/// * What may be lost with the owner (key strokes, window sizes) has no number.
/// * An **epoch** is one life of a shim: 16 random bytes. A new epoch starts every position at
/// zero.
///
/// No Qt, no exceptions: these sources are part of the static shim as well as of the core.
namespace paddock::shimlink {

inline constexpr std::uint16_t kProtocolMin = 1;
inline constexpr std::uint16_t kProtocolMax = 2;
/// From this version on: WatchRefs and the Refs frame. An older shim does not know them, and is not
/// asked.
inline constexpr std::uint16_t kRefsVersion = 2;

inline constexpr std::size_t kHeaderSize = 16;
/// A whole frame, header included.
inline constexpr std::size_t kMaxFrame = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxPayload = kMaxFrame - kHeaderSize;
/// One message to or from the agent (a line of ACP, without the line end).
inline constexpr std::size_t kMaxMessage = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kEpochSize = 16;

/// Output the shim keeps in memory, on disk, and of one terminal while nobody acknowledges it.
inline constexpr std::uint64_t kMemorySpool = std::uint64_t{4} * 1024 * 1024;
inline constexpr std::uint64_t kDiskSpool = std::uint64_t{256} * 1024 * 1024;
inline constexpr std::uint64_t kTerminalKeeps = std::uint64_t{64} * 1024 * 1024;

/// Numbered messages that may be under way to the shim without its acknowledgement; one message may
/// always go, whatever its size.
inline constexpr std::size_t kOutboundWindow = std::size_t{1} * 1024 * 1024;
/// Key strokes that may wait in the shim for one terminal; what is more is dropped, with a notice.
inline constexpr std::size_t kMaxTerminalInput = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kMaxOpenTerminals = 32;

using Channel = std::uint16_t;

/// Events of the shim: a stream of records (Control.h), never dropped.
inline constexpr Channel kControlChannel = 0;
/// Standard output of an agent on pipes: lines, never dropped. Numbered messages to it go to its
/// input.
inline constexpr Channel kAcpChannel = 1;
/// Standard error of an agent on pipes.
inline constexpr Channel kStderrChannel = 2;
/// The terminal of an agent that was started on one.
inline constexpr Channel kAgentTerminal = 3;
/// Further terminals (a shell), numbered by the host; a number is used once in an epoch.
inline constexpr Channel kFirstTerminal = 16;
inline constexpr Channel kLastTerminal = 65000;

/// True for byte channels of which only the newest kTerminalKeeps bytes are kept while nobody
/// reads.
constexpr bool isDroppable(Channel channel)
{
    return channel != kControlChannel && channel != kAcpChannel;
}

constexpr bool isTerminal(Channel channel)
{
    return channel == kAgentTerminal || (channel >= kFirstTerminal && channel <= kLastTerminal);
}

/// "Out" is from the host to the shim, "in" from the shim to the host.
enum class FrameType : std::uint8_t {
    Hello = 1, ///< both: first frame; payload ShimHello or HostHello
    Data = 2,  ///< in: bytes of `channel`, the first of them at `position`
    Gap = 3,   ///< in: `channel` lost [position, payload u64)
    Ack = 4,   ///< out: `channel` is stored up to `position`; in: messages up to it were handed on
    Message = 5, ///< out: a piece of message number `position` for `channel` (agent or control)
    Command = 6, ///< out: a command without a number (Control.h)
    Input = 7,   ///< out: key strokes for terminal `channel`
    Status = 8,  ///< in: spool figures, no number
    Error = 9,   ///< both: a sentence, then the sender closes
    Refs = 10,   ///< in: refs of the agent's repository may have changed; no payload, no number
};

/// Frame flags of Message: the first piece starts with the message's whole size as u32.
inline constexpr std::uint8_t kFirstPiece = 0x01;

} // namespace paddock::shimlink
