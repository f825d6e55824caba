// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/EventsCommand.h"

#include "core/control/Json.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

/// The words for an event on a terminal.
QString textOf(const QString &name, const QJsonObject &params)
{
    if (const auto session = control::sessionFromJson(params.value(u"session"))) {
        QString text = session->id.value + u"  "_s + stateText(*session);
        if (!session->stepTitle.isEmpty())
            text += u": "_s + session->stepTitle;
        return text + u"  "_s + session->title;
    }
    if (name == u"session.conversationGrew")
        return params.value(u"id").toString() +
               QCoreApplication::translate("Ctl", "  conversation up to %1")
                   .arg(params.value(u"sequence").toInteger());
    if (name == u"session.removed")
        return params.value(u"id").toString() + QCoreApplication::translate("Ctl", "  removed");
    if (name == u"health.changed")
        return params[u"health"_s][u"ok"].toBool()
                   ? QCoreApplication::translate("Ctl", "sessions can be started")
                   : QCoreApplication::translate("Ctl", "no session can be started");
    if (name == u"project.changed")
        return QCoreApplication::translate("Ctl", "the projects have changed");
    return name;
}

bool isAmong(const QString &id, const QJsonArray &sessions)
{
    return std::ranges::any_of(
        sessions, [&id](const QJsonValue &session) { return session[u"id"].toString() == id; });
}

} // namespace

void EventsCommand::begin()
{
    withOwner([this] {
        auto &client = owner().client();
        connect(&client, &control::ControlClient::notified, this, &EventsCommand::onEvent);
        connect(&client, &control::ControlClient::disconnected, this, &EventsCommand::failWith);
        const QStringList ids = arguments().positional;
        call(
            u"events.watch"_s,
            {{u"ids"_s, QJsonArray::fromStringList(ids)}},
            [this, ids](const QJsonObject &answer) {
                const QJsonArray sessions = answer.value(u"sessions").toArray();
                for (const QString &id : ids) {
                    if (isAmong(id, sessions))
                        continue;
                    // It would be waited for in vain.
                    failWith(
                        Error(ErrorKind::NotFound,
                              QCoreApplication::translate("Ctl", "There is no session %1.").arg(id))
                            .withRemedy(QCoreApplication::translate(
                                "Ctl", "List the sessions with: paddockctl session list")));
                    return;
                }
                // What there is already, so that whoever listens needs no second question.
                for (const QJsonValue &session : sessions)
                    onEvent(u"session.listed"_s, {{u"session"_s, session}});
            });
    });
}

void EventsCommand::onEvent(const QString &name, const QJsonObject &params)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (console().isJson()) {
        QJsonObject line = params;
        line.insert(u"event"_s, name);
        line.insert(u"at"_s, now.toString(Qt::ISODateWithMs));
        console().printJson(line);
    } else {
        console().print(now.toLocalTime().toString(u"hh:mm:ss"_s) + u"  "_s + textOf(name, params));
    }
    console().flush();
}

} // namespace paddock::ctl
