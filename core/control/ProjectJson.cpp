// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ProjectJson.h"

#include "core/control/JsonParts.h"

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace json;

namespace {

QJsonObject gitObject(const QList<std::pair<QByteArray, QByteArray>> &settings)
{
    QJsonObject object;
    for (const auto &[name, value] : settings)
        object.insert(QString::fromUtf8(name), QString::fromUtf8(value));
    return object;
}

QList<std::pair<QByteArray, QByteArray>> readGit(JsonReader &reader)
{
    QList<std::pair<QByteArray, QByteArray>> settings;
    if (auto object = reader.optionalObject(u"git")) {
        for (const QString &name : object->raw().keys())
            settings.append({name.toUtf8(), object->text(name).toUtf8()});
    }
    return settings;
}

projects::Isolation readIsolation(JsonReader &reader)
{
    const auto isolation = projects::isolationFromName(
        reader.optionalText(u"isolation", projects::isolationName(projects::Isolation::Always)));
    if (!isolation)
        reader.refuse(u"isolation", u"is none of always, concurrent, never"_s);
    return isolation.value_or(projects::Isolation::Always);
}

QJsonObject settingsToJson(const projects::ProjectSettings &settings)
{
    return {{u"image"_s, settings.image},
            {u"isolation"_s, projects::isolationName(settings.isolation)},
            {u"worktreesRoot"_s, settings.worktreesRoot},
            {u"protectedBranches"_s, textArray(settings.protectedBranches)},
            {u"gitName"_s, settings.gitName},
            {u"gitEmail"_s, settings.gitEmail},
            {u"git"_s, gitObject(settings.gitSettings)},
            {u"group"_s, settings.group},
            {u"umask"_s, settings.umask ? projects::umaskText(*settings.umask) : QString()}};
}

projects::ProjectSettings readSettings(JsonReader reader)
{
    projects::ProjectSettings settings;
    settings.image = reader.optionalText(u"image");
    settings.isolation = readIsolation(reader);
    settings.worktreesRoot = reader.optionalText(u"worktreesRoot");
    if (reader.has(u"protectedBranches"))
        settings.protectedBranches = reader.texts(u"protectedBranches");
    settings.gitName = reader.optionalText(u"gitName");
    settings.gitEmail = reader.optionalText(u"gitEmail");
    settings.gitSettings = readGit(reader);
    settings.group = reader.optionalText(u"group");
    if (const QString umask = reader.optionalText(u"umask"); !umask.isEmpty()) {
        if (const auto value = projects::umaskFromText(umask))
            settings.umask = *value;
        else
            reader.refuse(u"umask", u"is no umask"_s);
    }
    return settings;
}

} // namespace

QJsonObject toJson(const facade::ProjectInfo &project)
{
    return {{u"id"_s, project.id.value},
            {u"name"_s, project.name},
            {u"path"_s, project.path},
            {u"image"_s, project.settings.image},
            {u"settings"_s, settingsToJson(project.settings)},
            {u"problem"_s, project.problem}};
}

QJsonArray toJson(const QList<facade::ProjectInfo> &projects)
{
    QJsonArray array;
    for (const facade::ProjectInfo &project : projects)
        array.append(toJson(project));
    return array;
}

Result<facade::ProjectInfo> projectFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"project"_s);
    facade::ProjectInfo project;
    project.id = ProjectId{reader.text(u"id")};
    project.name = reader.text(u"name");
    project.path = reader.text(u"path");
    // An owner of an older version knows no settings.
    if (const auto settings = reader.optionalObject(u"settings"))
        project.settings = readSettings(*settings);
    project.problem = reader.optionalText(u"problem");
    return ended(reader, std::move(project));
}

QJsonObject toJson(const facade::ProjectChange &change)
{
    QJsonObject json;
    const auto insert = [&json](const QString &key, const std::optional<QString> &value) {
        if (value)
            json.insert(key, *value);
    };
    insert(u"name"_s, change.name);
    insert(u"image"_s, change.image);
    if (change.isolation)
        json.insert(u"isolation"_s, projects::isolationName(*change.isolation));
    insert(u"worktreesRoot"_s, change.worktreesRoot);
    if (change.protectedBranches)
        json.insert(u"protectedBranches"_s, textArray(*change.protectedBranches));
    insert(u"gitName"_s, change.gitName);
    insert(u"gitEmail"_s, change.gitEmail);
    if (!change.gitSet.isEmpty())
        json.insert(u"git"_s, gitObject(change.gitSet));
    QStringList names;
    for (const QByteArray &name : change.gitUnset)
        names.append(QString::fromUtf8(name));
    if (!names.isEmpty())
        json.insert(u"gitUnset"_s, textArray(names));
    insert(u"group"_s, change.group);
    insert(u"umask"_s, change.umask);
    return json;
}

Result<facade::ProjectChange> projectChangeFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"change"_s);
    facade::ProjectChange change;
    const auto read = [&reader](QStringView key, std::optional<QString> &into) {
        if (reader.has(key))
            into = reader.text(key);
    };
    read(u"name", change.name);
    read(u"image", change.image);
    if (reader.has(u"isolation"))
        change.isolation = readIsolation(reader);
    read(u"worktreesRoot", change.worktreesRoot);
    if (reader.has(u"protectedBranches"))
        change.protectedBranches = reader.texts(u"protectedBranches");
    read(u"gitName", change.gitName);
    read(u"gitEmail", change.gitEmail);
    change.gitSet = readGit(reader);
    for (const QString &name : reader.optionalTexts(u"gitUnset"))
        change.gitUnset.append(name.toUtf8());
    read(u"group", change.group);
    read(u"umask", change.umask);
    return ended(reader, std::move(change));
}

QJsonObject toJson(const facade::IgnoredFile &file)
{
    QJsonObject json{{u"kind"_s, file.isFolder ? u"folder"_s : u"file"_s},
                     {u"bytes"_s, file.bytes},
                     {u"files"_s, file.files},
                     {u"tooLarge"_s, file.isTooLarge},
                     {u"looksSecret"_s, file.looksSecret}};
    insertBytes(json, u"path"_s, file.path);
    return json;
}

Result<facade::IgnoredFile> ignoredFileFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"file"_s);
    facade::IgnoredFile file;
    file.path = readBytes(reader, u"path"_s);
    file.isFolder = reader.text(u"kind") == u"folder";
    file.bytes = reader.integer(u"bytes");
    file.files = static_cast<int>(reader.integer(u"files"));
    file.isTooLarge = reader.boolean(u"tooLarge");
    // Nobody is to take a secret for none because a field is missing.
    file.looksSecret = reader.boolean(u"looksSecret");
    return ended(reader, std::move(file));
}

QJsonObject toJson(const facade::PatternPreview &preview)
{
    return {{u"shownFiles"_s, preview.shownFiles},
            {u"shownBytes"_s, preview.shownBytes},
            {u"hiddenFiles"_s, preview.hiddenFiles},
            {u"hiddenBytes"_s, preview.hiddenBytes},
            {u"hidden"_s, pathArray(preview.hidden)},
            {u"canExplore"_s, preview.canExplore}};
}

Result<facade::PatternPreview> patternPreviewFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"preview"_s);
    facade::PatternPreview preview;
    preview.shownFiles = reader.integer(u"shownFiles");
    preview.shownBytes = reader.integer(u"shownBytes");
    preview.hiddenFiles = reader.integer(u"hiddenFiles");
    preview.hiddenBytes = reader.integer(u"hiddenBytes");
    preview.hidden = readOptionalPaths(reader, u"hidden");
    preview.canExplore = reader.optionalBoolean(u"canExplore", true);
    return ended(reader, std::move(preview));
}

} // namespace paddock::control
