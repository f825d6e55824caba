// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/ScriptedProvider.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QUuid>

#include <array>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr const char *kModelName = "paddock-demo-script";
constexpr int kMaxScriptBytes = 1024 * 1024;
constexpr qsizetype kPieceLength = 24; // characters of a text sent at once

QByteArray compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray event(const QString &type, QJsonObject data)
{
    data.insert(u"type"_s, type);
    return "event: " + type.toUtf8() + "\ndata: " + compact(data) + "\n\n";
}

QString newId(const QString &prefix)
{
    return prefix + QUuid::createUuid().toString(QUuid::Id128).left(24);
}

QList<HttpHeader> jsonHeaders()
{
    return {{"content-type", "application/json"}};
}

ScriptedAnswer jsonAnswer(int status, const QJsonObject &object)
{
    ScriptedAnswer answer;
    answer.status = status;
    answer.headers = jsonHeaders();
    answer.pieces = {{.bytes = compact(object), .after = {}}};
    return answer;
}

ScriptedAnswer errorAnswer(int status, const QString &type, const QString &message)
{
    return jsonAnswer(status,
                      {{u"type"_s, u"error"_s},
                       {u"error"_s, QJsonObject{{u"type"_s, type}, {u"message"_s, message}}}});
}

/// The blocks of a message; a plain text counts as one block.
QJsonArray blocksOf(const QJsonValue &content)
{
    if (content.isString())
        return {QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, content}}};
    return content.toArray();
}

QString textOf(const QJsonValue &content)
{
    QString text;
    const QJsonArray blocks = blocksOf(content);
    for (const auto &block : blocks)
        text += block.toObject().value(u"text").toString() + u'\n';
    return text;
}

/// A value that fits a JSON schema, for requests that ask for structured output.
QJsonValue fitting(const QJsonObject &schema, int depth = 0)
{
    const QString type = schema.value(u"type").toString();
    if (depth > 8 || type == u"null")
        return QJsonValue::Null;
    if (schema.contains(u"enum"))
        return schema.value(u"enum").toArray().at(0);
    if (type == u"object") {
        QJsonObject object;
        const QJsonObject properties = schema.value(u"properties").toObject();
        for (auto it = properties.begin(); it != properties.end(); ++it)
            object.insert(it.key(), fitting(it.value().toObject(), depth + 1));
        return object;
    }
    if (type == u"array")
        return QJsonArray();
    if (type == u"boolean")
        return false;
    if (type == u"integer" || type == u"number")
        return 1;
    return u"Demo script"_s;
}

QJsonValue substituted(const QJsonValue &value, const QString &workspace)
{
    if (value.isString())
        return value.toString().replace(u"${workspace}"_s, workspace);
    if (value.isArray()) {
        QJsonArray array;
        for (const auto &element : value.toArray())
            array.append(substituted(element, workspace));
        return array;
    }
    if (value.isObject()) {
        QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            it.value() = substituted(it.value(), workspace);
        return object;
    }
    return value;
}

/// Builds the stream of one message.
class MessageStream
{
public:
    MessageStream(qint64 inputTokens, std::chrono::milliseconds pace)
        : m_pace(pace)
    {
        add(event(u"message_start"_s,
                  {{u"message"_s,
                    QJsonObject{{u"id"_s, newId(u"msg_"_s)},
                                {u"type"_s, u"message"_s},
                                {u"role"_s, u"assistant"_s},
                                {u"model"_s, QString::fromLatin1(kModelName)},
                                {u"content"_s, QJsonArray()},
                                {u"stop_reason"_s, QJsonValue::Null},
                                {u"stop_sequence"_s, QJsonValue::Null},
                                {u"usage"_s,
                                 QJsonObject{{u"input_tokens"_s, inputTokens},
                                             {u"cache_creation_input_tokens"_s, 0},
                                             {u"cache_read_input_tokens"_s, 0},
                                             {u"output_tokens"_s, 1}}}}}}));
    }

    void addText(const QString &text)
    {
        start({{u"type"_s, u"text"_s}, {u"text"_s, QString()}});
        for (qsizetype from = 0; from < text.size();) {
            qsizetype take = qMin(kPieceLength, text.size() - from);
            if (from + take < text.size() && text.at(from + take - 1).isHighSurrogate())
                ++take;
            delta({{u"type"_s, u"text_delta"_s}, {u"text"_s, text.mid(from, take)}});
            from += take;
        }
        stop();
        m_outputTokens += text.size() / 4 + 1;
    }

    void addTool(const ScriptStep::Tool &tool, const QString &workspace)
    {
        start({{u"type"_s, u"tool_use"_s},
               {u"id"_s, newId(u"toolu_"_s)},
               {u"name"_s, tool.name},
               {u"input"_s, QJsonObject()}});
        const QByteArray input = compact(substituted(tool.input, workspace).toObject());
        delta({{u"type"_s, u"input_json_delta"_s}, {u"partial_json"_s, QString::fromUtf8(input)}});
        stop();
        m_outputTokens += input.size() / 4 + 1;
    }

    void finish(const QString &reason)
    {
        add(event(
            u"message_delta"_s,
            {{u"delta"_s,
              QJsonObject{{u"stop_reason"_s, reason}, {u"stop_sequence"_s, QJsonValue::Null}}},
             {u"usage"_s, QJsonObject{{u"output_tokens"_s, m_outputTokens}}}}));
        add(event(u"message_stop"_s, {}));
    }

    [[nodiscard]] QList<ScriptedAnswer::Piece> pieces() const { return m_pieces; }

private:
    void add(const QByteArray &bytes) { m_pieces.append({.bytes = bytes, .after = m_pace}); }
    void start(const QJsonObject &block)
    {
        add(event(u"content_block_start"_s, {{u"index"_s, m_index}, {u"content_block"_s, block}}));
    }
    void delta(const QJsonObject &data)
    {
        add(event(u"content_block_delta"_s, {{u"index"_s, m_index}, {u"delta"_s, data}}));
    }
    void stop()
    {
        add(event(u"content_block_stop"_s, {{u"index"_s, m_index}}));
        ++m_index;
    }

    std::chrono::milliseconds m_pace;
    QList<ScriptedAnswer::Piece> m_pieces;
    int m_index = 0;
    qint64 m_outputTokens = 0;
};

ScriptedAnswer streamed(const MessageStream &stream)
{
    ScriptedAnswer answer;
    answer.headers = {{"content-type", "text/event-stream; charset=utf-8"},
                      {"cache-control", "no-cache"}};
    answer.pieces = stream.pieces();
    return answer;
}

/// The same message for a request that does not want a stream.
ScriptedAnswer unstreamed(const QString &text, qint64 inputTokens)
{
    return jsonAnswer(
        200,
        {{u"id"_s, newId(u"msg_"_s)},
         {u"type"_s, u"message"_s},
         {u"role"_s, u"assistant"_s},
         {u"model"_s, QString::fromLatin1(kModelName)},
         {u"content"_s, QJsonArray{QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, text}}}},
         {u"stop_reason"_s, u"end_turn"_s},
         {u"stop_sequence"_s, QJsonValue::Null},
         {u"usage"_s,
          QJsonObject{{u"input_tokens"_s, inputTokens},
                      {u"output_tokens"_s, text.size() / 4 + 1}}}});
}

Result<ScriptStep> parseStep(JsonReader reader)
{
    ScriptStep step;
    step.say = reader.optionalText(u"say");
    for (JsonReader &tool : reader.optionalObjects(u"tools"))
        step.tools.append({.name = tool.text(u"name"), .input = tool.object(u"input").raw()});
    step.status = static_cast<int>(reader.optionalInteger(u"status", 200));
    if (step.status < 200 || step.status > 599)
        reader.refuse(u"status", u"is out of range"_s);
    step.error = reader.optionalText(u"error", u"api_error"_s);
    step.message = reader.optionalText(u"message", u"scripted %1"_s.arg(step.status));
    const QString cut = reader.optionalText(u"cut");
    if (cut == u"before-head")
        step.cut = ScriptStep::Cut::BeforeHead;
    else if (cut == u"mid-stream")
        step.cut = ScriptStep::Cut::MidStream;
    else if (!cut.isEmpty())
        reader.refuse(u"cut", u"is not known"_s);
    step.hangs = reader.optionalBoolean(u"hang");
    step.delay = std::chrono::milliseconds(reader.optionalInteger(u"delay"));
    if (const auto error = reader.error())
        return fail(*error);
    return step;
}

} // namespace

struct ScriptedProvider::Place
{
    QString script = u"demo"_s;
    int toolResults = 0; ///< since the prompt
    bool isFirstPrompt = true;
    QString workspace = u"/workspace"_s;
};

ScriptedProvider::ScriptedProvider()
{
    QFile file(u":/paddock/demo/scripts/demo.json"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the demo script is missing from the program");
    const auto script = parseScript(u"demo"_s, file.readAll());
    Q_ASSERT(script.has_value());
    add(*script);
}

Result<ScriptedProvider> ScriptedProvider::fromFolder(const QString &folder)
{
    ScriptedProvider provider;
    provider.m_scripts.clear();
    const QDir dir(folder);
    const QStringList names = dir.entryList({u"*.json"_s}, QDir::Files);
    for (const QString &name : names) {
        QFile file(dir.filePath(name));
        if (!file.open(QIODevice::ReadOnly)) {
            return fail(
                Error(ErrorKind::FileNotFound,
                      QCoreApplication::translate("Gateway", "The script %1 cannot be read.")
                          .arg(file.fileName()))
                    .withDetail(file.errorString()));
        }
        const auto script = parseScript(name.chopped(5), file.read(kMaxScriptBytes + 1));
        if (!script)
            return fail(script.error());
        provider.add(*script);
    }
    if (provider.m_scripts.isEmpty()) {
        return fail(
            ErrorKind::NotFound,
            QCoreApplication::translate("Gateway", "There is no script in %1.").arg(folder));
    }
    return provider;
}

Result<Script> ScriptedProvider::parseScript(const QString &name, const QByteArray &json)
{
    const auto object = parseJsonObject(json, {.maxBytes = kMaxScriptBytes, .maxDepth = 32});
    std::optional<Error> error;
    Script script;
    if (object) {
        JsonReader reader(*object, name);
        script.name = name;
        script.label = reader.optionalText(u"label", u"[demo script] "_s);
        script.again = reader.optionalText(u"again");
        script.pace = std::chrono::milliseconds(reader.optionalInteger(u"pace"));
        for (const JsonReader &entry : reader.objects(u"steps")) {
            const auto step = parseStep(entry);
            if (!step)
                break; // the reader has the error
            script.steps.append(*step);
        }
        error = reader.error();
    } else {
        error = object.error();
    }
    if (error) {
        return fail(
            Error(
                ErrorKind::InvalidConfig,
                QCoreApplication::translate("Gateway", "The script \"%1\" is not valid.").arg(name))
                .withDetail(error->message + u' ' + error->detail));
    }
    return script;
}

void ScriptedProvider::add(const Script &script)
{
    m_scripts.insert(script.name, script);
}

ScriptedAnswer ScriptedProvider::answer(const QByteArray &method,
                                        const QByteArray &path,
                                        const QByteArray &body) const
{
    if (method == "GET" && path == "/v1/models") {
        const QJsonObject model{{u"type"_s, u"model"_s},
                                {u"id"_s, QString::fromLatin1(kModelName)},
                                {u"display_name"_s, u"Demo script (not a model)"_s},
                                {u"created_at"_s, u"2025-01-01T00:00:00Z"_s}};
        return jsonAnswer(200, {{u"data"_s, QJsonArray{model}}, {u"has_more"_s, false}});
    }
    if (method != "POST")
        return errorAnswer(404, u"not_found_error"_s, u"The script does not know this path."_s);
    const auto request = parseJsonObject(body, {.maxBytes = 32 * 1024 * 1024, .maxDepth = 128});
    if (!request) {
        return errorAnswer(
            400, u"invalid_request_error"_s, request.error().message + request.error().detail);
    }
    if (path == "/v1/messages/count_tokens")
        return jsonAnswer(200, {{u"input_tokens"_s, body.size() / 4 + 1}});
    if (path == "/v1/messages")
        return messages(*request);
    return errorAnswer(404, u"not_found_error"_s, u"The script does not know this path."_s);
}

ScriptedProvider::Place ScriptedProvider::placeIn(const QJsonObject &request)
{
    static const QRegularExpression marker(u"\\[\\[([a-z0-9-]+)\\]\\]"_s);
    static const QRegularExpression folder(
        u"(?:Primary working directory|Working directory|cwd): *(/[^\\s<]*)"_s);
    Place place;
    int prompts = 0;
    const QJsonArray list = request.value(u"messages").toArray();
    for (const auto &entry : list) {
        const QJsonObject message = entry.toObject();
        if (message.value(u"role").toString() != u"user")
            continue;
        const QJsonArray blocks = blocksOf(message.value(u"content"));
        int results = 0;
        bool isPrompt = false;
        for (const auto &value : blocks) {
            const QJsonObject block = value.toObject();
            if (block.value(u"type").toString() == u"tool_result") {
                ++results;
                ++place.toolResults;
                continue;
            }
            const QString text = block.value(u"text").toString();
            // What the agent program adds by itself is no prompt.
            if (text.isEmpty() || text.trimmed().startsWith(u"<system-reminder>"))
                continue;
            const auto match = marker.match(text);
            if (match.hasMatch()) {
                place.script = match.captured(1);
                place.toolResults = 0;
                isPrompt = true;
            } else if (results == 0) {
                isPrompt = true;
            }
        }
        if (!isPrompt)
            continue;
        ++prompts;
        if (results == 0)
            place.toolResults = 0;
    }
    place.isFirstPrompt = prompts <= 1;
    const auto match = folder.match(textOf(request.value(u"system")));
    if (match.hasMatch())
        place.workspace = match.captured(1);
    return place;
}

ScriptedAnswer ScriptedProvider::messages(const QJsonObject &request) const
{
    const qint64 inputTokens = compact(request).size() / 4;
    const Place place = placeIn(request);
    const auto found = m_scripts.constFind(place.script);
    Script script;
    if (found != m_scripts.constEnd())
        script = *found;
    else
        script.label = u"[demo script] "_s;

    // Side requests of the agent program (titles and the like) are no part of the script.
    const QJsonObject format =
        request.value(u"output_config").toObject().value(u"format").toObject();
    const bool isSideRequest = request.value(u"tools").toArray().isEmpty() || !format.isEmpty();
    QString text;
    const ScriptStep *step = nullptr;
    if (isSideRequest) {
        text = format.isEmpty() ? u"Demo script"_s
                                : QString::fromUtf8(compact(
                                      fitting(format.value(u"schema").toObject()).toObject()));
    } else if (found == m_scripts.constEnd()) {
        text = script.label + u"There is no script \"%1\"."_s.arg(place.script);
    } else if (!place.isFirstPrompt && !script.again.isEmpty()) {
        text = script.label + script.again;
    } else {
        int before = 0;
        for (const ScriptStep &candidate : script.steps) {
            if (before >= place.toolResults) {
                step = &candidate;
                break;
            }
            before += static_cast<int>(candidate.tools.size());
        }
        if (!step)
            text = script.label + u"The script is over."_s;
    }
    if (step && step->status != 200)
        return errorAnswer(step->status, step->error, step->message);
    ScriptedAnswer answer;
    if (step && (step->cut == ScriptStep::Cut::BeforeHead || step->hangs)) {
        answer.status = 0;
        answer.end = step->hangs ? ScriptedAnswer::End::Hang : ScriptedAnswer::End::Cut;
        return answer;
    }
    if (step && !step->say.isEmpty())
        text = script.label + step->say;
    text.replace(u"${workspace}"_s, place.workspace);
    if (!request.value(u"stream").toBool())
        return unstreamed(text, inputTokens);
    MessageStream stream(inputTokens, script.pace);
    if (!text.isEmpty())
        stream.addText(text);
    if (step && step->cut == ScriptStep::Cut::MidStream) {
        answer = streamed(stream);
        answer.end = ScriptedAnswer::End::Cut;
        return answer;
    }
    if (step) {
        for (const ScriptStep::Tool &tool : step->tools)
            stream.addTool(tool, place.workspace);
    }
    stream.finish(step && !step->tools.isEmpty() ? u"tool_use"_s : u"end_turn"_s);
    answer = streamed(stream);
    if (step)
        answer.pieces.first().after = step->delay;
    return answer;
}

} // namespace paddock::gateway
