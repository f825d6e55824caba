// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFileInfo>
#include <QTest>

using namespace paddock;
using namespace paddock::git;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_RepositoryInfo : public QObject
{
    Q_OBJECT

    /// Not that kind, with reason and remedy.
    static bool isRefused(const QString &path, ErrorKind kind, const QString &word)
    {
        const auto info = inspectRepository(path);
        if (info) {
            qWarning() << path << "was accepted";
            return false;
        }
        qInfo() << qUtf8Printable(info.error().toString()) << "->"
                << qUtf8Printable(info.error().remedy);
        return info.error().kind == kind && info.error().message.contains(word) &&
               !info.error().remedy.isEmpty();
    }

private Q_SLOTS:
    void ordinaryRepository()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        repository.git({u"config"_s, u"user.name"_s, u"Me"_s});
        repository.git({u"config"_s, u"user.email"_s, u"me@example.org"_s});
        repository.git({u"config"_s, u"core.autocrlf"_s, u"input"_s});
        for (const QString &path : {repository.path(), repository.path(u"src"_s)}) {
            const auto info = inspectRepository(path);
            PADDOCK_VERIFY_OK(info);
            QCOMPARE(info->topLevel, repository.path());
            QCOMPARE(info->gitDir, repository.path(u".git"_s));
            QCOMPARE(info->commonDir, info->gitDir);
            QCOMPARE(info->objectDir, repository.path(u".git/objects"_s));
            QCOMPARE(info->borrowed, QStringList());
            QCOMPARE(info->headBranch, u"main"_s);
            QCOMPARE(info->headCommit.toHex(), repository.id(u"HEAD"_s));
            QCOMPARE(info->userName, u"Me"_s);
            QCOMPARE(info->userEmail, u"me@example.org"_s);
            QVERIFY(info->contentSettings.contains({"core.autocrlf", "input"}));
            QVERIFY(info->notices.isEmpty());
        }
    }

    void throughALinkAndDetached()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        repository.git({u"checkout"_s, u"-q"_s, u"--detach"_s});
        QVERIFY(QFile::link(repository.path(), environment.path(u"link"_s)));
        const auto info = inspectRepository(environment.path(u"link"_s));
        PADDOCK_VERIFY_OK(info);
        QCOMPARE(info->topLevel, repository.path());
        QCOMPARE(info->headBranch, QString());
    }

    void noRepository()
    {
        const TestEnvironment environment;
        QDir().mkpath(environment.path(u"plain"_s));
        QVERIFY(
            isRefused(environment.path(u"plain"_s), ErrorKind::NotARepository, u"not in a git"_s));
        QVERIFY(isRefused(environment.path(u"absent"_s), ErrorKind::FileNotFound, u"not exist"_s));
        writeFile(environment.path(u"file"_s), "x");
        QVERIFY(
            isRefused(environment.path(u"file"_s), ErrorKind::NotARepository, u"not a folder"_s));
    }

    void oddRepositories()
    {
        const TestEnvironment environment;
        const ScratchRepository unborn(environment.path(u"unborn"_s),
                                       ScratchRepository::Start::Unborn);
        const auto empty = inspectRepository(unborn.path());
        PADDOCK_VERIFY_OK(empty);
        QVERIFY(empty->headCommit.isNull());
        QCOMPARE(empty->headBranch, u"main"_s);
        QCOMPARE(empty->notices.size(), 1);

        const ScratchRepository source(environment.path(u"source"_s));
        source.write(u"second"_s, "2\n");
        source.commitAll(u"second"_s);
        source.git({u"config"_s, u"uploadpack.allowFilter"_s, u"true"_s});
        const QString url = u"file://"_s + source.path();
        const auto clone = [&](const QString &name, const QStringList &how) {
            const QString path = environment.path(name);
            return runGit(environment.path(),
                          QStringList{u"clone"_s, u"-q"_s} + how + QStringList{url, path})
                               .exitCode == 0
                       ? path
                       : QString();
        };
        QVERIFY(isRefused(
            clone(u"bare"_s, {u"--bare"_s}), ErrorKind::UnsupportedRepository, u"bare"_s));
        const auto shallow = inspectRepository(clone(u"shallow"_s, {u"--depth=1"_s}));
        PADDOCK_VERIFY_OK(shallow);
        QVERIFY(shallow->isShallow);
        QCOMPARE(shallow->notices.size(), 1);
        QVERIFY(isRefused(clone(u"partial"_s, {u"--filter=blob:none"_s}),
                          ErrorKind::UnsupportedRepository,
                          u"partial"_s));
        const QString separate = environment.path(u"separate.git"_s);
        QVERIFY(isRefused(clone(u"separate"_s, {u"--separate-git-dir="_s + separate}),
                          ErrorKind::UnsupportedRepository,
                          u"not the folder .git"_s));

        source.git(
            {u"worktree"_s, u"add"_s, u"-q"_s, u"-b"_s, u"other"_s, environment.path(u"linked"_s)});
        const auto linked = inspectRepository(environment.path(u"linked"_s));
        PADDOCK_VERIFY_OK(linked);
        QVERIFY(linked->isLinked());
        QCOMPARE(linked->topLevel, environment.path(u"linked"_s));
        QCOMPARE(linked->gitDir, source.path(u".git/worktrees/linked"_s));
        QCOMPARE(linked->commonDir, source.path(u".git"_s));
        QCOMPARE(linked->objectDir, source.path(u".git/objects"_s));
        QCOMPARE(linked->headBranch, u"other"_s);
        writeFile(linked->gitDir + u'/' + QLatin1String(kSessionMark), "ab12cd34\n");
        QVERIFY(isRefused(
            linked->topLevel, ErrorKind::UnsupportedRepository, u"worktree of a session"_s));

        const QString sha256 = environment.path(u"sha256"_s);
        QCOMPARE(
            runGit(environment.path(), {u"init"_s, u"-q"_s, u"--object-format=sha256"_s, sha256})
                .exitCode,
            0);
        QVERIFY(isRefused(sha256, ErrorKind::UnsupportedRepository, u"SHA-256"_s));

        const ScratchRepository future(environment.path(u"future"_s));
        future.git({u"config"_s, u"core.repositoryformatversion"_s, u"1"_s});
        future.git({u"config"_s, u"extensions.fromTheFuture"_s, u"true"_s});
        QVERIFY(isRefused(future.path(), ErrorKind::UnsupportedRepository, u"format"_s));
    }

    void shallowHistoryEndsWhereItDoes()
    {
        const TestEnvironment environment;
        const ScratchRepository source(environment.path(u"source"_s));
        for (const auto &name : {u"2"_s, u"3"_s, u"4"_s}) {
            source.write(name, "x\n");
            source.commitAll(name);
        }
        const QString path = environment.path(u"shallow"_s);
        QCOMPARE(runGit(environment.path(),
                        {u"clone"_s, u"-q"_s, u"--depth=2"_s, u"file://"_s + source.path(), path})
                     .exitCode,
                 0);
        const auto repository = Repository::open(path + u"/.git"_s);
        PADDOCK_VERIFY_OK(repository);
        const auto head = repository->commit(u"HEAD"_s);
        const auto first = repository->commit(u"HEAD~1"_s);
        PADDOCK_VERIFY_OK(head);
        PADDOCK_VERIFY_OK(first);
        QVERIFY(repository->reaches(*head, *first).value_or(false));
        QVERIFY(!repository->reaches(*first, *head).value_or(true));
        QCOMPARE(repository->countCommits(*head, {}, 100).value_or(-1), 2);
        QCOMPARE(repository->countCommits(*head, *first, 100).value_or(-1), 1);
        QCOMPARE(repository->countCommits(*first, *head, 100).value_or(-1), 0);
        QCOMPARE(repository->countCommits(*head, {}, 1).value_or(-1), 1);
        QCOMPARE(repository->fileAt(*head, "README", 100).value_or(QByteArray()),
                 QByteArray("hello\n"));
        QVERIFY(!repository->fileAt(*head, "README", 2));
        QVERIFY(!repository->fileAt(*head, "absent", 100));
    }

    void acceptedWithANotice()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        repository.write(u".gitmodules"_s, "[submodule \"x\"]\n\tpath = x\n\turl = ./x\n");
        repository.commitAll(u"submodules"_s);
        repository.git({u"sparse-checkout"_s, u"set"_s, u"src"_s});
        const auto info = inspectRepository(repository.path());
        PADDOCK_VERIFY_OK(info);
        QVERIFY(info->hasSubmodules);
        QCOMPARE(info->notices.size(), 2);
    }
};

QTEST_GUILESS_MAIN(tst_RepositoryInfo)
#include "tst_RepositoryInfo.moc"
