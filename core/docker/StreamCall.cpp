// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/StreamCall.h"

#include "core/docker/Transport.h"

#include <QCoreApplication>
#include <QUrl>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qsizetype kMaxRefusal = 1024 * 1024;

HttpTimeouts timeoutsFor(const ApiCall &call, const ClientOptions &options)
{
    using std::chrono::milliseconds;
    HttpTimeouts timeouts;
    timeouts.connect = options.connectTimeout;
    const bool works = call.pace == Pace::Work || call.pace == Pace::WorkStream;
    timeouts.header = (works ? options.workTimeout : options.headerTimeout) + call.extraTime;
    const bool streams = call.pace == Pace::Stream || call.pace == Pace::WorkStream;
    timeouts.idle = streams ? milliseconds(0) : options.idleTimeout;
    timeouts.whole = streams ? milliseconds(0) : options.wholeTimeout;
    return timeouts;
}

QByteArray targetOf(const ApiCall &call, const std::optional<Capabilities> &capabilities)
{
    QByteArray target;
    if (call.isVersioned && capabilities)
        target = "/v" + capabilities->api.toText().toLatin1();
    target += call.path;
    char separator = '?';
    for (const auto &[name, value] : call.query) {
        target += separator + name + '=' + QUrl::toPercentEncoding(value);
        separator = '&';
    }
    return target;
}

/// The engine behind the socket was replaced while we held its version.
bool isVersionRefusal(int status, const QString &words)
{
    return status == 400 && words.contains(u"client version"_s);
}

} // namespace

StreamCall::StreamCall(Transport &transport, ApiCall call, QObject *parent)
    : QObject(parent)
    , m_transport(&transport)
    , m_call(std::move(call))
{
    if (!m_call.isVersioned || transport.known()) {
        connectNow();
        return;
    }
    m_negotiation = transport.negotiate();
    m_negotiation.then(this, [this](const Result<Capabilities> &result) {
        if (m_over)
            return;
        if (!result)
            end(fail(result.error()));
        else
            connectNow();
    });
}

StreamCall::~StreamCall() = default;

void StreamCall::connectNow()
{
    if (!m_transport) {
        end(fail(
            ErrorKind::Destroyed,
            QCoreApplication::translate("Docker", "The connection to the engine was closed.")));
        return;
    }
    const ClientOptions &options = m_transport->options();
    HttpLimits limits;
    const bool streams = m_call.pace == Pace::Stream || m_call.pace == Pace::WorkStream;
    limits.maxBodyBytes = m_call.maxBodyBytes > 0 ? m_call.maxBodyBytes : options.maxJsonBytes;
    if (streams && m_call.maxBodyBytes == 0)
        limits.maxBodyBytes = -1;
    m_connection = std::make_unique<HttpConnection>(
        m_transport->endpoint().socketPath, timeoutsFor(m_call, options), limits);
    connect(m_connection.get(), &HttpConnection::headReceived, this, &StreamCall::onHead);
    connect(m_connection.get(), &HttpConnection::bodyReceived, this, &StreamCall::onBody);
    connect(m_connection.get(), &HttpConnection::finished, this, &StreamCall::onFinished);
    connect(m_connection.get(), &HttpConnection::bytesWritten, this, [this](qint64 left) {
        if (m_accepted)
            Q_EMIT bytesWritten(left);
    });

    HttpRequest request;
    request.method = m_call.method;
    request.target = targetOf(m_call, m_transport->known());
    request.headers = m_call.headers;
    if (!m_call.contentType.isEmpty())
        request.headers.append({QByteArrayLiteral("Content-Type"), m_call.contentType});
    request.body = m_call.body;
    request.bodyFile = m_call.bodyFile;
    request.isUpgrade = m_call.isUpgrade;
    m_connection->start(std::move(request));
}

void StreamCall::onHead()
{
    m_head = m_connection->head();
    if (m_head.status >= 400)
        return; // its words are read even when the consumer paused
    m_accepted = true;
    // A pause holds the body, never the answer to whether there will be one.
    if (m_paused)
        m_connection->pause();
    if (!m_input.isEmpty())
        m_connection->write(std::exchange(m_input, {}));
    if (m_closeInput)
        m_connection->closeWriting();
    Q_EMIT accepted();
}

void StreamCall::onBody(const QByteArray &piece)
{
    if (m_accepted) {
        Q_EMIT bytes(piece);
        return;
    }
    m_refusal += piece.left(kMaxRefusal - m_refusal.size());
    if (m_refusal.size() >= kMaxRefusal)
        m_connection->end(Done{});
}

void StreamCall::onFinished(const Result<Done> &result)
{
    if (m_over)
        return;
    m_over = true;
    Result<Done> answer = result;
    if (m_head.status >= 400) {
        const QString words = engineMessageFromBody(m_refusal);
        if (isVersionRefusal(m_head.status, words)) {
            if (m_transport)
                m_transport->forget();
            answer = fail(Error(ErrorKind::ConnectionLost,
                                QCoreApplication::translate("Docker",
                                                            "The engine was replaced by another "
                                                            "version."))
                              .withDetail(words));
        } else {
            answer = fail(engineError(m_call.action, m_head.status, words));
        }
    } else if (!result) {
        const ErrorKind kind = result.error().kind;
        if (m_transport && (kind == ErrorKind::DockerUnavailable ||
                            (kind == ErrorKind::ConnectionLost && !m_call.isUpgrade)))
            m_transport->forget();
    }
    if (!answer && answer.error().operation.isEmpty())
        answer = fail(answer.error().withOperation(actionName(m_call.action)));
    Q_EMIT finished(answer);
}

void StreamCall::write(const QByteArray &bytes)
{
    if (m_over || m_closeInput)
        return;
    if (m_accepted)
        m_connection->write(bytes);
    else
        m_input += bytes;
}

void StreamCall::closeWriting()
{
    m_closeInput = true;
    if (m_accepted && m_connection)
        m_connection->closeWriting();
}

qint64 StreamCall::bytesToWrite() const
{
    return m_input.size() + (m_accepted && m_connection ? m_connection->bytesToWrite() : 0);
}

void StreamCall::pause()
{
    m_paused = true;
    if (m_accepted)
        m_connection->pause();
}

void StreamCall::resume()
{
    m_paused = false;
    if (m_accepted)
        m_connection->resume();
}

void StreamCall::end(const Result<Done> &result)
{
    if (m_over)
        return;
    if (m_connection) {
        m_connection->end(result);
        return;
    }
    m_over = true;
    m_negotiation.cancel();
    Result<Done> answer = result;
    if (!answer && answer.error().operation.isEmpty())
        answer = fail(answer.error().withOperation(actionName(m_call.action)));
    QMetaObject::invokeMethod(
        this, [this, answer] { Q_EMIT finished(answer); }, Qt::QueuedConnection);
}

} // namespace paddock::docker
