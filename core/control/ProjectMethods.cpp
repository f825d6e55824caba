// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ProjectMethods.h"

#include "core/control/Json.h"
#include "core/control/ProjectJson.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace methods;

namespace {

void list(JsonReader &, const ControlRequest &request)
{
    request.answer({{u"projects"_s, toJson(services(request).projects->list())}});
}

void add(JsonReader &params, const ControlRequest &request)
{
    const QString path = params.text(u"path");
    if (areWrong(params, request))
        return;
    forward(services(request).projects->add(actor(), path),
            request,
            [](const facade::ProjectInfo &project) {
                return QJsonObject{{u"project"_s, toJson(project)}};
            });
}

void change(JsonReader &params, const ControlRequest &request)
{
    const QString project = params.text(u"project");
    const auto wish = projectChangeFromJson(params.value(u"change"));
    if (!wish)
        params.refuse(u"change", wish.error().message);
    if (areWrong(params, request))
        return;
    forward(services(request).projects->change(actor(), project, *wish),
            request,
            [](const facade::ProjectInfo &now) {
                return QJsonObject{{u"project"_s, toJson(now)}};
            });
}

void remove(JsonReader &params, const ControlRequest &request)
{
    const QString name = params.text(u"project");
    if (areWrong(params, request))
        return;
    QList<facade::ProjectInfo> found;
    for (const facade::ProjectInfo &project : services(request).projects->list()) {
        if (project.id.value == name || project.path == name) {
            found = {project};
            break;
        }
        if (project.name == name)
            found.append(project);
    }
    if (found.size() != 1) {
        request.refuse(
            found.isEmpty()
                ? Error(ErrorKind::NotFound, translated("There is no project %1.").arg(name))
                      .withRemedy(translated("See which there are: paddockctl project list"))
                : Error(ErrorKind::Conflict,
                        translated("%1 projects are called %2.").arg(found.size()).arg(name))
                      .withRemedy(translated("Name it by its path or its id.")));
        return;
    }
    forward(services(request).projects->remove(actor(), found.first().id), request);
}

void ignored(JsonReader &params, const ControlRequest &request)
{
    const QString project = params.text(u"project");
    const QStringList patterns = params.optionalTexts(u"patterns");
    if (areWrong(params, request))
        return;
    forwardQuery(services(request).projects->ignoredFiles(project, patterns),
                 request,
                 [](const QList<facade::IgnoredFile> &files) {
                     QJsonArray array;
                     for (const facade::IgnoredFile &file : files)
                         array.append(toJson(file));
                     return QJsonObject{{u"files"_s, array}};
                 });
}

void preview(JsonReader &params, const ControlRequest &request)
{
    const QString project = params.text(u"project");
    const facade::PatternQuery query{.base = params.optionalText(u"base"),
                                     .include = params.optionalTexts(u"include"),
                                     .exclude = params.optionalTexts(u"exclude")};
    if (areWrong(params, request))
        return;
    forwardQuery(services(request).projects->previewPatterns(project, query),
                 request,
                 [](const facade::PatternPreview &found) {
                     return QJsonObject{{u"preview"_s, toJson(found)}};
                 });
}

} // namespace

const MethodTable &projectMethods()
{
    static const MethodTable table{
        {u"project.list"_s, list},
        {u"project.add"_s, add},
        {u"project.change"_s, change},
        {u"project.remove"_s, remove},
        {u"project.ignored"_s, ignored},
        {u"project.preview"_s, preview},
    };
    return table;
}

} // namespace paddock::control
