// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/StartCommand.h"

#include "app/ctl/GeneralCommands.h"
#include "app/ctl/SessionCommands.h"
#include "core/control/Json.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

/// \a path of the current folder as the project at \a top has it; one outside stays as it is, to be
/// refused by its name.
QString fromTop(const QString &top, const QString &path)
{
    const QString relative =
        QDir(top).relativeFilePath(QDir::current().absoluteFilePath(QDir::cleanPath(path)));
    return relative == u".." || relative.startsWith(u"../") ? QDir::cleanPath(path) : relative;
}

} // namespace

void StartCommand::begin()
{
    const auto project = take(arguments().has(u"project"_s)
                                  ? Result<QString>(projectName(arguments().value(u"project"_s)))
                                  : repositoryOf(u"."_s));
    if (!project)
        return;
    sessions::StartOptions options;
    options.project = *project;
    options.title = arguments().value(u"title"_s);
    options.adapter =
        arguments().value(u"agent"_s, arguments().hasTrailing ? u"custom"_s : QString());
    if (const auto mode = sessions::modeFromName(arguments().value(u"mode"_s, u"write"_s)))
        options.mode = *mode;
    options.image = arguments().value(u"image"_s);
    options.base = arguments().value(u"base"_s);
    options.branch = arguments().value(u"branch"_s);
    options.adopt = arguments().value(u"adopt"_s);
    options.fetchRemote = arguments().value(u"fetch-remote"_s);
    options.fetch = arguments().has(u"fetch"_s) || arguments().has(u"fetch-remote"_s);
    for (const QString &path : arguments().values(u"copy-ignored"_s))
        options.copyIgnored.append(QFile::encodeName(
            arguments().has(u"project"_s) ? QDir::cleanPath(path) : fromTop(*project, path)));
    options.withSecrets = arguments().has(u"with-secrets"_s);
    options.include = arguments().values(u"include"_s);
    options.exclude = arguments().values(u"exclude"_s);
    options.command = arguments().trailing;
    options.commandKind = arguments().has(u"terminal"_s) ? u"terminal"_s : QString();
    options.upstream = arguments().value(u"upstream"_s);
    if (arguments().has(u"demo-script"_s)) {
        // The owner runs in another folder.
        options.demoScript =
            QDir::cleanPath(QDir::current().absoluteFilePath(arguments().value(u"demo-script"_s)));
    }
    options.message = arguments().value(u"message"_s);
    if (options.message == u"-") {
        const auto text = take(readStandardInput(kMaxPromptBytes));
        if (!text)
            return;
        options.message = *text;
    }
    withOwner([this, options] {
        call(u"session.start"_s, control::toJson(options), [this](const QJsonObject &answer) {
            if (const auto session = take(control::sessionFromJson(answer.value(u"session"))))
                onStarted(*session);
        });
    });
}

void StartCommand::onStarted(const sessions::Session &session)
{
    if (!arguments().has(u"wait"_s)) {
        show(session);
        return;
    }
    console().note(translated("Session %1.").arg(session.id.value));
    const bool inTerminal = arguments().has(u"terminal"_s);
    waitUntilSettled(session.id.value,
                     [this](const sessions::Session &now) { show(now); },
                     {.until = inTerminal ? Wait::Until::Runs : Wait::Until::Settled});
}

void StartCommand::show(const sessions::Session &session)
{
    if (console().isJson()) {
        console().printJson(control::toJson(session));
    } else if (console().isOutputTerminal()) {
        console().print(translated("Session %1 is %2.").arg(session.id.value, stateText(session)));
        console().print(
            translated("Follow it: paddockctl session show --follow %1").arg(session.id.value));
    } else {
        console().print(session.id.value); // for ID=$(paddockctl session start …)
    }
    end();
}

} // namespace paddock::ctl
