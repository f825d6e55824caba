// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/RequestRules.h"

#include <QCoreApplication>
#include <QHostAddress>
#include <QRegularExpression>
#include <QSet>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

struct Route
{
    ProviderProtocol protocol;
    const char *method;
    const char *path; // anchored regular expression
    QList<QByteArray> parameters;
};

const QList<Route> &routes()
{
    static const QList<Route> table = {
        {ProviderProtocol::Anthropic, "POST", "/v1/messages", {"beta"}},
        {ProviderProtocol::Anthropic, "POST", "/v1/messages/count_tokens", {"beta"}},
        {ProviderProtocol::Anthropic,
         "GET",
         "/v1/models",
         {"beta", "limit", "after_id", "before_id"}},
        {ProviderProtocol::OpenAiChat, "POST", "/v1/chat/completions", {}},
        {ProviderProtocol::OpenAiChat, "GET", "/v1/models", {}},
        {ProviderProtocol::OpenAiResponses, "POST", "/v1/responses", {}},
        {ProviderProtocol::OpenAiResponses, "GET", "/v1/models", {}},
        {ProviderProtocol::Gemini,
         "POST",
         "/v1beta/models/[A-Za-z0-9._-]+:(generateContent|streamGenerateContent|countTokens)",
         {"alt"}},
    };
    return table;
}

HttpRefusal refusal(int status, const char *reason)
{
    return {.status = status, .reason = QCoreApplication::translate("Gateway", reason)};
}

bool isPlainValue(const QByteArray &value)
{
    for (const char c : value) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        if (!isPlain)
            return false;
    }
    return value.size() <= 256;
}

const QSet<QByteArray> &connectionHeaders()
{
    static const QSet<QByteArray> names = {"connection",
                                           "keep-alive",
                                           "proxy-connection",
                                           "te",
                                           "trailer",
                                           "transfer-encoding",
                                           "upgrade",
                                           "content-length",
                                           "host",
                                           "expect",
                                           "via",
                                           "forwarded",
                                           "http2-settings",
                                           "alt-svc"};
    return names;
}

/// Every header that might be a credential, by its name: new ones are stripped rather than passed.
bool isCredential(const QByteArray &name)
{
    for (const char *part :
         {"auth", "cookie", "api-key", "apikey", "token", "secret", "credential", "password"}) {
        if (name.contains(part))
            return true;
    }
    return false;
}

QSet<QByteArray> namedByConnection(const QList<HttpHeader> &headers)
{
    QSet<QByteArray> names;
    for (const HttpHeader &header : headers) {
        if (header.name.compare("connection", Qt::CaseInsensitive) != 0)
            continue;
        for (const QByteArray &name : header.value.split(','))
            names.insert(name.trimmed().toLower());
    }
    return names;
}

} // namespace

Verdict judge(const RequestHead &head, ProviderProtocol protocol)
{
    // Programs ask whether anybody is there; nobody else needs to hear of it.
    if (head.method == "HEAD" && (head.path == "/" || head.path == "/api/hello"))
        return AnswerLocally{200};
    bool isKnownPath = false;
    for (const Route &route : routes()) {
        if (route.protocol != protocol)
            continue;
        const QRegularExpression path(
            QRegularExpression::anchoredPattern(QString::fromLatin1(route.path)));
        if (!path.match(QString::fromLatin1(head.path)).hasMatch())
            continue;
        isKnownPath = true;
        if (head.method != route.method)
            continue;
        QList<QByteArray> kept;
        const QList<QByteArray> pairs =
            head.query.isEmpty() ? QList<QByteArray>() : head.query.split('&');
        for (const QByteArray &pair : pairs) {
            const qsizetype equals = pair.indexOf('=');
            const QByteArray name = equals < 0 ? pair : pair.left(equals);
            if (name == "key")
                continue; // the agent's own
            if (!route.parameters.contains(name) ||
                !isPlainValue(equals < 0 ? QByteArray() : pair.mid(equals + 1)))
                return refusal(403, "The query of the request is not on the list.");
            kept.append(pair);
        }
        if (head.method == "GET" && head.hasBody())
            return refusal(403, "The request has a body that it should not have.");
        return Forward{.path = head.path, .query = kept.join('&')};
    }
    return isKnownPath ? refusal(403, "The method of the request is not on the list.")
                       : refusal(403, "The path of the request is not on the list.");
}

QList<HttpHeader> forwardedHeaders(const RequestHead &head)
{
    const QSet<QByteArray> named = namedByConnection(head.headers);
    QList<HttpHeader> kept;
    for (const HttpHeader &header : head.headers) {
        const QByteArray name = header.name.toLower();
        if (connectionHeaders().contains(name) || named.contains(name) || isCredential(name) ||
            name.startsWith("proxy-") || name.startsWith("x-forwarded-") || name == "x-real-ip")
            continue;
        kept.append(header);
    }
    return kept;
}

QList<HttpHeader> returnedHeaders(const ResponseHead &head)
{
    const QSet<QByteArray> named = namedByConnection(head.headers);
    QList<HttpHeader> kept;
    for (const HttpHeader &header : head.headers) {
        const QByteArray name = header.name.toLower();
        if (connectionHeaders().contains(name) || named.contains(name) ||
            name.startsWith("proxy-") || name == "set-cookie" || name == "set-cookie2" ||
            name == "location" || name == "www-authenticate" || name == "strict-transport-security")
            continue;
        kept.append(header);
    }
    return kept;
}

CredentialHeader credentialHeader(CredentialForm form)
{
    switch (form) {
    case CredentialForm::Bearer:
        return {.name = "authorization", .prefix = "Bearer "};
    case CredentialForm::XGoogApiKey:
        return {.name = "x-goog-api-key", .prefix = {}};
    case CredentialForm::XApiKey:
        break;
    }
    return {.name = "x-api-key", .prefix = {}};
}

std::optional<QString> problemWith(const Upstream &upstream)
{
    if (upstream.kind == UpstreamKind::Demo)
        return std::nullopt;
    const QUrl &url = upstream.baseUrl;
    if (!url.isValid() || url.host().isEmpty())
        return QCoreApplication::translate("Gateway", "The address of the provider is not valid.");
    if (!url.userInfo().isEmpty() || url.hasQuery() || url.hasFragment()) {
        return QCoreApplication::translate(
            "Gateway", "The address of the provider may have a host, a port and a path only.");
    }
    if (url.scheme() == u"https")
        return std::nullopt;
    const QHostAddress address(url.host());
    const bool isLoopback =
        url.host() == u"localhost" || (!address.isNull() && address.isLoopback());
    if (url.scheme() == u"http" && isLoopback)
        return std::nullopt;
    return QCoreApplication::translate(
        "Gateway", "The address of the provider has to begin with https, or be on this machine.");
}

bool cgroupNames(const QByteArray &cgroupFile, const QString &container)
{
    static const QRegularExpression form(u"^[0-9a-f]{64}$"_s);
    if (!form.match(container).hasMatch())
        return false;
    const QByteArray id = container.toLatin1();
    for (const QByteArray &line : cgroupFile.split('\n')) {
        // hierarchy:controllers:path
        const qsizetype first = line.indexOf(':');
        const qsizetype second = line.indexOf(':', first + 1);
        if (first < 0 || second < 0)
            continue;
        for (const QByteArray &part : line.mid(second + 1).split('/')) {
            if (part == id || part.endsWith("-" + id + ".scope"))
                return true;
        }
    }
    return false;
}

} // namespace paddock::gateway
