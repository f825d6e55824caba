// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/policy/EnginePosture.h"

#include <QString>

#include <optional>
#include <sys/types.h>

namespace paddock::policy {

/// Who runs in a container, and who owns on the host what it must be able to write.
struct UserMapping
{
    uid_t uid = 0; ///< inside
    gid_t gid = 0;
    uid_t hostUid = 0; ///< owner of session folder, worktree and home on the host
    gid_t hostGid = 0;
    bool insideIsRoot = false;      ///< rootless engine: 0 inside is the person outside
    bool hostUserNamespace = false; ///< userns-remap is switched off for this container
    /// What the container writes must be given to hostUid:hostGid: Paddock runs as root, or the
    /// group is not the person's first.
    bool mustChown = false;

    bool operator==(const UserMapping &) const = default;
};

/// The person's own ids; 1000:1000 when Paddock runs as root; 0:0 on a rootless engine, where that
/// is the person. Never 0 on any other engine. \a group: instead of the person's own, see
/// chosenGroup().
[[nodiscard]] UserMapping resolveUser(uid_t personUid,
                                      gid_t personGid,
                                      const EnginePosture &posture,
                                      std::optional<gid_t> group = {});

/// The group that \a wish names, by name or number; empty: none. Names may come over the network:
/// worker threads. Refused are group 0, groups that
/// this process is not in (unless it runs as root), and all where the engine cannot give it:
/// InvalidArgument, PermissionDenied, UnsupportedOption.
[[nodiscard]] Result<std::optional<gid_t>> chosenGroup(const QString &wish,
                                                       const EnginePosture &posture);

/// /etc/passwd and /etc/group of a container whose user is \a uid:\a gid: root, nobody and "agent".
/// Without a name for its user node's os.userInfo(), ssh and others fail in every image that was
/// made for another number.
[[nodiscard]] QByteArray passwdText(uid_t uid, gid_t gid);
[[nodiscard]] QByteArray groupText(gid_t gid);

} // namespace paddock::policy
