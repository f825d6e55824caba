// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/control/ControlClient.h"
#include "core/sessions/Session.h"

#include <QObject>

#include <functional>

namespace paddock::ctl {

/// Reads the conversation of one session page by page, in order and each entry once, as far as it
/// goes; again when told that it grew. The client is borrowed. Main thread.
class Conversation : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Conversation)

public:
    Conversation(control::ControlClient &client, QString session, QObject *parent = nullptr);

    /// Emits entry() for what is there and then caughtUp(). While it reads, another call makes it
    /// look once more.
    void read();

Q_SIGNALS:
    void entry(const paddock::sessions::ConversationEntry &entry);
    void caughtUp();
    void failed(const paddock::Error &error);

private:
    void readPage();

    control::ControlClient &m_client;
    QString m_session;
    qint64 m_after = 0;
    bool m_isReading = false;
    bool m_again = false;
};

} // namespace paddock::ctl
