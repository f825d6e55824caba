// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlClient.h"

#include "core/base/JsonReader.h"
#include "core/control/ControlSocket.h"
#include "core/control/Json.h"
#include "core/control/LineBuffer.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocalSocket>

#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::control {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Control", text);
}

Error unreachable(const QString &detail)
{
    return Error(ErrorKind::OwnerUnreachable, translated("Paddock does not run."))
        .withDetail(detail)
        .withRemedy(translated("Start it: the window, or paddockctl serve."));
}

Error lost()
{
    return Error(ErrorKind::OwnerUnreachable, translated("Paddock ended before it had answered."))
        .withRemedy(translated("Sessions go on by themselves. Run the command again; what became "
                               "of the request is shown by: paddockctl session list"));
}

} // namespace

class ControlClient::Private
{
public:
    explicit Private(ControlClient *owner, ControlLimits bounds)
        : q(owner)
        , limits(bounds)
        , lines(bounds.maxAnswerBytes)
    {
    }

    void onReadyRead();
    void onGone(const Error &error);
    void handleLine(const QByteArray &line);
    void handleFrames();
    [[nodiscard]] Pending<QJsonObject>
    call(const QString &method, const QJsonObject &params, bool forTerminal);

    ControlClient *q;
    ControlLimits limits;
    QLocalSocket socket;
    ShortSocketPath place; // kept open until connected
    Promise<Done> connecting;
    LineBuffer lines;
    QHash<qint64, Promise<QJsonObject>> calls;
    qint64 nextId = 1;
    qint64 terminalCall = 0;
    bool isTerminal = false;
    bool terminalStarted = false;
    bool terminalEnded = false;
    bool gone = false;
    TerminalFrameDecoder frames;
};

ControlClient::ControlClient(ControlLimits limits, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, limits))
{
    connect(&d->socket, &QLocalSocket::readyRead, this, [this] { d->onReadyRead(); });
    connect(&d->socket, &QLocalSocket::disconnected, this, [this] {
        d->onReadyRead(); // what came with the end
        d->onGone(lost());
    });
    connect(&d->socket, &QLocalSocket::connected, this, [this] {
        d->place = {};
        const auto user = peerUser(d->socket.socketDescriptor());
        if (!user || *user != ::getuid()) {
            d->connecting.reject(Error(ErrorKind::PermissionDenied,
                                       translated("The process that answers belongs to another "
                                                  "user."))
                                     .withRemedy(translated("Check XDG_RUNTIME_DIR.")));
            close();
            return;
        }
        d->connecting.resolve(Done{});
    });
    connect(&d->socket, &QLocalSocket::errorOccurred, this, [this] {
        if (d->connecting.isSettled())
            return; // disconnected() follows
        d->place = {};
        d->connecting.reject(unreachable(d->socket.errorString()));
    });
}

ControlClient::~ControlClient()
{
    d->socket.disconnect(this);
}

Pending<Done> ControlClient::connectTo(const QString &path)
{
    d->connecting = Promise<Done>();
    auto pending = d->connecting.pending();
    auto place = shortSocketPath(path);
    if (!place) {
        d->connecting.reject(unreachable(place.error().detail));
        return pending;
    }
    d->place = std::move(*place);
    d->socket.connectToServer(d->place.path);
    return pending;
}

bool ControlClient::isConnected() const
{
    return d->socket.state() == QLocalSocket::ConnectedState;
}

void ControlClient::close()
{
    d->gone = true;
    d->socket.disconnect(this);
    d->socket.abort();
    const auto calls = std::exchange(d->calls, {});
    for (const auto &promise : calls)
        promise.reject(lost());
}

Pending<QJsonObject> ControlClient::call(const QString &method, const QJsonObject &params)
{
    return d->call(method, params, false);
}

Pending<QJsonObject> ControlClient::callForTerminal(const QString &method,
                                                    const QJsonObject &params)
{
    return d->call(method, params, true);
}

Pending<QJsonObject>
ControlClient::Private::call(const QString &method, const QJsonObject &params, bool forTerminal)
{
    Promise<QJsonObject> promise;
    if (gone || isTerminal || socket.state() != QLocalSocket::ConnectedState) {
        promise.reject(lost());
        return promise.pending();
    }
    const qint64 id = nextId++;
    const QByteArray line = compact(
        {{u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, id}, {u"method"_s, method}, {u"params"_s, params}});
    if (line.size() > limits.maxRequestBytes) {
        promise.reject(
            Error(ErrorKind::InvalidArgument,
                  translated("This is %1, more than can be sent at once (%2).")
                      .arg(formatByteSize(line.size()), formatByteSize(limits.maxRequestBytes))));
        return promise.pending();
    }
    if (forTerminal)
        terminalCall = id;
    promise.onCancel([this, id, guard = QPointer<ControlClient>(q)] {
        if (!guard || !calls.remove(id) || socket.state() != QLocalSocket::ConnectedState)
            return;
        socket.write(compact({{u"jsonrpc"_s, u"2.0"_s},
                              {u"method"_s, u"rpc.cancel"_s},
                              {u"params"_s, QJsonObject{{u"id"_s, id}}}}) +
                     '\n');
    });
    calls.insert(id, promise);
    socket.write(line + '\n');
    return promise.pending();
}

void ControlClient::Private::onReadyRead()
{
    while (!gone && socket.bytesAvailable() > 0) {
        const QByteArray bytes = socket.readAll();
        if (isTerminal) {
            frames.append(bytes);
            if (terminalStarted)
                handleFrames();
            continue;
        }
        lines.append(bytes);
        while (!gone && !isTerminal) {
            const auto line = lines.takeLine();
            if (!line)
                break;
            handleLine(*line);
        }
        if (isTerminal) {
            frames.append(lines.takeRest());
            if (terminalStarted)
                handleFrames();
        } else if (lines.isTooLong()) {
            onGone(Error(ErrorKind::ProtocolError,
                         translated("The answer is longer than %1.")
                             .arg(formatByteSize(limits.maxAnswerBytes))));
        }
    }
}

void ControlClient::Private::handleLine(const QByteArray &line)
{
    const auto message = parseJsonObject(line, {.maxBytes = limits.maxAnswerBytes});
    if (!message) {
        onGone(Error(ErrorKind::ProtocolError,
                     translated("What answers at the control socket does not speak Paddock's "
                                "protocol."))
                   .withDetail(message.error().toString()));
        return;
    }
    const QJsonValue method = message->value(u"method");
    if (method.isString()) {
        Q_EMIT q->notified(method.toString(), message->value(u"params").toObject());
        return;
    }
    const QJsonValue failure = message->value(u"error");
    const QJsonValue id = message->value(u"id");
    if (!id.isDouble()) {
        // An error that belongs to no request is about the connection.
        onGone(errorFromJson(failure.toObject().value(u"data").toObject()));
        return;
    }
    const auto call = calls.constFind(id.toInteger());
    if (call == calls.cend())
        return; // cancelled
    const Promise<QJsonObject> promise = *call;
    calls.erase(call);
    if (failure.isObject()) {
        promise.reject(errorFromJson(failure.toObject().value(u"data").toObject()));
        return;
    }
    if (id.toInteger() == terminalCall)
        isTerminal = true;
    promise.resolve(message->value(u"result").toObject());
}

void ControlClient::Private::handleFrames()
{
    const QPointer<ControlClient> guard(q);
    while (guard && !terminalEnded) {
        const auto frame = frames.next();
        if (!frame) {
            terminalEnded = true;
            Q_EMIT q->terminalClosed(fail(frame.error()));
            return;
        }
        if (!*frame)
            return;
        switch ((*frame)->type) {
        case TerminalFrame::Type::Data:
            Q_EMIT q->terminalOutput((*frame)->payload);
            break;
        case TerminalFrame::Type::Exit: {
            terminalEnded = true;
            const auto exit = terminalExitOf(**frame);
            Q_EMIT q->terminalClosed(exit ? Result<int>(*exit) : fail(exit.error()));
            return;
        }
        case TerminalFrame::Type::Failure: {
            terminalEnded = true;
            const auto json = parseJsonObject((*frame)->payload);
            Q_EMIT q->terminalClosed(fail(json ? errorFromJson(*json) : json.error()));
            return;
        }
        case TerminalFrame::Type::Resize:
            break;
        }
    }
}

void ControlClient::Private::onGone(const Error &error)
{
    if (std::exchange(gone, true))
        return;
    socket.abort();
    const auto pending = std::exchange(calls, {});
    for (const auto &promise : pending)
        promise.reject(error);
    if (isTerminal && terminalStarted && !std::exchange(terminalEnded, true))
        Q_EMIT q->terminalClosed(fail(error));
    Q_EMIT q->disconnected(error);
}

void ControlClient::startTerminal()
{
    Q_ASSERT(d->isTerminal);
    d->terminalStarted = true;
    d->handleFrames();
    if (d->gone && !std::exchange(d->terminalEnded, true))
        Q_EMIT terminalClosed(fail(lost()));
}

void ControlClient::writeTerminal(const QByteArray &bytes)
{
    if (d->isTerminal && isConnected())
        d->socket.write(encodeTerminalData(bytes));
}

void ControlClient::resizeTerminal(TerminalSize size)
{
    if (d->isTerminal && isConnected())
        d->socket.write(encodeTerminalResize(size));
}

} // namespace paddock::control
