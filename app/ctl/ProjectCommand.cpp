// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/ProjectCommand.h"

#include "app/ctl/ChangesText.h"
#include "app/ctl/GeneralCommands.h"
#include "core/base/Bytes.h"
#include "core/control/ProjectJson.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

/// What there is to know about \a file before it is copied.
QString remarkOn(const facade::IgnoredFile &file)
{
    QStringList remarks;
    if (file.looksSecret)
        remarks.append(translated("looks secret"));
    if (file.isTooLarge)
        remarks.append(translated("too large"));
    return remarks.isEmpty() ? u"-"_s : remarks.join(u", "_s);
}

/// What the options ask for. InvalidArgument if that is nothing, or not to be read.
Result<facade::ProjectChange> changeOf(const Arguments &arguments)
{
    facade::ProjectChange change;
    bool isEmpty = true;
    const auto text = [&](const QString &option, std::optional<QString> &into) {
        if (!arguments.has(option))
            return;
        into = arguments.value(option);
        isEmpty = false;
    };
    text(u"name"_s, change.name);
    text(u"image"_s, change.image);
    text(u"worktrees-root"_s, change.worktreesRoot);
    text(u"git-name"_s, change.gitName);
    text(u"git-email"_s, change.gitEmail);
    text(u"group"_s, change.group);
    text(u"umask"_s, change.umask);
    if (arguments.has(u"isolation"_s)) {
        change.isolation = projects::isolationFromName(arguments.value(u"isolation"_s));
        isEmpty = false;
    }
    if (arguments.has(u"protect"_s)) {
        change.protectedBranches = arguments.values(u"protect"_s);
        change.protectedBranches->removeAll(QString());
        isEmpty = false;
    }
    for (const QString &setting : arguments.values(u"git"_s)) {
        const auto equals = setting.indexOf(u'=');
        if (equals <= 0)
            return fail(
                Error(ErrorKind::InvalidArgument,
                      translated("\"%1\" is no setting of git with its value.").arg(setting))
                    .withRemedy(translated("Write it as NAME=VALUE.")));
        change.gitSet.append({setting.left(equals).toUtf8(), setting.mid(equals + 1).toUtf8()});
    }
    for (const QString &name : arguments.values(u"unset-git"_s))
        change.gitUnset.append(name.toUtf8());
    if (isEmpty && change.gitSet.isEmpty() && change.gitUnset.isEmpty())
        return fail(Error(ErrorKind::InvalidArgument, translated("Nothing was to be changed."))
                        .withRemedy(translated("Name what is to be different; see: paddockctl "
                                               "project set --help")));
    return change;
}

} // namespace

void ProjectCommand::begin()
{
    const QString name = arguments().command->name;
    if (name == u"project add")
        add();
    else if (name == u"project list")
        list();
    else if (name == u"project show")
        show();
    else if (name == u"project set")
        set();
    else if (name == u"project ignored")
        ignored();
    else if (name == u"project preview")
        preview();
    else
        remove();
}

void ProjectCommand::add()
{
    const auto path = take(repositoryOf(arguments().positional.value(0, u"."_s)));
    if (!path)
        return;
    withOwner([this, path] {
        call(u"project.add"_s, {{u"path"_s, *path}}, [this](const QJsonObject &answer) {
            const auto project = take(control::projectFromJson(answer.value(u"project")));
            if (!project)
                return;
            if (console().isJson())
                console().printJson(control::toJson(*project));
            else
                console().print(translated("Project %1: %2").arg(project->name, project->path));
            if (!project->problem.isEmpty())
                console().note(project->problem);
            end();
        });
    });
}

void ProjectCommand::list()
{
    withOwner([this] {
        call(u"project.list"_s, {}, [this](const QJsonObject &answer) {
            const QJsonArray array = answer.value(u"projects").toArray();
            if (console().isJson()) {
                console().printJson(array);
                end();
                return;
            }
            QList<QStringList> rows;
            for (const QJsonValue &value : array) {
                const auto project = take(control::projectFromJson(value));
                if (!project)
                    return;
                rows.append(
                    {project->id.value,
                     project->name,
                     project->path +
                         (project->problem.isEmpty() ? QString() : u" — "_s + project->problem)});
            }
            if (rows.isEmpty())
                console().note(translated("There are no projects. Add one: paddockctl project add "
                                          "PATH"));
            else
                console().printTable({u"ID"_s, u"NAME"_s, u"PATH"_s}, rows);
            end();
        });
    });
}

void ProjectCommand::show()
{
    const auto name = take(project());
    if (!name)
        return;
    withOwner([this, name] {
        call(u"project.list"_s, {}, [this, name](const QJsonObject &answer) {
            for (const QJsonValue &value : answer.value(u"projects").toArray()) {
                const auto known = control::projectFromJson(value);
                if (known &&
                    (known->path == *name || known->id.value == *name || known->name == *name)) {
                    printProject(value);
                    return;
                }
            }
            failWith(Error(ErrorKind::NotFound, translated("There is no project %1.").arg(*name))
                         .withRemedy(translated("See which there are: paddockctl project list")));
        });
    });
}

void ProjectCommand::set()
{
    const auto name = take(project());
    if (!name)
        return;
    const auto change = take(changeOf(arguments()));
    if (!change)
        return;
    withOwner([this, name, change] {
        call(u"project.change"_s,
             {{u"project"_s, *name}, {u"change"_s, control::toJson(*change)}},
             [this](const QJsonObject &answer) { printProject(answer.value(u"project")); });
    });
}

void ProjectCommand::printProject(const QJsonValue &json)
{
    const auto project = take(control::projectFromJson(json));
    if (!project)
        return;
    if (console().isJson()) {
        console().printJson(control::toJson(*project));
        end();
        return;
    }
    const projects::ProjectSettings &settings = project->settings;
    const auto orDefault = [](const QString &text, const QString &otherwise) {
        return text.isEmpty() ? u"("_s + otherwise + u')' : text;
    };
    const auto line = [this](const QString &name, const QString &text) {
        console().print(name.leftJustified(20) + text);
    };
    line(translated("Project"), project->name + u" ("_s + project->id.value + u')');
    line(translated("Path"), project->path);
    line(translated("Image"), orDefault(settings.image, translated("the default")));
    line(translated("Isolation"), projects::isolationName(settings.isolation));
    line(translated("Worktrees in"), orDefault(settings.worktreesRoot, u".worktrees"_s));
    line(translated("Protected branches"),
         orDefault(settings.protectedBranches.join(u", "_s), translated("none")));
    line(translated("Commits by"),
         settings.gitName.isEmpty() ? orDefault({}, translated("you"))
                                    : settings.gitName + u" <"_s + settings.gitEmail + u'>');
    for (const auto &[name, value] : settings.gitSettings)
        line(translated("Git"), QString::fromUtf8(name + '=' + value));
    line(translated("Group"), orDefault(settings.group, translated("yours")));
    line(translated("Umask"),
         settings.umask ? projects::umaskText(*settings.umask)
                        : orDefault({}, translated("yours")));
    if (!project->problem.isEmpty())
        console().note(project->problem);
    end();
}

void ProjectCommand::remove()
{
    const QString name = projectName(arguments().at(0));
    withOwner([this, name] {
        call(u"project.remove"_s, {{u"project"_s, name}}, [this, name](const QJsonObject &) {
            if (console().isJson())
                console().printJson(QJsonObject{{u"project"_s, name}, {u"removed"_s, true}});
            else
                console().print(translated("Paddock has forgotten %1.").arg(name));
            end();
        });
    });
}

Result<QString> ProjectCommand::project() const
{
    if (arguments().positional.isEmpty())
        return repositoryOf(u"."_s);
    return projectName(arguments().at(0));
}

void ProjectCommand::ignored()
{
    const auto name = take(project());
    if (!name)
        return;
    const QJsonObject params{
        {u"project"_s, *name},
        {u"patterns"_s, QJsonArray::fromStringList(arguments().values(u"pattern"_s))}};
    withOwner([this, params] {
        console().status(translated("Looking at the ignored files…"));
        call(u"project.ignored"_s, params, [this](const QJsonObject &answer) {
            const QJsonArray array = answer.value(u"files").toArray();
            QList<QStringList> rows;
            for (const QJsonValue &value : array) {
                const auto file = take(control::ignoredFileFromJson(value));
                if (!file)
                    return;
                // Of what is too large it is not known how large it is.
                const QString more = file->isTooLarge ? u"> "_s : QString();
                rows.append({file->isFolder ? translated("folder") : translated("file"),
                             more + formatByteSize(file->bytes),
                             more + QString::number(file->files),
                             remarkOn(*file),
                             pathText(file->path)});
            }
            if (console().isJson())
                console().printJson(array);
            else if (rows.isEmpty())
                console().note(translated("No ignored file fits. Look for others with --pattern."));
            else
                console().printTable({u"KIND"_s, u"SIZE"_s, u"FILES"_s, u"REMARK"_s, u"PATH"_s},
                                     rows);
            end();
        });
    });
}

void ProjectCommand::preview()
{
    const auto name = take(project());
    if (!name)
        return;
    const auto texts = [this](const QString &option) {
        return QJsonArray::fromStringList(arguments().values(option));
    };
    const QJsonObject params{{u"project"_s, *name},
                             {u"base"_s, arguments().value(u"base"_s)},
                             {u"include"_s, texts(u"include"_s)},
                             {u"exclude"_s, texts(u"exclude"_s)}};
    withOwner([this, params] {
        call(u"project.preview"_s, params, [this](const QJsonObject &answer) {
            const auto found = take(control::patternPreviewFromJson(answer.value(u"preview")));
            if (!found)
                return;
            if (console().isJson()) {
                console().printJson(control::toJson(*found));
                end();
                return;
            }
            for (const QByteArray &path : found->hidden)
                console().print(translated("hidden  %1").arg(pathText(path)));
            if (found->hidden.size() < found->hiddenFiles)
                console().print(translated("hidden  and %1 more")
                                    .arg(found->hiddenFiles - found->hidden.size()));
            console().print(translated("%1 file(s), %2, are shown; %3 file(s), %4, are hidden.")
                                .arg(found->shownFiles)
                                .arg(formatByteSize(found->shownBytes))
                                .arg(found->hiddenFiles)
                                .arg(formatByteSize(found->hiddenBytes)));
            if (!found->canExplore)
                console().note(translated("A session that only explores cannot use these patterns: "
                                          "there only single paths can be left out."));
            end();
        });
    });
}

} // namespace paddock::ctl
