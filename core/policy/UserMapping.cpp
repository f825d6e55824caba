// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/UserMapping.h"

namespace paddock::policy {

namespace {

/// Used when Paddock runs as root: the first ordinary user of every distribution, and of the image.
constexpr uid_t kOrdinaryUser = 1000;

} // namespace

UserMapping resolveUser(uid_t personUid, gid_t personGid, const EnginePosture &posture)
{
    UserMapping mapping;
    mapping.hostUserNamespace = posture.userNamespaces && !posture.rootless;
    if (posture.rootless) {
        // The engine runs in the person's user namespace: 0 inside is the person outside, and any
        // other id would be one of the subordinate ids, whose files are not the person's.
        mapping.insideIsRoot = true;
        mapping.hostUid = personUid;
        mapping.hostGid = personGid;
        return mapping;
    }
    mapping.mustChown = personUid == 0;
    mapping.uid = personUid == 0 ? kOrdinaryUser : personUid;
    // A person whose group is 0 would carry the group root into the container.
    mapping.gid = personUid == 0 || personGid == 0 ? kOrdinaryUser : personGid;
    mapping.hostUid = mapping.uid;
    mapping.hostGid = mapping.gid;
    return mapping;
}

QByteArray passwdText(uid_t uid, gid_t gid)
{
    const QByteArray agent = "agent:x:" + QByteArray::number(uid) + ':' + QByteArray::number(gid) +
                             ":agent:/home/agent:/bin/sh\n";
    const QByteArray root = "root:x:0:0:root:/root:/bin/sh\n";
    const QByteArray nobody = "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
    // The first line of a number gives its name.
    return agent + (uid == 0 ? QByteArray() : root) + (uid == 65534 ? QByteArray() : nobody);
}

QByteArray groupText(gid_t gid)
{
    return "agent:x:" + QByteArray::number(gid) + ":\n" + (gid == 0 ? "" : "root:x:0:\n") +
           (gid == 65534 ? "" : "nogroup:x:65534:\n");
}

} // namespace paddock::policy
