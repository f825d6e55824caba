// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/ControlProtocol.h"

#include "core/base/JsonReader.h"

#include <limits>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

QString credentialName(CredentialForm form)
{
    switch (form) {
    case CredentialForm::Bearer:
        return u"bearer"_s;
    case CredentialForm::XGoogApiKey:
        return u"x-goog-api-key"_s;
    case CredentialForm::XApiKey:
        break;
    }
    return u"x-api-key"_s;
}

QJsonObject toJson(const Upstream &upstream)
{
    return {{u"kind"_s, upstream.kind == UpstreamKind::Demo ? u"demo"_s : u"provider"_s},
            {u"baseUrl"_s, upstream.baseUrl.toString(QUrl::FullyEncoded)},
            {u"credential"_s, credentialName(upstream.credential)},
            {u"scripts"_s, upstream.scripts},
            {u"authorities"_s, upstream.authorities}};
}

Upstream upstreamFrom(JsonReader reader)
{
    Upstream upstream;
    const QString kind = reader.text(u"kind");
    if (kind == u"provider")
        upstream.kind = UpstreamKind::Provider;
    else if (kind != u"demo")
        reader.refuse(u"kind", u"is not known"_s);
    upstream.baseUrl = QUrl(reader.optionalText(u"baseUrl"), QUrl::StrictMode);
    const QString credential = reader.optionalText(u"credential", u"x-api-key"_s);
    if (credential == u"bearer")
        upstream.credential = CredentialForm::Bearer;
    else if (credential == u"x-goog-api-key")
        upstream.credential = CredentialForm::XGoogApiKey;
    else if (credential != u"x-api-key")
        reader.refuse(u"credential", u"is not known"_s);
    upstream.scripts = reader.optionalText(u"scripts");
    upstream.authorities = reader.optionalText(u"authorities");
    return upstream;
}

SessionId sessionFrom(JsonReader &reader)
{
    const auto id = sessionIdFromText(reader.text(u"session"));
    if (!id) {
        reader.refuse(u"session", u"is no session"_s);
        return {};
    }
    return *id;
}

ProviderProtocol protocolFrom(JsonReader &reader)
{
    const auto protocol = providerProtocolFromName(reader.text(u"protocol"));
    if (!protocol)
        reader.refuse(u"protocol", u"is not known"_s);
    return protocol.value_or(ProviderProtocol::None);
}

template <typename T>
Result<T> checked(T value, const JsonReader &reader)
{
    if (const auto error = reader.error())
        return fail(*error);
    return value;
}

} // namespace

QJsonObject toJson(const Error &error)
{
    return {{u"kind"_s, error.kindName()},
            {u"message"_s, error.message},
            {u"detail"_s, error.detail},
            {u"remedy"_s, error.remedy}};
}

Error errorFromJson(const QJsonObject &object)
{
    const auto kind = errorKindFromName(object.value(u"kind").toString());
    return Error(kind.value_or(ErrorKind::Internal), object.value(u"message").toString())
        .withDetail(object.value(u"detail").toString())
        .withRemedy(object.value(u"remedy").toString());
}

QJsonObject toJson(const DoorOptions &options)
{
    return {{u"session"_s, options.id.value},
            {u"runFolder"_s, options.runFolder},
            {u"uid"_s, static_cast<qint64>(options.uid)},
            {u"gid"_s, static_cast<qint64>(options.gid)},
            {u"protocol"_s, providerProtocolName(options.protocol)},
            {u"upstream"_s, toJson(options.upstream)}};
}

Result<DoorOptions> doorFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"door"_s);
    DoorOptions options;
    options.id = sessionFrom(reader);
    options.runFolder = reader.text(u"runFolder");
    const qint64 uid = reader.integer(u"uid");
    const qint64 gid = reader.integer(u"gid");
    constexpr qint64 kMaxId = std::numeric_limits<uid_t>::max() - 1;
    if (uid < 0 || uid > kMaxId || gid < 0 || gid > kMaxId)
        reader.refuse(u"uid", u"is out of range"_s);
    options.uid = static_cast<uid_t>(uid);
    options.gid = static_cast<gid_t>(gid);
    options.protocol = protocolFrom(reader);
    options.upstream = upstreamFrom(reader.object(u"upstream"));
    if (!options.runFolder.startsWith(u'/') || options.runFolder.contains(QChar(0)))
        reader.refuse(u"runFolder", u"is not an absolute path"_s);
    return checked(options, reader);
}

QJsonObject toJson(const DoorStatus &status)
{
    return {{u"session"_s, status.id.value},
            {u"runFolder"_s, status.runFolder},
            {u"protocol"_s, providerProtocolName(status.protocol)},
            {u"upstream"_s, toJson(status.upstream)},
            {u"container"_s, status.container.value},
            {u"hasKey"_s, status.hasKey},
            {u"requests"_s, status.requests},
            {u"refused"_s, status.refused},
            {u"bytesUp"_s, status.bytesUp},
            {u"bytesDown"_s, status.bytesDown},
            {u"active"_s, status.active}};
}

Result<DoorStatus> statusFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"door"_s);
    DoorStatus status;
    status.id = sessionFrom(reader);
    status.runFolder = reader.text(u"runFolder");
    status.protocol = protocolFrom(reader);
    status.upstream = upstreamFrom(reader.object(u"upstream"));
    status.container = ContainerId{reader.optionalText(u"container")};
    status.hasKey = reader.boolean(u"hasKey");
    status.requests = reader.integer(u"requests");
    status.refused = reader.integer(u"refused");
    status.bytesUp = reader.integer(u"bytesUp");
    status.bytesDown = reader.integer(u"bytesDown");
    status.active = static_cast<int>(reader.integer(u"active"));
    return checked(status, reader);
}

QJsonObject toJson(const RequestRecord &record)
{
    return {{u"number"_s, record.number},
            {u"at"_s, record.at.toString(Qt::ISODateWithMs)},
            {u"session"_s, record.session.value},
            {u"method"_s, record.method},
            {u"path"_s, record.path},
            {u"status"_s, record.status},
            {u"reason"_s, record.reason},
            {u"bytesUp"_s, record.bytesUp},
            {u"bytesDown"_s, record.bytesDown},
            {u"milliseconds"_s, record.milliseconds},
            {u"peerPid"_s, static_cast<qint64>(record.peerPid)}};
}

Result<RequestRecord> recordFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"request"_s);
    RequestRecord record;
    record.number = reader.integer(u"number");
    record.at = QDateTime::fromString(reader.text(u"at"), Qt::ISODateWithMs);
    record.session = sessionFrom(reader);
    record.method = reader.text(u"method");
    record.path = reader.text(u"path");
    record.status = static_cast<int>(reader.integer(u"status"));
    record.reason = reader.optionalText(u"reason");
    record.bytesUp = reader.integer(u"bytesUp");
    record.bytesDown = reader.integer(u"bytesDown");
    record.milliseconds = reader.integer(u"milliseconds");
    record.peerPid = static_cast<pid_t>(reader.integer(u"peerPid"));
    return checked(record, reader);
}

} // namespace paddock::gateway
