// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/GeneralCommands.h"

#include "app/ctl/SafeText.h"
#include "core/base/Bytes.h"
#include "core/control/Json.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

QString statusWord(facade::HealthItem::Status status)
{
    using Status = facade::HealthItem::Status;
    switch (status) {
    case Status::Good:
        return translated("good");
    case Status::Missing:
        return translated("missing");
    case Status::Broken:
        return translated("broken");
    case Status::Checking:
        return translated("checking");
    }
    Q_UNREACHABLE();
}

} // namespace

Result<QString> repositoryOf(const QString &folder)
{
    const QString start = QDir::cleanPath(QDir::current().absoluteFilePath(folder));
    for (QString path = start;; path = QFileInfo(path).path()) {
        if (QFileInfo::exists(path + u"/.git"_s))
            return path;
        if (path == u"/")
            break;
    }
    return fail(
        Error(ErrorKind::NotARepository, translated("%1 is not in a git repository.").arg(start))
            .withRemedy(translated("Go to a repository, name one with --project PATH, or make one: "
                                   "git init")));
}

QString projectName(const QString &given)
{
    if (given.contains(u'/') || given == u"." || given == u"..")
        return QDir::cleanPath(QDir::current().absoluteFilePath(given));
    return given;
}

void HealthCommand::begin()
{
    withOwner([this] {
        call(u"health.get"_s, {}, [this](const QJsonObject &answer) {
            const auto health = take(control::healthFromJson(answer.value(u"health")));
            if (!health)
                return;
            if (console().isJson()) {
                console().printJson(health->toJson());
                end(health->ok ? 0 : 1);
                return;
            }
            for (const facade::HealthItem &item : health->items) {
                console().print(statusWord(item.status).leftJustified(9) + safeLine(item.title));
                if (!item.error)
                    continue;
                for (const QString &text :
                     {item.error->message, item.error->detail, item.error->remedy}) {
                    if (!text.isEmpty())
                        console().print(u"         "_s +
                                        QString(text).replace(u'\n', u"\n         "_s));
                }
            }
            if (!health->socketPath.isEmpty()) {
                console().print(translated("Engine socket %1 (%2), mode %3.")
                                    .arg(health->socketPath, health->socketSource, health->mode));
            }
            console().print(health->ok ? translated("Sessions can be started.")
                                       : translated("Sessions cannot be started."));
            end(health->ok ? 0 : 1);
        });
    });
}

void ImageCommand::begin()
{
    if (arguments().command->name == u"image list") {
        list();
        return;
    }
    withOwner([this] {
        if (!arguments().at(0).isEmpty()) {
            build(arguments().at(0));
            return;
        }
        call(u"image.recipes"_s, {}, [this](const QJsonObject &answer) {
            const QString first = answer.value(u"recipes").toArray().at(0).toString();
            if (first.isEmpty())
                failWith(Error(ErrorKind::NotFound, translated("There are no image recipes.")));
            else
                build(first);
        });
    });
}

void ImageCommand::build(const QString &recipe)
{
    connect(&owner().client(),
            &control::ControlClient::notified,
            this,
            [this](const QString &method, const QJsonObject &params) {
                if (method == u"image.log") {
                    const QString line = params.value(u"line").toString();
                    if (arguments().has(u"verbose"_s))
                        console().note(line);
                    else
                        console().status(line);
                } else if (method == u"image.progress") {
                    console().status(translated("Step %1 of %2")
                                         .arg(params.value(u"step").toInt())
                                         .arg(params.value(u"steps").toInt()));
                }
            });
    call(u"image.build"_s,
         {{u"recipe"_s, recipe}, {u"always"_s, arguments().has(u"always"_s)}},
         [this, recipe](const QJsonObject &answer) {
             const QString image = answer.value(u"image").toString();
             if (console().isJson())
                 console().printJson(QJsonObject{{u"recipe"_s, recipe}, {u"image"_s, image}});
             else
                 console().print(translated("Image %1 is ready: %2").arg(recipe, image));
             end();
         });
}

void ImageCommand::list()
{
    withOwner([this] {
        call(u"image.list"_s, {}, [this](const QJsonObject &answer) {
            QJsonArray array;
            QList<QStringList> rows;
            for (const QJsonValue &value : answer.value(u"images").toArray()) {
                const auto image = take(control::imageFromJson(value));
                if (!image)
                    return;
                if (!image->isAgentImage && !arguments().has(u"all"_s))
                    continue;
                array.append(value);
                rows.append({image->tags.value(0, u"-"_s),
                             formatByteSize(image->bytes),
                             image->createdAt.toLocalTime().toString(u"yyyy-MM-dd HH:mm"_s),
                             image->id});
            }
            if (console().isJson())
                console().printJson(array);
            else if (rows.isEmpty())
                console().note(translated("There is no agent image. Build one: paddockctl image "
                                          "build"));
            else
                console().printTable({u"IMAGE"_s, u"SIZE"_s, u"CREATED"_s, u"ID"_s}, rows);
            end();
        });
    });
}

} // namespace paddock::ctl
