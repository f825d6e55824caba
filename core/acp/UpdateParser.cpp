// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/UpdateParser.h"

#include "core/acp/Codec.h"
#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::acp {

namespace {

using Parsed = Result<std::optional<Update::What>>;

Parsed refused(const Error &error)
{
    return fail(
        Error(ErrorKind::AgentProtocol,
              QCoreApplication::translate("Acp", "The agent sent an update that makes no sense."))
            .withDetail(error.detail.isEmpty() ? error.message
                                               : error.message + u' ' + error.detail));
}

Parsed chunk(Role role, JsonReader &reader, const Limits &limits)
{
    const auto content = parseContent(reader.value(u"content"), limits);
    if (!content)
        return refused(content.error());
    MessageChunk message;
    message.role = role;
    message.messageId = reader.optionalText(u"messageId").left(limits.maxShortText);
    message.content = *content;
    if (const auto problem = reader.error())
        return refused(*problem);
    return Update::What(message);
}

Parsed plan(JsonReader &reader, const Limits &limits)
{
    Plan plan;
    auto entries = reader.objects(u"entries");
    if (entries.size() > limits.maxListEntries)
        reader.refuse(u"entries", u"are too many"_s);
    for (JsonReader &entry : entries) {
        PlanEntry item;
        item.content = entry.text(u"content").left(limits.maxShortText);
        item.priority = entry.optionalText(u"priority").left(limits.maxShortText);
        item.status = entry.optionalText(u"status").left(limits.maxShortText);
        plan.entries.append(item);
    }
    if (const auto problem = reader.error())
        return refused(*problem);
    return Update::What(plan);
}

Parsed usage(JsonReader &reader, const Limits &limits)
{
    UsageUpdate usage;
    usage.usedTokens = reader.optionalInteger(u"used");
    usage.windowTokens = reader.optionalInteger(u"size");
    if (auto cost = reader.optionalObject(u"cost")) {
        Cost value;
        value.amount = cost->number(u"amount");
        value.currency = cost->optionalText(u"currency", u"USD"_s).left(limits.maxShortText);
        usage.cost = value;
    }
    if (const auto problem = reader.error())
        return refused(*problem);
    return Update::What(usage);
}

Parsed commands(JsonReader &reader, const Limits &limits)
{
    CommandsUpdate update;
    auto entries = reader.objects(u"availableCommands");
    if (entries.size() > limits.maxListEntries)
        reader.refuse(u"availableCommands", u"are too many"_s);
    for (JsonReader &entry : entries) {
        Command command;
        command.name = entry.text(u"name").left(limits.maxShortText);
        command.description = entry.optionalText(u"description").left(limits.maxShortText);
        if (auto input = entry.optionalObject(u"input"))
            command.inputHint = input->optionalText(u"hint").left(limits.maxShortText);
        update.commands.append(command);
    }
    if (const auto problem = reader.error())
        return refused(*problem);
    return Update::What(update);
}

Parsed currentMode(JsonReader &reader, SessionSettings &settings)
{
    const QString mode = reader.text(u"currentModeId");
    if (const auto problem = reader.error())
        return refused(*problem);
    settings.currentMode = mode;
    for (ConfigOption &option : settings.configOptions) {
        if (option.id == u"mode")
            option.currentValue = mode;
    }
    return Update::What(SettingsUpdate{settings});
}

Parsed configOptions(const QJsonObject &object, const Limits &limits, SessionSettings &settings)
{
    const auto parsed = parseSettings(object, limits);
    if (!parsed)
        return refused(parsed.error());
    settings.configOptions = parsed->configOptions;
    if (const ConfigOption *mode = settings.option(u"mode"); mode && !settings.modes.isEmpty())
        settings.currentMode = mode->currentValue;
    return Update::What(SettingsUpdate{settings});
}

} // namespace

const ConfigOption *SessionSettings::option(QStringView id) const
{
    for (const ConfigOption &option : configOptions) {
        if (option.id == id)
            return &option;
    }
    return nullptr;
}

Parsed parseUpdate(const QJsonObject &update,
                   const Limits &limits,
                   ToolCalls &toolCalls,
                   SessionSettings &settings)
{
    JsonReader reader(update, u"update"_s);
    const QString kind = reader.text(u"sessionUpdate");
    if (const auto problem = reader.error())
        return refused(*problem);
    if (kind == u"agent_message_chunk")
        return chunk(Role::Agent, reader, limits);
    if (kind == u"agent_thought_chunk")
        return chunk(Role::Thought, reader, limits);
    if (kind == u"user_message_chunk")
        return chunk(Role::User, reader, limits);
    if (kind == u"tool_call" || kind == u"tool_call_update") {
        auto merged = toolCalls.merge(update);
        if (!merged)
            return refused(merged.error());
        return Update::What(std::move(*merged));
    }
    if (kind == u"plan")
        return plan(reader, limits);
    if (kind == u"usage_update")
        return usage(reader, limits);
    if (kind == u"available_commands_update")
        return commands(reader, limits);
    if (kind == u"current_mode_update")
        return currentMode(reader, settings);
    if (kind == u"config_option_update")
        return configOptions(update, limits, settings);
    if (kind == u"session_info_update") {
        SessionInfoUpdate info;
        if (reader.has(u"title"))
            info.title = reader.text(u"title").left(limits.maxShortText);
        if (const auto problem = reader.error())
            return refused(*problem);
        return Update::What(info);
    }
    return std::optional<Update::What>();
}

} // namespace paddock::acp
