// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/git/HostileSession.h"
#include "tests/git/ForgedObjects.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kNoObjects = QByteArray("PACK\0\0\0\2\0\0\0\0", 12) +
                              QByteArray::fromHex("029d08823bd8a8eab510ad6ac75c823cfd3ed31e");

/// The agent claims that \a commit is the tip of its branch.
void claim(HostileSession &hostile, const QByteArray &commit, const QByteArray &pack)
{
    hostile.agent().forgedRefs = commit + ' ' + hostile.tree().branchRef().toUtf8() + '\n';
    hostile.agent().forgedPack = pack;
}

/// A commit with \a tree, and a pack of it and all of \a objects.
QByteArray claimTree(HostileSession &hostile,
                     const ForgedObjects &forge,
                     const QByteArray &tree,
                     const QByteArrayList &objects)
{
    const QByteArray commit = forge.commit(tree);
    claim(hostile, commit, forge.pack((objects + QByteArrayList{tree, commit}).join('\n') + '\n'));
    return commit;
}

} // namespace

/// What comes through an import, and what a live session stands on.
class tst_AttackGitImport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Trees besides those of tst_Import that git would not make itself.
    void maliciousTrees_data()
    {
        QTest::addColumn<QByteArrayList>("names"); // each with its mode
        QTest::addColumn<QByteArray>("content");
        const auto row = [](const char *title, const QByteArrayList &names, const char *content) {
            QTest::newRow(title) << names << QByteArray(content);
        };
        row("twice the same", {"100644 a", "100644 a"}, "x\n");
        row("file and folder of one name", {"100644 a", "40000 a"}, "x\n");
        row("not sorted", {"100644 b", "100644 a"}, "x\n");
        row("padded mode", {"0100644 a"}, "x\n");
        row(".git as a file", {"100644 .git"}, "gitdir: evil\n");
        row(".git as a link", {"120000 .git"}, "evil");
        row(".git with a mark that some systems ignore", {"40000 .g\u200cit"}, "x\n");
        row(".git for NTFS", {"40000 .git::$INDEX_ALLOCATION"}, "x\n");
        row("module with an option as its place",
            {"100644 .gitmodules"},
            "[submodule \"a\"]\n\tpath = a\n\turl = -u./payload\n");
        row("module outside",
            {"100644 .gitmodules"},
            "[submodule \"../../a\"]\n\tpath = a\n\turl = ./a\n");
        row("module with an option as its path",
            {"100644 .gitmodules"},
            "[submodule \"a\"]\n\tpath = -a\n\turl = ./a\n");
        row("module that is updated by a program",
            {"100644 .gitmodules"},
            "[submodule \"a\"]\n\tpath = a\n\turl = ./a\n\tupdate = !touch x\n");
    }

    void maliciousTrees()
    {
        QFETCH(QByteArrayList, names);
        QFETCH(QByteArray, content);
        HostileSession hostile;
        const ForgedObjects forge(hostile.path(u"forge"_s));
        const QByteArray blob = forge.hash("blob", content);
        const QByteArray inner = forge.hash("tree", ForgedObjects::entry("100644", "config", blob));
        QByteArray entries;
        for (const QByteArray &name : names) {
            const QByteArray mode = name.left(name.indexOf(' '));
            entries += ForgedObjects::entry(
                mode, name.mid(mode.size() + 1), mode == "40000" ? inner : blob);
        }
        const QByteArray commit =
            claimTree(hostile, forge, forge.hash("tree", entries), {blob, inner});
        const auto report = hostile.session().import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QVERIFY(hostile.session().noQuarantine());
        QVERIFY(!hostile.project().has(QString::fromLatin1(commit)));
        // Control: git without the checks takes it.
        const ScratchRepository lax(hostile.path(u"lax"_s));
        QCOMPARE(runGit(lax.path(), {u"index-pack"_s, u"--stdin"_s}, *hostile.agent().forgedPack)
                     .exitCode,
                 0);
        QVERIFY(lax.has(QString::fromLatin1(commit)));
    }

    // Small to send, large to look at.
    void bombs_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("isTaken");
        QTest::newRow("zeros") << u"zeros"_s << true;
        QTest::newRow("a thousand million files") << u"files"_s << false;
        QTest::newRow("folders in each other") << u"deep"_s << true;
        QTest::newRow("an endless subject") << u"subject"_s << true;
    }

    void bombs()
    {
        QFETCH(QString, kind);
        QFETCH(bool, isTaken);
        HostileSession hostile;
        const ForgedObjects forge(hostile.path(u"forge"_s));
        const QByteArray blob = forge.hash(
            "blob", kind == u"zeros" ? QByteArray(40'000'000, '\0') : QByteArray("boom\n"));
        QByteArray tree = forge.hash("tree", ForgedObjects::entry("100644", "file", blob));
        for (int i = 0; i < 9 && kind == u"files"; ++i) {
            QByteArray entries;
            for (char name = '0'; name <= '9'; ++name)
                entries += ForgedObjects::entry("40000", QByteArray(1, name), tree);
            tree = forge.hash("tree", entries);
        }
        if (kind == u"deep") {
            forge.repository.git({u"read-tree"_s, u"--empty"_s});
            forge.repository.git({u"update-index"_s, u"--index-info"_s},
                                 "100644 " + blob + '\t' + QByteArray("d/").repeated(3000) + "f\n");
            tree = forge.repository.git({u"write-tree"_s});
        }
        const QByteArray commit =
            forge.hash("commit",
                       "tree " + tree + "\nauthor A <a@example.org> 9999999999999 +0000" +
                           "\ncommitter A <a@example.org> 1700000000 +0000\n\n" +
                           QByteArray(kind == u"subject" ? 5'000'000 : 10, 'x') + '\n');
        claim(hostile,
              commit,
              forge.repository.git({u"pack-objects"_s, u"--revs"_s, u"--stdout"_s, u"-q"_s},
                                   commit + '\n'));
        QVERIFY(hostile.agent().forgedPack->size() < 1'000'000);

        QElapsedTimer clock;
        clock.start();
        const auto report = hostile.session().import();
        QVERIFY(clock.elapsed() < 30'000);
        if (isTaken) {
            PADDOCK_VERIFY_OK(report);
        } else {
            QVERIFY(!report);
            QVERIFY2(report.error().kind == ErrorKind::FileTooLarge,
                     qPrintable(report.error().toString()));
            QVERIFY(hostile.session().noQuarantine());
        }
        auto deeds = hostile.readingDeeds();
        deeds.removeIf([](const Deed &deed) { return deed.name == u"import"_s; });
        PADDOCK_VERIFY_HARMLESS(hostile, deeds);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // The agent's store leads elsewhere, waits for ever, or ends in the middle.
    void D25()
    {
        HostileSession hostile;
        const ScratchRepository secret(hostile.path(u"secret"_s));
        secret.write(u"key"_s, "private key\n");
        const QByteArray tip = secret.commitAll(u"secret"_s);
        const QString fan = u"objects/"_s + QString::fromLatin1(tip.left(2));
        QVERIFY(QDir(hostile.privateFile(fan)).removeRecursively());
        QVERIFY(QFile::link(secret.path(u".git/"_s + fan), hostile.privateFile(fan)));
        // In the container the link leads nowhere: the agent can only name the commit.
        claim(hostile, tip, kNoObjects);
        auto report = hostile.session().import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QVERIFY(!hostile.project().has(QString::fromLatin1(tip)));
        // Control: git on the agent's repository hands it out.
        QCOMPARE(hostile.trustingGit({u"cat-file"_s, u"-t"_s, QString::fromLatin1(tip)}).output,
                 QByteArray("commit\n"));
        QVERIFY(QFile::remove(hostile.privateFile(fan)));
        hostile.agent().forgedRefs.reset();
        hostile.agent().forgedPack.reset();

        // A pack that ends in the middle, as when the agent truncates it while it is read.
        hostile.agent().commit(u"work"_s, QByteArray(100'000, 'x') + "\n", u"work"_s);
        const QByteArray work = hostile.agent().id(u"HEAD"_s);
        const QByteArray whole = hostile.agent()
                                     .git({u"pack-objects"_s, u"--revs"_s, u"--stdout"_s, u"-q"_s},
                                          work + "\n^" + hostile.tree().baseCommit.toHex() + '\n')
                                     .output;
        for (const qsizetype size : {whole.size() - 1, whole.size() / 2, qsizetype(13)}) {
            hostile.agent().forgedPack = whole.left(size);
            report = hostile.session().import();
            QVERIFY(!report);
            QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
            QTRY_VERIFY(hostile.session().noQuarantine());
        }
        hostile.agent().forgedPack.reset();

        // A loose object that is a FIFO: the agent's git waits for ever, the import does not.
        const QString object = hostile.privateFile(
            u"objects/"_s + QString::fromLatin1(work.left(2) + '/' + work.mid(2)));
        const QByteArray content = readFile(object);
        QVERIFY(QFile::remove(object));
        QCOMPARE(::mkfifo(qPrintable(object), 0600), 0);
        QElapsedTimer clock;
        clock.start();
        report = hostile.session().import({.time = std::chrono::seconds(1)});
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::CommandTimeout);
        QVERIFY(clock.elapsed() < 5000);
        QTRY_VERIFY(hostile.session().noQuarantine());
        // Meanwhile everything else goes on.
        auto deeds = hostile.paddocksDeeds();
        deeds.removeIf([](const Deed &deed) { return deed.name == u"import"_s; });
        PADDOCK_VERIFY_HARMLESS(hostile, deeds);

        // Control: with its own object back, it comes over.
        QVERIFY(QFile::remove(object));
        writeFile(object, content);
        PADDOCK_VERIFY_OK(hostile.session().import());
        QCOMPARE(hostile.project().id(hostile.tree().branch), work);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void D26_data()
    {
        QTest::addColumn<bool>("isKept");
        QTest::newRow("with the refs that keep") << true;
        QTest::newRow("without them") << false; // the control
    }

    // The person throws away all that the session came from, and packs the project anew in every
    // way there is, while the agent works.
    void D26()
    {
        QFETCH(bool, isKept);
        HostileSession hostile([](ScratchRepository &project) {
            project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"topic"_s});
            for (int i = 0; i < 5; ++i) {
                project.write(u"topic"_s, QByteArray::number(i) + '\n');
                project.commitAll(u"topic %1"_s.arg(i));
            }
        });
        auto &project = hostile.project();
        const auto &tree = hostile.tree();
        PADDOCK_VERIFY_OK(hostile.session().import());
        const QByteArray first = hostile.agent().commit(u"one"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(hostile.session().import());

        project.git({u"checkout"_s, u"-q"_s, u"main"_s});
        project.git({u"branch"_s, u"-q"_s, u"-D"_s, u"topic"_s});
        project.git({u"worktree"_s, u"unlock"_s, tree.workPath});
        project.git({u"update-ref"_s, u"-d"_s, tree.branchRef()});
        project.git({u"update-ref"_s, u"-d"_s, tree.refsPrefix() + u"last-import"_s});
        if (!isKept) {
            const auto kept =
                project.git({u"for-each-ref"_s, u"--format=%(refname)"_s, tree.keepPrefix()});
            for (const QByteArray &name : kept.split('\n'))
                project.git({u"update-ref"_s, u"-d"_s, QString::fromUtf8(name)});
            QVERIFY(QFile::remove(project.path(u".git/worktrees/"_s +
                                               QFileInfo(tree.workPath).fileName() + u"/index"_s)));
        }
        for (const QString &words : {u"reflog expire --expire=now --expire-unreachable=now --all"_s,
                                     u"commit-graph write --reachable"_s,
                                     u"gc -q --prune=now"_s,
                                     u"repack -q -a -d"_s,
                                     u"multi-pack-index write"_s,
                                     u"multi-pack-index repack"_s,
                                     u"prune --expire=now"_s,
                                     u"pack-refs --all"_s})
            project.git(words.split(u' '));

        const auto log = hostile.agent().git({u"log"_s, u"--format=%s"_s, u"-p"_s});
        const auto check = hostile.agent().git({u"fsck"_s, u"--no-dangling"_s});
        if (!isKept) {
            QVERIFY(log.exitCode != 0 && check.exitCode != 0);
            return;
        }
        QCOMPARE(log.exitCode, 0);
        QCOMPARE(log.output.count("\ntopic ") + log.output.startsWith("topic "), 5);
        QVERIFY2(check.exitCode == 0, check.errors.constData());
        const QByteArray second = hostile.agent().commit(u"two"_s, "two\n", u"two"_s);
        QVERIFY(!second.isEmpty());
        QCOMPARE(hostile.agent().id(u"HEAD~1"_s), first);
        // The branch is the person's to delete; what the agent has is not lost.
        const auto report = hostile.session().import();
        PADDOCK_VERIFY_OK(report);
        QVERIFY(project.has(QString::fromLatin1(second)));
    }
};

QTEST_GUILESS_MAIN(tst_AttackGitImport)
#include "tst_AttackGitImport.moc"
