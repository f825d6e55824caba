// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Conversation.h"

#include "core/control/Json.h"

#include <QJsonArray>
#include <QPointer>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

Conversation::Conversation(control::ControlClient &client, QString session, QObject *parent)
    : QObject(parent)
    , m_client(client)
    , m_session(std::move(session))
{
}

void Conversation::read()
{
    if (m_isReading) {
        m_again = true;
        return;
    }
    m_isReading = true;
    readPage();
}

void Conversation::readPage()
{
    m_again = false;
    m_client.call(u"session.conversation"_s, {{u"id"_s, m_session}, {u"after"_s, m_after}})
        .then(this, [this](const Result<QJsonObject> &answer) {
            if (!answer) {
                m_isReading = false;
                Q_EMIT failed(answer.error());
                return;
            }
            const QPointer<Conversation> guard(this);
            for (const QJsonValue &value : answer->value(u"entries").toArray()) {
                const auto next = control::conversationEntryFromJson(value);
                if (!next) {
                    m_isReading = false;
                    Q_EMIT failed(next.error());
                    return;
                }
                m_after = next->sequence;
                Q_EMIT entry(*next);
                if (!guard)
                    return;
            }
            if (answer->value(u"more").toBool() || m_again) {
                readPage();
                return;
            }
            m_isReading = false;
            Q_EMIT caughtUp();
        });
}

} // namespace paddock::ctl
