// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/UserMapping.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <grp.h>
#include <unistd.h>
#include <vector>

namespace paddock::policy {

namespace {

/// Used when Paddock runs as root: the first ordinary user of every distribution, and of the image.
constexpr uid_t kOrdinaryUser = 1000;
constexpr std::size_t kGroupBuffer = 1 << 20; // a group with many members has a long line

QString tr(const char *text)
{
    return QCoreApplication::translate("UserMapping", text);
}

std::optional<gid_t> groupNamed(const QString &wish)
{
    bool isNumber = false;
    const uint number = wish.toUInt(&isNumber);
    if (isNumber)
        return number;
    std::vector<char> buffer(kGroupBuffer);
    struct group entry
    {
    };
    struct group *found = nullptr;
    if (::getgrnam_r(wish.toUtf8().constData(), &entry, buffer.data(), buffer.size(), &found) !=
            0 ||
        found == nullptr)
        return std::nullopt;
    return found->gr_gid;
}

bool isMember(gid_t group)
{
    if (::getegid() == group)
        return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return std::ranges::find(groups, group) != groups.end();
}

} // namespace

UserMapping resolveUser(uid_t personUid,
                        gid_t personGid,
                        const EnginePosture &posture,
                        std::optional<gid_t> group)
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
    mapping.uid = personUid == 0 ? kOrdinaryUser : personUid;
    // A person whose group is 0 would carry the group root into the container.
    const gid_t own = personUid == 0 || personGid == 0 ? kOrdinaryUser : personGid;
    mapping.gid = group.value_or(own);
    mapping.mustChown = personUid == 0 || mapping.gid != own;
    mapping.hostUid = mapping.uid;
    mapping.hostGid = mapping.gid;
    return mapping;
}

Result<std::optional<gid_t>> chosenGroup(const QString &wish, const EnginePosture &posture)
{
    if (wish.isEmpty())
        return std::optional<gid_t>();
    const auto refuse = [&wish](ErrorKind kind, const QString &message) {
        return fail(Error(kind, message.arg(wish))
                        .withRemedy(tr("Choose a group that you are in (see: id), or none: "
                                       "paddockctl project set --group \"\"")));
    };
    const auto group = groupNamed(wish);
    if (!group)
        return refuse(ErrorKind::InvalidArgument, tr("There is no group %1."));
    if (*group == 0)
        return refuse(ErrorKind::SecurityViolation,
                      tr("An agent cannot be in the group %1: it is root's."));
    if (posture.rootless)
        return refuse(ErrorKind::UnsupportedOption,
                      tr("A rootless engine cannot give an agent the group %1."));
    if (::geteuid() != 0 && !isMember(*group))
        return refuse(ErrorKind::PermissionDenied, tr("You are not in the group %1."));
    return std::optional<gid_t>(*group);
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
