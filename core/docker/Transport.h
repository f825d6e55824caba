// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/ApiCall.h"
#include "core/docker/Chain.h"
#include "core/docker/DockerClient.h"

#include <QObject>
#include <QPointer>

#include <functional>
#include <optional>

namespace paddock::docker {

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
