// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/policy/PolicyCheck.h"
#include "core/policy/UserMapping.h"
#include "core/sandbox/CreateRequest.h"
#include "tests/support/TestEnvironment.h"

#include <QString>

namespace paddock::test {

/// Everything on disk that one write session's container mounts, in the folders of a
/// TestEnvironment: a project with a worktree, and the session folder. Owned by the user the
/// container runs as.
class SandboxFixture
{
public:
    /// \a supervisor is copied to where the shim is mounted from; empty: a file that is never run.
    explicit SandboxFixture(const TestEnvironment &environment,
                            const QString &session = randomShortId(),
                            const QString &supervisor = {});

    /// A complete spec with the fixture's mounts for \a image on an engine of \a posture.
    [[nodiscard]] policy::SandboxSpec
    spec(const ImageId &image, const policy::EnginePosture &posture = strongEngine()) const;
    [[nodiscard]] policy::PolicyContext context() const;
    /// check() and compile() of \a spec; fails the test when either refuses.
    [[nodiscard]] sandbox::CreateRequest
    request(const policy::SandboxSpec &spec,
            const policy::EnginePosture &posture = strongEngine()) const;

    /// A strong engine on x86_64 with 8 CPUs, for tests that need none.
    [[nodiscard]] static policy::EnginePosture strongEngine();
    [[nodiscard]] static ImageId anyImage();

    [[nodiscard]] const QString &session() const { return m_session; }
    [[nodiscard]] QString worktree() const
    {
        return m_top + QStringLiteral("/project/.worktrees/work");
    }
    [[nodiscard]] QString project() const { return m_top + QStringLiteral("/project"); }
    [[nodiscard]] QString sessionFolder() const { return m_own.sessionFolder({m_session}); }
    [[nodiscard]] const XdgPaths &own() const { return m_own; }
    /// Gives \a path to the container's user when the test runs as root.
    static void giveToUser(const QString &path);

private:
    QString m_top;
    QString m_session;
    QString m_shim;
    XdgPaths m_own;
};

} // namespace paddock::test
