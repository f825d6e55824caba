// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlConnection.h"

#include "core/control/ControlMethods.h"
#include "core/control/Json.h"
#include "core/control/Logging.h"
#include "core/control/ServiceWatch.h"
#include "core/control/SessionWatch.h"

#include <QCoreApplication>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::control {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Control", text);
}

QJsonObject errorMessage(const QJsonValue &id, const Error &error, RpcCode code)
{
    return {{u"jsonrpc"_s, u"2.0"_s},
            {u"id"_s, id},
            {u"error"_s,
             QJsonObject{{u"code"_s, static_cast<int>(code)},
                         {u"message"_s, error.message},
                         {u"data"_s, toJson(error)}}}};
}

} // namespace

void ControlRequest::answer(const QJsonObject &result) const
{
    if (m_connection)
        m_connection->finishRequest(m_key, {{u"jsonrpc"_s, u"2.0"_s}, {u"result"_s, result}});
}

void ControlRequest::refuse(const Error &error, RpcCode code) const
{
    if (m_connection)
        m_connection->finishRequest(m_key, errorMessage({}, error, code));
}

void ControlRequest::notify(const QString &method, QJsonObject params) const
{
    if (!m_connection || !m_connection->m_inFlight.contains(m_key))
        return;
    params.insert(u"request"_s, m_connection->m_inFlight.value(m_key).id);
    m_connection->notify(method, params);
}

void ControlRequest::onCancel(std::function<void()> stop) const
{
    if (m_connection && m_connection->m_inFlight.contains(m_key))
        m_connection->m_inFlight[m_key].stop = std::move(stop);
}

void ControlRequest::keep(std::shared_ptr<void> helper) const
{
    if (m_connection && m_connection->m_inFlight.contains(m_key))
        m_connection->m_inFlight[m_key].helpers.append(std::move(helper));
}

void ControlRequest::becomeTerminal(std::unique_ptr<facade::Terminal> terminal) const
{
    if (!m_connection || !m_connection->m_inFlight.contains(m_key))
        return;
    answer({});
    m_connection->startTerminal(std::move(terminal));
}

ControlConnection::ControlConnection(std::unique_ptr<QLocalSocket> socket,
                                     facade::Services services,
                                     OwnerInfo info,
                                     ControlLimits limits,
                                     QObject *parent)
    : QObject(parent)
    , m_socket(std::move(socket))
    , m_services(services)
    , m_info(std::move(info))
    , m_limits(limits)
    , m_lines(limits.maxRequestBytes)
{
    connect(m_socket.get(), &QLocalSocket::disconnected, this, &ControlConnection::end);
    connect(m_socket.get(), &QLocalSocket::bytesWritten, this, &ControlConnection::onBytesWritten);
}

ControlConnection::~ControlConnection()
{
    m_socket->disconnect(this);
    for (const InFlight &request : std::as_const(m_inFlight)) {
        if (request.stop)
            request.stop();
    }
}

void ControlConnection::begin()
{
    connect(m_socket.get(), &QLocalSocket::readyRead, this, &ControlConnection::onReadyRead);
    if (m_socket->bytesAvailable() > 0)
        QMetaObject::invokeMethod(this, &ControlConnection::onReadyRead, Qt::QueuedConnection);
    if (m_socket->state() != QLocalSocket::ConnectedState)
        QMetaObject::invokeMethod(this, &ControlConnection::end, Qt::QueuedConnection);
}

void ControlConnection::refuse(const Error &error)
{
    send(errorMessage({}, error, RpcCode::InvalidRequest));
    m_closing = true;
    m_socket->flush();
    if (m_socket->bytesToWrite() == 0)
        end();
}

void ControlConnection::watchServices()
{
    if (!m_serviceWatch)
        m_serviceWatch = std::make_unique<ServiceWatch>(*this);
}

SessionWatch &ControlConnection::watch()
{
    if (!m_watch)
        m_watch = std::make_unique<SessionWatch>(*this);
    return *m_watch;
}

void ControlConnection::notify(const QString &method, const QJsonObject &params)
{
    if (m_terminal)
        return;
    send({{u"jsonrpc"_s, u"2.0"_s}, {u"method"_s, method}, {u"params"_s, params}});
}

void ControlConnection::requestShutdown()
{
    m_shutdown = true;
    m_socket->flush();
    onBytesWritten();
}

void ControlConnection::onBytesWritten()
{
    if (m_ended || m_socket->bytesToWrite() > 0)
        return;
    if (std::exchange(m_shutdown, false))
        Q_EMIT shutdownRequested();
    if (m_closing)
        m_socket->disconnectFromServer();
    else
        Q_EMIT drained();
}

void ControlConnection::onReadyRead()
{
    while (!m_ended && !m_closing && m_socket->bytesAvailable() > 0) {
        // In bounded bites: a client that writes without end must not be read without end.
        const QByteArray bytes = m_socket->read(kMiB);
        if (bytes.isEmpty())
            return;
        if (m_terminal) {
            handleFrames(bytes);
            continue;
        }
        m_lines.append(bytes);
        while (!m_ended && !m_closing && !m_terminal) {
            const auto line = m_lines.takeLine();
            if (!line)
                break;
            handleLine(*line);
        }
        if (m_terminal) {
            handleFrames(m_lines.takeRest());
        } else if (m_lines.isTooLong()) {
            refuse(Error(ErrorKind::ProtocolError,
                         translated("The request is longer than %1.")
                             .arg(formatByteSize(m_limits.maxRequestBytes))));
        }
    }
}

void ControlConnection::handleLine(const QByteArray &line)
{
    const auto message = parseJsonObject(line, {.maxBytes = m_limits.maxRequestBytes});
    if (!message) {
        // Whoever sends no JSON speaks another protocol; going on would answer noise with noise.
        send(errorMessage({}, message.error(), RpcCode::ParseError));
        m_closing = true;
        onBytesWritten();
        return;
    }
    const QJsonValue id = message->value(u"id");
    const QJsonValue method = message->value(u"method");
    const QJsonValue params = message->value(u"params");
    if (method.toString() == u"rpc.cancel") {
        cancelRequest(params.toObject().value(u"id"));
        return;
    }
    if (message->value(u"jsonrpc").toString() != u"2.0" || !method.isString() ||
        !(id.isString() || id.isDouble()) || !(params.isObject() || params.isUndefined())) {
        send(errorMessage(id,
                          Error(ErrorKind::ProtocolError,
                                translated("This is not a request of JSON-RPC 2.0 with an id and "
                                           "named parameters.")),
                          RpcCode::InvalidRequest));
        return;
    }
    if (m_inFlight.size() >= m_limits.maxRequestsInFlight) {
        send(errorMessage(id,
                          Error(ErrorKind::ResourceLimitExceeded,
                                translated("%1 requests of this connection wait for an answer "
                                           "already.")
                                    .arg(m_inFlight.size())),
                          RpcCode::Failed));
        return;
    }
    const quint64 key = m_nextKey++;
    m_inFlight.insert(key, {id, {}, {}});
    callControlMethod(method.toString(), params.toObject(), ControlRequest(this, key));
}

void ControlConnection::cancelRequest(const QJsonValue &id)
{
    for (auto it = m_inFlight.cbegin(); it != m_inFlight.cend(); ++it) {
        // Without a stop it changes something and is not to be left half done: its answer comes.
        if (it->id != id || !it->stop)
            continue;
        const quint64 key = it.key();
        const auto stop = it->stop;
        stop();
        finishRequest(key,
                      errorMessage({},
                                   Error(ErrorKind::Cancelled, translated("It was cancelled.")),
                                   RpcCode::Failed));
        return;
    }
}

void ControlConnection::finishRequest(quint64 key, QJsonObject message)
{
    const auto it = m_inFlight.constFind(key);
    if (it == m_inFlight.cend())
        return; // cancelled before
    message.insert(u"id"_s, it->id);
    // A helper may be the object this call comes from: it goes when the caller has returned.
    for (const std::shared_ptr<void> &helper : it->helpers)
        QMetaObject::invokeMethod(
            this, [helper] {}, Qt::QueuedConnection);
    m_inFlight.erase(it);
    send(message);
}

void ControlConnection::send(const QJsonObject &message)
{
    if (m_ended || m_closing)
        return;
    QByteArray line = compact(message);
    if (line.size() > m_limits.maxAnswerBytes) {
        if (!message.contains(u"id"))
            return;
        line = compact(
            errorMessage(message.value(u"id"),
                         Error(ErrorKind::ResourceLimitExceeded,
                               translated("The answer has %1, more than can be sent at once.")
                                   .arg(formatByteSize(line.size())))
                             .withRemedy(translated("Ask for less at a time.")),
                         RpcCode::Failed));
    }
    line.append('\n');
    writeBytes(line, m_limits.maxUnsentBytes);
}

void ControlConnection::writeBytes(const QByteArray &bytes, qint64 maxUnsent)
{
    if (m_ended)
        return;
    if (m_socket->bytesToWrite() > maxUnsent) {
        qCWarning(lcPaddockControl)
            << "a client does not read:" << m_socket->bytesToWrite() << "bytes wait; disconnected";
        m_closing = true;
        m_socket->abort();
        // abort() says nothing when the peer is gone already.
        QMetaObject::invokeMethod(this, &ControlConnection::end, Qt::QueuedConnection);
        return;
    }
    m_socket->write(bytes);
}

void ControlConnection::startTerminal(std::unique_ptr<facade::Terminal> terminal)
{
    m_watch.reset();
    m_serviceWatch.reset();
    m_terminal = std::move(terminal);
    connect(m_terminal.get(), &facade::Terminal::output, this, [this](const QByteArray &bytes) {
        writeBytes(encodeTerminalData(bytes), m_limits.maxUnsentTerminalBytes);
    });
    connect(m_terminal.get(), &facade::Terminal::closed, this, &ControlConnection::endTerminal);
}

void ControlConnection::endTerminal(const Result<int> &exitCode)
{
    writeBytes(exitCode ? encodeTerminalExit(*exitCode)
                        : encodeTerminalFailure(compact(toJson(exitCode.error()))),
               m_limits.maxUnsentTerminalBytes);
    m_closing = true;
    m_socket->flush();
    onBytesWritten();
}

void ControlConnection::handleFrames(const QByteArray &bytes)
{
    m_frames.append(bytes);
    while (!m_ended && !m_closing) {
        const auto frame = m_frames.next();
        if (!frame) {
            endTerminal(fail(frame.error()));
            return;
        }
        if (!*frame)
            return;
        switch ((*frame)->type) {
        case TerminalFrame::Type::Data:
            m_terminal->write((*frame)->payload);
            break;
        case TerminalFrame::Type::Resize:
            if (const auto size = terminalSizeOf(**frame))
                m_terminal->resize(size->columns, size->rows);
            break;
        case TerminalFrame::Type::Exit:
        case TerminalFrame::Type::Failure:
            break; // not for us; harmless
        }
    }
}

void ControlConnection::end()
{
    if (m_ended)
        return;
    m_ended = true;
    m_watch.reset();
    m_serviceWatch.reset();
    m_terminal.reset();
    const auto requests = std::exchange(m_inFlight, {});
    for (const InFlight &request : requests) {
        if (request.stop)
            request.stop();
    }
    Q_EMIT ended();
}

} // namespace paddock::control
