// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/Integration.h"
#include "tests/git/GitFixture.h"

#include <QCryptographicHash>
#include <QDirIterator>

namespace paddock::test {

/// A project with a session whose branch has commits, made by git in its worktree.
struct IntegrationFixture
{
    GitFixture base;
    worktrees::Integration integration{base.pool, base.git};
    const ScratchRepository &project = base.project;
    worktrees::SessionTree tree;

    /// \a prepare runs before the session starts.
    explicit IntegrationFixture(
        const std::function<void(const ScratchRepository &)> &prepare = nullptr)
    {
        using namespace Qt::StringLiterals;
        project.git({u"config"_s, u"user.name"_s, u"A Person"_s});
        project.git({u"config"_s, u"user.email"_s, u"person@example.org"_s});
        if (prepare)
            prepare(project);
        const auto made = base.create();
        if (!made)
            qFatal("no session: %s", qPrintable(made.error().toString()));
        tree = *made;
    }

    /// Writes files of the session's worktree; a null content deletes.
    QByteArray commitInSession(const QList<std::pair<QString, QByteArray>> &files,
                               const QString &message) const
    {
        using namespace Qt::StringLiterals;
        for (const auto &[name, content] : files) {
            if (content.isNull())
                QFile::remove(tree.workPath + u'/' + name);
            else
                writeFile(tree.workPath + u'/' + name, content);
        }
        return commitIn(tree.workPath, message);
    }
    static QByteArray commitIn(const QString &folder, const QString &message)
    {
        using namespace Qt::StringLiterals;
        run(folder, {u"add"_s, u"-A"_s});
        run(folder,
            {u"commit"_s,
             u"-q"_s,
             u"--author"_s,
             u"An Agent <agent@example.org>"_s,
             u"-m"_s,
             message});
        return run(folder, {u"rev-parse"_s, u"HEAD"_s}).trimmed();
    }
    static QByteArray run(const QString &folder, const QStringList &arguments)
    {
        const GitAnswer answer = runGit(folder, arguments);
        if (answer.exitCode != 0)
            qFatal("git %s: %s", qPrintable(arguments.join(u' ')), answer.errors.constData());
        return answer.output;
    }

    /// A copy of the project (without the session's worktree) for git itself to work on.
    [[nodiscard]] QString copy(const QString &name) const
    {
        using namespace Qt::StringLiterals;
        const QString path = base.environment.path(name);
        run(base.environment.path(u"."_s),
            {u"clone"_s, u"-q"_s, u"--no-hardlinks"_s, project.path(), path});
        run(path, {u"fetch"_s, u"-q"_s, u"origin"_s, u"+refs/heads/*:refs/heads/origin/*"_s});
        run(path, {u"config"_s, u"user.name"_s, u"A Person"_s});
        return path;
    }

    Result<worktrees::IntegrationReport> integrate(const worktrees::IntegrationOptions &options)
    {
        return await(integration.integrate(tree, options));
    }
};

/// Every file below \a path with its time, size and content.
[[nodiscard]] inline QMap<QString, QByteArray> fingerprint(const QString &path)
{
    QMap<QString, QByteArray> prints;
    QDirIterator walk(path,
                      QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                      QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QFileInfo info(walk.next());
        QByteArray print;
        if (info.isSymLink())
            print = info.symLinkTarget().toUtf8();
        else if (info.isFile())
            print = QCryptographicHash::hash(readFile(info.filePath()), QCryptographicHash::Sha1);
        // An object that git would have written has a new time, so that no gc takes it away.
        if (info.isFile() && !info.filePath().contains(QStringLiteral("/.git/objects/")))
            print += ' ' + QByteArray::number(info.lastModified().toMSecsSinceEpoch());
        prints.insert(info.filePath(), print);
    }
    return prints;
}

} // namespace paddock::test
