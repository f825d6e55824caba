// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "tests/attack/git/HostileSession.h"
#include "tests/support/Swapper.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

bool makeFifo(const QString &path)
{
    QDir().mkpath(QFileInfo(path).absolutePath());
    return ::mkfifo(QFile::encodeName(path).constData(), 0600) == 0;
}

bool makeSocket(const QString &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path);
    if (static_cast<size_t>(name.size()) >= sizeof address.sun_path)
        return false;
    std::copy(name.begin(), name.end(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
    ::close(fd);
    return bound;
}

bool makeSparse(const QString &path, qint64 size)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.resize(size);
}

/// Folders in each other, deeper than a path can be long.
bool makeDeep(const QString &root, int depth)
{
    int folder = ::open(QFile::encodeName(root).constData(), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < depth && folder >= 0; ++i) {
        const int next = ::mkdirat(folder, "deepdeep", 0700) == 0
                             ? ::openat(folder, "deepdeep", O_RDONLY | O_DIRECTORY)
                             : -1;
        ::close(folder);
        folder = next;
    }
    if (folder < 0)
        return false;
    ::close(folder);
    return true;
}

/// What is hard to delete, and what could lead a deleter out of the folder.
void plantUndeletables(const QString &root, const QString &outside)
{
    QVERIFY(makeDeep(root, 2000));
    QVERIFY(QFile::link(u"/"_s, root + u"/to-root"_s));
    QVERIFY(QFile::link(outside, root + u"/to-outside"_s));
    QCOMPARE(::link(qPrintable(outside + u"/victim"_s), qPrintable(root + u"/hard"_s)), 0);
    for (const auto &name : {u".gitignore"_s, u"fifo"_s})
        QVERIFY(makeFifo(root + u'/' + name));
    for (const auto &name :
         {u"-rf"_s, u"--"_s, u"line\nfeed/*"_s, u"\x1b[2J"_s, u"~"_s, u"$HOME"_s})
        writeFile(root + u'/' + name, "x");
    QByteArray raw = QFile::encodeName(root) + "/\xff\xfe";
    QCOMPARE(::mkdir(raw.constData(), 0700), 0);
    writeFile(root + u"/dark/below/x"_s, "x");
    QCOMPARE(::chmod(qPrintable(root + u"/dark/below"_s), 0), 0);
    QCOMPARE(::chmod(qPrintable(root + u"/dark"_s), 0), 0);
}

} // namespace

/// Files and folders that are not what they seem, too large, or something else a moment later.
class tst_AttackGitFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void D18()
    {
        HostileSession hostile;
        const QString root = hostile.tree().workPath;
        const QString outside = hostile.path(u"outside"_s);
        plantUndeletables(root, outside);
        // Control: a deleter that goes by paths does not come to an end of it, and one that
        // follows links empties what they lead to.
        const QString control = hostile.path(u"control"_s);
        QVERIFY(QDir().mkpath(control + u"/elsewhere"_s));
        writeFile(control + u"/elsewhere/victim"_s, "untouched\n");
        QVERIFY(QDir().mkpath(control + u"/root"_s));
        QVERIFY(makeDeep(control + u"/root"_s, 600));
        QVERIFY(!QDir(control + u"/root"_s).removeRecursively());
        QVERIFY(QFile::link(control + u"/elsewhere"_s, control + u"/root/link"_s));
        QCOMPARE(QProcess::execute(u"find"_s,
                                   {u"-L"_s,
                                    control + u"/root"_s,
                                    u"-maxdepth"_s,
                                    u"2"_s,
                                    u"-type"_s,
                                    u"f"_s,
                                    u"-delete"_s}),
                 0);
        QVERIFY(!QFile::exists(control + u"/elsewhere/victim"_s));

        // Some disks need milliseconds for each folder: what a hundred plain ones take is allowed
        // for on top.
        const QDir plain(hostile.path(u"plain"_s));
        for (int i = 0; i < 100; ++i)
            QVERIFY(plain.mkpath(QString::number(i)));
        QElapsedTimer clock;
        clock.start();
        for (int i = 0; i < 100; ++i)
            QVERIFY(plain.rmdir(QString::number(i)));
        const qint64 allowed = 10'000 + 20 * clock.restart();
        QStringList complaints = hostile.complaints(hostile.lastDeeds());
        complaints.removeIf([](const QString &what) { return what.contains(u": took "_s); });
        QVERIFY2(complaints.isEmpty(), qUtf8Printable(complaints.join(u'\n')));
        QVERIFY2(clock.elapsed() < allowed, qPrintable(QString::number(clock.elapsed())));
        QVERIFY(!QFileInfo::exists(root));
        PADDOCK_VERIFY_OK(removeTree(control, std::nullopt));
    }

    // Needs root: a file system that is mounted in the worktree stays as it is, and is named.
    void D18Mounted()
    {
        HostileSession hostile;
        const QString point = hostile.workFile(u"mounted"_s);
        const QString outside = hostile.path(u"outside"_s);
        QVERIFY(QDir().mkpath(point));
        QCOMPARE(::mount(qPrintable(outside), qPrintable(point), nullptr, MS_BIND, nullptr), 0);
        const auto unmount = qScopeGuard([&] { ::umount2(qPrintable(point), MNT_DETACH); });
        writeFile(hostile.workFile(u"beside"_s), "x");
        const RemoveWorktreeOptions discard{.looseChanges = LooseChanges::Discard};
        auto removed = await(hostile.session().fixture.manager.remove(hostile.tree(), discard));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(!removed->worktreeRemoved);
        QCOMPARE(removed->leftBehind.size(), 1);
        QVERIFY2(removed->leftBehind.first().startsWith(u"mounted"_s),
                 qPrintable(removed->leftBehind.first()));
        QCOMPARE(readFile(hostile.victim()), QByteArray("untouched\n"));
        QVERIFY(!QFile::exists(hostile.workFile(u"beside"_s)));
        // Control: a deleter that goes by names empties what is mounted.
        QVERIFY(!QDir(point).removeRecursively());
        QVERIFY(!QFile::exists(hostile.victim()));
        QCOMPARE(::umount2(qPrintable(point), MNT_DETACH), 0);
        removed = await(hostile.session().fixture.manager.remove(hostile.tree(), discard));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(removed->worktreeRemoved);
    }

    // Everything at once that is no ordinary file, or too much of one.
    void oddFiles()
    {
        HostileSession hostile;
        const auto file = [&](const QString &name) { return hostile.workFile(name); };
        for (const auto &name : {u"fifo"_s, u".mailmap"_s, u".lfsconfig"_s, u"src/device"_s})
            QVERIFY(makeFifo(file(name)));
        QVERIFY(makeSocket(file(u"socket"_s)));
        writeFile(file(u"README"_s), QByteArray(5'000'000, 'x'));
        for (const auto &name : {u".GIT/config"_s,
                                 u".Git/HEAD"_s,
                                 u"git~1/config"_s,
                                 u".git\u200c/config"_s,
                                 u"sub/.GIT/config"_s,
                                 u"sub/.git "_s})
            writeFile(file(name), hostile.evilConfig());
        writeFile(file(u"gitfile/.git"_s), "gitdir: ../../../../..\n");
        QVERIFY(QFile::link(u"/dev/zero"_s, file(u"zero"_s)));
        QVERIFY(QFile::link(u"loop"_s, file(u"loop"_s)));
        // An index of the agent's making in either place, with the right beginning.
        const QByteArray index =
            "DIRC" + QByteArray::fromHex("00000002ffffffff") + QByteArray(4096, '\xff');
        writeFile(file(u"index"_s), index);
        writeFile(hostile.privateFile(u"index"_s), index);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        // Five gigabytes that take no room: looked at by name, and refused by name.
        QVERIFY(makeSparse(file(u"sparse"_s), 5LL * 1024 * 1024 * 1024));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.readingDeeds());
        const auto staged = await(hostile.session().staging.stage(hostile.tree(), {}));
        QVERIFY(!staged);
        QCOMPARE(staged.error().kind, ErrorKind::FileTooLarge);
        // Control: the index stops git where it is believed, and a FIFO holds up who opens it.
        QCOMPARE(hostile.trustingGit({u"status"_s}).exitCode, 128);
        QProcess reader;
        reader.start(u"cat"_s, {file(u"fifo"_s)});
        QVERIFY(reader.waitForStarted());
        QVERIFY(!reader.waitForFinished(200));
        reader.kill();
        reader.waitForFinished();
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // A sparse file costs an agent nothing; git reads some as a whole.
    void enormousIgnoreFile()
    {
        HostileSession hostile;
        QVERIFY(makeSparse(hostile.workFile(u".gitignore"_s), 64LL * 1024 * 1024 * 1024));
        writeFile(hostile.workFile(u"README"_s), "changed\n");
        QElapsedTimer clock;
        clock.start();
        const auto status = await(hostile.session().reader.status(hostile.tree()));
        QVERIFY(!status);
        QCOMPARE(status.error().kind, ErrorKind::FileTooLarge);
        QVERIFY2(status.error().remedy.contains(u".gitignore"_s),
                 qPrintable(status.error().remedy));
        PADDOCK_VERIFY_OK(await(
            hostile.session().reader.diff(hostile.tree(), {.range = DiffRange::HeadToFiles})));
        QVERIFY(clock.elapsed() < 5000);
        rusage usage{};
        QCOMPARE(::getrusage(RUSAGE_CHILDREN, &usage), 0);
        QVERIFY2(usage.ru_maxrss < 1024 * 1024, qPrintable(QString::number(usage.ru_maxrss)));

        // Control, on a smaller one: git takes as much memory as the file has bytes.
        QVERIFY(makeSparse(hostile.workFile(u".gitignore"_s), 300LL * 1024 * 1024));
        (void)hostile.personsGit({u"status"_s});
        QCOMPARE(::getrusage(RUSAGE_CHILDREN, &usage), 0);
        QVERIFY2(usage.ru_maxrss > 200 * 1024, qPrintable(QString::number(usage.ru_maxrss)));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // To compare a tracked one git reads it to its end: that has a limit of time.
    void enormousTrackedFile()
    {
        HostileSession hostile;
        auto &reader = hostile.session().reader;
        QVERIFY(makeSparse(hostile.workFile(u"src/main.c"_s), 1024LL * 1024 * 1024 * 1024));
        QElapsedTimer clock;
        clock.start();
        const auto status = await(reader.status(hostile.tree()));
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(status->files.size(), 1);
        PADDOCK_VERIFY_OK(await(reader.diff(hostile.tree())));
        const auto diff = await(reader.diff(
            hostile.tree(), {.range = DiffRange::HeadToFiles, .time = std::chrono::seconds(1)}));
        QVERIFY(!diff);
        QCOMPARE(diff.error().kind, ErrorKind::CommandTimeout);
        QVERIFY(!diff.error().remedy.isEmpty());
        QVERIFY(clock.elapsed() < 5000);
        // Control: plain git is not through with it when it is ended.
        QCOMPARE(hostile.personsGit({u"diff"_s}, {}, 1500).exitCode, -1);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    void manyChangedFiles()
    {
        constexpr int kFiles = 20'000;
        HostileSession hostile;
        QByteArray entries;
        const QByteArray blob = hostile.agent().id(u"HEAD:README"_s);
        for (int i = 0; i < kFiles; ++i)
            entries += "100644 " + blob + "\tmany/" + QByteArray::number(i % 100) + '/' +
                       QByteArray::number(i) + '\n';
        // Committed and not in the folder: each of them is a change.
        QCOMPARE(hostile.agent().git({u"update-index"_s, u"--index-info"_s}, entries).exitCode, 0);
        QCOMPARE(hostile.agent().git({u"commit"_s, u"-q"_s, u"-m"_s, u"many"_s}).exitCode, 0);
        PADDOCK_VERIFY_OK(hostile.session().import());
        const auto status = await(hostile.session().reader.status(hostile.tree()));
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->files.size() == kFiles || status->truncated);
        const auto diff =
            await(hostile.session().reader.diff(hostile.tree(), {.range = DiffRange::HeadToFiles}));
        PADDOCK_VERIFY_OK(diff);
        QVERIFY(diff->files.size() == kFiles || diff->truncated);
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // Attributes need no program to make git work: encodings, substitutions, line ends.
    void attributes()
    {
        HostileSession hostile;
        const QByteArray large =
            QByteArray("$Id$ $Format:%H%GG%(trailers)$ aaaaaaaaaaaa\n").repeated(10'000);
        writeFile(hostile.workFile(u"README"_s), large);
        writeFile(hostile.workFile(u"a"_s.repeated(201)), large);
        hostile.commitAsAgent(u"before"_s);
        writeFile(hostile.workFile(u".gitmodules"_s),
                  "[submodule \"../../x\"]\n\tpath = ../../outside\n\turl = ext::" +
                      hostile.payload().toUtf8() + "\n\tupdate = !" + hostile.payload().toUtf8() +
                      "\n\tignore = none\n");
        writeFile(hostile.workFile(u"README"_s), large + "changed\n");
        const QList<QByteArray> texts{
            "* working-tree-encoding=UTF-16\n",
            "* text working-tree-encoding=UTF-32LE eol=crlf\n",
            "* working-tree-encoding=../../../x//IGNORE\n",
            "* export-subst ident export-ignore\n",
            "[attr]a b\n[attr]b a\n* a binary -a !b\n",
            '*' + QByteArray(1'000'000, ' ') + "x=" + QByteArray(1'000'000, 'y') + '\n',
            QByteArray("* a=b\n").repeated(100'000),
            QByteArray("*a*a*a*a*a*a*a*a*a*a*a*a*a*b text\n").repeated(50),
            QByteArray("\xff\xfe*\0 filter=evil\n", 16)};
        for (const QByteArray &text : texts) {
            writeFile(hostile.workFile(u".gitattributes"_s), text);
            writeFile(hostile.workFile(u".gitignore"_s), text);
            PADDOCK_VERIFY_HARMLESS(hostile, hostile.readingDeeds());
        }
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // Between any two steps of the host the agent puts a link in the place of a file or a folder.
    void races()
    {
        HostileSession hostile;
        const QString root = hostile.tree().workPath;
        const QString outside = hostile.path(u"outside"_s);
        writeFile(outside + u"/file"_s, "secret\n");
        writeFile(root + u"/folder/file"_s, "inside\n");
        writeFile(root + u"/file"_s, "inside\n");
        QVERIFY(QFile::link(outside, root + u"/other-folder"_s));
        QVERIFY(QFile::link(outside + u"/file"_s, root + u"/other-file"_s));

        QElapsedTimer clock;
        clock.start();
        int inside = 0;
        int refused = 0;
        int written = 0;
        const Swapper swapper(root, {{"folder", "other-folder"}, {"file", "other-file"}});
        for (int i = 0; clock.elapsed() < 1000 || inside < 20 || refused < 20; ++i) {
            QVERIFY2(clock.elapsed() < 20'000, "nothing was exchanged");
            for (const QByteArray &name : {QByteArray("file"), QByteArray("folder/file")}) {
                const auto content = readFileBeneath(root, name, 100);
                QVERIFY(!content || *content == "inside\n");
                ++(content ? inside : refused);
            }
            if (i % 20 == 0 && writeFileBeneath(root, "folder/new", "written\n", 0600))
                ++written;
        }
        QVERIFY(written > 0);
        QVERIFY(!QFile::exists(outside + u"/new"_s));
        // Looking over the folder and taking second names apart.
        QCOMPARE(::link(qPrintable(outside + u"/file"_s), qPrintable(outside + u"/second"_s)), 0);
        struct stat before
        {
        };
        QCOMPARE(::stat(qPrintable(outside + u"/file"_s), &before), 0);
        for (int i = 0; i < 20; ++i)
            (void)lookOver(hostile.tree(), {.hardLinks = HardLinkPolicy::Copy}, {});
        struct stat after
        {
        };
        QCOMPARE(::stat(qPrintable(outside + u"/file"_s), &after), 0);
        QCOMPARE(after.st_ino, before.st_ino);
        QCOMPARE(readFile(outside + u"/file"_s), QByteArray("secret\n"));

        // Control: by plain names one reads and writes outside.
        bool read = false;
        bool wrote = false;
        for (clock.restart(); (!read || !wrote) && clock.elapsed() < 20'000;) {
            read |= readFile(root + u"/folder/file"_s) == "secret\n";
            QFile file(root + u"/folder/control"_s);
            if (file.open(QIODevice::WriteOnly))
                file.write("x");
            wrote |= QFile::exists(outside + u"/control"_s);
        }
        QVERIFY(read && wrote);
        // The end of the session, while it goes on.
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
        QVERIFY(!QFile::exists(root));
        QVERIFY(swapper.rounds() > 100);
    }

    // The same while a person stages and discards: what is outside never gets into an object of
    // the session, and is never written.
    void stagingRaces()
    {
        HostileSession hostile([](ScratchRepository &project) {
            project.write(u"folder/file"_s, "committed\n");
            project.write(u"file"_s, "committed\n");
            project.commitAll(u"files"_s);
        });
        auto &staging = hostile.session().staging;
        const QString root = hostile.tree().workPath;
        const QString outside = hostile.path(u"outside"_s);
        writeFile(outside + u"/file"_s, "secret\n");
        writeFile(root + u"/folder/file"_s, "inside\n");
        writeFile(root + u"/file"_s, "inside\n");
        QVERIFY(QFile::link(outside, root + u"/other-folder"_s));
        QVERIFY(QFile::link(outside + u"/file"_s, root + u"/other-file"_s));
        const ScratchRepository scratch(hostile.path(u"scratch"_s));
        const QString secret =
            QString::fromLatin1(scratch.git({u"hash-object"_s, u"--stdin"_s}, "secret\n"));

        int done = 0;
        QElapsedTimer clock;
        clock.start();
        const Swapper swapper(root, {{"folder", "other-folder"}, {"file", "other-file"}});
        while (clock.elapsed() < 3000 || done < 2) {
            QVERIFY2(clock.elapsed() < 30'000, "nothing was possible");
            const QList<FileSelection> both{{.path = "file"}, {.path = "folder/file"}};
            for (const auto &result : {await(staging.stage(hostile.tree(), both)),
                                       await(staging.discard(hostile.tree(), both)),
                                       await(staging.undo(hostile.tree())),
                                       await(staging.unstage(hostile.tree(), {}))})
                done += result ? 1 : 0;
        }
        QVERIFY(runGit(hostile.tree().hostViewDir(), {u"cat-file"_s, u"-e"_s, secret}).exitCode !=
                0);
        QCOMPARE(readFile(outside + u"/file"_s), QByteArray("secret\n"));
        QCOMPARE(QDir(outside).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList({u"file"_s, u"victim"_s}));

        // Control: git that opens the file by its name takes the secret in.
        QByteArray id;
        for (clock.restart(); id != secret.toLatin1() && clock.elapsed() < 20'000;)
            id = runGit(root, {u"hash-object"_s, u"folder/file"_s}).output.trimmed();
        QCOMPARE(id, secret.toLatin1());
    }
};

QTEST_GUILESS_MAIN(tst_AttackGitFiles)
#include "tst_AttackGitFiles.moc"
