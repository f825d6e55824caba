// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/Transport.h"

#include "core/base/JsonReader.h"
#include "core/docker/Logging.h"

#include <QCoreApplication>
#include <QUrl>

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

QByteArray pathPart(const QString &text)
{
    return QUrl::toPercentEncoding(text, "/:@+");
}

Result<QByteArray> checkedName(const QString &text, const QString &what)
{
    bool valid = !text.isEmpty() && text.size() <= 255;
    for (qsizetype i = 0; valid && i < text.size(); ++i) {
        const QChar c = text.at(i);
        const bool letter =
            (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
        valid = letter || (i > 0 && (c == u'_' || c == u'.' || c == u'-'));
    }
    if (!valid) {
        return fail(ErrorKind::InvalidArgument,
                    QCoreApplication::translate("Docker", "\"%1\" is not an id or a name of a %2.")
                        .arg(text.left(255), what));
    }
    return text.toLatin1();
}

// --- StreamCall ---------------------------------------------------------------------------------

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
    if (m_paused)
        m_connection->pause();

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
    if (m_head.status >= 400) {
        // The words of a refusal are read even by a consumer that paused.
        m_connection->resume();
        return;
    }
    m_accepted = true;
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
    if (m_connection && (m_accepted || m_head.status == 0))
        m_connection->pause();
}

void StreamCall::resume()
{
    m_paused = false;
    if (m_connection)
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

// --- Exchange: a whole answer
// ---------------------------------------------------------------------

class Transport::Exchange final : public QObject
{
public:
    Exchange(Transport &transport, ApiCall call)
        : QObject(&transport)
        , m_transport(transport)
        , m_call(std::move(call))
        , m_retries(m_call.isReadOnly() ? transport.options().readRetries : 0)
    {
        m_promise.onCancel([self = QPointer<Exchange>(this)] {
            if (self) {
                self->m_stream.reset();
                self->deleteLater();
            }
        });
        attempt();
    }

    ~Exchange() override
    {
        m_promise.reject(Error(ErrorKind::Destroyed,
                               QCoreApplication::translate("Docker",
                                                           "The connection to the engine was "
                                                           "closed.")));
    }
    Q_DISABLE_COPY_MOVE(Exchange)

    [[nodiscard]] Pending<ApiResponse> pending() const { return m_promise.pending(); }

private:
    /// A body whose only end is the end of the connection cannot be told from a cut one by HTTP;
    /// JSON tells.
    [[nodiscard]] Result<Done> checkedEnd() const
    {
        const HttpHead &head = m_stream->head();
        const bool hasEnd = !head.header("content-length").isEmpty() ||
                            !head.header("transfer-encoding").isEmpty() || head.status == 204 ||
                            head.status == 304;
        const bool json = m_body.startsWith('{') || m_body.startsWith('[');
        if (hasEnd || !json)
            return Done{};
        if (const auto parsed = parseJson(m_body, {.maxBytes = m_body.size()}); !parsed) {
            return fail(
                Error(ErrorKind::ConnectionLost,
                      QCoreApplication::translate("Docker", "The answer of the engine broke off."))
                    .withDetail(parsed.error().toString())
                    .withOperation(actionName(m_call.action)));
        }
        return Done{};
    }

    void attempt()
    {
        m_body.clear();
        m_stream = std::make_unique<StreamCall>(m_transport, m_call);
        connect(m_stream.get(), &StreamCall::bytes, this, [this](const QByteArray &bytes) {
            m_body += bytes;
        });
        connect(m_stream.get(), &StreamCall::finished, this, &Exchange::onFinished);
    }

    void onFinished(const Result<Done> &ended)
    {
        const Result<Done> result = ended ? checkedEnd() : ended;
        if (!result && result.error().kind == ErrorKind::ConnectionLost && m_retries > 0) {
            --m_retries;
            qCInfo(lcPaddockDocker) << "asking again:" << m_call.path << result.error().toString();
            // The stream is inside its own signal.
            m_stream.release()->deleteLater();
            attempt();
            return;
        }
        if (!result)
            m_promise.reject(result.error());
        else
            m_promise.resolve(
                ApiResponse{m_stream->head().status, m_stream->head(), std::move(m_body)});
        deleteLater();
    }

    Transport &m_transport;
    ApiCall m_call;
    int m_retries;
    Promise<ApiResponse> m_promise;
    std::unique_ptr<StreamCall> m_stream;
    QByteArray m_body;
};

// --- Negotiation: one at a time, shared by all who wait -----------------------------------------

class Transport::Negotiation final : public QObject
{
public:
    explicit Negotiation(Transport &transport)
        : QObject(&transport)
        , m_transport(transport)
    {
        // Unversioned: an engine of any age answers, and says its newest version in a header.
        ApiCall ping;
        ping.path = QByteArrayLiteral("/_ping");
        ping.isVersioned = false;
        m_pending = transport.send(std::move(ping));
        m_pending.then(this, [this](const Result<ApiResponse> &response) { onPing(response); });
    }

    void add(const Promise<Capabilities> &promise) { m_waiting.append(promise); }

private:
    void onPing(const Result<ApiResponse> &response)
    {
        if (!response) {
            answer(fail(response.error()));
            return;
        }
        const QByteArray version = response->head.header("Api-Version");
        if (version.isEmpty()) {
            answer(
                fail(Error(ErrorKind::ProtocolError,
                           QCoreApplication::translate("Docker", "What answers at %1 is no engine.")
                               .arg(m_transport.endpoint().socketPath))
                         .withDetail(u"no Api-Version in the answer to a ping"_s)
                         .withRemedy(QCoreApplication::translate(
                             "Docker", "Set DOCKER_SOCKET to the socket of a Docker Engine."))));
            return;
        }
        const auto api = ApiVersion::fromText(QString::fromLatin1(version));
        if (!api) {
            answer(fail(api.error()));
            return;
        }
        ApiCall call;
        // Asked with the engine's own version: one meaning on every engine, whatever it makes of a
        // missing one.
        call.path = "/v" + api->toText().toLatin1() + "/version";
        call.isVersioned = false;
        m_pending = m_transport.send(std::move(call));
        m_pending.then(this, [this](const Result<ApiResponse> &answered) { onVersion(answered); });
    }

    void onVersion(const Result<ApiResponse> &response)
    {
        if (!response) {
            answer(fail(response.error()));
            return;
        }
        const auto object = parseJsonObject(response->body);
        if (!object) {
            answer(fail(object.error()));
            return;
        }
        const auto version = engineVersionFromJson(*object);
        if (!version) {
            answer(fail(version.error()));
            return;
        }
        answer(negotiateCapabilities(*version));
    }

    void answer(const Result<Capabilities> &result)
    {
        if (result)
            m_transport.m_capabilities = *result;
        m_transport.m_negotiation = nullptr;
        const auto waiting = std::exchange(m_waiting, {});
        deleteLater();
        for (const Promise<Capabilities> &promise : waiting)
            promise.resolve(result);
    }

    Transport &m_transport;
    Pending<ApiResponse> m_pending;
    QList<Promise<Capabilities>> m_waiting;
};

// --- Transport ----------------------------------------------------------------------------------

Transport::Transport(Endpoint endpoint, ClientOptions options)
    : m_endpoint(std::move(endpoint))
    , m_options(options)
{
}

Transport::~Transport() = default;

Pending<Capabilities> Transport::negotiate()
{
    if (m_capabilities)
        return Pending<Capabilities>::ready(*m_capabilities);
    if (!m_negotiation)
        m_negotiation = new Negotiation(*this);
    Promise<Capabilities> promise;
    m_negotiation->add(promise);
    return promise.pending();
}

void Transport::forget()
{
    m_capabilities.reset();
}

Pending<ApiResponse> Transport::send(ApiCall call)
{
    auto *exchange = new Exchange(*this, std::move(call)); // owned by this; ends itself
    return exchange->pending();
}

} // namespace paddock::docker
