// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ProviderProtocol.h"
#include "core/gateway/GatewayTypes.h"
#include "core/gateway/HttpTypes.h"

#include <variant>

namespace paddock::gateway {

/// The request goes to the provider, with this target.
struct Forward
{
    QByteArray path;
    QByteArray query; ///< only known parameters; without the agent's key
    bool operator==(const Forward &) const = default;
};
/// The gateway answers by itself, with an empty body.
struct AnswerLocally
{
    int status = 200;
    bool operator==(const AnswerLocally &) const = default;
};
using Verdict = std::variant<Forward, AnswerLocally, HttpRefusal>;

/// What becomes of a request: only methods and paths that a model needs pass. Pure.
[[nodiscard]] Verdict judge(const RequestHead &head, ProviderProtocol protocol);

/// The agent's headers that go to the provider: without credentials of any kind, cookies, the
/// connection's own headers (also those that Connection names) and what the gateway sets itself.
[[nodiscard]] QList<HttpHeader> forwardedHeaders(const RequestHead &head);
/// The provider's headers that go to the agent.
[[nodiscard]] QList<HttpHeader> returnedHeaders(const ResponseHead &head);

/// Name of the header that carries the key, and what stands before the key in it.
struct CredentialHeader
{
    QByteArray name;
    QByteArray prefix;
};
[[nodiscard]] CredentialHeader credentialHeader(CredentialForm form);

/// Checks what an owner asks for: https, or http on loopback only; no user, query or fragment.
[[nodiscard]] std::optional<QString> problemWith(const Upstream &upstream);

/// Whether \a cgroupFile (text of /proc/PID/cgroup) puts the process into \a container (64 hex
/// digits): one part of a path is its id, or ends with -ID.scope.
[[nodiscard]] bool cgroupNames(const QByteArray &cgroupFile, const QString &container);

} // namespace paddock::gateway
