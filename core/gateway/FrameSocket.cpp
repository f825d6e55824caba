// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/FrameSocket.h"

#include "core/base/JsonReader.h"
#include "core/gateway/UnixSocket.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QSocketNotifier>
#include <QtEndian>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr std::size_t kMaxQueued = 4096; // frames

QString tr(const char *text)
{
    return QCoreApplication::translate("Gateway", text);
}

} // namespace

Result<Done> FrameReader::feed(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        if (m_haveLengths < m_lengths.size()) {
            m_lengths[m_haveLengths++] = bytes.front();
            bytes = bytes.subspan(1);
            if (m_haveLengths < m_lengths.size())
                continue;
            m_wantJson = qFromBigEndian<quint32>(m_lengths.data());
            const auto wantSecret = qFromBigEndian<quint32>(m_lengths.data() + 4);
            if (m_wantJson < 2 || m_wantJson > kMaxJson || wantSecret > kMaxSecret) {
                return paddock::fail(ErrorKind::ProtocolError,
                                     tr("A message on the gateway's control connection has a "
                                        "length that cannot be."));
            }
            m_json.clear();
            m_secret = secrets::Secret::ofSize(wantSecret);
            m_haveSecret = 0;
        }
        const auto takeJson =
            qMin<std::size_t>(bytes.size(), static_cast<std::size_t>(m_wantJson - m_json.size()));
        m_json.append(reinterpret_cast<const char *>(bytes.data()),
                      static_cast<qsizetype>(takeJson));
        bytes = bytes.subspan(takeJson);
        const std::size_t takeSecret = qMin(bytes.size(), m_secret.size() - m_haveSecret);
        if (takeSecret > 0) {
            std::memcpy(m_secret.writable().data() + m_haveSecret, bytes.data(), takeSecret);
            m_haveSecret += takeSecret;
            bytes = bytes.subspan(takeSecret);
        }
        if (m_json.size() < m_wantJson || m_haveSecret < m_secret.size())
            continue;
        const auto object = parseJsonObject(m_json, {.maxBytes = kMaxJson, .maxDepth = 16});
        if (!object)
            return paddock::fail(object.error());
        m_ready.push_back({.object = *object, .secret = std::move(m_secret)});
        m_secret = {};
        m_haveSecret = 0;
        m_haveLengths = 0;
    }
    return Done{};
}

std::optional<Frame> FrameReader::next()
{
    if (m_ready.empty())
        return std::nullopt;
    Frame frame = std::move(m_ready.front());
    m_ready.pop_front();
    return frame;
}

FrameSocket::FrameSocket(int descriptor, QObject *parent)
    : QObject(parent)
    , m_descriptor(descriptor)
{
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    m_readNotifier = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read);
    m_writeNotifier = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Write);
    m_writeNotifier->setEnabled(false);
    connect(m_readNotifier.get(), &QSocketNotifier::activated, this, &FrameSocket::onReadable);
    connect(m_writeNotifier.get(), &QSocketNotifier::activated, this, &FrameSocket::flush);
}

FrameSocket::~FrameSocket()
{
    close();
}

Result<std::unique_ptr<FrameSocket>> FrameSocket::connectTo(const QString &folder,
                                                            const QString &name)
{
    auto descriptor = connectUnix(folder, name);
    if (!descriptor)
        return paddock::fail(descriptor.error());
    return std::make_unique<FrameSocket>(descriptor->take());
}

std::optional<uid_t> FrameSocket::peerUid() const
{
    const auto peer = peerOf(m_descriptor);
    return peer ? std::optional(peer->uid) : std::nullopt;
}

void FrameSocket::close()
{
    if (m_descriptor < 0)
        return;
    // The notifiers may be the senders of the call that leads here.
    for (auto *notifier : {&m_readNotifier, &m_writeNotifier}) {
        (*notifier)->setEnabled(false);
        notifier->release()->deleteLater();
    }
    ::close(std::exchange(m_descriptor, -1));
    m_out.clear();
}

void FrameSocket::fail(const QString &reason)
{
    if (!isOpen())
        return;
    close();
    Q_EMIT closed(reason);
}

void FrameSocket::onReadable()
{
    std::array<std::byte, 16384> buffer{};
    while (isOpen()) {
        const ssize_t count = ::recv(m_descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (count <= 0) {
            const QString reason =
                count < 0 ? QString::fromLocal8Bit(std::strerror(errno)) : QString();
            Q_EMIT readyRead(); // what came before the end
            fail(reason);
            break;
        }
        const auto bytes = std::span(buffer).first(static_cast<std::size_t>(count));
        const auto fed = m_reader.feed(bytes);
        secrets::wipe(bytes);
        if (!fed) {
            fail(fed.error().message);
            return;
        }
    }
    if (isOpen())
        Q_EMIT readyRead();
}

void FrameSocket::send(const QJsonObject &object, secrets::Secret secret)
{
    if (!isOpen())
        return;
    if (m_out.size() > kMaxQueued) {
        fail(tr("The other side does not read."));
        return;
    }
    const QByteArray json = QJsonDocument(object).toJson(QJsonDocument::Compact);
    QByteArray text(8, '\0');
    qToBigEndian(static_cast<quint32>(json.size()), text.data());
    qToBigEndian(static_cast<quint32>(secret.size()), text.data() + 4);
    text += json;
    m_out.push_back({.text = text, .secret = std::move(secret), .sent = 0});
    flush();
}

void FrameSocket::flush()
{
    while (isOpen() && !m_out.empty()) {
        Chunk &chunk = m_out.front();
        const auto textSize = static_cast<std::size_t>(chunk.text.size());
        const auto rest =
            chunk.sent < textSize
                ? std::as_bytes(std::span(chunk.text.constData(), textSize)).subspan(chunk.sent)
                : chunk.secret.reveal().subspan(chunk.sent - textSize);
        if (rest.empty()) {
            m_out.pop_front();
            continue;
        }
        const ssize_t count =
            ::send(m_descriptor, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            m_writeNotifier->setEnabled(true);
            return;
        }
        if (count < 0) {
            // Never from within send(): the caller does not expect to be told there.
            const QString reason = QString::fromLocal8Bit(std::strerror(errno));
            m_out.clear();
            QMetaObject::invokeMethod(
                this, [this, reason] { fail(reason); }, Qt::QueuedConnection);
            return;
        }
        chunk.sent += static_cast<std::size_t>(count);
    }
    if (isOpen())
        m_writeNotifier->setEnabled(false);
}

} // namespace paddock::gateway
