// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/Json.h"

#include "core/control/JsonParts.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <array>

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace json;

namespace {

constexpr std::array kCategories = {
    Category::Cancelled,
    Category::Timeout,
    Category::Unreachable,
    Category::PermissionDenied,
    Category::NotFound,
    Category::Conflict,
    Category::InvalidArgument,
    Category::Unsupported,
    Category::RefusedByPolicy,
    Category::Protocol,
    Category::Io,
    Category::Internal,
};

constexpr std::array kStatusNames = {"checking", "good", "missing", "broken"};

QString statusName(facade::HealthItem::Status status)
{
    return QString::fromLatin1(kStatusNames.at(static_cast<std::size_t>(status)));
}

QString directionName(sessions::ConversationEntry::Direction direction)
{
    using Direction = sessions::ConversationEntry::Direction;
    switch (direction) {
    case Direction::ToAgent:
        return u"to-agent"_s;
    case Direction::FromAgent:
        return u"from-agent"_s;
    case Direction::Notice:
        return u"notice"_s;
    }
    Q_UNREACHABLE();
}

} // namespace

QJsonObject toJson(const Error &error)
{
    return {{u"kind"_s, error.kindName()},
            {u"category"_s, categoryName(error.category)},
            {u"message"_s, error.message},
            {u"detail"_s, error.detail},
            {u"remedy"_s, error.remedy}};
}

Error errorFromJson(const QJsonObject &json)
{
    const auto text = [&json](QLatin1StringView key) { return json.value(key).toString(); };
    const auto kind = errorKindFromName(text("kind"_L1));
    Error error(kind.value_or(ErrorKind::Internal), text("message"_L1));
    const QString category = text("category"_L1);
    for (const Category candidate : kCategories) {
        if (categoryName(candidate) == category)
            error.category = candidate;
    }
    error.detail = text("detail"_L1);
    error.remedy = text("remedy"_L1);
    return error;
}

QJsonObject toJson(const sessions::Session &session)
{
    QJsonObject json{{u"id"_s, session.id.value},
                     {u"title"_s, session.title},
                     {u"state"_s, sessions::stateName(session.state)},
                     {u"substate"_s, session.substate},
                     {u"step"_s, session.stepTitle},
                     {u"agent"_s, session.adapter},
                     {u"project"_s, session.projectName},
                     {u"projectId"_s, session.projectId.value},
                     {u"projectPath"_s, session.projectPath},
                     {u"mode"_s, sessions::modeName(session.mode)},
                     {u"image"_s, session.image},
                     {u"imageSource"_s, session.imageSource},
                     {u"imageId"_s, session.imageId.value},
                     {u"containerId"_s, session.containerId.value},
                     {u"branch"_s, session.branch},
                     {u"worktree"_s, session.worktree},
                     {u"checkout"_s, worktrees::checkoutName(session.checkout)},
                     {u"baseCommit"_s, session.baseCommit},
                     {u"headCommit"_s, session.headCommit},
                     {u"acpSessionId"_s, session.acpSessionId},
                     {u"createdAt"_s, timeText(session.createdAt)},
                     {u"updatedAt"_s, timeText(session.updatedAt)}};
    if (session.failure)
        json.insert(u"failure"_s, toJson(*session.failure));
    return json;
}

Result<sessions::Session> sessionFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"session"_s);
    sessions::Session session;
    session.id = SessionId{reader.text(u"id")};
    session.title = reader.text(u"title");
    const auto state = sessions::stateFromName(reader.text(u"state"));
    if (!state)
        reader.refuse(u"state", u"is not a state this version knows"_s);
    session.state = state.value_or(sessions::SessionState::Draft);
    session.substate = reader.optionalText(u"substate");
    session.stepTitle = reader.optionalText(u"step");
    if (const auto failure = reader.optionalObject(u"failure"))
        session.failure = errorFromJson(failure->raw());
    session.adapter = reader.optionalText(u"agent");
    session.projectId = ProjectId{reader.optionalText(u"projectId")};
    session.projectName = reader.optionalText(u"project");
    session.projectPath = reader.optionalText(u"projectPath");
    const auto mode = sessions::modeFromName(reader.text(u"mode"));
    if (!mode)
        reader.refuse(u"mode", u"is neither write nor explore"_s);
    session.mode = mode.value_or(sessions::SessionMode::Explore);
    session.image = reader.optionalText(u"image");
    session.imageSource = reader.optionalText(u"imageSource");
    session.imageId = ImageId{reader.optionalText(u"imageId")};
    session.containerId = ContainerId{reader.optionalText(u"containerId")};
    session.branch = reader.optionalText(u"branch");
    session.worktree = reader.optionalText(u"worktree");
    session.checkout = worktrees::checkoutFromName(reader.optionalText(u"checkout"))
                           .value_or(worktrees::Checkout::Worktree);
    session.baseCommit = reader.optionalText(u"baseCommit");
    session.headCommit = reader.optionalText(u"headCommit");
    session.acpSessionId = reader.optionalText(u"acpSessionId");
    session.createdAt = readTime(reader, u"createdAt");
    session.updatedAt = readTime(reader, u"updatedAt");
    return ended(reader, std::move(session));
}

QJsonObject toJson(const sessions::StartOptions &options)
{
    return {{u"project"_s, options.project},
            {u"title"_s, options.title},
            {u"agent"_s, options.adapter},
            {u"mode"_s, sessions::modeName(options.mode)},
            {u"image"_s, options.image},
            {u"message"_s, options.message},
            {u"base"_s, options.base},
            {u"branch"_s, options.branch},
            {u"adopt"_s, options.adopt},
            {u"fetch"_s, options.fetch},
            {u"fetchRemote"_s, options.fetchRemote},
            {u"copyIgnored"_s, pathArray(options.copyIgnored)},
            {u"withSecrets"_s, options.withSecrets},
            {u"include"_s, textArray(options.include)},
            {u"exclude"_s, textArray(options.exclude)},
            {u"command"_s, textArray(options.command)},
            {u"commandKind"_s, options.commandKind},
            {u"upstream"_s, options.upstream},
            {u"demoScript"_s, options.demoScript}};
}

Result<sessions::StartOptions> startOptionsFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"params"_s);
    sessions::StartOptions options;
    options.project = reader.text(u"project");
    options.title = reader.optionalText(u"title");
    options.adapter = reader.optionalText(u"agent");
    const auto mode = sessions::modeFromName(reader.optionalText(u"mode", u"write"_s));
    if (!mode)
        reader.refuse(u"mode", u"is neither write nor explore"_s);
    options.mode = mode.value_or(sessions::SessionMode::Write);
    options.image = reader.optionalText(u"image");
    options.message = reader.optionalText(u"message");
    options.base = reader.optionalText(u"base");
    options.branch = reader.optionalText(u"branch");
    options.adopt = reader.optionalText(u"adopt");
    options.fetch = reader.optionalBoolean(u"fetch");
    options.fetchRemote = reader.optionalText(u"fetchRemote");
    options.copyIgnored = readOptionalPaths(reader, u"copyIgnored");
    options.withSecrets = reader.optionalBoolean(u"withSecrets");
    options.include = reader.optionalTexts(u"include");
    options.exclude = reader.optionalTexts(u"exclude");
    options.command = reader.optionalTexts(u"command");
    options.commandKind = reader.optionalText(u"commandKind");
    if (!options.commandKind.isEmpty() && options.commandKind != u"acp" &&
        options.commandKind != u"terminal") {
        reader.refuse(u"commandKind", u"is neither acp nor terminal"_s);
    }
    options.upstream = reader.optionalText(u"upstream");
    options.demoScript = reader.optionalText(u"demoScript");
    return ended(reader, std::move(options));
}

QJsonObject toJson(const sessions::ConversationEntry &entry)
{
    QJsonObject json{{u"sequence"_s, entry.sequence},
                     {u"direction"_s, directionName(entry.direction)},
                     {u"at"_s, timeText(entry.at)}};
    insertBytes(json, u"message"_s, entry.bytes);
    return json;
}

Result<sessions::ConversationEntry> conversationEntryFromJson(const QJsonValue &json)
{
    using Direction = sessions::ConversationEntry::Direction;
    JsonReader reader(json, u"entry"_s);
    sessions::ConversationEntry entry;
    entry.sequence = reader.integer(u"sequence");
    const QString direction = reader.text(u"direction");
    if (direction == u"to-agent")
        entry.direction = Direction::ToAgent;
    else if (direction == u"from-agent")
        entry.direction = Direction::FromAgent;
    else if (direction != u"notice")
        reader.refuse(u"direction", u"is not a direction"_s);
    entry.at = readTime(reader, u"at");
    entry.bytes = readBytes(reader, u"message"_s);
    return ended(reader, std::move(entry));
}

QJsonObject toJson(const facade::ImageInfo &image)
{
    return {{u"id"_s, image.id},
            {u"tags"_s, textArray(image.tags)},
            {u"bytes"_s, image.bytes},
            {u"createdAt"_s, timeText(image.createdAt)},
            {u"agentImage"_s, image.isAgentImage}};
}

Result<facade::ImageInfo> imageFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"image"_s);
    facade::ImageInfo image;
    image.id = reader.text(u"id");
    image.tags = reader.optionalTexts(u"tags");
    image.bytes = reader.optionalInteger(u"bytes");
    image.createdAt = readTime(reader, u"createdAt");
    image.isAgentImage = reader.optionalBoolean(u"agentImage");
    return ended(reader, std::move(image));
}

QJsonObject toJson(const facade::SessionDiff &diff)
{
    QJsonArray files;
    for (const facade::DiffFile &file : diff.files) {
        files.append(QJsonObject{{u"path"_s, file.path},
                                 {u"status"_s, file.status},
                                 {u"added"_s, file.added},
                                 {u"removed"_s, file.removed}});
    }
    QJsonObject json{{u"baseCommit"_s, diff.baseCommit},
                     {u"headCommit"_s, diff.headCommit},
                     {u"files"_s, files},
                     {u"truncated"_s, diff.truncated},
                     {u"commits"_s, diff.commits},
                     {u"uncommitted"_s, diff.uncommitted},
                     {u"warnings"_s, textArray(diff.warnings)}};
    insertBytes(json, u"patch"_s, diff.patch);
    return json;
}

Result<facade::SessionDiff> diffFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"diff"_s);
    facade::SessionDiff diff;
    diff.baseCommit = reader.optionalText(u"baseCommit");
    diff.headCommit = reader.optionalText(u"headCommit");
    for (JsonReader &file : reader.objects(u"files")) {
        diff.files.append({.path = file.text(u"path"),
                           .added = file.integer(u"added"),
                           .removed = file.integer(u"removed"),
                           .status = file.text(u"status")});
    }
    diff.truncated = reader.optionalBoolean(u"truncated");
    diff.commits = static_cast<int>(reader.optionalInteger(u"commits"));
    diff.uncommitted = reader.optionalBoolean(u"uncommitted");
    diff.warnings = reader.optionalTexts(u"warnings");
    diff.patch = readBytes(reader, u"patch"_s);
    return ended(reader, std::move(diff));
}

QJsonObject healthToJson(const facade::Health &health)
{
    QJsonObject json = health.toJson();
    json.insert(u"engineVersion"_s, health.engineVersion);
    json.insert(u"socketPath"_s, health.socketPath);
    json.insert(u"socketSource"_s, health.socketSource);
    QJsonArray items;
    for (const facade::HealthItem &item : health.items) {
        QJsonObject object{{u"id"_s, item.id},
                           {u"title"_s, item.title},
                           {u"status"_s, statusName(item.status)},
                           {u"action"_s, item.action}};
        if (item.error)
            object.insert(u"error"_s, toJson(*item.error));
        items.append(object);
    }
    json.insert(u"items"_s, items);
    return json;
}

Result<facade::Health> healthFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"health"_s);
    facade::Health health;
    health.ok = reader.boolean(u"ok");
    health.mode = reader.text(u"mode");
    JsonReader docker = reader.object(u"docker");
    health.socketConnected = docker.boolean(u"socketConnected");
    health.imageAvailable = docker.boolean(u"imageAvailable");
    health.imageName = docker.text(u"imageName");
    health.networkExists = docker.boolean(u"networkExists");
    health.engineVersion = reader.optionalText(u"engineVersion");
    health.socketPath = reader.optionalText(u"socketPath");
    health.socketSource = reader.optionalText(u"socketSource");
    for (JsonReader &object : reader.optionalObjects(u"items")) {
        facade::HealthItem item;
        item.id = object.text(u"id");
        item.title = object.text(u"title");
        const QString status = object.text(u"status");
        for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
            if (status == QLatin1StringView(kStatusNames.at(i)))
                item.status = static_cast<facade::HealthItem::Status>(i);
        }
        item.action = object.optionalText(u"action");
        if (const auto error = object.optionalObject(u"error"))
            item.error = errorFromJson(error->raw());
        health.items.append(item);
    }
    return ended(reader, std::move(health));
}

QByteArray compact(const QJsonObject &json)
{
    return QJsonDocument(json).toJson(QJsonDocument::Compact);
}

} // namespace paddock::control
