// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HostView.h"
#include "tests/attack/git/HostileSession.h"

#include <QTest>

#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

QList<Deed> without(QList<Deed> deeds, const QStringList &names)
{
    deeds.removeIf([&](const Deed &deed) { return names.contains(deed.name); });
    return deeds;
}

bool link(const QString &target, const QString &name)
{
    QDir().mkpath(QFileInfo(name).absolutePath());
    ::unlink(QFile::encodeName(name).constData());
    return ::symlink(QFile::encodeName(target).constData(), QFile::encodeName(name).constData()) ==
           0;
}

} // namespace

/// Links, redirections and look-alikes: what leads git to another place than the one that was
/// meant. The host reads and writes where it means to.
class tst_AttackGitPlaces : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void D9()
    {
        HostileSession hostile;
        hostile.plantRepository(hostile.workFile(u".evil"_s));
        const QByteArray target = hostile.workFile(u".evil/.git"_s).toUtf8() + '\n';
        writeFile(hostile.workFile(u"commondir"_s), target);
        writeFile(hostile.workFile(u"gitdir"_s), target);
        writeFile(hostile.privateFile(u"commondir"_s), target);
        writeFile(hostile.privateFile(u"gitdir"_s), target);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        hostile.forget();
        (void)hostile.trustingGit({u"status"_s});
        QVERIFY(hostile.ran());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void D10_data()
    {
        QTest::addColumn<QByteArray>("how");
        QTest::newRow("rewritten") << QByteArray("rewritten");
        QTest::newRow("a link") << QByteArray("link");
        QTest::newRow("a folder") << QByteArray("folder");
        QTest::newRow("removed") << QByteArray("removed");
    }

    // In the container the file cannot be touched (D22). Were it, the host would not care.
    void D10()
    {
        QFETCH(QByteArray, how);
        HostileSession hostile;
        const QString file = hostile.workFile(u".git"_s);
        hostile.plantRepository(hostile.workFile(u"evil"_s));
        QVERIFY(QFile::remove(file));
        if (how == "rewritten")
            writeFile(file, "gitdir: evil/.git\n");
        else if (how == "link")
            QVERIFY(link(u"evil/.git"_s, file));
        else if (how == "folder")
            QVERIFY(QDir().rename(hostile.workFile(u"evil/.git"_s), file));
        writeFile(hostile.workFile(u".gitattributes"_s), "* filter=evil\n");
        writeFile(hostile.workFile(u"README"_s), "changed\n");

        const QString again = u"start again"_s;
        PADDOCK_VERIFY_HARMLESS(hostile, without(hostile.paddocksDeeds(), {again}));
        // Control: plain git obeys the file, or climbs to the project where there is none.
        hostile.forget();
        if (how == "removed") {
            QCOMPARE(hostile.personsGit({u"rev-parse"_s, u"--show-toplevel"_s}).output.trimmed(),
                     hostile.project().path().toUtf8());
        } else {
            (void)hostile.personsGit({u"status"_s});
            QVERIFY(hostile.ran());
        }
        // Before a container starts the file is right again, or it does not start.
        const auto mounts = await(hostile.session().repository.ensure(hostile.tree()));
        if (how == "removed") {
            PADDOCK_VERIFY_OK(mounts);
            hostile.forget();
            QCOMPARE(hostile.personsGit({u"status"_s}).exitCode, 0);
            QVERIFY(!hostile.ran());
        } else {
            QVERIFY(!mounts);
            QCOMPARE(mounts.error().kind, ErrorKind::SecurityViolation);
            QVERIFY(!mounts.error().remedy.isEmpty());
        }
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
        QVERIFY(!QFile::exists(hostile.tree().workPath));
    }

    void D12()
    {
        HostileSession hostile;
        const QString bare = hostile.workFile(u"docs"_s);
        QCOMPARE(
            runGit(hostile.tree().workPath, {u"init"_s, u"-q"_s, u"--bare"_s, u"docs"_s}).exitCode,
            0);
        QCOMPARE(runGit(hostile.tree().workPath,
                        {u"--git-dir=docs"_s, u"--work-tree=."_s, u"add"_s, u"README"_s})
                     .exitCode,
                 0);
        writeFile(bare + u"/config"_s,
                  "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ../\n" +
                      hostile.evilConfig());
        hostile.installPayload(bare + u"/hooks/post-index-change"_s);
        hostile.commitAsAgent(u"looks like a folder of documents"_s);
        // Where the program that uses Paddock happens to stand.
        const QString before = QDir::currentPath();
        QVERIFY(QDir::setCurrent(bare));
        const auto back = qScopeGuard([&] { QDir::setCurrent(before); });
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        hostile.forget();
        (void)hostile.personsGit({u"status"_s}, u"docs"_s);
        QVERIFY(hostile.ran());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void D14()
    {
        HostileSession hostile;
        const QString missing = hostile.path(u"outside/made-through-a-link"_s);
        writeFile(hostile.workFile(u"README"_s), "work\n");
        hostile.commitAsAgent(u"work"_s);
        const QStringList inRepository{u"COMMIT_EDITMSG"_s,
                                       u"FETCH_HEAD"_s,
                                       u"ORIG_HEAD"_s,
                                       u"info/exclude"_s,
                                       u"logs/HEAD"_s,
                                       u"logs/"_s + hostile.tree().branchRef(),
                                       u"objects/info/alternates"_s};
        for (const QString &name : inRepository)
            QVERIFY(link(hostile.victim(), hostile.privateFile(name)));
        for (const QString &name : {u"index"_s, u"gc.pid"_s, u"index.lock"_s, u"shallow.lock"_s})
            QVERIFY(link(missing, hostile.privateFile(name)));
        for (const QString &name :
             {u"LICENSE"_s, u"COMMIT_EDITMSG"_s, u"index"_s, u"src/main.c"_s, u".mailmap"_s})
            QVERIFY(link(hostile.victim(), hostile.workFile(name)));
        QVERIFY(link(hostile.path(u"outside"_s), hostile.workFile(u"folder"_s)));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());

        // Control: plain git writes through them.
        QVERIFY(QFile::remove(hostile.privateFile(u"index.lock"_s)));
        QCOMPARE(hostile.trustingGit({u"read-tree"_s, u"HEAD"_s}).exitCode, 0);
        QVERIFY(QFile::exists(missing));
        QCOMPARE(
            hostile.trustingGit({u"commit"_s, u"-q"_s, u"--allow-empty"_s, u"-m"_s, u"words"_s})
                .exitCode,
            0);
        QVERIFY(readFile(hostile.victim()).contains("words"));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void D16()
    {
        HostileSession hostile;
        const QByteArray elsewhere = worktrees::configSection(
            "core", {{"worktree", hostile.path(u"outside"_s).toUtf8()}, {"bare", "false"}});
        const ScratchRepository nested(hostile.workFile(u"nested"_s));
        writeFile(nested.path(u".git/config"_s),
                  readFile(nested.path(u".git/config"_s)) + elsewhere);
        hostile.configure(elsewhere);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        // Control: git that believes the setting cleans up there.
        const auto cleaned = runGit(hostile.project().path(),
                                    {u"--git-dir="_s + hostile.tree().privateGitDir(),
                                     u"clean"_s,
                                     u"-f"_s,
                                     u"-d"_s,
                                     u"-x"_s});
        QCOMPARE(cleaned.exitCode, 0);
        QVERIFY(!QFile::exists(hostile.victim()));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void D19()
    {
        HostileSession hostile;
        const ScratchRepository secret(hostile.path(u"secret"_s));
        QByteArray large;
        for (int i = 0; i < 2000; ++i)
            large += "line " + QByteArray::number(i) + '\n';
        secret.write(u"key"_s, large);
        const QByteArray old = secret.commitAll(u"secret"_s);
        secret.write(u"key"_s, large + "the end\n");
        const QByteArray tip = secret.commitAll(u"more"_s);
        const QByteArray store = secret.path(u".git/objects"_s).toUtf8() + '\n';
        writeFile(hostile.privateFile(u"objects/info/alternates"_s), store);
        writeFile(hostile.privateFile(u"objects/info/http-alternates"_s), store);
        // In the container the path leads nowhere: the agent can name the commits, and give a pack
        // without them or one that builds on them, and hope that the host looks them up.
        const QByteArray empty = QByteArray("PACK\0\0\0\2\0\0\0\0", 12) +
                                 QByteArray::fromHex("029d08823bd8a8eab510ad6ac75c823cfd3ed31e");
        const QByteArray thin =
            secret.git({u"pack-objects"_s, u"--revs"_s, u"--thin"_s, u"--stdout"_s, u"-q"_s},
                       tip + "\n^" + old + '\n');
        QVERIFY(thin.size() < large.size() / 10);
        hostile.agent().forgedRefs = tip + ' ' + hostile.tree().branchRef().toUtf8() + '\n';
        for (const QByteArray &pack : {empty, thin}) {
            hostile.agent().forgedPack = pack;
            const auto report = hostile.session().import();
            QVERIFY(!report);
            QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
            QVERIFY(hostile.session().noQuarantine());
        }
        PADDOCK_VERIFY_HARMLESS(hostile, without(hostile.paddocksDeeds(), {u"import"_s}));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        for (const QByteArray &id : {old, tip})
            QVERIFY(!hostile.project().has(QString::fromLatin1(id)));

        // Control: git on the agent's repository hands them out (the start has put its own list
        // in the place of the agent's).
        QVERIFY(!hostile.agent().git({u"cat-file"_s, u"-e"_s, QString::fromLatin1(tip)}).exitCode ==
                0);
        writeFile(hostile.privateFile(u"objects/info/alternates"_s), store);
        QCOMPARE(hostile.agent().git({u"cat-file"_s, u"-t"_s, QString::fromLatin1(tip)}).output,
                 QByteArray("commit\n"));
        // Control: the thin pack is good where the project has the objects.
        hostile.project().git({u"fetch"_s, u"-q"_s, secret.path(), QString::fromLatin1(old)});
        PADDOCK_VERIFY_OK(hostile.session().import());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void D23()
    {
        QString run;
        HostileSession hostile([&](ScratchRepository &project) {
            run = project.path() + u"/../payload"_s; // made when the session is there
            project.write(u".gitattributes"_s, "*.bin filter=lfs diff=lfs merge=lfs -text\n");
            project.write(u"data.bin"_s,
                          "version https://git-lfs.github.com/spec/v1\noid sha256:" +
                              QByteArray(64, 'a') + "\nsize 3\n");
            project.write(u".husky/pre-commit"_s, "true\n");
            project.commitAll(u"husky and lfs"_s);
            for (const auto &[name, value] : QList<std::pair<QString, QString>>{
                     {u"core.hooksPath"_s, u".husky/_"_s},
                     {u"filter.lfs.clean"_s, run + u" clean -- %f"_s},
                     {u"filter.lfs.smudge"_s, run + u" smudge -- %f"_s},
                     {u"filter.lfs.process"_s, run + u" filter-process"_s},
                     {u"filter.lfs.required"_s, u"true"_s}})
                project.git({u"config"_s, name, value});
        });
        for (const auto &hook : {u"pre-commit"_s,
                                 u"post-checkout"_s,
                                 u"post-commit"_s,
                                 u"post-index-change"_s,
                                 u"reference-transaction"_s})
            hostile.installPayload(hostile.workFile(u".husky/_/"_s + hook));
        writeFile(hostile.workFile(u"data.bin"_s), "other\n");
        writeFile(hostile.workFile(u".lfsconfig"_s), "[lfs]\n\turl = file:///\n");
        hostile.commitAsAgent(u"hooks and data"_s);
        writeFile(hostile.workFile(u"data.bin"_s), "and more\n");
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        QCOMPARE(readFile(hostile.workFile(u"data.bin"_s)), QByteArray("and more\n"));

        // Control: a person's own git has filters and hooks there, as configured.
        hostile.forget();
        (void)hostile.personsGit({u"diff"_s});
        QVERIFY(hostile.marks().contains("filter-process"));
        (void)hostile.personsGit({u"update-ref"_s, u"refs/heads/control"_s, u"HEAD"_s});
        QVERIFY(hostile.marks().contains("reference-transaction"));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }
};

QTEST_GUILESS_MAIN(tst_AttackGitPlaces)
#include "tst_AttackGitPlaces.moc"
