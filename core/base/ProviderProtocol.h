// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace paddock {

/// The wire protocol an agent program speaks to its model provider; the gateway's allowlist and
/// the form of the credential follow it.
enum class ProviderProtocol {
    None, ///< the agent needs no model (tests, terminal programs)
    Anthropic,
    OpenAiChat,
    OpenAiResponses,
    Gemini,
};

/// "none", "anthropic", "openai-chat", "openai-responses", "gemini".
[[nodiscard]] inline QString providerProtocolName(ProviderProtocol protocol)
{
    switch (protocol) {
    case ProviderProtocol::None:
        return QStringLiteral("none");
    case ProviderProtocol::Anthropic:
        return QStringLiteral("anthropic");
    case ProviderProtocol::OpenAiChat:
        return QStringLiteral("openai-chat");
    case ProviderProtocol::OpenAiResponses:
        return QStringLiteral("openai-responses");
    case ProviderProtocol::Gemini:
        return QStringLiteral("gemini");
    }
    return {};
}

[[nodiscard]] inline std::optional<ProviderProtocol> providerProtocolFromName(QStringView name)
{
    for (const auto protocol : {ProviderProtocol::None,
                                ProviderProtocol::Anthropic,
                                ProviderProtocol::OpenAiChat,
                                ProviderProtocol::OpenAiResponses,
                                ProviderProtocol::Gemini}) {
        if (providerProtocolName(protocol) == name)
            return protocol;
    }
    return std::nullopt;
}

} // namespace paddock
