// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>

#include <optional>

namespace paddock::control {

/// A frame of a connection that carries a terminal: one byte type, four bytes length (big endian),
/// payload of at most kMaxTerminalPayload bytes.
struct TerminalFrame
{
    enum class Type : quint8 {
        Data = 1,    ///< both ways: bytes of the terminal
        Resize = 2,  ///< to the owner: columns and rows, two bytes each, big endian
        Exit = 3,    ///< from the owner, last: exit code, four bytes, big endian, signed
        Failure = 4, ///< from the owner, last: an error as JSON
    };
    Type type = Type::Data;
    QByteArray payload;

    bool operator==(const TerminalFrame &) const = default;
};

inline constexpr qsizetype kMaxTerminalPayload = 64 * 1024;

struct TerminalSize
{
    int columns = 80;
    int rows = 24;
    bool operator==(const TerminalSize &) const = default;
};

/// As many Data frames as \a bytes needs.
[[nodiscard]] QByteArray encodeTerminalData(const QByteArray &bytes);
[[nodiscard]] QByteArray encodeTerminalResize(TerminalSize size);
[[nodiscard]] QByteArray encodeTerminalExit(qint32 exitCode);
/// \a json is cut to one frame's payload by the caller's own limits; longer is dropped to "{}".
[[nodiscard]] QByteArray encodeTerminalFailure(const QByteArray &json);

/// ProtocolError when the payload has not the form of its type.
[[nodiscard]] Result<TerminalSize> terminalSizeOf(const TerminalFrame &frame);
[[nodiscard]] Result<qint32> terminalExitOf(const TerminalFrame &frame);

/// Incremental decoder; the error (unknown type, too long) is sticky. Pure.
class TerminalFrameDecoder
{
public:
    void append(const QByteArray &bytes) { m_bytes.append(bytes); }
    [[nodiscard]] Result<std::optional<TerminalFrame>> next();

private:
    QByteArray m_bytes;
    qsizetype m_start = 0;
    std::optional<Error> m_error;
};

} // namespace paddock::control
