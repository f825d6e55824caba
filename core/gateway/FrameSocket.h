// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/secrets/Secret.h"

#include <QByteArray>
#include <QJsonObject>
#include <QObject>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <sys/types.h>

class QSocketNotifier;

namespace paddock::gateway {

/// One message of the control connection: a JSON object and, apart from it, bytes that must not
/// pass through text: a key.
struct Frame
{
    QJsonObject object;
    secrets::Secret secret;
};

/// Takes a byte stream apart: 4 bytes length of the JSON, 4 bytes length of the secret (both
/// big-endian), the JSON, the secret. The secret goes straight into memory of its own. Pure.
class FrameReader
{
public:
    static constexpr qint64 kMaxJson = 1024 * 1024;
    static constexpr qint64 kMaxSecret = 64 * 1024;

    /// ProtocolError for lengths beyond the limits and for text that is no object; then the stream
    /// is of no more use.
    [[nodiscard]] Result<Done> feed(std::span<const std::byte> bytes);
    [[nodiscard]] std::optional<Frame> next();

private:
    std::array<std::byte, 8> m_lengths{};
    std::size_t m_haveLengths = 0;
    QByteArray m_json;
    qsizetype m_wantJson = 0;
    secrets::Secret m_secret;
    std::size_t m_haveSecret = 0;
    std::deque<Frame> m_ready;
};

/// A connected unix socket that carries frames. Reads and writes the descriptor itself, so that no
/// key stays in a buffer of a socket class. Main thread.
class FrameSocket : public QObject
{
    Q_OBJECT

public:
    /// Takes the descriptor over and makes it non-blocking.
    explicit FrameSocket(int descriptor, QObject *parent = nullptr);
    ~FrameSocket() override;

    /// Connects to \a name in \a folder, whatever the length of the path.
    [[nodiscard]] static Result<std::unique_ptr<FrameSocket>> connectTo(const QString &folder,
                                                                        const QString &name);

    /// Queues; a peer that does not read for too long loses the connection.
    void send(const QJsonObject &object, secrets::Secret secret = {});
    void close();
    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }
    /// As the kernel says; nothing if it does not.
    [[nodiscard]] std::optional<uid_t> peerUid() const;

Q_SIGNALS:
    /// takeFrame() has something.
    void readyRead();
    /// Once; \a reason is empty when the other side just ended.
    void closed(const QString &reason);

public:
    [[nodiscard]] std::optional<Frame> takeFrame() { return m_reader.next(); }

private:
    struct Chunk
    {
        QByteArray text;
        secrets::Secret secret;
        std::size_t sent = 0;
    };

    void onReadable();
    void flush();
    void fail(const QString &reason);

    int m_descriptor = -1;
    FrameReader m_reader;
    std::deque<Chunk> m_out;
    std::unique_ptr<QSocketNotifier> m_readNotifier;
    std::unique_ptr<QSocketNotifier> m_writeNotifier;
};

} // namespace paddock::gateway
