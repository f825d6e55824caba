// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/AgentGit.h"
#include "core/worktrees/SessionTree.h"
#include "tests/support/ScratchRepository.h"

#include <QPointer>
#include <QProcess>

#include <functional>

namespace paddock::test {

/// Plays the agent's side without a container: git on the private repository with the project's
/// objects where the mounts would be.
class LocalAgentGit final : public worktrees::AgentGit
{
public:
    LocalAgentGit(const worktrees::SessionTree &tree, QString objectDir)
        : m_tree(tree)
        , m_objects(std::move(objectDir))
    {
    }

    [[nodiscard]] std::unique_ptr<worktrees::AgentGitRun> start(const QStringList &arguments,
                                                                const QByteArray &input) override;
    [[nodiscard]] std::unique_ptr<worktrees::AgentGitRun>
    converse(const QStringList &arguments) override;

    /// What the agent does in its workspace: git with its own repository and the worktree.
    /// Ended after \a milliseconds.
    GitAnswer git(const QStringList &arguments,
                  const QByteArray &input = {},
                  int milliseconds = 60'000) const;
    /// Writes a file into the worktree and commits everything; answers the id.
    QByteArray commit(const QString &file, const QByteArray &content, const QString &message) const;
    QByteArray id(const QString &revision) const;

    /// Instead of the pack of the agent's git: these bytes.
    std::optional<QByteArray> forgedPack{};
    /// The pack stops in the middle and nothing more comes until breakPack().
    bool stallsPack = false;
    /// As when the container ends: the stalled command fails.
    void breakPack();
    [[nodiscard]] bool isStalled() const { return !m_stalled.isNull(); }
    /// Instead of its list of refs.
    std::optional<QByteArray> forgedRefs{};
    /// False: git on the agent's repository as it would be on the host, without the mark that says
    /// "in the container" to programs that the repository's configuration names.
    bool inside = true;
    /// Instead of what it answers in a conversation.
    std::optional<QByteArray> forgedTalk{};
    /// From the action of this number on (a command, or something said in a conversation) nothing
    /// is done and nothing is answered any more. 0: never.
    int silentFrom = 0;
    int actions = 0;
    /// Counts one action; whether it is done.
    [[nodiscard]] bool act() { return ++actions < silentFrom || silentFrom == 0; }
    int starts = 0;
    QStringList commands{};

    /// Called before each command of Paddock's, with its arguments.
    std::function<void(const QStringList &)> before{};
    [[nodiscard]] QProcessEnvironment environment() const;

private:
    [[nodiscard]] QStringList local(const QStringList &arguments);

    worktrees::SessionTree m_tree;
    QString m_objects;
    QPointer<worktrees::AgentGitRun> m_stalled;
};

} // namespace paddock::test
