// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "core/worktrees/Staging.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

namespace paddock::test {

/// A session with its private repository and the agent's hands, without a container.
struct AgentSession
{
    GitFixture fixture;
    worktrees::PrivateRepository repository{fixture.pool, fixture.git};
    worktrees::Importer importer{fixture.pool, fixture.git};
    worktrees::SessionDiff reader{fixture.pool, fixture.git};
    worktrees::Staging staging{fixture.pool, fixture.git};
    worktrees::SessionTree tree;
    std::shared_ptr<LocalAgentGit> agent;

    /// \a gitProgram: see git::GitProcess. \a prepare is given the project before the session
    /// begins.
    explicit AgentSession(const QString &gitProgram = {},
                          const std::function<void(ScratchRepository &)> &prepare = {})
        : fixture(gitProgram)
    {
        if (prepare)
            prepare(fixture.project);
        const auto made = fixture.create();
        if (!made || !await(repository.ensure(*made)))
            qFatal("no session");
        tree = *made;
        agent = std::make_shared<LocalAgentGit>(
            tree, fixture.project.path(QStringLiteral(".git/objects")));
    }

    [[nodiscard]] Result<worktrees::ImportReport> import(const worktrees::ImportLimits &limits = {})
    {
        return await(importer.run(tree, agent, QStringLiteral("/paddock/git"), limits));
    }

    QByteArray hostGit(const QStringList &arguments, const QByteArray &input = {}) const
    {
        return fixture.project.git(arguments, input);
    }

    [[nodiscard]] bool noQuarantine() const
    {
        return QDir(fixture.project.path(QStringLiteral(".git/objects")))
            .entryList({QStringLiteral("tmp_objdir*")}, QDir::AllEntries | QDir::Hidden)
            .isEmpty();
    }
};

} // namespace paddock::test
