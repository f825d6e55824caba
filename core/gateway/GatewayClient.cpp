// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/GatewayClient.h"

#include "core/base/JsonReader.h"
#include "core/gateway/ControlProtocol.h"
#include "core/gateway/FrameSocket.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QHash>
#include <QProcess>
#include <QTimer>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr std::chrono::milliseconds kRetryEvery{20};
constexpr std::chrono::milliseconds kStartAgainAfter{2000};

QString tr(const char *text)
{
    return QCoreApplication::translate("Gateway", text);
}

Error unavailable(const QString &message, const QString &detail)
{
    return Error(ErrorKind::GatewayUnavailable, message)
        .withDetail(detail)
        .withRemedy(tr("Restart Paddock. If that does not help, read gateway.log in the folder "
                       "\"gateway\" of Paddock's state."));
}

} // namespace

GatewayClientOptions GatewayClientOptions::forInstance(const XdgPaths &paths)
{
    GatewayClientOptions options;
    options.folder = paths.state + u"/gateway"_s;
    const QString own = QCoreApplication::applicationDirPath();
    for (const QString &candidate :
         {own + u"/paddock-gateway"_s, own + u"/../libexec/paddock/paddock-gateway"_s}) {
        if (QFileInfo(candidate).isExecutable()) {
            options.program = QDir::cleanPath(candidate);
            break;
        }
    }
    return options;
}

class GatewayClient::Private : public QObject
{
public:
    Private(GatewayClient *owner, GatewayClientOptions settings)
        : q(owner)
        , options(std::move(settings))
    {
        retry.setInterval(kRetryEvery);
        retry.setTimerType(Qt::PreciseTimer);
        connect(&retry, &QTimer::timeout, this, &Private::tryConnect);
    }

    enum class Start { Allowed, Forbidden };

    Pending<GatewayInfo> connectNow(Start start)
    {
        Promise<GatewayInfo> promise;
        if (isReady) {
            promise.resolve(info);
            return promise.pending();
        }
        waiting.append(promise);
        if (start == Start::Allowed)
            mayStart = true;
        if (waiting.size() == 1) {
            hasStarted = false;
            elapsed.start();
            tryConnect();
        }
        return promise.pending();
    }

    void tryConnect()
    {
        if (waiting.isEmpty()) {
            retry.stop();
            return;
        }
        if (socket)
            return; // the hello is under way
        auto connected = FrameSocket::connectTo(options.folder, kControlSocket.toString());
        if (connected) {
            retry.stop();
            attach(std::move(*connected));
            return;
        }
        if (connected.error().kind == ErrorKind::PermissionDenied) {
            giveUp(
                unavailable(tr("The gateway belongs to another user."), connected.error().detail));
            return;
        }
        if (!mayStart || options.program.isEmpty()) {
            giveUp(unavailable(options.program.isEmpty() && mayStart
                                   ? tr("The program paddock-gateway is not installed.")
                                   : tr("The gateway does not run."),
                               connected.error().toString()));
            return;
        }
        // Again after a while: one that was just ending may have held the lock against the first.
        if (!hasStarted || sinceStart.elapsed() > kStartAgainAfter.count()) {
            hasStarted = true;
            sinceStart.start();
            if (const auto started = startProgram(); !started) {
                giveUp(started.error());
                return;
            }
        }
        if (elapsed.elapsed() > options.startTimeout.count()) {
            giveUp(unavailable(tr("The gateway did not come up within %1 s.")
                                   .arg(static_cast<double>(options.startTimeout.count()) / 1000),
                               connected.error().toString()));
            return;
        }
        retry.start();
    }

    Result<Done> startProgram()
    {
        if (const auto made = makePrivateFolder(options.folder); !made)
            return fail(made.error());
        // Detached: a session of its own, no terminal, no descriptor of ours; it outlives us.
        QProcess process;
        process.setProgram(options.program);
        process.setArguments({u"--folder"_s, options.folder});
        process.setStandardInputFile(QProcess::nullDevice());
        process.setStandardOutputFile(QProcess::nullDevice());
        process.setStandardErrorFile(options.folder + u"/gateway.err"_s);
        process.setWorkingDirectory(u"/"_s);
        // Only what it needs: above all no key of the owner's.
        const QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
        QProcessEnvironment environment;
        for (const QString &name : {u"PATH"_s,
                                    u"HOME"_s,
                                    u"LANG"_s,
                                    u"LC_ALL"_s,
                                    u"TZ"_s,
                                    u"SSL_CERT_FILE"_s,
                                    u"SSL_CERT_DIR"_s,
                                    u"LD_LIBRARY_PATH"_s,
                                    u"ASAN_OPTIONS"_s,
                                    u"UBSAN_OPTIONS"_s}) {
            if (own.contains(name))
                environment.insert(name, own.value(name));
        }
        process.setProcessEnvironment(environment);
        if (!process.startDetached()) {
            return fail(unavailable(tr("The program %1 cannot be started.").arg(options.program),
                                    process.errorString()));
        }
        return Done{};
    }

    void attach(std::unique_ptr<FrameSocket> fresh)
    {
        // Nobody else can have made the socket in a folder of ours, but it costs nothing to look.
        const auto uid = fresh->peerUid();
        if (!uid || *uid != ::geteuid()) {
            giveUp(unavailable(tr("The gateway belongs to another user."), {}));
            return;
        }
        socket = std::move(fresh);
        connect(socket.get(), &FrameSocket::readyRead, this, &Private::onReadyRead);
        connect(socket.get(), &FrameSocket::closed, this, &Private::onClosed);
        socket->send({{u"hello"_s, QJsonObject{{u"versions"_s, QJsonArray{kControlVersion}}}}});
    }

    void onReadyRead()
    {
        while (socket) {
            const auto frame = socket->takeFrame();
            if (!frame)
                return;
            handle(frame->object);
        }
    }

    void handle(const QJsonObject &object)
    {
        if (!isReady) {
            JsonReader reader(object.value(u"hello"), u"hello"_s);
            info = {};
            info.protocol = static_cast<int>(reader.integer(u"version"));
            info.pid = reader.integer(u"pid");
            info.version = reader.optionalText(u"program");
            info.adopted = !hasStarted;
            if (object.contains(u"error")) {
                drop();
                giveUp(errorFromJson(object.value(u"error").toObject()));
                return;
            }
            if (!reader.isOk() || info.protocol != kControlVersion) {
                drop();
                giveUp(unavailable(tr("The running gateway speaks another language."),
                                   reader.error().value_or(Error()).message));
                return;
            }
            isReady = true;
            for (const Promise<GatewayInfo> &promise : std::exchange(waiting, {}))
                promise.resolve(info);
            return;
        }
        const qint64 id = object.value(u"id").toInteger(-1);
        if (!calls.contains(id))
            return; // cancelled or timed out
        const Promise<QJsonObject> promise = calls.take(id);
        if (object.contains(u"error"))
            promise.reject(errorFromJson(object.value(u"error").toObject()));
        else
            promise.resolve(object.value(u"result").toObject());
    }

    void onClosed(const QString &reason)
    {
        const bool wasReady = isReady;
        const bool wasAsked = isShuttingDown;
        drop();
        const Error error = unavailable(tr("The connection to the gateway was lost."), reason);
        for (const Promise<QJsonObject> &promise : std::exchange(calls, {})) {
            if (wasAsked)
                promise.resolve(QJsonObject()); // its end is the answer
            else
                promise.reject(error);
        }
        if (!wasReady) {
            // It ended while it said hello: perhaps the one before, on its way out.
            if (elapsed.elapsed() > options.startTimeout.count())
                giveUp(error);
            else
                retry.start();
            return;
        }
        if (!wasAsked)
            Q_EMIT q->connectionLost(error);
    }

    void drop()
    {
        isReady = false;
        isShuttingDown = false;
        if (socket) {
            socket->disconnect(this);
            socket->close();
            socket.release()->deleteLater();
        }
    }

    void giveUp(const Error &error)
    {
        retry.stop();
        mayStart = false;
        for (const Promise<GatewayInfo> &promise : std::exchange(waiting, {}))
            promise.reject(error);
    }

    /// Connects if needed, then sends and waits for the answer.
    Pending<QJsonObject>
    call(const QString &method, const QJsonObject &params, secrets::Secret secret = {})
    {
        Promise<QJsonObject> promise;
        auto box = std::make_shared<secrets::Secret>(std::move(secret)); // handlers are copied
        connectNow(Start::Forbidden)
            .then(this, [this, method, params, promise, box](const Result<GatewayInfo> &connected) {
                if (!connected) {
                    promise.reject(connected.error());
                    return;
                }
                if (!socket) {
                    promise.reject(unavailable(tr("The connection to the gateway was lost."), {}));
                    return;
                }
                const qint64 id = nextId++;
                calls.insert(id, promise);
                promise.onCancel([this, id] { calls.remove(id); });
                if (method == u"shutdown")
                    isShuttingDown = true;
                socket->send({{u"id"_s, id}, {u"method"_s, method}, {u"params"_s, params}},
                             std::move(*box));
            });
        return promise.pending().withTimeout(options.callTimeout, u"gateway "_s + method);
    }

    Pending<Done>
    callDone(const QString &method, const QJsonObject &params, secrets::Secret secret = {})
    {
        Promise<Done> promise;
        call(method, params, std::move(secret))
            .then(this, [promise](const Result<QJsonObject> &answer) {
                promise.resolve(answer.map([](const QJsonObject &) { return Done{}; }));
            });
        return promise.pending();
    }

    template <typename T>
    Pending<QList<T>> callList(const QString &method,
                               const QJsonObject &params,
                               const QString &key,
                               Result<T> (*parse)(const QJsonObject &))
    {
        Promise<QList<T>> promise;
        call(method, params).then(this, [promise, key, parse](const Result<QJsonObject> &answer) {
            if (!answer) {
                promise.reject(answer.error());
                return;
            }
            QList<T> list;
            for (const auto &entry : answer->value(key).toArray()) {
                auto value = parse(entry.toObject());
                if (!value) {
                    promise.reject(value.error());
                    return;
                }
                list.append(std::move(*value));
            }
            promise.resolve(list);
        });
        return promise.pending();
    }

    GatewayClient *q;
    GatewayClientOptions options;
    std::unique_ptr<FrameSocket> socket;
    GatewayInfo info;
    QList<Promise<GatewayInfo>> waiting;
    QHash<qint64, Promise<QJsonObject>> calls;
    QTimer retry;
    QElapsedTimer elapsed;
    QElapsedTimer sinceStart;
    qint64 nextId = 1;
    bool isReady = false;
    bool mayStart = false;
    bool hasStarted = false;
    bool isShuttingDown = false;
};

GatewayClient::GatewayClient(GatewayClientOptions options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, std::move(options)))
{
}

GatewayClient::~GatewayClient() = default;

Pending<GatewayInfo> GatewayClient::ensureRunning()
{
    return d->connectNow(Private::Start::Allowed);
}

bool GatewayClient::isConnected() const
{
    return d->isReady;
}

Pending<Done> GatewayClient::addSession(const DoorOptions &options, secrets::Secret key)
{
    return d->callDone(u"add-session"_s, toJson(options), std::move(key));
}

Pending<Done> GatewayClient::setKey(const SessionId &id, secrets::Secret key)
{
    return d->callDone(u"set-key"_s, {{u"session"_s, id.value}}, std::move(key));
}

Pending<Done> GatewayClient::setContainer(const SessionId &id, const ContainerId &container)
{
    return d->callDone(u"set-container"_s,
                       {{u"session"_s, id.value}, {u"container"_s, container.value}});
}

Pending<Done> GatewayClient::removeSession(const SessionId &id)
{
    return d->callDone(u"remove-session"_s, {{u"session"_s, id.value}});
}

Pending<QList<DoorStatus>> GatewayClient::sessions()
{
    return d->callList<DoorStatus>(u"sessions"_s, {}, u"sessions"_s, &statusFromJson);
}

Pending<QList<RequestRecord>> GatewayClient::requestsAfter(qint64 number)
{
    return d->callList<RequestRecord>(
        u"requests"_s, {{u"after"_s, number}}, u"requests"_s, &recordFromJson);
}

Pending<Done> GatewayClient::shutdown()
{
    return d->callDone(u"shutdown"_s, {});
}

} // namespace paddock::gateway
