// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IgnoredFiles.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Ignoring : GitFixture
{
    IgnoredFiles files{pool, git};

    Ignoring()
    {
        project.write(u".gitignore"_s, "node_modules/\n.env*\n/cache/\n*.local\n");
        project.commitAll(u"ignore"_s);
        project.write(u".env"_s, "PORT=1\n");
        project.write(u"sub/.env.test"_s, "X=1\n");
        project.write(u"node_modules/a/index.js"_s, QByteArray(1000, 'j'));
        project.write(u"node_modules/a/.env"_s, "not this one\n");
        project.write(u"cache/settings.json"_s, "{}\n");
        project.write(u"cache/large"_s, QByteArray(5000, 'c'));
        project.write(u"plain.local"_s, "nothing\n");
    }

    Result<QList<IgnoredEntry>> list(const QStringList &patterns)
    {
        return await(files.list({.projectPath = project.path(), .patterns = patterns}));
    }

    Result<CopyIgnoredReport>
    copy(const SessionTree &tree, const QList<QByteArray> &paths, bool confirmed = true)
    {
        return await(files.copy(tree, {.paths = paths, .secretsConfirmed = confirmed}));
    }
};

QList<QByteArray> pathsOf(const QList<IgnoredEntry> &entries)
{
    QList<QByteArray> paths;
    for (const IgnoredEntry &entry : entries)
        paths += entry.path;
    return paths;
}

} // namespace

class tst_IgnoredFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listsWithSizesBeforeAnythingIsCopied()
    {
        Ignoring f;
        f.project.write(u"tracked.env"_s, "x\n");
        auto entries = f.list({u".env*"_s, u"node_modules/"_s, u"/cache/settings.json"_s});
        PADDOCK_VERIFY_OK(entries);
        QCOMPARE(
            pathsOf(*entries),
            QList<QByteArray>({".env", "cache/settings.json", "node_modules", "sub/.env.test"}));
        QVERIFY(entries->at(0).looksSecret);
        QCOMPARE(entries->at(0).bytes, 7);
        QVERIFY(!entries->at(1).looksSecret);
        QVERIFY(entries->at(2).isFolder);
        QCOMPARE(entries->at(2).files, 2);
        QCOMPARE(entries->at(2).bytes, 1013);
        QVERIFY(!entries->at(2).looksSecret);
        // Worktrees of sessions are ignored too and no settings.
        PADDOCK_VERIFY_OK(f.create());
        entries = f.list({u"*"_s});
        PADDOCK_VERIFY_OK(entries);
        QVERIFY(!pathsOf(*entries).contains(".worktrees"));
        QVERIFY(pathsOf(*entries).contains("plain.local"));
    }

    void sizeLimitAndContentAreLookedAt()
    {
        Ignoring f;
        f.project.write(u"plain.local"_s,
                        "key = sk-ant-" + QByteArray("api03-abcdefghijklmnopqrstuvwxyz") + "\n");
        const auto entries = await(f.files.list({.projectPath = f.project.path(),
                                                 .patterns = {u"*.local"_s, u"cache"_s},
                                                 .maxEntryBytes = 4000}));
        PADDOCK_VERIFY_OK(entries);
        QCOMPARE(pathsOf(*entries), QList<QByteArray>({"cache", "plain.local"}));
        QVERIFY(entries->at(0).isTooLarge);
        QVERIFY(!entries->at(1).isTooLarge);
        QVERIFY(entries->at(1).looksSecret);
    }

    void thePersonsOwnListCounts()
    {
        Ignoring f;
        f.project.write(u"notes.mine"_s, "x\n");
        auto entries = f.list({u"*.mine"_s});
        PADDOCK_VERIFY_OK(entries);
        QVERIFY(entries->isEmpty()); // untracked: somebody's work, not a setting
        writeFile(f.environment.path(u"config/git/ignore"_s), "*.mine\n");
        entries = f.list({u"*.mine"_s});
        PADDOCK_VERIFY_OK(entries);
        QCOMPARE(pathsOf(*entries), QList<QByteArray>({"notes.mine"}));
    }

    void copiesAndStaysIgnored()
    {
        Ignoring f;
        QVERIFY(QFile::link(u"../a/index.js"_s, f.project.path(u"node_modules/a/inside"_s)));
        QVERIFY(QFile::link(u"/etc/passwd"_s, f.project.path(u"node_modules/a/outside"_s)));
        f.project.write(u"node_modules/b/.git/config"_s, "token\n");
        QCOMPARE(
            ::mkfifo(QFile::encodeName(f.project.path(u"node_modules/fifo"_s)).constData(), 0600),
            0);
        ::chmod(QFile::encodeName(f.project.path(u".env"_s)).constData(), 04750);
        // The base is from before the files were ignored.
        auto options = f.options();
        options.base = u"HEAD~1"_s;
        const auto tree = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        const auto report = f.copy(*tree, {".env", "sub/.env.test", "node_modules"});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(readFile(tree->workPath + u"/.env"_s), QByteArray("PORT=1\n"));
        QCOMPARE(readFile(tree->workPath + u"/sub/.env.test"_s), QByteArray("X=1\n"));
        QCOMPARE(readFile(tree->workPath + u"/node_modules/a/index.js"_s).size(), 1000);
        struct stat status
        {
        };
        QCOMPARE(::stat(QFile::encodeName(tree->workPath + u"/.env"_s).constData(), &status), 0);
        QCOMPARE(status.st_mode & 07777, 0750U);
        QCOMPARE(QFile::symLinkTarget(tree->workPath + u"/node_modules/a/inside"_s),
                 tree->workPath + u"/node_modules/a/index.js"_s);
        QVERIFY(!QFileInfo(tree->workPath + u"/node_modules/a/outside"_s).isSymLink());
        QVERIFY(!QFile::exists(tree->workPath + u"/node_modules/b"_s));
        QCOMPARE(report->leftOut.size(), 3);
        QCOMPARE(report->files, 4);

        // Neither side sees them as something new.
        SessionDiff reader(f.pool, f.git);
        const auto seen = await(reader.status(*tree));
        PADDOCK_VERIFY_OK(seen);
        QVERIFY2(seen->files.isEmpty(), seen->files.value(0).path.constData());
        PrivateRepository repository(f.pool, f.git);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        const LocalAgentGit agent(*tree, f.project.path(u".git/objects"_s));
        QCOMPARE(agent.git({u"status"_s, u"--porcelain"_s}).output, QByteArray());
        const auto removed = await(f.manager.remove(*tree, {}));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(removed->worktreeRemoved);
    }

    void secretsNeedAYes()
    {
        Ignoring f;
        const auto tree = f.create();
        PADDOCK_VERIFY_OK(tree);
        const auto refused = f.copy(*tree, {"plain.local", ".env"}, false);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(refused.error().message.contains(u".env"_s));
        QVERIFY(!QFile::exists(tree->workPath + u"/plain.local"_s)); // nothing before the answer
        PADDOCK_VERIFY_OK(f.copy(*tree, {"plain.local"}, false));
        PADDOCK_VERIFY_OK(f.copy(*tree, {".env"}, true));
    }

    void onlyIgnoredFilesAreCopied()
    {
        Ignoring f;
        writeFile(f.environment.path(u"outside"_s), "x\n");
        const auto tree = f.create();
        PADDOCK_VERIFY_OK(tree);
        for (const QByteArray &path : {QByteArray("README"),
                                       QByteArray(".git/config"),
                                       QByteArray("../outside"),
                                       QByteArray("cache/../../outside"),
                                       QByteArray("/etc/passwd"),
                                       QByteArray("absent.local")}) {
            const auto report = f.copy(*tree, {path});
            QVERIFY2(!report, path.constData());
            QCOMPARE(report.error().kind, ErrorKind::NotFound);
        }
        // A folder on the way that became a link leads nowhere.
        f.project.write(u"sub/deep.local"_s, "x\n");
        const auto entries = f.list({u"*.local"_s});
        PADDOCK_VERIFY_OK(entries);
        QVERIFY(pathsOf(*entries).contains("sub/deep.local"));
        QVERIFY(QDir(f.project.path(u"cache"_s)).removeRecursively());
        QVERIFY(QFile::link(f.environment.path(), f.project.path(u"cache"_s)));
        QVERIFY(!f.copy(*tree, {"cache/outside"}));
        QVERIFY(!QFile::exists(tree->workPath + u"/cache/outside"_s));
    }

    void whatIsThereIsKeptAndTooMuchIsRefused()
    {
        Ignoring f;
        const auto tree = f.create();
        PADDOCK_VERIFY_OK(tree);
        writeFile(tree->workPath + u"/plain.local"_s, "of the base\n");
        const auto report = f.copy(*tree, {"plain.local"});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->leftOut.size(), 1);
        QCOMPARE(readFile(tree->workPath + u"/plain.local"_s), QByteArray("of the base\n"));
        const auto large = await(f.files.copy(*tree, {.paths = {"cache"}, .maxBytes = 4000}));
        QVERIFY(!large);
        QCOMPARE(large.error().kind, ErrorKind::FileTooLarge);
        PADDOCK_VERIFY_OK(await(f.manager.undoCreate(*tree)));
        // The folder for worktrees is the project's; it stays, empty.
        QVERIFY(QDir().rmdir(f.project.path(u".worktrees"_s)));
        QVERIFY(nothingLeft(f));
    }

    void aLinkInTheWorktreeIsNotWrittenThrough()
    {
        // Planted by whoever writes there.
        Ignoring f;
        const auto tree = f.create();
        PADDOCK_VERIFY_OK(tree);
        const QString outside = f.environment.path(u"elsewhere"_s);
        QDir().mkpath(outside);
        QVERIFY(QFile::link(outside, tree->workPath + u"/cache"_s));
        const auto report = f.copy(*tree, {"cache"});
        QVERIFY(!report || !report->leftOut.isEmpty());
        QVERIFY(QDir(outside).isEmpty());
        // Control: the ordinary way goes through it.
        QVERIFY(QFile::copy(f.project.path(u"cache/large"_s), tree->workPath + u"/cache/large"_s));
        QVERIFY(!QDir(outside).isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_IgnoredFiles)
#include "tst_IgnoredFiles.moc"
