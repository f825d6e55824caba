// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/policy/SandboxProfile.h"

#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>

#include <optional>
#include <sys/types.h>

namespace paddock::policy {

/// What a mount is for. Each kind has its own rules in PolicyCheck: where its source may be, where
/// it may go, whether it may be written.
enum class MountKind {
    Workspace,         ///< worktree or main checkout → /workspace
    GitFile,           ///< private one-line gitfile → /workspace/.git, read-only
    GitFolder,         ///< private repository folder over the .git folder of a main checkout
    PrivateRepository, ///< → /paddock/git
    ProjectObjects,    ///< an object store of the project → /paddock/objects/<n>, read-only
    ObjectsMask,       ///< an empty file over /paddock/objects/<n>/info/alternates, read-only
    FileMask,          ///< an empty file over a file in /workspace, read-only
    RunFolder,         ///< sockets of the session → /run/paddock, read-only
    Home,              ///< → /home/agent
    Spool,             ///< unread output of the shim → /paddock/spool
    Shim,              ///< the supervisor → /paddock/bin/paddock-shim, read-only
    UserNames,         ///< → /etc/passwd or /etc/group: names for the container's user, read-only
    CertificateBundle, ///< certificates of the host's authorities, read-only
    UserAdded,         ///< asked for by a person; refused when it would give away the host
};

/// One bind mount. Paths are absolute; \a source is on the engine's machine.
struct SandboxMount
{
    QString source;
    QString target;
    bool readOnly = true;
    MountKind kind = MountKind::UserAdded;

    bool operator==(const SandboxMount &) const = default;
};

/// Permission, given by a person and confirmed, to use the engine itself from inside. Never a
/// mount: it is a grant of its own, because whoever has the socket has the machine.
struct EngineSocketGrant
{
    QString path;
    gid_t group = 0; ///< group of the socket, given to the container's user

    bool operator==(const EngineSocketGrant &) const = default;
};

/// Paths inside every container (docs/ARCHITECTURE.md, names and numbers).
inline constexpr char16_t kWorkspacePath[] = u"/workspace";
inline constexpr char16_t kGitPath[] = u"/paddock/git";
inline constexpr char16_t kObjectsPath[] = u"/paddock/objects";
inline constexpr char16_t kSpoolPath[] = u"/paddock/spool";
inline constexpr char16_t kShimPath[] = u"/paddock/bin/paddock-shim";
inline constexpr char16_t kRunPath[] = u"/run/paddock";
inline constexpr char16_t kHomePath[] = u"/home/agent";

/// Everything one container gets, resolved: no defaults are filled in later than here. Value type.
/// Only PolicyCheck turns it into the CheckedSpec that a container can be made from.
struct SandboxSpec
{
    SessionId session;
    QString instance; ///< of this installation: what one owner may touch

    uid_t uid = 0; ///< of the person; see resolveUser() of UserMapping.h
    gid_t gid = 0;
    ImageId image; ///< by id, never by tag
    QStringList command{QString::fromUtf16(kShimPath),
                        QStringLiteral("run")}; ///< PID 1 and its arguments
    QString workingDirectory = QString::fromUtf16(kWorkspacePath);
    QMap<QString, QString> environment; ///< besides what every container has
    QList<SandboxMount> mounts;
    QStringList maskedFolders; ///< in the container, each covered by an empty read-only tmpfs
    /// Folders the image declares as volumes: each covered by an empty tmpfs, so that the engine
    /// makes no volume on its disk for them (AvailableImage::volumes).
    QStringList imageVolumes;
    SandboxProfile profile;
    std::optional<EngineSocketGrant> engineSocket;

    bool operator==(const SandboxSpec &) const = default;
};

} // namespace paddock::policy
