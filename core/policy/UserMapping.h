// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/policy/EnginePosture.h"

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
    /// Paddock runs as root: what the container writes must be given to hostUid:hostGid.
    bool mustChown = false;

    bool operator==(const UserMapping &) const = default;
};

/// The person's own ids; 1000:1000 when Paddock runs as root; 0:0 on a rootless engine, where that
/// is the person. Never 0 on any other engine.
[[nodiscard]] UserMapping
resolveUser(uid_t personUid, gid_t personGid, const EnginePosture &posture);

/// /etc/passwd and /etc/group of a container whose user is \a uid:\a gid: root, nobody and "agent".
/// Without a name for its user node's os.userInfo(), ssh and others fail in every image that was
/// made for another number.
[[nodiscard]] QByteArray passwdText(uid_t uid, gid_t gid);
[[nodiscard]] QByteArray groupText(gid_t gid);

} // namespace paddock::policy
