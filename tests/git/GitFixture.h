// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/WorktreeManager.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QDebug>
#include <QDir>
#include <QFile>

#include <unistd.h>

namespace paddock::test {

/// A project, a session folder and the objects that work on them; one per test function.
struct GitFixture
{
    TestEnvironment environment;
    ScratchRepository project{environment.path(QStringLiteral("project"))};
    git::GitProcess git;
    WorkerPool pool{3};
    worktrees::WorktreeManager manager{pool, git};
    SessionId session{QStringLiteral("ab12cd34")};

    /// \a gitProgram: see git::GitProcess.
    explicit GitFixture(const QString &gitProgram = {})
        : git(gitProgram)
    {
    }

    [[nodiscard]] QString sessionFolder(const SessionId &id) const
    {
        const QString path = environment.path(QStringLiteral("state/s/") + id.value);
        QDir().mkpath(path);
        return path;
    }

    [[nodiscard]] worktrees::CreateWorktreeOptions
    options(const QString &title = QStringLiteral("Fix the login")) const
    {
        return {.session = session,
                .sessionFolder = sessionFolder(session),
                .projectPath = project.path(),
                .title = title};
    }

    [[nodiscard]] Result<worktrees::SessionTree>
    create(const QString &title = QStringLiteral("Fix the login"))
    {
        return await(manager.create(options(title)));
    }
};

/// True if there is no session branch, worktree, entry or folder of one in the project; prints what
/// was found otherwise.
[[nodiscard]] inline bool nothingLeft(const GitFixture &fixture)
{
    using namespace Qt::StringLiterals;
    QStringList found;
    const QByteArray branches = fixture.project.git({u"for-each-ref"_s,
                                                     u"--format=%(refname)"_s,
                                                     u"refs/heads/paddock/"_s,
                                                     u"refs/paddock/"_s});
    if (!branches.isEmpty())
        found += QString::fromUtf8(branches);
    if (fixture.project.git({u"worktree"_s, u"list"_s}).contains('\n'))
        found += u"a worktree"_s;
    for (const QString &path : {fixture.project.path(u".git/worktrees"_s),
                                fixture.project.path(u".worktrees"_s),
                                fixture.sessionFolder(fixture.session) + u"/view"_s}) {
        if (QFile::exists(path))
            found += path;
    }
    const QByteArray status = fixture.project.git({u"status"_s, u"--porcelain"_s});
    if (!status.isEmpty())
        found += QString::fromUtf8(status);
    if (!found.isEmpty())
        qWarning() << "left behind:" << found;
    return found.isEmpty();
}

} // namespace paddock::test
