// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/AgentGit.h"
#include "core/worktrees/SessionTree.h"
#include "tests/support/ScratchRepository.h"

#include <QProcess>

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
    /// Instead of its list of refs.
    std::optional<QByteArray> forgedRefs{};
    /// False: git on the agent's repository as it would be on the host, without the mark that says
    /// "in the container" to programs that the repository's configuration names.
    bool inside = true;
    int starts = 0;
    QStringList commands{};

private:
    [[nodiscard]] QProcessEnvironment environment() const;

    worktrees::SessionTree m_tree;
    QString m_objects;
};

} // namespace paddock::test
