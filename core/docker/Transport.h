// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/Chain.h"
#include "core/docker/DockerClient.h"
#include "core/docker/EngineErrors.h"
#include "core/docker/HttpConnection.h"

#include <QObject>
#include <QPointer>

#include <functional>
#include <memory>
#include <optional>

namespace paddock::docker {

/// How long the engine may take before it begins to answer, and whether the body has an end.
enum class Pace {
    Quick,      ///< a look-up
    Work,       ///< the engine has to do something first
    Stream,     ///< the head comes soon, the body as long as it lasts
    WorkStream, ///< like Stream, but the head comes when there is first output
};

/// One request of the API, before the version is in its path.
struct ApiCall
{
    Action action = Action::System;
    QByteArray method = QByteArrayLiteral("GET");
    QByteArray path; ///< "/containers/json"; built with pathPart()
    QList<std::pair<QByteArray, QString>> query;
    QByteArray body;
    QByteArray contentType;
    QString bodyFile;
    QList<HttpHeader> headers;
    Pace pace = Pace::Quick;
    std::chrono::milliseconds extraTime{0}; ///< added to the limit of the head
    bool isVersioned = true;
    bool isUpgrade = false;
    qint64 maxBodyBytes = 0; ///< 0: the client's limit for JSON

    [[nodiscard]] bool isReadOnly() const { return method == "GET" && pace == Pace::Quick; }
};

struct ApiResponse
{
    int status = 0;
    HttpHead head;
    QByteArray body;
};

/// Percent-encodes one part of a path; '/' and what references need stay.
[[nodiscard]] QByteArray pathPart(const QString &text);
/// An id or a name of a container, network or exec: [A-Za-z0-9][A-Za-z0-9_.-]*, at most 255.
[[nodiscard]] Result<QByteArray> checkedName(const QString &text, const QString &what);

class Transport;

/// A request under way whose answer is taken piece by piece: negotiates first where needed, turns
/// answers of status 400 and up into errors, buffers input until the engine accepted. Destroying it
/// closes the connection. finished() comes once, last, from the event loop.
class StreamCall final : public QObject
{
    Q_OBJECT

public:
    StreamCall(Transport &transport, ApiCall call, QObject *parent = nullptr);
    ~StreamCall() override;

    [[nodiscard]] bool isAccepted() const { return m_accepted; }
    [[nodiscard]] const HttpHead &head() const { return m_head; }
    void write(const QByteArray &bytes);
    void closeWriting();
    [[nodiscard]] qint64 bytesToWrite() const;
    void pause();
    void resume();
    /// Ends with \a result, if it has not ended.
    void end(const Result<Done> &result);

Q_SIGNALS:
    void accepted();
    void bytes(const QByteArray &bytes);
    void bytesWritten(qint64 stillToWrite);
    void finished(const paddock::Result<paddock::Done> &result);

private:
    void connectNow();
    void onHead();
    void onBody(const QByteArray &bytes);
    void onFinished(const Result<Done> &result);

    QPointer<Transport> m_transport;
    ApiCall m_call;
    Pending<Capabilities> m_negotiation;
    std::unique_ptr<HttpConnection> m_connection;
    HttpHead m_head;
    QByteArray m_refusal; // body of an answer of status 400 and up
    QByteArray m_input;   // written before the engine accepted
    bool m_accepted = false;
    bool m_closeInput = false;
    bool m_paused = false;
    bool m_over = false;
};

/// Sends requests to one endpoint, with the negotiated version in the path.
class Transport final : public QObject
{
    Q_OBJECT

public:
    Transport(Endpoint endpoint, ClientOptions options);
    ~Transport() override;

    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }
    [[nodiscard]] const ClientOptions &options() const { return m_options; }
    [[nodiscard]] const std::optional<Capabilities> &known() const { return m_capabilities; }

    [[nodiscard]] Pending<Capabilities> negotiate();
    /// The engine went away or is another one now: negotiate again before the next request.
    void forget();

    /// A whole answer (status below 400). A read-only request whose answer broke off is sent again.
    [[nodiscard]] Pending<ApiResponse> send(ApiCall call);
    /// The same, read by \a read. Errors of \a read get the operation's name.
    template <typename T>
    [[nodiscard]] Pending<T> send(ApiCall call, std::function<Result<T>(const ApiResponse &)> read)
    {
        const QString operation = actionName(call.action);
        return chain<T>(
            send(std::move(call)),
            [read = std::move(read), operation](const Result<ApiResponse> &response) -> Result<T> {
                if (!response)
                    return fail(response.error());
                Result<T> value = read(*response);
                if (!value && value.error().operation.isEmpty())
                    return fail(value.error().withOperation(operation));
                return value;
            });
    }

private:
    class Negotiation;
    class Exchange;

    Endpoint m_endpoint;
    ClientOptions m_options;
    std::optional<Capabilities> m_capabilities;
    QPointer<Negotiation> m_negotiation;
};

} // namespace paddock::docker
