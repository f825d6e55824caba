// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/ExecApi.h"
#include "core/worktrees/AgentGit.h"

namespace paddock::sessions {

/// Runs git in the session's running container by exec. The engine is borrowed.
class ContainerGit final : public worktrees::AgentGit
{
public:
    ContainerGit(docker::ExecApi &exec, ContainerId container)
        : m_exec(exec)
        , m_container(std::move(container))
    {
    }
    [[nodiscard]] std::unique_ptr<worktrees::AgentGitRun> start(const QStringList &arguments,
                                                                const QByteArray &input) override;

private:
    docker::ExecApi &m_exec;
    ContainerId m_container;
};

} // namespace paddock::sessions
