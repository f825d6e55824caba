// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "app/ctl/Conversation.h"
#include "app/ctl/TranscriptText.h"
#include "core/base/Bytes.h"

namespace paddock::ctl {

/// `session list`
class ListCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// `session show`
class ShowCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void showPosture();
    void showHeader(const sessions::Session &session);
    void showConversation(const sessions::Session &session);
    void follow();
    void endShowing();

    TranscriptText m_text;
    std::unique_ptr<Conversation> m_conversation;
    bool m_isOver = false; // nothing more will come
};

/// `session send`
class SendCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void send(const QString &text);
};

/// `session answer`
class AnswerCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void answer(const QString &question, const QString &title);

    TranscriptText m_text;
    std::unique_ptr<Conversation> m_conversation;
};

/// `session diff`
class DiffCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// `session stop|restart|finish|remove`
class ChangeCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// Of a message to the agent.
inline constexpr qint64 kMaxPromptBytes = 8 * kMiB;

/// All of standard input, at most \a maxBytes, as text. IoFailed, FileTooLarge, InvalidArgument
/// for what is not UTF-8.
[[nodiscard]] Result<QString> readStandardInput(qint64 maxBytes);

} // namespace paddock::ctl
