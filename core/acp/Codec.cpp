// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/Codec.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::acp {

namespace {

constexpr qsizetype kMaxIdLength = 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("Acp", text);
}

tl::unexpected<Error> protocol(const QString &message, const QString &detail = {})
{
    return fail(Error(ErrorKind::AgentProtocol, message).withDetail(detail));
}

tl::unexpected<Error> protocol(const Error &error)
{
    return protocol(tr("The agent sent a message that does not follow the protocol."),
                    error.detail.isEmpty() ? error.message : error.message + u' ' + error.detail);
}

bool isId(const QJsonValue &value)
{
    if (!value.isString())
        return value.isDouble() && value.toInteger(1) == value.toInteger(2);
    // A lone surrogate would come back as another id.
    const QString text = value.toString();
    return text.size() <= kMaxIdLength && QString::fromUtf8(text.toUtf8()) == text;
}

QByteArray encode(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QString valueText(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool() ? u"true"_s : u"false"_s;
    return value.toVariant().toString();
}

OptionKind optionKind(const QString &name)
{
    if (name == u"allow_once")
        return OptionKind::AllowOnce;
    if (name == u"allow_always")
        return OptionKind::AllowAlways;
    if (name == u"reject_once")
        return OptionKind::RejectOnce;
    if (name == u"reject_always")
        return OptionKind::RejectAlways;
    return OptionKind::Unknown;
}

void readChoices(QList<JsonReader> readers, const QString &group, QList<ConfigChoice> &into)
{
    for (JsonReader &reader : readers) {
        // codex groups its modes: {group, name, options: [...]}.
        if (reader.has(u"options") && !reader.has(u"value")) {
            const QString name = reader.optionalText(u"name", reader.optionalText(u"group"));
            if (group.isEmpty())
                readChoices(reader.objects(u"options"), name, into);
            else
                reader.refuse(u"options", u"are nested twice"_s);
            continue;
        }
        ConfigChoice choice;
        choice.value = reader.text(u"value");
        choice.name = reader.optionalText(u"name", choice.value);
        choice.description = reader.optionalText(u"description");
        choice.group = group;
        into.append(choice);
    }
}

} // namespace

Result<Incoming> parseLine(const QByteArray &line, const Limits &limits)
{
    if (line.size() > limits.maxMessageBytes) {
        return protocol(tr("The agent sent a message of %1 bytes; %2 are accepted.")
                            .arg(line.size())
                            .arg(limits.maxMessageBytes));
    }
    const auto object =
        parseJsonObject(line, {.maxBytes = limits.maxMessageBytes, .maxDepth = limits.maxDepth});
    if (!object)
        return protocol(object.error());
    if (object->value(u"jsonrpc").toString() != u"2.0")
        return protocol(tr("The agent sent a line that is not JSON-RPC 2.0."));

    Incoming message;
    const QJsonValue method = object->value(u"method");
    const QJsonValue id = object->value(u"id");
    if (!method.isUndefined() && !method.isString())
        return protocol(tr("The agent sent a message whose method is not text."));
    if (method.isString()) {
        message.method = method.toString();
        const QJsonValue params = object->value(u"params");
        if (!params.isUndefined() && !params.isNull() && !params.isObject())
            return protocol(
                tr("The agent sent %1 without named parameters.").arg(message.method.left(100)));
        message.params = params.toObject();
        if (id.isUndefined()) {
            message.kind = Incoming::Kind::Notification;
            return message;
        }
        if (!isId(id))
            return protocol(tr("The agent sent a request whose id is neither text nor a whole "
                               "number."));
        message.kind = Incoming::Kind::Request;
        message.id = id;
        return message;
    }
    const bool hasResult = object->contains(u"result");
    const bool hasError = object->contains(u"error");
    if (hasResult == hasError)
        return protocol(tr("The agent sent an answer that has not exactly one of result and "
                           "error."));
    // An id of null answers a message that the agent could not read.
    if (!isId(id) && !(hasError && id.isNull()))
        return protocol(tr("The agent sent an answer without the id of a request."));
    message.kind = Incoming::Kind::Response;
    message.id = id;
    if (hasResult) {
        message.result = object->value(u"result");
        return message;
    }
    JsonReader reader(object->value(u"error"), u"error"_s);
    RpcError error;
    error.code = reader.integer(u"code");
    error.message = reader.text(u"message");
    error.data = reader.value(u"data");
    if (const auto problem = reader.error())
        return protocol(*problem);
    message.error = error;
    return message;
}

QString idText(const QJsonValue &id)
{
    if (id.isString()) {
        const QByteArray array = QJsonDocument(QJsonArray{id}).toJson(QJsonDocument::Compact);
        return QString::fromUtf8(array.mid(1, array.size() - 2));
    }
    return QString::number(id.toInteger());
}

QString permissionKeyOf(const QString &generation, const QJsonValue &id)
{
    return generation + u'/' + idText(id);
}

QByteArray encodeRequest(qint64 id, const QString &method, const QJsonObject &params)
{
    return encode(
        {{u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, id}, {u"method"_s, method}, {u"params"_s, params}});
}

QByteArray encodeNotification(const QString &method, const QJsonObject &params)
{
    return encode({{u"jsonrpc"_s, u"2.0"_s}, {u"method"_s, method}, {u"params"_s, params}});
}

QByteArray encodeResult(const QJsonValue &id, const QJsonObject &result)
{
    return encode({{u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, id}, {u"result"_s, result}});
}

QByteArray encodeError(const QJsonValue &id, qint64 code, const QString &message)
{
    return encode({{u"jsonrpc"_s, u"2.0"_s},
                   {u"id"_s, id},
                   {u"error"_s, QJsonObject{{u"code"_s, code}, {u"message"_s, message}}}});
}

QJsonObject cancelledOutcome()
{
    return {{u"outcome"_s, QJsonObject{{u"outcome"_s, u"cancelled"_s}}}};
}

QJsonObject encodeContent(const ContentBlock &block)
{
    switch (block.kind) {
    case ContentBlock::Kind::Image:
        return {{u"type"_s, u"image"_s},
                {u"mimeType"_s, block.mimeType},
                {u"data"_s, QString::fromLatin1(block.data)}};
    case ContentBlock::Kind::Audio:
        return {{u"type"_s, u"audio"_s},
                {u"mimeType"_s, block.mimeType},
                {u"data"_s, QString::fromLatin1(block.data)}};
    case ContentBlock::Kind::ResourceLink: {
        QJsonObject link{
            {u"type"_s, u"resource_link"_s}, {u"uri"_s, block.uri}, {u"name"_s, block.name}};
        if (!block.mimeType.isEmpty())
            link.insert(u"mimeType"_s, block.mimeType);
        return link;
    }
    case ContentBlock::Kind::Resource: {
        QJsonObject resource{{u"uri"_s, block.uri}};
        if (!block.mimeType.isEmpty())
            resource.insert(u"mimeType"_s, block.mimeType);
        if (block.data.isEmpty())
            resource.insert(u"text"_s, block.text);
        else
            resource.insert(u"blob"_s, QString::fromLatin1(block.data));
        return {{u"type"_s, u"resource"_s}, {u"resource"_s, resource}};
    }
    case ContentBlock::Kind::Text:
    case ContentBlock::Kind::Unknown:
        break;
    }
    return {{u"type"_s, u"text"_s}, {u"text"_s, block.text}};
}

Error errorOf(const RpcError &error)
{
    const QJsonObject data = error.data.toObject();
    const QString errorKind = data.value(u"errorKind").toString();
    QString words = error.message;
    const QString details = data.value(u"details").toString();
    if (!details.isEmpty() && !words.contains(details))
        words += u": "_s + details;
    words = words.left(8192);

    if (error.code == -32000) {
        return Error(ErrorKind::SecretMissing,
                     tr("The agent asks for a login to its model provider."))
            .withDetail(words)
            .withRemedy(tr("Store a key for the provider and start the session again."));
    }
    if (error.code == 429 || errorKind == u"rate_limit") {
        return Error(ErrorKind::ProviderFailed,
                     tr("The model provider refuses further requests for now."))
            .withDetail(words)
            .withRemedy(tr("Wait a while and send the message again."));
    }
    // gemini gives the HTTP status of the provider as code; claude tells the kind in the data.
    if ((error.code >= 100 && error.code <= 599) || !errorKind.isEmpty()) {
        return Error(ErrorKind::ProviderFailed, tr("The model provider did not answer the agent."))
            .withDetail(words)
            .withRemedy(tr("Read the provider's words in the details, then send the message "
                           "again."));
    }
    if (error.code == -32002)
        return Error(ErrorKind::NotFound, tr("The agent does not know that conversation."))
            .withDetail(words);
    Error refused(ErrorKind::AgentRefused, tr("The agent refused the request."));
    refused.detail = words;
    if (error.code == -32601)
        refused.category = Category::Unsupported;
    else if (error.code == -32602)
        refused.category = Category::InvalidArgument;
    return refused;
}

Result<AgentInfo> parseAgentInfo(const QJsonValue &result)
{
    JsonReader reader(result, u"initialize"_s);
    AgentInfo info;
    info.protocolVersion = static_cast<int>(reader.integer(u"protocolVersion"));
    if (auto agent = reader.optionalObject(u"agentInfo")) {
        info.name = agent->optionalText(u"name");
        info.title = agent->optionalText(u"title");
        info.version = agent->optionalText(u"version");
    }
    if (auto capabilities = reader.optionalObject(u"agentCapabilities")) {
        info.canLoad = capabilities->optionalBoolean(u"loadSession");
        if (auto prompt = capabilities->optionalObject(u"promptCapabilities")) {
            info.takesImages = prompt->optionalBoolean(u"image");
            info.takesAudio = prompt->optionalBoolean(u"audio");
            info.takesEmbeddedContext = prompt->optionalBoolean(u"embeddedContext");
        }
        // A capability is there when its (often empty) object is.
        if (auto session = capabilities->optionalObject(u"sessionCapabilities")) {
            info.canResume = session->has(u"resume");
            info.canList = session->has(u"list");
            info.canClose = session->has(u"close");
        }
    }
    for (JsonReader &method : reader.optionalObjects(u"authMethods"))
        info.authMethods.append(method.text(u"id"));
    if (const auto problem = reader.error())
        return protocol(*problem);
    return info;
}

Result<SessionSettings> parseSettings(const QJsonObject &object, const Limits &limits)
{
    JsonReader reader(object, u"session"_s);
    SessionSettings settings;
    if (auto modes = reader.optionalObject(u"modes")) {
        settings.currentMode = modes->optionalText(u"currentModeId");
        for (JsonReader &entry : modes->optionalObjects(u"availableModes")) {
            Mode mode;
            mode.id = entry.text(u"id");
            mode.name = entry.optionalText(u"name", mode.id);
            mode.description = entry.optionalText(u"description");
            settings.modes.append(mode);
        }
    }
    for (JsonReader &entry : reader.optionalObjects(u"configOptions")) {
        ConfigOption option;
        option.id = entry.text(u"id");
        option.name = entry.optionalText(u"name", option.id);
        option.category = entry.optionalText(u"category");
        option.currentValue = valueText(entry.value(u"currentValue"));
        readChoices(entry.optionalObjects(u"options"), {}, option.choices);
        if (option.choices.size() > limits.maxListEntries)
            entry.refuse(u"options", u"are too many"_s);
        settings.configOptions.append(option);
    }
    if (settings.modes.size() > limits.maxListEntries)
        reader.refuse(u"modes", u"are too many"_s);
    if (settings.configOptions.size() > limits.maxListEntries)
        reader.refuse(u"configOptions", u"are too many"_s);
    if (const auto problem = reader.error())
        return protocol(*problem);
    return settings;
}

Result<QList<PermissionOption>> parseOptions(const QJsonObject &params, const Limits &limits)
{
    JsonReader reader(params, u"permission"_s);
    QList<PermissionOption> options;
    for (JsonReader &entry : reader.objects(u"options")) {
        PermissionOption option;
        option.id = entry.text(u"optionId");
        option.name = entry.optionalText(u"name", option.id).left(limits.maxShortText);
        option.kind = optionKind(entry.text(u"kind"));
        options.append(option);
    }
    if (options.size() > limits.maxOptions)
        reader.refuse(u"options", u"are too many"_s);
    if (const auto problem = reader.error())
        return protocol(*problem);
    return options;
}

Result<ContentBlock> parseContent(const QJsonValue &value, const Limits &limits)
{
    JsonReader reader(value, u"content"_s);
    ContentBlock block;
    const QString type = reader.text(u"type");
    if (type == u"text") {
        block.text = reader.text(u"text");
    } else if (type == u"image" || type == u"audio") {
        block.kind = type == u"image" ? ContentBlock::Kind::Image : ContentBlock::Kind::Audio;
        block.mimeType = reader.optionalText(u"mimeType");
        block.data = reader.optionalText(u"data").toLatin1();
        block.uri = reader.optionalText(u"uri");
    } else if (type == u"resource_link") {
        block.kind = ContentBlock::Kind::ResourceLink;
        block.uri = reader.text(u"uri");
        block.name = reader.optionalText(u"name");
        block.mimeType = reader.optionalText(u"mimeType");
    } else if (type == u"resource") {
        block.kind = ContentBlock::Kind::Resource;
        JsonReader resource = reader.object(u"resource");
        block.uri = resource.optionalText(u"uri");
        block.mimeType = resource.optionalText(u"mimeType");
        block.text = resource.optionalText(u"text");
        block.data = resource.optionalText(u"blob").toLatin1();
    } else {
        block.kind = ContentBlock::Kind::Unknown;
        block.name = type.left(limits.maxShortText);
    }
    if (const auto problem = reader.error())
        return protocol(*problem);
    return block;
}

TurnResult turnResultOf(const Incoming &message,
                        const QString &promptId,
                        bool nullUsageIsFailure,
                        const QString &lastAgentText)
{
    TurnResult turn;
    turn.promptId = promptId;
    if (message.error) {
        turn.error = errorOf(*message.error);
        return turn;
    }
    JsonReader reader(message.result, u"prompt"_s);
    const QString reason = reader.text(u"stopReason");
    if (reason == u"end_turn")
        turn.stopReason = StopReason::EndTurn;
    else if (reason == u"max_tokens")
        turn.stopReason = StopReason::MaxTokens;
    else if (reason == u"max_turn_requests")
        turn.stopReason = StopReason::MaxTurnRequests;
    else if (reason == u"refusal")
        turn.stopReason = StopReason::Refusal;
    else if (reason == u"cancelled")
        turn.stopReason = StopReason::Cancelled;
    if (auto usage = reader.optionalObject(u"usage")) {
        TurnUsage tokens;
        tokens.inputTokens = usage->optionalInteger(u"inputTokens");
        tokens.outputTokens = usage->optionalInteger(u"outputTokens");
        tokens.totalTokens = usage->optionalInteger(u"totalTokens");
        tokens.cachedReadTokens = usage->optionalInteger(u"cachedReadTokens");
        tokens.cachedWriteTokens = usage->optionalInteger(u"cachedWriteTokens");
        tokens.thoughtTokens = usage->optionalInteger(u"thoughtTokens");
        turn.usage = tokens;
    }
    if (const auto problem = reader.error()) {
        turn.error = protocol(*problem).value();
        return turn;
    }
    if (nullUsageIsFailure && turn.stopReason == StopReason::EndTurn &&
        message.result.toObject().value(u"usage").isNull()) {
        turn.error =
            Error(ErrorKind::ProviderFailed, tr("The turn ended without an answer of the model."))
                .withDetail(lastAgentText.right(4096))
                .withRemedy(tr("Read the agent's last words, then send the message "
                               "again."));
    }
    return turn;
}

} // namespace paddock::acp
