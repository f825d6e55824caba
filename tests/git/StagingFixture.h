// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/HostView.h"
#include "core/worktrees/Staging.h"
#include "tests/git/GitFixture.h"

namespace paddock::test {

/// A session with a worktree, and the person's own git in it.
struct StagingFixture : GitFixture
{
    worktrees::Staging staging{pool, git};
    worktrees::SessionTree tree;

    /// \a prepare changes the project before the session starts; it has to commit.
    explicit StagingFixture(const std::function<void(const ScratchRepository &)> &prepare = {})
    {
        if (prepare)
            prepare(project);
        const auto made = create();
        if (!made)
            qFatal("no worktree: %s", qPrintable(made.error().toString()));
        tree = *made;
    }

    [[nodiscard]] QString file(const QString &name) const { return tree.workPath + u'/' + name; }
    void write(const QString &name, const QByteArray &content) const
    {
        writeFile(file(name), content);
    }
    /// What the person's own git says in the worktree; without the last line feed.
    QByteArray person(const QStringList &arguments, const QByteArray &input = {}) const
    {
        auto answer = runGit(tree.workPath, arguments, input);
        if (answer.exitCode != 0)
            qWarning("git %s: %s", qPrintable(arguments.join(u' ')), answer.errors.constData());
        if (answer.output.endsWith('\n'))
            answer.output.chop(1);
        return answer.output;
    }
    /// The letters of git status for a path ("M ", " M", "??"); empty: unchanged.
    [[nodiscard]] QByteArray status(const QByteArray &path) const
    {
        for (const QByteArray &line : person({QStringLiteral("status"),
                                              QStringLiteral("--porcelain"),
                                              QStringLiteral("-z"),
                                              QStringLiteral("--no-renames"),
                                              QStringLiteral("-uall")})
                                          .split('\0')) {
            if (line.mid(3) == path)
                return line.left(2);
        }
        return {};
    }
    /// The content that is staged at a path.
    [[nodiscard]] QByteArray staged(const QString &path) const
    {
        return runGit(tree.workPath,
                      {QStringLiteral("cat-file"),
                       QStringLiteral("blob"),
                       QStringLiteral(":0:") + path})
            .output;
    }
    [[nodiscard]] QByteArray indexFile() const
    {
        return readFile(QString::fromUtf8(person(
            {QStringLiteral("rev-parse"), QStringLiteral("--git-path"), QStringLiteral("index")})));
    }

    /// The patch of one file in a view of the session.
    [[nodiscard]] static const git::FilePatch *patchOf(const git::Patch &patch,
                                                       const QByteArray &path)
    {
        for (const git::FilePatch &file : patch.files) {
            if (file.path() == path)
                return &file;
        }
        return nullptr;
    }
    /// A selection of lines of its first hunk (counted among all lines of it).
    [[nodiscard]] static worktrees::FileSelection lines(const git::FilePatch &file,
                                                        const QList<int> &numbers)
    {
        return {.path = file.path(),
                .part = worktrees::FileSelection::Part::Lines,
                .seen = {{.oldId = file.oldId, .newId = file.newId}},
                .hunks = {{.hunk = file.hunks.value(0), .lines = numbers}}};
    }
};

} // namespace paddock::test
