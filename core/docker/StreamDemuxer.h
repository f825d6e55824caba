// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/docker/AttachStream.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <optional>

namespace paddock::docker {

/// Splits the output of attach, exec and logs into its channels. Framed: 8 bytes header (channel,
/// three zero bytes, length big-endian), then the payload, as documented under "Attach to a
/// container"; raw: one channel, when there is a terminal. Pure; payload is handed on as it comes,
/// never collected, so a lying length costs no memory.
class StreamDemuxer
{
public:
    enum class Mode { Framed, Raw };

    struct Piece
    {
        Channel channel = Channel::Stdout;
        QByteArray bytes;

        bool operator==(const Piece &) const = default;
    };

    /// The engine writes frames of at most some tens of KiB; larger than this is no frame.
    static constexpr quint32 kMaxFrameBytes = 16u * 1024 * 1024;

    explicit StreamDemuxer(Mode mode = Mode::Framed)
        : m_mode(mode)
    {
    }

    /// What \a bytes completes. After an error nothing more comes.
    [[nodiscard]] QList<Piece> feed(QByteArrayView bytes);
    /// The connection ended: ConnectionLost inside a frame.
    [[nodiscard]] Result<Done> finish() const;
    /// ProtocolError for a header that is none (a raw stream, for example), or what the engine
    /// itself reported in the stream.
    [[nodiscard]] const std::optional<Error> &error() const { return m_error; }

private:
    bool readHeader(QByteArrayView &bytes);

    Mode m_mode;
    std::optional<Error> m_error;
    QByteArray m_header;
    quint32 m_left = 0; // of the current frame's payload
    int m_channel = 0;
    QByteArray m_systemError;
};

} // namespace paddock::docker
