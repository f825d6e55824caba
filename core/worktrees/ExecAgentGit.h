// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/worktrees/AgentGit.h"

#include <QString>

namespace paddock::docker {
class ExecApi;
}

namespace paddock::worktrees {

/// Git in a running container, by exec. Main thread.
class ExecAgentGit final : public AgentGit
{
public:
    /// \a user: "uid:gid" as the container runs; empty: the container's own. \a api must outlive
    /// this and every run.
    ExecAgentGit(docker::ExecApi &api, ContainerId container, QString user = {});

    [[nodiscard]] std::unique_ptr<AgentGitRun> start(const QStringList &arguments,
                                                     const QByteArray &input) override;
    [[nodiscard]] std::unique_ptr<AgentGitRun> converse(const QStringList &arguments) override;

private:
    enum class Input { None, Given, Open };
    [[nodiscard]] std::unique_ptr<AgentGitRun>
    run(const QStringList &arguments, const QByteArray &input, Input kind);

    docker::ExecApi &m_api;
    ContainerId m_container;
    QString m_user;
};

} // namespace paddock::worktrees
