// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/ExecApi.h"
#include "core/worktrees/PrivateRepository.h"
#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"

#include <QJsonArray>
#include <QJsonObject>

namespace paddock::test {

/// The image with git in it that every machine with Paddock has.
inline const QString kAgentImage = QStringLiteral("claude-agent-base:latest");

/// A create request for a sealed container with what the git side of a session mounts; it sleeps.
[[nodiscard]] inline QJsonObject
treeContainer(const RealEngine &engine, const worktrees::TreeMounts &mounts, const QString &user)
{
    using namespace Qt::StringLiterals;
    QJsonArray binds;
    for (const worktrees::TreeMount &mount : mounts.mounts)
        binds +=
            QJsonObject{{u"Type"_s, u"bind"_s},
                        {u"Source"_s, mount.hostPath},
                        {u"Target"_s, mount.containerPath},
                        {u"ReadOnly"_s, mount.access == worktrees::TreeMount::Access::ReadOnly}};
    for (const QString &mask : mounts.masks)
        binds += QJsonObject{{u"Type"_s, u"tmpfs"_s}, {u"Target"_s, mask}, {u"ReadOnly"_s, true}};
    QJsonObject body = engine.body({u"/bin/sleep"_s, u"300"_s});
    body[u"Image"_s] = kAgentImage;
    body[u"User"_s] = user;
    body[u"WorkingDir"_s] = u"/workspace"_s;
    QJsonObject host = body[u"HostConfig"_s].toObject();
    host[u"Mounts"_s] = binds;
    host[u"ReadonlyRootfs"_s] = true;
    host[u"SecurityOpt"_s] = QJsonArray{u"no-new-privileges:true"_s};
    body[u"HostConfig"_s] = host;
    return body;
}

/// Runs a shell script in /workspace as the agent.
[[nodiscard]] inline docker::ExecOutput agentShell(RealEngine &engine,
                                                   const ContainerId &container,
                                                   const QString &user,
                                                   const QString &script)
{
    using namespace Qt::StringLiterals;
    auto output = await(
        docker::runExec(engine.client().exec(),
                        container,
                        {.options = {.command = {u"/bin/sh"_s, u"-c"_s, script},
                                     // As the sandbox sets it: where Paddock runs as root the main
                                     // checkout is not the agent's.
                                     .environment = {u"GIT_CONFIG_COUNT=1"_s,
                                                     u"GIT_CONFIG_KEY_0=safe.directory"_s,
                                                     u"GIT_CONFIG_VALUE_0=*"_s,
                                                     u"HOME=/nonexistent"_s,
                                                     u"GIT_AUTHOR_NAME=An Agent"_s,
                                                     u"GIT_AUTHOR_EMAIL=agent@example.org"_s,
                                                     u"GIT_COMMITTER_NAME=An Agent"_s,
                                                     u"GIT_COMMITTER_EMAIL=agent@example.org"_s},
                                     .workingFolder = u"/workspace"_s,
                                     .user = user},
                         .input = {}}));
    if (!output)
        qWarning() << output.error().toString();
    return output.value_or(docker::ExecOutput{.exitCode = -1});
}

} // namespace paddock::test
