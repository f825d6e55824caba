// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"
#include "tests/git/TreeMischief.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>
#include <QTime>

#include <algorithm>
#include <signal.h>
#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

QString line(const ChangedFile &file)
{
    return QString::fromLatin1(QByteArray{1, file.index} + file.worktree + ' ' +
                               file.path.toPercentEncoding(" /.*-"));
}

QStringList lines(const TreeStatus &status)
{
    QStringList result;
    for (const ChangedFile &file : status.files)
        result += line(file);
    result.sort();
    return result;
}

/// A session on a project of some size, with one reader that has its tree watched and one that
/// asks git.
struct WatchFixture
{
    explicit WatchFixture(TreeWorkerOptions workerOptions = {}, const QByteArray &attributes = {})
        : options(std::move(workerOptions))
    {
        if (options.program.isEmpty())
            options.program = builtProgram(u"paddock-tree-worker"_s);
        for (int folder = 0; folder < 6; ++folder) {
            for (int file = 0; file < 4; ++file)
                git.project.write(u"d%1/s%2/f%3.txt"_s.arg(folder).arg(file % 2).arg(file),
                                  "content " + QByteArray::number(file) + '\n');
        }
        git.project.write(u"windows.txt"_s, "one\r\ntwo\r\n");
        git.project.write(u".gitignore"_s, "*.tmp\nbuild/\n");
        git.project.write(u"build/kept.o"_s, "tracked though ignored\n");
        if (!attributes.isEmpty())
            git.project.write(u".gitattributes"_s, attributes);
        git.project.git({u"add"_s, u"-f"_s, u"build/kept.o"_s});
        QFile::link(u"README"_s, git.project.path(u"link"_s));
        git.project.commitAll(u"files"_s);
        const auto created = git.create();
        if (!created)
            qFatal("%s", qPrintable(created.error().toString()));
        tree = *created;
        watch = warm.watch(tree, options);
    }

    [[nodiscard]] QString path(const QString &below) const { return tree.workPath + u'/' + below; }
    [[nodiscard]] Result<TreeStatus> status() { return await(warm.status(tree)); }
    [[nodiscard]] QStringList expected() { return lines(await(cold.status(tree)).value()); }

    GitFixture git;
    TreeWorkerOptions options;
    SessionDiff warm{git.pool, git.git};
    SessionDiff cold{git.pool, git.git};
    SessionTree tree;
    std::shared_ptr<TreeWatch> watch;
};

/// Git compares times by the second: once the index was written again it takes a file for unchanged
/// that got other content of the same size in the second of its checkout. Its content then tells.
bool isMissedByGit(const WatchFixture &fixture, const ChangedFile &file, const QStringList &git)
{
    ChangedFile clean = file;
    clean.worktree = '.';
    const bool isMissed = file.index == '.' ? !git.contains(line(file)) : git.contains(line(clean));
    if (!isMissed)
        return false;
    const QString path = QFile::decodeName(file.path);
    const auto work = runGit(fixture.tree.workPath, {u"hash-object"_s, u"--"_s, path});
    const auto index = runGit(fixture.tree.workPath, {u"rev-parse"_s, u":"_s + path});
    return work.exitCode == 0 && index.exitCode == 0 && work.output != index.output;
}

/// A program in the place of the worker.
QString fakeWorker(const GitFixture &fixture, const QByteArray &script)
{
    const QString path = fixture.environment.path(u"fake-worker"_s);
    writeFile(path, "#!/bin/sh\n" + script + '\n');
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return path;
}

} // namespace

class tst_TreeWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatGitSays_data()
    {
        QTest::addColumn<QByteArray>("attributes");
        QTest::addColumn<bool>("fileMode");
        QTest::newRow("plain") << QByteArray() << true;
        QTest::newRow("line ends") << QByteArray("* text=auto\n") << true;
        QTest::newRow("ident") << QByteArray("*.txt text ident\n") << true;
        QTest::newRow("no modes") << QByteArray() << false;
    }

    void saysWhatGitSays()
    {
        QFETCH(QByteArray, attributes);
        QFETCH(bool, fileMode);
        const quint32 seed = qEnvironmentVariableIsSet("PADDOCK_TEST_SEED")
                                 ? qEnvironmentVariableIntValue("PADDOCK_TEST_SEED")
                                 : QRandomGenerator::global()->generate() & 0xffffff;
        qInfo("PADDOCK_TEST_SEED=%u", seed);
        WatchFixture fixture({.sweep = std::chrono::hours(1)}, attributes);
        if (!fileMode)
            fixture.git.project.git({u"config"_s, u"core.fileMode"_s, u"false"_s});
        PrivateRepository repository(fixture.git.pool, fixture.git.git);
        Importer importer(fixture.git.pool, fixture.git.git);
        PADDOCK_VERIFY_OK(await(repository.ensure(fixture.tree)));
        auto agent = std::make_shared<LocalAgentGit>(fixture.tree,
                                                     fixture.git.project.path(u".git/objects"_s));
        TreeMischief mischief(fixture.tree.workPath, seed);
        int quick = 0;
        for (int round = 0; round < 120; ++round) {
            QStringList what;
            for (quint32 i = 0; i <= mischief.below(3); ++i)
                what += mischief.one();
            if (round % 40 == 20) {
                // Not everything can be added: there are repositories without a commit.
                agent->git({u"add"_s, u"-A"_s, u"--"_s, u"d0"_s});
                agent->git({u"commit"_s, u"-q"_s, u"--allow-empty"_s, u"-m"_s, u"Round"_s});
                const auto imported = await(importer.run(fixture.tree, agent, u"/paddock/git"_s));
                what += imported ? u"import"_s : imported.error().toString();
            }
            const auto status = fixture.status();
            PADDOCK_VERIFY_OK(status);
            QVERIFY(status->fromWatch);
            QStringList expected = fixture.expected();
            for (const ChangedFile &file : status->files) {
                if (file.worktree != 'M' || !isMissedByGit(fixture, file, expected))
                    continue;
                ChangedFile clean = file;
                clean.worktree = '.';
                expected.removeOne(line(clean));
                expected += line(file);
            }
            expected.sort();
            if (lines(*status) != expected) {
                qWarning() << "round" << round << what;
                qWarning() << "git:  " << expected;
                qWarning() << "watch:" << lines(*status);
            }
            QCOMPARE(lines(*status), expected);
            quick += fixture.watch->lastLooked() < 10;
        }
        QVERIFY(fixture.watch->isWatched());
        QVERIFY2(quick > 20, qPrintable(QString::number(quick))); // it did look at what moved only
    }

    void tellsThatSomethingMoved()
    {
        WatchFixture fixture;
        PADDOCK_VERIFY_OK(fixture.status());
        QSignalSpy changed(fixture.watch.get(), &TreeWatch::changed);
        writeFile(fixture.path(u"d1/s0/f0.txt"_s), "other\n");
        QTRY_COMPARE(changed.size(), 1);
        auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(lines(*status), QStringList{u".M d1/s0/f0.txt"_s});
        QCOMPARE(fixture.watch->lastLooked(), 1U);
        // Many at once are told once.
        for (int i = 0; i < 200; ++i)
            writeFile(fixture.path(u"d2/new%1"_s.arg(i)), "x\n");
        QTRY_COMPARE(changed.size(), 2);
        status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(status->files.size(), 201);
        // The person's own git is told as well.
        QCOMPARE(runGit(fixture.tree.workPath, {u"add"_s, u"d1"_s}).exitCode, 0);
        QTRY_VERIFY(changed.size() >= 3);
        status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(lines(*status).contains(u"M. d1/s0/f0.txt"_s));
    }

    void whatInotifyDoesNotTellIsFound()
    {
        WatchFixture fixture({.sweep = std::chrono::seconds(0)});
        PADDOCK_VERIFY_OK(fixture.status());
        // A second name in a folder that nobody watches, because all in it is ignored.
        QDir().mkpath(fixture.path(u"d1/build"_s));
        PADDOCK_VERIFY_OK(fixture.status());
        QCOMPARE(::link(qPrintable(fixture.path(u"d1/s0/f0.txt"_s)),
                        qPrintable(fixture.path(u"d1/build/other"_s))),
                 0);
        writeFile(fixture.path(u"d1/build/other"_s), "hidden change\n");
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(lines(*status), QStringList{u".M d1/s0/f0.txt"_s});
    }

    void otherNamesAreLookedAtEachTime()
    {
        WatchFixture fixture;
        QDir().mkpath(fixture.path(u"d1/build"_s)); // all in it is ignored: nobody watches it
        QCOMPARE(::link(qPrintable(fixture.path(u"d1/s0/f0.txt"_s)),
                        qPrintable(fixture.path(u"d1/build/other"_s))),
                 0);
        QCOMPARE(::link(qPrintable(fixture.path(u".gitignore"_s)),
                        qPrintable(fixture.path(u"d1/build/rules"_s))),
                 0);
        writeFile(fixture.path(u"new.tmp"_s), "x\n");
        PADDOCK_VERIFY_OK(fixture.status());
        writeFile(fixture.path(u"d1/build/other"_s), "hidden change\n");
        auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), QStringList{u".M d1/s0/f0.txt"_s});
        writeFile(fixture.path(u"d1/build/rules"_s), "build/\n");
        status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status),
                 (QStringList{u".? new.tmp"_s, u".M .gitignore"_s, u".M d1/s0/f0.txt"_s}));
    }

    void whatGitCannotSeeIsNotNamed()
    {
        WatchFixture fixture;
        const auto saysTheSame = [&](const QStringList &changes) {
            const auto status = fixture.status();
            PADDOCK_VERIFY_OK(status);
            QVERIFY(status->fromWatch);
            QCOMPARE(lines(*status), changes);
            QCOMPARE(lines(*status), fixture.expected());
        };
        saysTheSame({});
        // Git looks through a link in the place of a folder, and into a circle it cannot look.
        QVERIFY(QFile::remove(fixture.path(u"README"_s)));
        QVERIFY(QFile::link(u"README"_s, fixture.path(u"README"_s)));
        QVERIFY(QDir(fixture.path(u"src"_s)).removeRecursively());
        QVERIFY(QFile::link(u"README"_s, fixture.path(u"src"_s)));
        saysTheSame({u".? src"_s, u".T README"_s});
        // The link itself stays as it is.
        QVERIFY(QFile::remove(fixture.path(u"README"_s)));
        saysTheSame({u".? src"_s, u".D README"_s, u".D src/main.c"_s});
        QVERIFY(QFile::link(u"README"_s, fixture.path(u"README"_s)));
        saysTheSame({u".? src"_s, u".T README"_s});
        QVERIFY(QFile::remove(fixture.path(u"README"_s)));
        writeFile(fixture.path(u"README"_s), "hello\n");
        QVERIFY(QFile::remove(fixture.path(u"src"_s)));
        writeFile(fixture.path(u"src/main.c"_s), "int main(void)\n{\n    return 0;\n}\n");
        saysTheSame({});
        if (::geteuid() == 0)
            return; // may look everywhere
        const QFile::Permissions all = QFile::permissions(fixture.path(u"src"_s));
        QVERIFY(QFile::setPermissions(fixture.path(u"src"_s), {}));
        const auto locked = fixture.status();
        const QStringList expected = fixture.expected();
        QVERIFY(QFile::setPermissions(fixture.path(u"src"_s), all));
        PADDOCK_VERIFY_OK(locked);
        QCOMPARE(lines(*locked), expected);
        QCOMPARE(expected, QStringList());
    }

    void folderOfIgnoredFilesIsWatched()
    {
        WatchFixture fixture;
        QStringList expected;
        // The first is there before anybody looks.
        for (const QString &folder : {u"first/"_s, u"later/"_s}) {
            for (const QString &name : {u"below/a.tmp"_s, u"below/b.tmp"_s, u"below/c"_s}) {
                writeFile(fixture.path(folder + name), "x\n");
                if (name == u"below/c"_s)
                    expected += u".? "_s + folder;
                const auto status = fixture.status();
                PADDOCK_VERIFY_OK(status);
                QVERIFY(status->fromWatch);
                QCOMPARE(lines(*status), expected);
            }
        }
    }

    void newFoldersBelowAnIgnoredOne()
    {
        WatchFixture fixture;
        writeFile(fixture.path(u".gitignore"_s), "/d1\n");
        PADDOCK_VERIFY_OK(fixture.status());
        writeFile(fixture.path(u"d1/s1/new/file"_s), "x\n");
        writeFile(fixture.path(u"d2/s1/new/file"_s), "x\n");
        auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), (QStringList{u".? d2/s1/new/"_s, u".M .gitignore"_s}));
        // What is tracked below is watched on, in a folder that is made anew as well.
        QVERIFY(QDir(fixture.path(u"d1/s1"_s)).removeRecursively());
        writeFile(fixture.path(u"d1/s1/f1.txt"_s), "content 1\n");
        PADDOCK_VERIFY_OK(fixture.status());
        writeFile(fixture.path(u"d1/s1/f1.txt"_s), "other\n");
        // Nothing is tracked in it any more: git is asked about places below what it ignores.
        QCOMPARE(
            runGit(fixture.tree.workPath, {u"rm"_s, u"-rq"_s, u"--cached"_s, u"d1/s0"_s}).exitCode,
            0);
        writeFile(fixture.path(u"d1/s0/new/file"_s), "x\n");
        status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QVERIFY(lines(*status).contains(u".M d1/s1/f1.txt"_s));
        QCOMPARE(lines(*status), fixture.expected());
    }

    void attributesOfTheIndexCount()
    {
        WatchFixture fixture({}, "*.txt text ident\n");
        const QString attributes = fixture.path(u".gitattributes"_s);
        QVERIFY(QFile::remove(attributes)); // git takes them from the index
        writeFile(fixture.path(u"windows.txt"_s), "one\r\ntwo\r\n");
        QCOMPARE(runGit(fixture.tree.workPath,
                        {u"update-index"_s,
                         u"--cacheinfo"_s,
                         u"100644,"_s +
                             QString::fromLatin1(
                                 fixture.git.project.git({u"rev-parse"_s, u"HEAD:windows.txt"_s})) +
                             u",windows.txt"_s})
                     .exitCode,
                 0); // without times, so that the content counts
        auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), QStringList{u".D .gitattributes"_s});
        QCOMPARE(
            runGit(fixture.tree.workPath, {u"rm"_s, u"-q"_s, u"--cached"_s, u".gitattributes"_s})
                .exitCode,
            0);
        status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), (QStringList{u".M windows.txt"_s, u"D. .gitattributes"_s}));
        QCOMPARE(lines(*status), fixture.expected());
    }

    void attributesThatChangeWithinTheSecond()
    {
        WatchFixture fixture({}, "*.txt text ident\n");
        PADDOCK_VERIFY_OK(fixture.status());
        // All of it is to fall into one second: it begins when one has just begun.
        QTRY_VERIFY(QTime::currentTime().msec() < 100);
        writeFile(fixture.path(u"windows.txt"_s), "one\r\n");
        QCOMPARE(runGit(fixture.tree.workPath, {u"add"_s, u"windows.txt"_s}).exitCode, 0);
        writeFile(fixture.path(u".gitattributes"_s), "# none\n");
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), fixture.expected());
    }

    void namesOfAnyBytes()
    {
        WatchFixture fixture;
        PADDOCK_VERIFY_OK(fixture.status());
        for (const char *name : {"caf\xe9", "two\nlines", "-dash", "*.c", ":(top)x", "\"quoted\""})
            writeFile(fixture.tree.workPath + u"/d1/"_s + QFile::decodeName(name), "x\n");
        const QByteArray raw = QFile::encodeName(fixture.tree.workPath) + "/d1/\xff\xfe";
        const int file = ::open(raw.constData(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        QVERIFY(file >= 0);
        ::close(file);
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(lines(*status), fixture.expected());
        QVERIFY(std::any_of(status->files.begin(), status->files.end(), [](const auto &changed) {
            return changed.path == "d1/\xff\xfe";
        }));
    }

    void killedInTheMiddle()
    {
        WatchFixture fixture({.restartAfter = std::chrono::milliseconds(50)});
        PADDOCK_VERIFY_OK(fixture.status());
        writeFile(fixture.path(u"README"_s), "changed\n");
        QSignalSpy ended(&fixture.watch->worker(), &TreeWorkerLink::ended);
        const auto killed = static_cast<pid_t>(fixture.watch->worker().processId());
        ::kill(killed, SIGSTOP); // it holds the question, and never answers
        auto pending = fixture.warm.status(fixture.tree);
        QTimer::singleShot(200, fixture.watch.get(), [killed] { ::kill(killed, SIGKILL); });
        const auto status = await(std::move(pending));
        PADDOCK_VERIFY_OK(status);
        QVERIFY(!status->fromWatch);
        QCOMPARE(lines(*status), fixture.expected());
        QCOMPARE(ended.size(), 1);
        QTRY_VERIFY(fixture.watch->worker().processId() > 0);
        QVERIFY(fixture.watch->worker().processId() != killed);
        const auto again = fixture.status();
        PADDOCK_VERIFY_OK(again);
        QVERIFY(again->fromWatch);
        QCOMPARE(lines(*again), fixture.expected());
    }

    void tooSlowIsKilled()
    {
        WatchFixture fixture({.lookTime = std::chrono::milliseconds(300)});
        PADDOCK_VERIFY_OK(fixture.status());
        const auto stopped = static_cast<pid_t>(fixture.watch->worker().processId());
        QSignalSpy ended(&fixture.watch->worker(), &TreeWorkerLink::ended);
        ::kill(stopped, SIGSTOP);
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(!status->fromWatch);
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended.first().first().value<Error>().kind, ErrorKind::CommandTimeout);
        QTRY_COMPARE(::kill(stopped, 0), -1); // gone, and reaped
    }

    void garbageIsNotBelieved_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::newRow("noise") << QByteArray("head -c 100000 /dev/urandom >&0; exec sleep 60");
        QTest::newRow("too long") << QByteArray(R"(printf '\377\377\377\377' >&0; exec sleep 60)");
        QTest::newRow("unasked") << QByteArray(
            R"(printf '\005\000\000\000\023\000\000\000\000' >&0; exec sleep 60)");
        QTest::newRow("wrong number") << QByteArray(
            R"(printf '\005\000\000\000\020\000\000\000\000\005\000\000\000\021\143\000\000\000' >&0)"
            "; exec sleep 60");
        QTest::newRow("ends") << QByteArray("exit 3");
    }

    void garbageIsNotBelieved()
    {
        QFETCH(QByteArray, script);
        GitFixture scripts;
        WatchFixture fixture({.program = fakeWorker(scripts, script),
                              .restartAfter = std::chrono::milliseconds(10)});
        QSignalSpy ended(&fixture.watch->worker(), &TreeWorkerLink::ended);
        writeFile(fixture.path(u"README"_s), "changed\n");
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(!status->fromWatch);
        QCOMPARE(lines(*status), QStringList{u".M README"_s});
        QTRY_VERIFY(ended.size() >= 3); // it is tried again, and each time a little later
    }

    void missingProgram()
    {
        WatchFixture fixture({.program = u"/nonexistent/worker"_s});
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(!status->fromWatch);
    }

    void tooFewWatches()
    {
        WatchFixture fixture({.maxWatches = 4, .unwatchedEvery = std::chrono::milliseconds(100)});
        for (int round = 0; round < 3; ++round) {
            writeFile(fixture.path(u"d%1/s1/f1.txt"_s.arg(round)), "changed\n");
            writeFile(fixture.path(u"d%1/new"_s.arg(round)), "new\n");
            const auto status = fixture.status();
            PADDOCK_VERIFY_OK(status);
            QVERIFY(status->fromWatch);
            QCOMPARE(lines(*status), fixture.expected());
            QVERIFY(!fixture.watch->isWatched());
        }
        QSignalSpy changed(fixture.watch.get(), &TreeWatch::changed);
        QTRY_VERIFY(changed.size() >= 2);
    }

    void specialFilesAreNamed_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("isThereFirst");
        QTest::newRow("rules, first") << u".gitignore"_s << true;
        QTest::newRow("rules, later") << u"d1/s0/.gitignore"_s << false;
        QTest::newRow("attributes, first") << u"d1/.gitattributes"_s << true;
        QTest::newRow("attributes, later") << u".gitattributes"_s << false;
        QTest::newRow("in a new folder") << u"new/folder/.gitignore"_s << false;
    }

    void specialFilesAreNamed()
    {
        QFETCH(QString, name);
        QFETCH(bool, isThereFirst);
        WatchFixture fixture;
        const auto plant = [&] {
            QDir().mkpath(QFileInfo(fixture.path(name)).path());
            QFile::remove(fixture.path(name));
            QCOMPARE(::mkfifo(qPrintable(fixture.path(name)), 0600), 0);
            writeFile(fixture.path(u"d1/s0/new"_s), "x\n");
        };
        if (isThereFirst)
            plant();
        else
            PADDOCK_VERIFY_OK(fixture.status());
        if (!isThereFirst)
            plant();
        QElapsedTimer clock;
        clock.start();
        const auto status = fixture.status();
        QVERIFY2(clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
        QVERIFY(!status);
        QVERIFY2(status.error().remedy.contains(name), qPrintable(status.error().toString()));
        QVERIFY(QFile::remove(fixture.path(name)));
        const auto again = fixture.status();
        PADDOCK_VERIFY_OK(again);
        QVERIFY(again->fromWatch);
        QCOMPARE(lines(*again), fixture.expected());
    }

    void coldLookNamesThemInTime()
    {
        WatchFixture fixture;
        QCOMPARE(::mkfifo(qPrintable(fixture.path(u"d1/.gitignore"_s)), 0600), 0);
        QElapsedTimer clock;
        clock.start();
        const auto status = await(fixture.cold.status(fixture.tree));
        QVERIFY(!status);
        QCOMPARE(status.error().kind, ErrorKind::CommandTimeout);
        QVERIFY2(status.error().remedy.contains(u"d1/.gitignore"_s),
                 qPrintable(status.error().toString()));
        QVERIFY(clock.elapsed() < 5000);
    }

    void hugeFile()
    {
        WatchFixture fixture;
        PADDOCK_VERIFY_OK(fixture.status());
        for (const QString &name : {u"README"_s, u"huge"_s}) {
            QFile file(fixture.path(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(2LL * 1024 * 1024 * 1024));
        }
        QElapsedTimer clock;
        clock.start();
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), (QStringList{u".? huge"_s, u".M README"_s}));
        QVERIFY(clock.elapsed() < 2000);
    }

    void twentyThousandChanges()
    {
        WatchFixture fixture;
        for (int i = 0; i < 20'000; ++i)
            writeFile(fixture.path(u"many%1/file%2"_s.arg(i % 40).arg(i)), "x\n");
        QCOMPARE(runGit(fixture.tree.workPath, {u"add"_s, u"-A"_s}).exitCode, 0);
        PADDOCK_VERIFY_OK(fixture.status());
        for (int i = 0; i < 20'000; ++i)
            writeFile(fixture.path(u"many%1/file%2"_s.arg(i % 40).arg(i)), "y\n");
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(status->files.size(), 20'000);
        QVERIFY(lines(*status) == fixture.expected());
    }

    void unusualIndexIsGitsMatter()
    {
        WatchFixture fixture;
        writeFile(fixture.path(u"intended"_s), "x\n");
        QCOMPARE(runGit(fixture.tree.workPath, {u"add"_s, u"-N"_s, u"intended"_s}).exitCode, 0);
        QCOMPARE(runGit(fixture.tree.workPath,
                        {u"update-index"_s, u"--assume-unchanged"_s, u"d1/s0/f0.txt"_s})
                     .exitCode,
                 0);
        writeFile(fixture.path(u"d1/s0/f0.txt"_s), "hidden\n");
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->fromWatch);
        QCOMPARE(lines(*status), fixture.expected());
        QCOMPARE(runGit(fixture.tree.workPath, {u"reset"_s, u"-q"_s}).exitCode, 0);
        QCOMPARE(runGit(fixture.tree.workPath,
                        {u"update-index"_s, u"--no-assume-unchanged"_s, u"d1/s0/f0.txt"_s})
                     .exitCode,
                 0);
        const auto again = fixture.status();
        PADDOCK_VERIFY_OK(again);
        QCOMPARE(lines(*again), fixture.expected());
    }

    void isConfinedAndEndsWithItsHolder()
    {
        WatchFixture fixture;
        PADDOCK_VERIFY_OK(fixture.status());
        const auto pid = static_cast<pid_t>(fixture.watch->worker().processId());
        const QString folder = u"/proc/%1/"_s.arg(pid);
        QVERIFY(readFile(folder + u"status"_s).contains("NoNewPrivs:\t1"));
        const QByteArray limits = readFile(folder + u"limits"_s).simplified();
        QVERIFY2(limits.contains("Max core file size 0 0"), limits.constData());
        QVERIFY2(limits.contains("Max open files 256 256"), limits.constData());
        QCOMPARE(::getpgid(pid), pid);
        // Nobody looks any more: the process, and with it the watches, goes.
        fixture.watch.reset();
        QTRY_COMPARE(::kill(pid, 0), -1);
        const auto status = fixture.status();
        PADDOCK_VERIFY_OK(status);
        QVERIFY(!status->fromWatch);
    }
};

QTEST_GUILESS_MAIN(tst_TreeWatch)
#include "tst_TreeWatch.moc"
