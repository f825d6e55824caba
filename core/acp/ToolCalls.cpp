// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/ToolCalls.h"

#include "core/acp/Codec.h"
#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::acp {

namespace {

std::optional<ToolStatus> statusOf(const QString &name)
{
    if (name == u"pending")
        return ToolStatus::Pending;
    if (name == u"in_progress")
        return ToolStatus::InProgress;
    if (name == u"completed")
        return ToolStatus::Completed;
    if (name == u"failed")
        return ToolStatus::Failed;
    return std::nullopt;
}

ToolKind kindOf(const QString &name)
{
    static const QHash<QString, ToolKind> kinds = {
        {u"read"_s, ToolKind::Read},
        {u"edit"_s, ToolKind::Edit},
        {u"delete"_s, ToolKind::Delete},
        {u"move"_s, ToolKind::Move},
        {u"search"_s, ToolKind::Search},
        {u"execute"_s, ToolKind::Execute},
        {u"think"_s, ToolKind::Think},
        {u"fetch"_s, ToolKind::Fetch},
        {u"switch_mode"_s, ToolKind::SwitchMode},
    };
    return kinds.value(name, ToolKind::Other);
}

Result<ToolContent> contentOf(JsonReader reader, const Limits &limits)
{
    const QString type = reader.text(u"type");
    if (type == u"content") {
        const auto block = parseContent(reader.value(u"content"), limits);
        if (!block)
            return fail(block.error());
        return ToolContent(*block);
    }
    if (type == u"diff") {
        Diff diff;
        diff.path = reader.text(u"path");
        if (reader.has(u"oldText"))
            diff.oldText = reader.text(u"oldText");
        diff.newText = reader.text(u"newText");
        return ToolContent(diff);
    }
    if (type == u"terminal")
        return ToolContent(TerminalReference{reader.text(u"terminalId")});
    ContentBlock unknown;
    unknown.kind = ContentBlock::Kind::Unknown;
    unknown.name = type.left(limits.maxShortText);
    return ToolContent(unknown);
}

qsizetype jsonWeight(const QJsonValue &value) // depth is bounded by the parser
{
    qsizetype size = 8;
    if (value.isString())
        return size + value.toString().size();
    if (value.isArray()) {
        for (const auto &element : value.toArray())
            size += jsonWeight(element);
    } else if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            size += it.key().size() + jsonWeight(it.value());
    }
    return size;
}

} // namespace

ToolCalls::ToolCalls(const Limits &limits)
    : m_limits(limits)
{
}

const ToolCall *ToolCalls::find(const QString &id) const
{
    const auto it = m_calls.constFind(id);
    return it == m_calls.constEnd() ? nullptr : &*it;
}

void ToolCalls::clear()
{
    m_calls.clear();
    m_order.clear();
    m_weight = 0;
}

void ToolCalls::forgetOldest()
{
    const ToolCall call = m_calls.take(m_order.takeFirst());
    m_weight -= weightOf(call);
}

qsizetype weightOf(const ToolCall &call)
{
    qsizetype size = call.title.size() + call.output.size() + jsonWeight(call.rawInput) +
                     jsonWeight(call.rawOutput);
    for (const Location &location : call.locations)
        size += location.path.size();
    for (const ToolContent &part : call.content) {
        if (const auto *block = std::get_if<ContentBlock>(&part))
            size += block->text.size() + block->data.size();
        else if (const auto *diff = std::get_if<Diff>(&part))
            size += diff->newText.size() + diff->oldText.value_or(QString()).size();
    }
    return size;
}

Result<ToolCallUpdate> ToolCalls::merge(const QJsonObject &object)
{
    JsonReader reader(object, u"toolCall"_s);
    const QString id = reader.text(u"toolCallId");
    if (id.isEmpty())
        reader.refuse(u"toolCallId", u"is empty"_s);
    if (id.size() > m_limits.maxShortText)
        reader.refuse(u"toolCallId", u"is too long"_s);
    const auto known = m_calls.constFind(id);
    ToolCallUpdate update;
    update.isNew = known == m_calls.constEnd();
    ToolCall call = update.isNew ? ToolCall{} : *known;
    call.id = id;

    if (reader.has(u"title"))
        call.title = reader.text(u"title").left(m_limits.maxShortText);
    if (reader.has(u"kind"))
        call.kind = kindOf(reader.text(u"kind"));
    if (reader.has(u"status")) {
        if (const auto status = statusOf(reader.text(u"status")))
            call.status = *status;
    }
    if (reader.has(u"content")) {
        call.content.clear();
        const auto parts = reader.objects(u"content");
        if (parts.size() > m_limits.maxListEntries)
            reader.refuse(u"content", u"has too many parts"_s);
        for (const JsonReader &part : parts) {
            const auto content = contentOf(part, m_limits);
            if (!content)
                return fail(content.error());
            call.content.append(*content);
        }
    }
    if (reader.has(u"locations")) {
        call.locations.clear();
        auto places = reader.objects(u"locations");
        if (places.size() > m_limits.maxListEntries)
            reader.refuse(u"locations", u"are too many"_s);
        for (JsonReader &place : places) {
            Location location;
            location.path = place.text(u"path");
            if (place.has(u"line"))
                location.line = place.integer(u"line");
            call.locations.append(location);
        }
    }
    if (reader.has(u"rawInput"))
        call.rawInput = reader.value(u"rawInput");
    if (reader.has(u"rawOutput"))
        call.rawOutput = reader.value(u"rawOutput");
    // codex: what a command prints comes beside the content.
    if (auto meta = reader.optionalObject(u"_meta")) {
        if (auto delta = meta->optionalObject(u"terminal_output_delta")) {
            call.output += delta->optionalText(u"data");
            if (call.output.size() > kMaxToolOutput)
                call.output = call.output.right(kMaxToolOutput);
        }
        if (auto exit = meta->optionalObject(u"terminal_exit")) {
            if (exit->has(u"exit_code"))
                call.exitCode = static_cast<int>(exit->integer(u"exit_code"));
        }
    }
    if (const auto problem = reader.error()) {
        return fail(Error(ErrorKind::AgentProtocol,
                          QCoreApplication::translate(
                              "Acp",
                              "The agent described a tool call in a way that makes no "
                              "sense."))
                        .withDetail(problem->message));
    }
    if (update.isNew)
        m_order.append(id);
    else
        m_weight -= weightOf(*known);
    m_weight += weightOf(call);
    m_calls.insert(id, call);
    while (m_order.size() > 1 &&
           (m_order.size() > m_limits.maxToolCalls || m_weight > m_limits.maxToolText))
        forgetOldest();
    update.call = std::move(call);
    return update;
}

} // namespace paddock::acp
