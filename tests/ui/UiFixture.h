// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/FakeServices.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>
#include <QWidget>

namespace paddock::test {

/// Writes the messages of a conversation as an agent and its host would, into a fake service.
class TalkWriter
{
public:
    TalkWriter(FakeSessionService &service, SessionId id);

    void initialize();
    void prompt(const QString &text);
    void say(const QString &text, const QString &messageId);
    void think(const QString &text);
    void plan(const QList<std::pair<QString, QString>> &entries); ///< content, status
    void tool(const QJsonObject &update, bool isNew);
    void
    edit(const QString &toolId, const QString &path, const QString &before, const QString &after);
    void run(const QString &toolId,
             const QString &command,
             const QString &output,
             const QString &status);
    /// Asks for a command; the key under which it is answered is known to the transcript only.
    int ask(const QString &toolId, const QString &command, const QString &description = {});
    void answer(int agentId, bool allow);
    void usage(qint64 tokens, double cost);
    void endTurn();
    void notice(const QString &kind, const QString &text);

private:
    void toAgent(const QJsonObject &message);
    void fromAgent(const QJsonObject &message);
    void update(const QJsonObject &what);

    FakeSessionService &m_service;
    SessionId m_id;
    int m_next = 1;
    int m_prompt = 0;
    int m_nextAsk = 100;
};

/// An item of the health strip.
[[nodiscard]] facade::HealthItem healthItem(const QString &id,
                                            const QString &title,
                                            facade::HealthItem::Status status,
                                            std::optional<Error> error = {},
                                            const QString &action = {});
[[nodiscard]] facade::Health engineDownHealth();

/// Two projects, seven sessions in many states, a conversation that waits for an approval in the
/// first ("sess0001"), a diff. What the drawings of the window show.
void fillStory(FakeServices &fake);
inline const auto kStorySession = SessionId{QStringLiteral("sess0001")};

/// The child of \a type called \a name; fails the test when it is missing.
template <typename T>
[[nodiscard]] T *child(const QWidget *parent, const QString &name)
{
    T *found = parent->findChild<T *>(name);
    if (!found)
        qFatal("no child called %s", qUtf8Printable(name));
    return found;
}

} // namespace paddock::test
