// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/Transport.h"

#include "core/base/JsonReader.h"
#include "core/docker/Logging.h"
#include "core/docker/StreamCall.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::docker {

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
