// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Command.h"

#include "core/control/Json.h"

#include <QCoreApplication>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

Command::Command(const Arguments &arguments, Console &console)
    : m_arguments(arguments)
    , m_console(console)
    , m_owner(console)
{
}

Command::~Command() = default;

void Command::withOwner(std::function<void()> next, OwnerConnection::Start start)
{
    m_owner.open(start).then(this, [this, next = std::move(next)](const Result<Done> &result) {
        if (result)
            next();
        else
            failWith(result.error());
    });
}

void Command::call(const QString &method,
                   const QJsonObject &params,
                   std::function<void(const QJsonObject &)> next)
{
    m_owner.client()
        .call(method, params)
        .then(this, [this, next = std::move(next)](const Result<QJsonObject> &answer) {
            if (answer)
                next(*answer);
            else
                failWith(answer.error());
        });
}

void Command::waitUntilSettled(const QString &id,
                               std::function<void(const sessions::Session &)> next,
                               const Wait &wait)
{
    m_settled = std::move(next);
    m_wait = wait;
    connect(&m_owner.client(),
            &control::ControlClient::notified,
            this,
            [this, id](const QString &method, const QJsonObject &params) {
                if (method == u"session.changed" || method == u"session.added") {
                    onSettling(params.value(u"session"));
                } else if (method == u"session.removed" && params.value(u"id") == id) {
                    failWith(Error(
                        ErrorKind::NotFound,
                        QCoreApplication::translate("Ctl", "The session %1 was removed.").arg(id)));
                }
            });
    connect(&m_owner.client(),
            &control::ControlClient::disconnected,
            this,
            [this](const Error &error) { failWith(error); });
    call(u"session.watch"_s, {{u"ids"_s, QJsonArray{id}}}, [this](const QJsonObject &answer) {
        for (const QJsonValue &session : answer.value(u"sessions").toArray())
            onSettling(session);
    });
}

void Command::onSettling(const QJsonValue &json)
{
    if (!m_settled)
        return;
    const auto session = take(control::sessionFromJson(json));
    if (!session)
        return;
    m_console.status(session->stepTitle.isEmpty() ? stateText(*session) : session->stepTitle);
    const bool runs =
        m_wait.until == Wait::Until::Runs && session->state == sessions::SessionState::Running;
    if (!(runs || isSettled(*session)) ||
        (m_wait.newerThan.isValid() && session->updatedAt <= m_wait.newerThan))
        return;
    const auto next = std::exchange(m_settled, nullptr);
    m_console.status({});
    if (session->state == sessions::SessionState::Failed) {
        failWith(session->failure.value_or(Error(
            ErrorKind::Internal,
            QCoreApplication::translate("Ctl", "The session %1 failed.").arg(session->id.value))));
        return;
    }
    next(*session);
}

void Command::failWith(const Error &error)
{
    if (m_ended)
        return;
    m_console.printError(error);
    end(1);
}

void Command::end(int exitCode)
{
    if (std::exchange(m_ended, true))
        return;
    Q_EMIT finished(exitCode);
}

bool isSettled(const sessions::Session &session)
{
    using State = sessions::SessionState;
    switch (session.state) {
    case State::Waiting:
        return true;
    case State::Running:
        return session.substate == u"idle";
    default:
        return sessions::isEnded(session.state);
    }
}

QString stateText(const sessions::Session &session)
{
    const QString state = sessions::stateName(session.state);
    return session.substate.isEmpty() ? state : state + u" ("_s + session.substate + u')';
}

} // namespace paddock::ctl
