// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/HttpConnection.h"

#include "core/docker/Endpoint.h"
#include "core/docker/Logging.h"

#include <QCoreApplication>
#include <QFile>
#include <QPointer>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qint64 kPiece = 64 * 1024;
constexpr qint64 kUploadAhead = 256 * 1024;

QByteArray requestHead(const HttpRequest &request, qint64 bodyBytes)
{
    QByteArray text = request.method + ' ' + request.target + " HTTP/1.1\r\n";
    // RFC 9112 wants a Host; there is none behind a unix socket, and the engine ignores it.
    text += "Host: docker\r\nUser-Agent: paddock\r\n";
    for (const HttpHeader &header : request.headers)
        text += header.name + ": " + header.value + "\r\n";
    if (request.isUpgrade)
        text += "Connection: Upgrade\r\nUpgrade: tcp\r\n";
    else
        text += "Connection: close\r\n";
    if (bodyBytes > 0 || request.method == "POST" || request.method == "PUT")
        text += "Content-Length: " + QByteArray::number(bodyBytes) + "\r\n";
    return text + "\r\n";
}

Error timeoutError(const QString &what, std::chrono::milliseconds limit)
{
    return Error(ErrorKind::Timeout, what)
        .withDetail(QCoreApplication::translate("Docker", "waited %1 s")
                        .arg(static_cast<double>(limit.count()) / 1000.0))
        .withRemedy(QCoreApplication::translate("Docker",
                                                "The engine may be overloaded or stuck; if it goes "
                                                "on, restart it:\nsudo systemctl restart docker"));
}

} // namespace

HttpConnection::HttpConnection(QString socketPath,
                               HttpTimeouts timeouts,
                               HttpLimits limits,
                               QObject *parent)
    : QObject(parent)
    , m_socketPath(std::move(socketPath))
    , m_timeouts(timeouts)
    , m_parser(limits)
    , m_socket(new QLocalSocket)
{
    m_timer.setSingleShot(true);
    m_wholeTimer.setSingleShot(true);
    m_socket->setReadBufferSize(kReadBuffer);
    connect(m_socket, &QLocalSocket::connected, this, &HttpConnection::onConnected);
    connect(m_socket, &QLocalSocket::bytesWritten, this, &HttpConnection::onBytesWritten);
    connect(m_socket, &QLocalSocket::readyRead, this, &HttpConnection::onReadyRead);
    connect(m_socket, &QLocalSocket::disconnected, this, &HttpConnection::onGone);
    connect(m_socket, &QLocalSocket::errorOccurred, this, [this] {
        // Without a connection there is no disconnected(), and the state still says connecting.
        if (m_phase == Phase::Connecting || m_socket->state() == QLocalSocket::UnconnectedState) {
            onGone();
            return;
        }
        // Qt closes the socket next and forgets what it had read for us.
        if (m_socket->isOpen())
            m_kept += m_socket->readAll();
    });
    connect(&m_timer, &QTimer::timeout, this, &HttpConnection::onTimer);
    connect(&m_wholeTimer, &QTimer::timeout, this, &HttpConnection::onTimer);
}

HttpConnection::~HttpConnection()
{
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket->deleteLater();
    if (m_spare >= 0)
        ::close(m_spare);
}

void HttpConnection::start(HttpRequest request)
{
    Q_ASSERT(m_phase == Phase::Idle);
    m_request = std::move(request);
    if (!m_request.bodyFile.isEmpty()) {
        m_file = std::make_unique<QFile>(m_request.bodyFile);
        if (!m_file->open(QIODevice::ReadOnly)) {
            end(fail(Error(ErrorKind::IoFailed,
                           QCoreApplication::translate("Docker", "The file %1 cannot be read.")
                               .arg(m_request.bodyFile))
                         .withDetail(m_file->errorString())));
            return;
        }
    }
    m_phase = Phase::Connecting;
    startTimer(m_timeouts.connect);
    m_socket->connectToServer(m_socketPath, QIODevice::ReadWrite);
}

void HttpConnection::onConnected()
{
    if (m_phase != Phase::Connecting)
        return;
    m_spare = ::fcntl(static_cast<int>(m_socket->socketDescriptor()), F_DUPFD_CLOEXEC, 0);
    m_phase = Phase::Sending;
    m_timer.stop();
    m_socket->write(requestHead(m_request, m_file ? m_file->size() : m_request.body.size()));
    if (m_file)
        sendMoreOfFile();
    else
        m_socket->write(m_request.body);
    if (m_timeouts.header.count() > 0 && !m_file)
        startTimer(m_timeouts.header);
}

void HttpConnection::sendMoreOfFile()
{
    while (m_file && m_socket->bytesToWrite() < kUploadAhead) {
        const QByteArray piece = m_file->read(kPiece);
        if (piece.isEmpty()) {
            const bool failed = m_file->error() != QFileDevice::NoError || !m_file->atEnd();
            const QString words = m_file->errorString();
            m_file.reset();
            if (failed) {
                end(fail(Error(ErrorKind::IoFailed,
                               QCoreApplication::translate("Docker", "The file %1 cannot be read.")
                                   .arg(m_request.bodyFile))
                             .withDetail(words)));
                return;
            }
            break;
        }
        m_socket->write(piece);
    }
    // An engine that takes nothing for so long is stuck.
    if (m_phase == Phase::Sending || m_phase == Phase::AwaitingHead)
        startTimer(m_timeouts.header);
}

void HttpConnection::onBytesWritten()
{
    if (m_phase == Phase::Over)
        return;
    if (m_file) {
        sendMoreOfFile();
        return;
    }
    const qint64 left = m_socket->bytesToWrite();
    if (m_phase == Phase::Sending) {
        startTimer(m_timeouts.header); // counts from the end of the request
        if (left == 0)
            m_phase = Phase::AwaitingHead;
    }
    shutdownIfDrained();
    if (m_phase == Phase::Body)
        Q_EMIT bytesWritten(left);
}

void HttpConnection::write(const QByteArray &bytes)
{
    if (m_phase != Phase::Body || m_closeWriting || bytes.isEmpty())
        return;
    m_socket->write(bytes);
}

void HttpConnection::closeWriting()
{
    m_closeWriting = true;
    shutdownIfDrained();
}

void HttpConnection::shutdownIfDrained()
{
    if (!m_closeWriting || m_phase != Phase::Body || !m_socket->isValid())
        return;
    if (m_socket->bytesToWrite() > 0) {
        m_socket->flush();
        if (m_socket->bytesToWrite() > 0)
            return; // again from bytesWritten()
    }
    ::shutdown(static_cast<int>(m_socket->socketDescriptor()), SHUT_WR);
}

qint64 HttpConnection::bytesToWrite() const
{
    return m_socket->bytesToWrite();
}

void HttpConnection::pause()
{
    m_paused = true;
    m_timer.stop();
}

void HttpConnection::resume()
{
    if (!m_paused || m_phase == Phase::Over)
        return;
    m_paused = false;
    startTimer(m_phase == Phase::Body ? m_timeouts.idle : m_timeouts.header);
    // From the event loop: the caller may be inside one of our signals.
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (m_gone)
                onGone();
            else
                onReadyRead();
        },
        Qt::QueuedConnection);
}

void HttpConnection::onReadyRead()
{
    const QPointer<HttpConnection> alive(this);
    while (m_phase != Phase::Over && !m_paused) {
        QByteArray bytes = std::exchange(m_kept, {});
        if (bytes.isEmpty() && m_socket->isOpen())
            bytes = m_socket->read(kPiece);
        if (bytes.isEmpty() || !process(bytes) || !alive)
            return;
    }
}

bool HttpConnection::process(const QByteArray &bytes)
{
    const QPointer<HttpConnection> alive(this);
    if (m_phase == Phase::Body)
        startTimer(m_timeouts.idle);

    const bool hadHead = m_parser.hasHead();
    const auto fed = m_parser.feed(bytes);
    if (!hadHead && m_parser.hasHead()) {
        // An answer before the end of the upload is a refusal: stop sending.
        m_file.reset();
        m_phase = Phase::Body;
        m_timer.stop();
        startTimer(m_timeouts.idle);
        if (m_timeouts.whole.count() > 0)
            m_wholeTimer.start(m_timeouts.whole);
        Q_EMIT headReceived();
        if (!alive || m_phase == Phase::Over)
            return false;
        shutdownIfDrained();
    }
    if (m_parser.hasHead()) {
        QByteArray piece = m_parser.takeBody();
        if (m_parser.isUpgraded())
            piece += m_parser.takeRest();
        if (!piece.isEmpty()) {
            Q_EMIT bodyReceived(piece);
            if (!alive || m_phase == Phase::Over)
                return false;
        }
    }
    if (!fed) {
        end(fail(fed.error()));
        return false;
    }
    if (m_parser.isComplete() && !m_parser.isUpgraded()) {
        end(Done{});
        return false;
    }
    return true;
}

void HttpConnection::readWhatIsLeft()
{
    // When writing fails (the peer closed) Qt drops the socket and with it what the peer said
    // before: the reason of a refusal, or the last output of a process. It is still in the kernel.
    if (m_spare < 0)
        return;
    const QPointer<HttpConnection> alive(this);
    for (;;) {
        QByteArray bytes(kPiece, Qt::Uninitialized);
        const ssize_t got =
            ::recv(m_spare, bytes.data(), static_cast<size_t>(bytes.size()), MSG_DONTWAIT);
        if (got <= 0)
            return;
        bytes.truncate(got);
        if (!process(bytes) || !alive)
            return;
    }
}

void HttpConnection::onGone()
{
    if (m_phase == Phase::Over)
        return;
    if (m_phase == Phase::Connecting || m_phase == Phase::Idle) {
        const QString words = m_socket->errorString();
        // Says which of the known causes it is; if it connects by now, say what Qt said.
        const auto probed = probeEndpoint({m_socketPath, EndpointOrigin::Setting, m_socketPath});
        if (!probed) {
            end(fail(probed.error()));
        } else {
            end(fail(
                Error(ErrorKind::DockerUnavailable,
                      QCoreApplication::translate("Docker", "The engine at %1 cannot be reached.")
                          .arg(m_socketPath))
                    .withDetail(words)
                    .withRemedy(QCoreApplication::translate(
                        "Docker", "Start the engine:\nsudo systemctl restart docker"))));
        }
        return;
    }
    m_gone = true;
    if (m_paused)
        return;
    const QPointer<HttpConnection> alive(this);
    onReadyRead();
    if (!alive || m_phase == Phase::Over || m_paused)
        return;
    readWhatIsLeft();
    if (!alive || m_phase == Phase::Over || m_paused)
        return;
    atEnd();
}

void HttpConnection::atEnd()
{
    if (m_parser.isUpgraded()) {
        end(Done{});
        return;
    }
    const QPointer<HttpConnection> alive(this);
    const auto ended = m_parser.finish();
    const QByteArray piece = m_parser.takeBody();
    if (!piece.isEmpty()) {
        Q_EMIT bodyReceived(piece);
        if (!alive || m_phase == Phase::Over)
            return;
    }
    end(ended);
}

void HttpConnection::onTimer()
{
    const auto text = [](const char *words) {
        return QCoreApplication::translate("Docker", words);
    };
    switch (m_phase) {
    case Phase::Connecting:
        end(fail(timeoutError(text("The engine does not accept connections."), m_timeouts.connect)
                     .withCategory(Category::Unreachable)));
        break;
    case Phase::Sending:
    case Phase::AwaitingHead:
        end(fail(timeoutError(text("The engine does not answer."), m_timeouts.header)));
        break;
    case Phase::Body:
        if (m_wholeTimer.isActive() || m_timeouts.whole.count() == 0)
            end(fail(timeoutError(text("The engine stopped in the middle of an answer."),
                                  m_timeouts.idle)));
        else
            end(fail(
                timeoutError(text("The engine sends its answer too slowly."), m_timeouts.whole)));
        break;
    case Phase::Idle:
    case Phase::Over:
        break;
    }
}

void HttpConnection::startTimer(std::chrono::milliseconds limit)
{
    if (limit.count() > 0 && !m_paused)
        m_timer.start(limit);
}

void HttpConnection::end(const Result<Done> &result)
{
    if (m_phase == Phase::Over)
        return;
    m_phase = Phase::Over;
    m_timer.stop();
    m_wholeTimer.stop();
    m_file.reset();
    qCDebug(lcPaddockDockerHttp) << m_request.method << m_request.target << m_parser.head().status
                                 << (result ? u"ok"_s : result.error().toString());
    m_socket->disconnect(this);
    m_socket->abort();
    if (m_spare >= 0) {
        ::close(m_spare);
        m_spare = -1;
    }
    QMetaObject::invokeMethod(
        this, [this, result] { Q_EMIT finished(result); }, Qt::QueuedConnection);
}

} // namespace paddock::docker
