// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/policy/EnginePosture.h"
#include "core/policy/ForbiddenPlaces.h"
#include "core/policy/SandboxSpec.h"

#include <QList>
#include <QString>

namespace paddock::policy {

/// A spec that passed PolicyCheck: sources are canonical (no symbolic links), limits fit the
/// engine. Only PolicyCheck makes one, and a container can be made from nothing else.
class CheckedSpec
{
public:
    [[nodiscard]] const SandboxSpec &spec() const { return m_spec; }
    [[nodiscard]] const EnginePosture &posture() const { return m_posture; }
    /// What was changed or is worth knowing: clamped CPUs, a weak engine, an interface.
    [[nodiscard]] const QList<PostureNotice> &notices() const { return m_notices; }

private:
    friend class PolicyCheck;
    CheckedSpec() = default;

    SandboxSpec m_spec;
    EnginePosture m_posture;
    QList<PostureNotice> m_notices;
};

/// What PolicyCheck knows about this machine and installation.
struct PolicyContext
{
    XdgPaths own;              ///< where Paddock keeps its things
    QString home;              ///< of the person
    QString runtimeFolder;     ///< $XDG_RUNTIME_DIR
    QStringList engineSockets; ///< every engine socket that is known, besides the usual places
    QString mountInfo = QStringLiteral("/proc/self/mountinfo");

    /// From XdgPaths and the environment.
    [[nodiscard]] static PolicyContext forThisUser(const XdgPaths &own,
                                                   const QStringList &engineSockets);
};

/// The one gate between a wish and a container. Looks at the file system (stat, realpath,
/// mountinfo), talks to no engine. Main thread; a few system calls per mount.
class PolicyCheck
{
public:
    explicit PolicyCheck(PolicyContext context);

    /// SecurityViolation, MountFailed, InvalidConfig, UnsupportedOption or ResourceLimitExceeded,
    /// each with a message that names the thing and a remedy.
    [[nodiscard]] Result<CheckedSpec> check(SandboxSpec spec, const EnginePosture &posture) const;

    /// The check of one mount a person wants to add, for dialogs. The answer is its canonical
    /// source.
    [[nodiscard]] Result<QString> checkUserMount(const SandboxMount &mount,
                                                 const EnginePosture &posture = {}) const;

private:
    PolicyContext m_context;
};

} // namespace paddock::policy
