// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/ProviderLink.h"

#include "core/gateway/RequestRules.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>

#include <cstring>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr qint64 kReadBuffer = 64 * 1024;

QByteArray hostHeader(const QUrl &url)
{
    QByteArray host = url.host(QUrl::FullyEncoded).toLatin1();
    if (host.contains(':'))
        host = '[' + host + ']';
    if (url.port() > 0)
        host += ':' + QByteArray::number(url.port());
    return host;
}

} // namespace

ProviderLink::ProviderLink(Upstream upstream, secrets::Secret key, QObject *parent)
    : UpstreamLink(parent)
    , m_upstream(std::move(upstream))
    , m_key(std::move(key))
    , m_socket(std::make_unique<QSslSocket>())
    , m_reader(ResponseBody::AsFramed)
{
    m_socket->setReadBufferSize(kReadBuffer);
    connect(m_socket.get(), &QSslSocket::readyRead, this, &ProviderLink::onReadable);
    connect(m_socket.get(), &QSslSocket::disconnected, this, &ProviderLink::onDisconnected);
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, &ProviderLink::onSocketError);
    connect(m_socket.get(), &QSslSocket::bytesWritten, this, &ProviderLink::drained);
    connect(m_socket.get(), &QSslSocket::encryptedBytesWritten, this, &ProviderLink::drained);
    connect(m_socket.get(), &QSslSocket::sslErrors, this, [this](const QList<QSslError> &errors) {
        // Never ignored: the socket gives up, this only keeps the words.
        for (const QSslError &error : errors)
            m_certificateProblem += error.errorString() + u' ';
    });
}

ProviderLink::~ProviderLink()
{
    m_isOver = true;
    m_socket->disconnect(this);
    m_socket->abort();
}

void ProviderLink::start(const OutgoingRequest &request)
{
    m_request = request;
    const QString host = m_upstream.baseUrl.host();
    if (m_upstream.baseUrl.scheme() == u"https") {
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setProtocol(QSsl::TlsV1_2OrLater);
        configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
        configuration.setAllowedNextProtocols({"http/1.1"});
        if (!m_upstream.authorities.isEmpty()) {
            const auto more = QSslCertificate::fromPath(m_upstream.authorities);
            configuration.setCaCertificates(QSslConfiguration::systemCaCertificates() + more);
        }
        m_socket->setSslConfiguration(configuration);
        connect(m_socket.get(), &QSslSocket::encrypted, this, &ProviderLink::onConnected);
        m_socket->connectToHostEncrypted(host, static_cast<quint16>(m_upstream.baseUrl.port(443)));
    } else {
        connect(m_socket.get(), &QSslSocket::connected, this, &ProviderLink::onConnected);
        m_socket->connectToHost(host, static_cast<quint16>(m_upstream.baseUrl.port(80)));
    }
}

void ProviderLink::onConnected()
{
    if (m_isOver || m_isConnected)
        return;
    m_isConnected = true;
    sendHead();
    sendBodyChunk(std::exchange(m_waiting, {}));
    if (m_isBodyComplete)
        finishBody();
}

void ProviderLink::sendHead()
{
    const CredentialHeader credential = credentialHeader(m_upstream.credential);
    QByteArray head = m_request.method + ' ';
    QByteArray base = m_upstream.baseUrl.path(QUrl::FullyEncoded).toLatin1();
    while (base.endsWith('/'))
        base.chop(1);
    head += base + m_request.path;
    if (!m_request.query.isEmpty())
        head += '?' + m_request.query;
    head += " HTTP/1.1\r\nHost: " + hostHeader(m_upstream.baseUrl) + "\r\n";
    for (const HttpHeader &header : std::as_const(m_request.headers))
        head += header.name + ": " + header.value + "\r\n";
    if (m_request.contentLength)
        head += "Content-Length: " + QByteArray::number(*m_request.contentLength) + "\r\n";
    else if (m_request.hasBody)
        head += "Transfer-Encoding: chunked\r\n";
    head += "Connection: close\r\n";
    if (!m_key.isEmpty()) {
        // One buffer of the final size, wiped after the socket took it: no copies by growth.
        const auto key = m_key.reveal();
        QByteArray line;
        line.reserve(static_cast<qsizetype>(key.size()) + 64);
        line += credential.name + ": " + credential.prefix;
        line.append(reinterpret_cast<const char *>(key.data()), static_cast<qsizetype>(key.size()));
        line += "\r\n\r\n";
        m_socket->write(head);
        m_socket->write(line);
        secrets::wipe(
            std::as_writable_bytes(std::span(line.data(), static_cast<std::size_t>(line.size()))));
        m_key.clear();
        return;
    }
    m_socket->write(head + "\r\n");
}

void ProviderLink::writeBody(const QByteArray &bytes)
{
    if (bytes.isEmpty() || m_isOver)
        return;
    if (!m_isConnected) {
        m_waiting += bytes;
        return;
    }
    sendBodyChunk(bytes);
}

void ProviderLink::sendBodyChunk(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return;
    if (m_request.contentLength) {
        m_socket->write(bytes);
        return;
    }
    m_socket->write(QByteArray::number(bytes.size(), 16) + "\r\n");
    m_socket->write(bytes);
    m_socket->write("\r\n");
}

void ProviderLink::finishBody()
{
    m_isBodyComplete = true;
    if (m_isConnected && m_request.hasBody && !m_request.contentLength && !m_isOver)
        m_socket->write("0\r\n\r\n");
}

qint64 ProviderLink::pendingBytes() const
{
    return m_waiting.size() + m_socket->bytesToWrite() + m_socket->encryptedBytesToWrite();
}

void ProviderLink::setPaused(bool paused)
{
    if (m_isPaused == paused)
        return;
    m_isPaused = paused;
    if (!paused)
        QMetaObject::invokeMethod(this, &ProviderLink::onReadable, Qt::QueuedConnection);
}

void ProviderLink::onReadable()
{
    while (!m_isOver && !m_isPaused && m_socket->bytesAvailable() > 0) {
        const auto fed = m_reader.feed(m_socket->read(kReadBuffer));
        if (!fed) {
            fail(fed.error());
            return;
        }
        if (m_reader.hasHead() && !m_isHeadTold) {
            m_isHeadTold = true;
            const int status = m_reader.head().status;
            if (status >= 300 && status < 400 && status != 304) {
                fail(Error(ErrorKind::ProviderFailed,
                           tr("The model provider sends to another address, and the gateway does "
                              "not follow."))
                         .withRemedy(tr("Set the provider's right address.")));
                return;
            }
            Q_EMIT headReceived(m_reader.head());
        }
        const QByteArray body = m_reader.takeBody();
        if (!body.isEmpty() && !m_isOver)
            Q_EMIT bodyReceived(body);
        if (m_reader.isComplete() && !m_isOver) {
            m_isOver = true;
            Q_EMIT finished();
            return;
        }
    }
    // The end may have come while nothing was read.
    if (!m_isOver && !m_isPaused && m_socket->state() == QAbstractSocket::UnconnectedState &&
        m_isConnected)
        onDisconnected();
}

void ProviderLink::onDisconnected()
{
    if (m_isOver || (m_isPaused && m_socket->bytesAvailable() > 0))
        return;
    if (m_socket->bytesAvailable() > 0) {
        onReadable();
        return;
    }
    const auto ended = m_reader.feedEnd();
    if (!ended) {
        fail(ended.error());
        return;
    }
    m_isOver = true;
    Q_EMIT finished();
}

void ProviderLink::onSocketError(QAbstractSocket::SocketError error)
{
    if (m_isOver || error == QAbstractSocket::RemoteHostClosedError)
        return; // disconnected() follows, after what is left was read
    if (!m_certificateProblem.isEmpty() || error == QAbstractSocket::SslHandshakeFailedError) {
        fail(Error(ErrorKind::ProviderFailed,
                   tr("The identity of the model provider could not be verified."))
                 .withDetail(m_certificateProblem.isEmpty() ? m_socket->errorString()
                                                            : m_certificateProblem.trimmed())
                 .withRemedy(tr("Check the address of the provider and the clock of this machine; "
                                "a company's own authority has to be known to the system.")));
        return;
    }
    fail(Error(ErrorKind::ProviderFailed, tr("The model provider cannot be reached."))
             .withDetail(m_socket->errorString())
             .withRemedy(tr("Check the connection to the network.")));
}

void ProviderLink::fail(const Error &error)
{
    if (m_isOver)
        return;
    m_isOver = true;
    m_socket->disconnect(this);
    m_socket->abort();
    Q_EMIT failed(error);
}

} // namespace paddock::gateway
