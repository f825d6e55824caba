// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/Exchange.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr qint64 kReadBuffer = 64 * 1024;
constexpr qint64 kHighWater = 256 * 1024;

constexpr seconds kHeadLimit{15};
constexpr seconds kBodyLimit{60};
constexpr minutes kAnswerLimit{10}; // a model may think for long before its first word
constexpr minutes kStreamLimit{5};
constexpr seconds kLingerLimit{30};
constexpr std::chrono::milliseconds kQuietLimit{200};
constexpr qint64 kMaxDrained = 33 * 1024 * 1024;

QByteArray reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 417:
        return "Expectation Failed";
    case 429:
        return "Too Many Requests";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Status";
    }
}

} // namespace

Exchange::Exchange(std::unique_ptr<QLocalSocket> socket,
                   ExchangePolicy policy,
                   Peer peer,
                   QObject *parent)
    : QObject(parent)
    , m_socket(std::move(socket))
    , m_policy(std::move(policy))
{
    m_elapsed.start();
    m_record.at = QDateTime::currentDateTimeUtc();
    m_record.peerPid = peer.pid;
    m_socket->setReadBufferSize(kReadBuffer);
    m_watchdog.setSingleShot(true);
    connect(&m_watchdog, &QTimer::timeout, this, &Exchange::onTimeout);
    connect(m_socket.get(), &QLocalSocket::readyRead, this, &Exchange::onReadable);
    connect(m_socket.get(), &QLocalSocket::bytesWritten, this, &Exchange::onRoom);
    connect(m_socket.get(), &QLocalSocket::disconnected, this, &Exchange::onDisconnected);
    progress(kHeadLimit);
    QMetaObject::invokeMethod(this, &Exchange::onReadable, Qt::QueuedConnection);
}

Exchange::~Exchange()
{
    m_socket->disconnect(this);
    m_socket->abort();
}

void Exchange::progress(std::chrono::milliseconds limit)
{
    m_watchdog.start(limit);
}

void Exchange::refuseAtOnce(const QString &reason)
{
    m_isDecided = true;
    answer(403, reason);
}

// From the agent

void Exchange::onReadable()
{
    while (m_isDraining && m_socket->bytesAvailable() > 0) {
        const QByteArray bytes = m_socket->read(kReadBuffer);
        m_drained += bytes.size();
        m_reader.feed(bytes);
        (void)m_reader.takeBody();
        if (m_reader.state() == RequestReader::State::Complete || m_drained > kMaxDrained) {
            m_isDraining = false;
            m_socket->disconnectFromServer();
        } else {
            progress(kQuietLimit);
        }
    }
    while (!m_isOver && !m_isAnswered && m_socket->bytesAvailable() > 0) {
        if (m_link && m_link->pendingBytes() > kHighWater)
            return; // drained() brings us back
        m_reader.feed(m_socket->read(kReadBuffer));
        if (m_reader.state() == RequestReader::State::Refused) {
            if (!m_isDecided) {
                m_record.method = QString::fromLatin1(m_reader.head().method).left(16);
                m_record.path = QString::fromLatin1(m_reader.head().path).left(512);
            }
            answer(m_reader.refusal().status, m_reader.refusal().reason);
            return;
        }
        if (m_reader.state() == RequestReader::State::Head)
            continue;
        progress(kBodyLimit);
        if (!m_isDecided)
            decide();
        if (m_link)
            pumpBody();
    }
}

void Exchange::decide()
{
    m_isDecided = true;
    const RequestHead &head = m_reader.head();
    m_record.method = QString::fromLatin1(head.method).left(16);
    m_record.path = QString::fromLatin1(head.path).left(512);
    const Verdict verdict = judge(head, m_policy.protocol);
    if (const auto *refusal = std::get_if<HttpRefusal>(&verdict))
        answer(refusal->status, refusal->reason);
    else if (const auto *local = std::get_if<AnswerLocally>(&verdict))
        answer(local->status, {});
    else
        forward(std::get<Forward>(verdict));
}

void Exchange::forward(const Forward &target)
{
    auto link = m_policy.open();
    if (!link) {
        answer(link.error().status, link.error().reason);
        return;
    }
    m_link = std::move(*link);
    connect(m_link.get(), &UpstreamLink::headReceived, this, &Exchange::onHead);
    connect(m_link.get(), &UpstreamLink::bodyReceived, this, &Exchange::onBody);
    connect(m_link.get(), &UpstreamLink::finished, this, &Exchange::onFinished);
    connect(m_link.get(), &UpstreamLink::failed, this, &Exchange::onFailed);
    connect(m_link.get(), &UpstreamLink::drained, this, &Exchange::onReadable);
    connect(m_link.get(), &UpstreamLink::cut, this, &Exchange::cutAnswer);
    const RequestHead &head = m_reader.head();
    if (head.expectsContinue)
        m_socket->write("HTTP/1.1 100 Continue\r\n\r\n");
    m_link->start({.method = head.method,
                   .path = target.path,
                   .query = target.query,
                   .headers = forwardedHeaders(head),
                   .contentLength = head.contentLength,
                   .hasBody = head.hasBody()});
}

void Exchange::pumpBody()
{
    const QByteArray body = m_reader.takeBody();
    m_record.bytesUp += body.size();
    m_link->writeBody(body);
    if (m_reader.state() == RequestReader::State::Complete && !m_isBodySent && m_link) {
        m_isBodySent = true;
        progress(kAnswerLimit);
        m_link->finishBody();
    }
}

void Exchange::onDisconnected()
{
    end();
}

// From the provider

void Exchange::onHead(const ResponseHead &head)
{
    m_record.status = head.status;
    m_isAnswered = true;
    QByteArray out = "HTTP/1.1 " + QByteArray::number(head.status) + ' ' +
                     (head.reason.isEmpty() ? reasonPhrase(head.status) : head.reason) + "\r\n";
    for (const HttpHeader &header : returnedHeaders(head))
        out += header.name + ": " + header.value + "\r\n";
    // Chunks rather than the end of the connection: a cut answer must be seen to be one.
    m_isChunked = !head.contentLength && head.status != 204 && head.status != 304;
    if (m_isChunked)
        out += "Transfer-Encoding: chunked\r\n";
    else if (head.contentLength)
        out += "Content-Length: " + QByteArray::number(*head.contentLength) + "\r\n";
    out += "Connection: close\r\n\r\n";
    m_socket->write(out);
    progress(kStreamLimit);
}

void Exchange::onBody(const QByteArray &bytes)
{
    if (m_isOver)
        return;
    m_record.bytesDown += bytes.size();
    if (m_isChunked)
        m_socket->write(QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n");
    else
        m_socket->write(bytes);
    progress(kStreamLimit);
    if (m_link && m_socket->bytesToWrite() > kHighWater)
        m_link->setPaused(true);
}

void Exchange::onRoom()
{
    if (m_link && m_socket->bytesToWrite() <= kHighWater / 2)
        m_link->setPaused(false);
    if (m_isAnswered && !m_isDraining)
        progress(m_link ? std::chrono::milliseconds(kStreamLimit) : kLingerLimit);
}

void Exchange::onFinished()
{
    if (m_isOver)
        return;
    if (m_isChunked)
        m_socket->write("0\r\n\r\n");
    dropLink();
    closeWhenRead();
}

/// Ends the connection after everything is written. A client that still sends its request would
/// take the end for a failure and not read the answer, so the rest is read first.
void Exchange::closeWhenRead()
{
    progress(kLingerLimit);
    if (m_reader.state() != RequestReader::State::Complete) {
        m_isDraining = true;
        progress(kQuietLimit);
        QMetaObject::invokeMethod(this, &Exchange::onReadable, Qt::QueuedConnection);
        return;
    }
    m_socket->disconnectFromServer();
}

void Exchange::onFailed(const Error &error)
{
    if (m_isOver)
        return;
    m_record.reason = error.toString();
    qWarning("%s", qPrintable(error.toString()));
    if (m_isAnswered) {
        cutAnswer();
        return;
    }
    dropLink();
    answer(502, error.remedy.isEmpty() ? error.message : error.message + u' ' + error.remedy);
}

/// Gives the agent what came; the missing rest says that the answer is not whole.
void Exchange::cutAnswer()
{
    dropLink();
    progress(kLingerLimit);
    m_socket->disconnectFromServer();
}

// Our own answers

void Exchange::answer(int status, const QString &reason)
{
    m_isAnswered = true;
    m_record.status = status;
    if (m_record.reason.isEmpty())
        m_record.reason = reason;
    QByteArray body;
    if (!reason.isEmpty()) {
        const QString type = status == 429   ? u"rate_limit_error"_s
                             : status == 403 ? u"permission_error"_s
                             : status < 500  ? u"invalid_request_error"_s
                                             : u"api_error"_s;
        body = QJsonDocument(
                   QJsonObject{{u"type"_s, u"error"_s},
                               {u"error"_s,
                                QJsonObject{{u"type"_s, type},
                                            {u"message"_s, u"Paddock gateway: "_s + reason}}}})
                   .toJson(QJsonDocument::Compact);
    }
    QByteArray out = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status) + "\r\n";
    if (!body.isEmpty())
        out += "Content-Type: application/json\r\n";
    // Clients retry 5xx for minutes without a word; what the person has to mend stays as it is.
    if (status == 503 || status == 502)
        out += "x-should-retry: false\r\n";
    out += "Content-Length: " + QByteArray::number(body.size()) +
           "\r\nx-paddock-gateway: answered\r\nConnection: close\r\n\r\n";
    m_socket->write(out + body);
    m_socket->flush();
    closeWhenRead();
}

void Exchange::onTimeout()
{
    if (m_isDraining) {
        m_isDraining = false;
        progress(kLingerLimit);
        m_socket->disconnectFromServer();
        return;
    }
    if (m_isAnswered || !m_isDecided) {
        if (!m_isDecided && m_record.reason.isEmpty())
            m_record.reason = u"timeout"_s;
        end();
        return;
    }
    dropLink();
    answer(m_isBodySent ? 504 : 408,
           QCoreApplication::translate("Gateway", "The request took too long."));
}

void Exchange::dropLink()
{
    if (!m_link)
        return;
    // It may be the sender of the signal that leads here.
    m_link->disconnect(this);
    m_link.release()->deleteLater();
}

void Exchange::end()
{
    if (m_isOver)
        return;
    m_isOver = true;
    m_watchdog.stop();
    dropLink();
    m_socket->disconnect(this);
    m_socket->abort();
    m_record.milliseconds = m_elapsed.elapsed();
    if (m_isDecided || m_record.status != 0)
        Q_EMIT recorded(m_record);
    Q_EMIT over();
}

} // namespace paddock::gateway
