// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"

#include <QtGlobal>

/// What both ends of control.sock agree on: JSON-RPC 2.0 (https://www.jsonrpc.org/specification)
/// with one message a line, requests from the client only, no batches. After a successful
/// session.attach or session.shell the connection carries frames (TerminalFrame.h) and no JSON any
/// more. Notifications (no id) flow from the owner; the only one a client sends is rpc.cancel
/// {"id"}.
namespace paddock::control {

/// Raised when an old client could no longer understand a new owner.
inline constexpr int kProtocolVersion = 1;

/// A client that has not taken this much gets no further notification until it has; then the
/// newest state.
inline constexpr qint64 kHoldBackAbove = 256 * kKiB;

struct ControlLimits
{
    int maxConnections = 64;
    int maxRequestsInFlight = 64; ///< of one connection
    qint64 maxRequestBytes = 16 * kMiB;
    qint64 maxAnswerBytes = 64 * kMiB; ///< a page of a conversation, a patch
    /// A client that lets more than this wait is disconnected. One answer may come on top.
    qint64 maxUnsentBytes = 8 * kMiB;
    /// The same for a terminal, which begins with a replay of up to 64 MiB.
    qint64 maxUnsentTerminalBytes = 80 * kMiB;
};

/// Codes of JSON-RPC; what went wrong in Paddock's own terms is always in error.data.
enum class RpcCode {
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    Failed = -32000,
};

} // namespace paddock::control
