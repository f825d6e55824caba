// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/policy/ForbiddenPlaces.h"
#include "core/policy/HostPath.h"
#include "core/policy/SandboxSpec.h"

namespace paddock::policy {

/// The rules of bind mounts: where each kind may come from and go to. Reads the file system.
class MountCheck
{
public:
    /// \a sessionFolder is where the session's own mounts must come from; \a own is for the shim.
    MountCheck(QList<ForbiddenPlace> forbidden,
               MountTable mounts,
               XdgPaths own,
               QString sessionFolder);

    /// The canonical source of \a mount, or why not (SecurityViolation, MountFailed).
    [[nodiscard]] Result<QString> check(const SandboxMount &mount) const;
    /// What no single mount shows: two with one target, a repository whose .git is not covered.
    [[nodiscard]] static Result<Done> checkTogether(const QList<SandboxMount> &mounts);

private:
    [[nodiscard]] Result<Done> checkSource(const SandboxMount &mount, const HostPath &source) const;
    [[nodiscard]] Result<Done> checkForbidden(const QString &shown, const HostPath &source) const;
    [[nodiscard]] Result<Done> checkInside(const SandboxMount &mount,
                                           const HostPath &source,
                                           const QStringList &folders) const;

    QList<ForbiddenPlace> m_forbidden;
    MountTable m_mounts;
    XdgPaths m_own;
    QString m_sessionFolder;
};

/// A target of the container's own tree that may be covered: absolute, clean, not of the system and
/// not one of Paddock's.
[[nodiscard]] Result<Done> checkFreeTarget(const QString &target);

} // namespace paddock::policy
