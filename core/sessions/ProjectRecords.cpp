// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/ProjectRecords.h"

#include "core/base/JsonReader.h"
#include "core/store/Rows.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::sessions::records {

using projects::Isolation;
using projects::ProjectSettings;
using store::Connection;
using store::Statement;

namespace {

// What the store itself has no use for. Settings of git are base64: their values are bytes.
QString settingsToText(const ProjectSettings &settings)
{
    QJsonArray git;
    for (const auto &[name, value] : settings.gitSettings)
        git.append(QString::fromLatin1(name.toBase64() + ' ' + value.toBase64()));
    QJsonObject object{
        {u"protectedBranches"_s, QJsonArray::fromStringList(settings.protectedBranches)},
        {u"gitName"_s, settings.gitName},
        {u"gitEmail"_s, settings.gitEmail},
        {u"git"_s, git},
        {u"group"_s, settings.group}};
    if (settings.umask)
        object.insert(u"umask"_s, projects::umaskText(*settings.umask));
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

void settingsFromText(const QString &text, ProjectSettings &settings)
{
    JsonReader reader(QJsonDocument::fromJson(text.toUtf8()).object());
    if (reader.has(u"protectedBranches"))
        settings.protectedBranches = reader.optionalTexts(u"protectedBranches");
    settings.gitName = reader.optionalText(u"gitName");
    settings.gitEmail = reader.optionalText(u"gitEmail");
    for (const QString &line : reader.optionalTexts(u"git")) {
        settings.gitSettings.append({QByteArray::fromBase64(line.section(u' ', 0, 0).toLatin1()),
                                     QByteArray::fromBase64(line.section(u' ', 1, 1).toLatin1())});
    }
    settings.group = reader.optionalText(u"group");
    if (const auto umask = projects::umaskFromText(reader.optionalText(u"umask")))
        settings.umask = *umask;
}

constexpr char kColumns[] =
    "SELECT id, name, path, image, created_at, isolation, worktrees_root, settings FROM projects";

ProjectRecord read(const Statement &row)
{
    ProjectRecord record{.id = ProjectId{row.text(0)},
                         .name = row.text(1),
                         .path = row.text(2),
                         .settings = {},
                         .createdAt = QDateTime::fromMSecsSinceEpoch(row.integer(4), Qt::UTC)};
    settingsFromText(row.text(7), record.settings);
    record.settings.image = row.text(3);
    // The CHECK of the table admits the three names only.
    record.settings.isolation =
        projects::isolationFromName(row.text(5)).value_or(Isolation::Always);
    record.settings.worktreesRoot = row.text(6);
    return record;
}

} // namespace

Result<QList<ProjectRecord>> projects(Connection &connection)
{
    const QByteArray sql = QByteArray(kColumns) + " ORDER BY name, id";
    Statement all = connection.prepare(sql.constData());
    return store::allRows(all, [&all] { return read(all); });
}

Result<ProjectRecord> project(Connection &connection, const ProjectId &id)
{
    const QByteArray sql = QByteArray(kColumns) + " WHERE id = ?1";
    Statement one = connection.prepare(sql.constData());
    const auto row = one.bind(1, id.value).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorKind::NotFound,
                    QCoreApplication::translate("Store", "The project is not there any more."));
    return read(one);
}

Result<Done> insertProject(Connection &connection, const ProjectRecord &project)
{
    return connection
        .prepare("INSERT INTO projects (id, name, path, image, created_at, isolation,"
                 " worktrees_root, settings) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .bind(1, project.id.value)
        .bind(2, project.name)
        .bind(3, project.path)
        .bind(4, project.settings.image)
        .bind(5, project.createdAt.toMSecsSinceEpoch())
        .bind(6, projects::isolationName(project.settings.isolation))
        .bind(7, project.settings.worktreesRoot)
        .bind(8, settingsToText(project.settings))
        .run();
}

Result<Done> updateProject(Connection &connection, const ProjectRecord &project)
{
    return connection
        .prepare("UPDATE projects SET name = ?2, image = ?3, isolation = ?4, worktrees_root = ?5,"
                 " settings = ?6 WHERE id = ?1")
        .bind(1, project.id.value)
        .bind(2, project.name)
        .bind(3, project.settings.image)
        .bind(4, projects::isolationName(project.settings.isolation))
        .bind(5, project.settings.worktreesRoot)
        .bind(6, settingsToText(project.settings))
        .run();
}

Result<Done> checkNameIsFree(Connection &connection, const ProjectRecord &project)
{
    Statement other = connection.prepare(
        "SELECT path FROM projects WHERE id <> ?1 AND (name = ?2 OR id = ?2) LIMIT 1");
    const auto row = other.bind(1, project.id.value).bind(2, project.name).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return Done{};
    return fail(
        Error(
            ErrorKind::Conflict,
            QCoreApplication::translate("Store", "Another project is called %1.").arg(project.name))
            .withDetail(other.text(0))
            .withRemedy(QCoreApplication::translate("Store", "Choose another name.")));
}

Result<Done> deleteProject(Connection &connection, const ProjectId &id)
{
    return connection.prepare("DELETE FROM projects WHERE id = ?1").bind(1, id.value).run();
}

} // namespace paddock::sessions::records
