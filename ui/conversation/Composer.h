// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sessions/Session.h"
#include "ui/widgets/Labels.h"

#include <QPlainTextEdit>

class QPushButton;

namespace paddock::ui {

/// Where a person writes to the agent. Says what will happen with the message: sent at once, or
/// after the running turn; or why none can be sent. Ctrl+Enter sends, Enter makes a line.
class Composer final : public Card
{
    Q_OBJECT

public:
    explicit Composer(QWidget *parent = nullptr);

    void setSession(const sessions::Session &session);
    [[nodiscard]] QString text() const;
    void setText(const QString &text);
    /// While a message is on its way it cannot be sent again.
    void setSending(bool sending);
    void focusText();

Q_SIGNALS:
    void sendRequested(const QString &text);
    void cancelTurnRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void send();
    void updateButtons();
    void fitHeight();

    QPlainTextEdit *m_edit;
    PlainLabel *m_hint;
    QPushButton *m_cancelTurn;
    QPushButton *m_send;
    bool m_canSend = false;
    bool m_isSending = false;
};

} // namespace paddock::ui
