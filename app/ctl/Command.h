// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Arguments.h"
#include "app/ctl/Console.h"
#include "app/ctl/OwnerConnection.h"
#include "core/sessions/Session.h"

#include <QObject>

#include <functional>
#include <memory>

namespace paddock::ctl {

/// What is waited for after something was asked of a session.
struct Wait
{
    /// Runs: for agents in a terminal, of which nobody knows whether they wait.
    enum class Until { Settled, Runs };
    Until until = Until::Settled;
    QDateTime newerThan{};
};

/// One run of one command. Main thread; deleted by whoever made it.
class Command : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Command)

public:
    Command(const Arguments &arguments, Console &console);
    ~Command() override;

    virtual void begin() = 0;

Q_SIGNALS:
    /// Once, with the exit code.
    void finished(int exitCode);

protected:
    /// Reaches the owner and goes on; ends the command when it cannot.
    void withOwner(std::function<void()> next,
                   OwnerConnection::Start start = OwnerConnection::Start::IfNeeded);
    /// Asks the owner and goes on with the answer; ends the command when it fails.
    void call(const QString &method,
              const QJsonObject &params,
              std::function<void(const QJsonObject &)> next);
    /// Reads a value out of an answer with one of control's functions; ends the command when that
    /// fails.
    template <typename T>
    [[nodiscard]] std::optional<T> take(const Result<T> &value)
    {
        if (value)
            return *value;
        failWith(value.error());
        return std::nullopt;
    }
    /// Follows the session until it waits for somebody or has ended, showing its steps as status.
    /// A session that failed ends the command. A state that is not newer than Wait::newerThan does
    /// not count: it is from before what was asked.
    void waitUntilSettled(const QString &id,
                          std::function<void(const sessions::Session &)> next,
                          const Wait &wait = {});
    /// Says what went wrong and ends with 1.
    virtual void failWith(const Error &error);
    void end(int exitCode = 0);

    [[nodiscard]] const Arguments &arguments() const { return m_arguments; }
    [[nodiscard]] Console &console() { return m_console; }
    [[nodiscard]] OwnerConnection &owner() { return m_owner; }

private:
    void onSettling(const QJsonValue &json);

    Arguments m_arguments;
    Console &m_console;
    OwnerConnection m_owner;
    std::function<void(const sessions::Session &)> m_settled;
    Wait m_wait;
    bool m_ended = false;
};

/// Nothing more happens by itself: it waits for somebody, or has ended.
[[nodiscard]] bool isSettled(const sessions::Session &session);
/// "running (working)".
[[nodiscard]] QString stateText(const sessions::Session &session);

/// The command of \a arguments, or null for one that needs the whole core.
[[nodiscard]] std::unique_ptr<Command> makeCommand(const Arguments &arguments, Console &console);

} // namespace paddock::ctl
