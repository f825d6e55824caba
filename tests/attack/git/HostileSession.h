// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/attack/git/ExecWatch.h"
#include "tests/git/AgentSession.h"

#include <QList>

#include <functional>

namespace paddock::test {

/// One thing that is done on the host, by Paddock or by a person.
struct Deed
{
    QString name{};
    std::function<Result<Done>()> run{};
    bool startsHelpers = false; ///< git may start programs of its own for it
};

/// A session whose agent has planted something, and everything the host does with it. Git on the
/// host is watched: each program that is started is known.
class HostileSession
{
public:
    /// \a prepare is given the project before the session begins.
    explicit HostileSession(const std::function<void(ScratchRepository &)> &prepare = {});

    [[nodiscard]] AgentSession &session() { return m_session; }
    [[nodiscard]] const worktrees::SessionTree &tree() const { return m_session.tree; }
    [[nodiscard]] ScratchRepository &project() { return m_session.fixture.project; }
    [[nodiscard]] LocalAgentGit &agent() { return *m_session.agent; }
    [[nodiscard]] QString path(const QString &below) const
    {
        return m_session.fixture.environment.path(below);
    }
    [[nodiscard]] QString workFile(const QString &below) const
    {
        return tree().workPath + u'/' + below;
    }
    [[nodiscard]] QString privateFile(const QString &below) const
    {
        return tree().privateGitDir() + u'/' + below;
    }

    /// A program that leaves a mark when it runs anywhere but on the agent's side.
    [[nodiscard]] QString payload() const { return path(QStringLiteral("payload")); }
    /// The same at another place, executable. \a then: how its script goes on.
    void installPayload(const QString &file, const QByteArray &then = "exec cat") const;
    /// Adds to the configuration of the agent's repository, as text: "[core]\n\tfsmonitor = …".
    void configure(const QByteArray &text) const;
    /// Text of a configuration that runs the payload at the slightest occasion.
    [[nodiscard]] QByteArray evilConfig() const;
    /// A repository of the agent's own making with one commit, a changed file, and evilConfig().
    void plantRepository(const QString &folder) const;
    /// Commits what is in the worktree as the agent.
    void commitAsAgent(const QString &message);
    /// A file outside of everything that the session may touch.
    [[nodiscard]] QString victim() const { return path(QStringLiteral("outside/victim")); }

    /// True if the payload ran since the last forget().
    [[nodiscard]] bool ran() const { return !marks().isEmpty(); }
    [[nodiscard]] QByteArray marks() const;
    void forget();

    /// Positive control: the host's plain git with the agent's repository as git directory.
    GitAnswer trustingGit(const QStringList &arguments, const QByteArray &input = {});
    /// What a person types in the worktree (or \a below it): plain git, watched. Ended after 10 s
    /// or \a milliseconds.
    GitAnswer
    personsGit(const QStringList &arguments, const QString &below = {}, int milliseconds = 10'000);

    /// How an import is done; the agent's side is git without a container unless a test says
    /// otherwise.
    std::function<Result<Done>()> import;

    /// What Paddock does to show a session.
    [[nodiscard]] QList<Deed> readingDeeds();
    /// Staging, commits, discarding, of everything there is; in the end all is as before.
    [[nodiscard]] QList<Deed> stagingDeeds();
    /// Everything Paddock does with a session that goes on.
    [[nodiscard]] QList<Deed> paddocksDeeds();
    /// Everything a person does by hand in the worktree and in the project.
    [[nodiscard]] QList<Deed> personsDeeds();
    /// The end of a session.
    [[nodiscard]] QList<Deed> lastDeeds();

    /// Does them all, and answers what was not harmless: a payload that ran, a program that was
    /// started, a change outside, more than 10 s for one, an error.
    [[nodiscard]] QStringList complaints(const QList<Deed> &deeds);

private:
    [[nodiscard]] Deed byHand(const QStringList &arguments, const QString &folder);
    /// Something to stage: README as nobody has committed it.
    void leaveChange() const;
    /// What nothing of the session may change.
    [[nodiscard]] QByteArray outside() const;

    ExecWatch m_watch;
    AgentSession m_session;
};

} // namespace paddock::test

/// Fails the test when one of the deeds is not harmless.
#define PADDOCK_VERIFY_HARMLESS(hostile, deeds)                                                    \
    do {                                                                                           \
        const QStringList complaints_ = (hostile).complaints(deeds);                               \
        QVERIFY2(complaints_.isEmpty(), qUtf8Printable(complaints_.join(u'\n')));                  \
    } while (false)
