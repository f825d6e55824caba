// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/Swapper.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

class tst_FileTree : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // What defeats rm -rf, and what could lead out of the folder (case D18 of the threat model).
    void removesWhatIsHardToRemove()
    {
        const TestEnvironment environment;
        const QString root = environment.path(u"root"_s);
        const QString outside = environment.path(u"outside"_s);
        writeFile(outside + u"/keep"_s, "keep\n");
        QDir().mkpath(root);
        QVERIFY(QFile::link(outside, root + u"/to-outside"_s));
        QVERIFY(QFile::link(u"/"_s, root + u"/to-root"_s));
        QCOMPARE(::link(qPrintable(outside + u"/keep"_s), qPrintable(root + u"/hard"_s)), 0);
        QCOMPARE(::mkfifo(qPrintable(root + u"/.gitignore"_s), 0600), 0);
        writeFile(root + u"/-rf"_s, "x");
        writeFile(root + u"/line\nfeed/x"_s, "x");
        writeFile(root + u"/.paddock-removing-1/x"_s, "a name that the deleter uses");
        writeFile(root + u"/a/.paddock-removing-2/.paddock-removing-3/x"_s, "x");
        writeFile(root + u"/dark/below/x"_s, "x");
        QCOMPARE(::chmod(qPrintable(root + u"/dark/below"_s), 0), 0);
        QCOMPARE(::chmod(qPrintable(root + u"/dark"_s), 0), 0);
        // 2000 deep: longer than a path may be.
        int folder = ::open(qPrintable(root), O_RDONLY | O_DIRECTORY);
        for (int i = 0; i < 2000; ++i) {
            QCOMPARE(::mkdirat(folder, "deepdeep", 0700), 0);
            const int next = ::openat(folder, "deepdeep", O_RDONLY | O_DIRECTORY);
            ::close(folder);
            folder = next;
        }
        ::close(folder);

        const auto identity = identifyFolder(root);
        PADDOCK_VERIFY_OK(identity);
        QElapsedTimer clock;
        clock.start();
        const auto left = removeTree(root, *identity);
        PADDOCK_VERIFY_OK(left);
        QCOMPARE(*left, QStringList());
        QVERIFY(clock.elapsed() < 10'000);
        QVERIFY(!QFile::exists(root));
        QCOMPARE(readFile(outside + u"/keep"_s), QByteArray("keep\n"));
        PADDOCK_VERIFY_OK(removeTree(root, *identity)); // nothing there: succeeds
    }

    // A folder and a link change places all the while: nothing stays, and nothing outside goes.
    void removesWhatIsExchanged()
    {
        const TestEnvironment environment;
        const QString root = environment.path(u"root"_s);
        const QString outside = environment.path(u"outside"_s);
        writeFile(outside + u"/keep"_s, "keep\n");
        QList<std::pair<QByteArray, QByteArray>> names;
        for (int i = 0; i < 200; ++i) {
            const QByteArray number = QByteArray::number(i);
            writeFile(root + u"/folder"_s + QString::fromLatin1(number) + u"/inside/file"_s, "x");
            QVERIFY(QFile::link(outside, root + u"/link"_s + QString::fromLatin1(number)));
            names.push_back({"folder" + number, "link" + number});
        }
        const Swapper swapper(root, names);
        QTRY_VERIFY(swapper.rounds() > 10);
        const auto left = removeTree(root, std::nullopt);
        PADDOCK_VERIFY_OK(left);
        QCOMPARE(*left, QStringList());
        QVERIFY(!QFile::exists(root));
        QCOMPARE(readFile(outside + u"/keep"_s), QByteArray("keep\n"));
    }

    void refusesAnotherFolderAndALink()
    {
        const TestEnvironment environment;
        const QString root = environment.path(u"root"_s);
        writeFile(root + u"/x"_s, "x");
        const auto identity = identifyFolder(root);
        PADDOCK_VERIFY_OK(identity);
        QCOMPARE(FolderIdentity::fromText(identity->toText()), std::optional(*identity));
        QVERIFY(!FolderIdentity::fromText("1:x"));
        QVERIFY(QDir().rename(root, environment.path(u"moved"_s)));
        writeFile(root + u"/precious"_s, "x");
        const auto refused = removeTree(root, *identity);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(QFile::exists(root + u"/precious"_s));
        const QString link = environment.path(u"link"_s);
        QVERIFY(QFile::link(root, link));
        QVERIFY(!removeTree(link, std::nullopt));
        QVERIFY(QFile::exists(root + u"/precious"_s));
    }

    void cancelled()
    {
        const TestEnvironment environment;
        const QString root = environment.path(u"root"_s);
        writeFile(root + u"/a/x"_s, "x");
        const CancelToken cancel;
        cancel.cancel();
        const auto left = removeTree(root, std::nullopt, cancel);
        QVERIFY(!left);
        QVERIFY(left.error().isCancelled());
        QVERIFY(QFile::exists(root + u"/a/x"_s));
    }

    void writesAndReadsOnlyBeneath()
    {
        const TestEnvironment environment;
        const QString root = environment.path(u"root"_s);
        const QString outside = environment.path(u"outside"_s);
        QDir().mkpath(root + u"/sub"_s);
        writeFile(outside + u"/file"_s, "secret\n");
        QVERIFY(QFile::link(outside, root + u"/link"_s));
        QVERIFY(QFile::link(outside + u"/file"_s, root + u"/sub/file"_s));

        PADDOCK_VERIFY_OK(writeFileBeneath(root, "sub/new", "text\n", 0640));
        struct stat status
        {
        };
        QCOMPARE(::stat(qPrintable(root + u"/sub/new"_s), &status), 0);
        QCOMPARE(status.st_mode & 07777U, 0640U);
        QVERIFY(!writeFileBeneath(root, "link/file", "evil\n", 0600));
        QVERIFY(!writeFileBeneath(root, "../outside/file", "evil\n", 0600));
        QVERIFY(!readFileBeneath(root, "link/file", 100));
        QVERIFY(!readFileBeneath(root, "sub/file", 100));
        QVERIFY(!readFileBeneath(root, "../outside/file", 100));
        // Over a link: the link is replaced, what it leads to stays.
        PADDOCK_VERIFY_OK(writeFileBeneath(root, "sub/file", "mine\n", 0600));
        QCOMPARE(readFile(outside + u"/file"_s), QByteArray("secret\n"));
        QCOMPARE(readFileBeneath(root, "sub/file", 100).value_or(QByteArray()),
                 QByteArray("mine\n"));
        QCOMPARE(readFileBeneath(root, "sub/file", 4).error().kind, ErrorKind::FileTooLarge);
        QCOMPARE(::mkfifo(qPrintable(root + u"/fifo"_s), 0600), 0);
        QVERIFY(!readFileBeneath(root, "fifo", 100)); // and does not wait
        QVERIFY(statBeneath(root, "link").has_value());
        QVERIFY(S_ISLNK(statBeneath(root, "link")->st_mode));
        QVERIFY(!statBeneath(root, "link/file"));
    }

    void walkStaysInside()
    {
        const TestEnvironment environment;
        const QString root = environment.path(u"root"_s);
        writeFile(root + u"/a/b/c"_s, "x");
        QVERIFY(QFile::link(u"/"_s, root + u"/a/slash"_s));
        QStringList seen;
        PADDOCK_VERIFY_OK(walkTree(root, [&](const WalkedEntry &entry) {
            seen += QString::fromUtf8(entry.path);
            return true;
        }));
        seen.sort();
        QCOMPARE(seen, QStringList({u"a"_s, u"a/b"_s, u"a/b/c"_s, u"a/slash"_s}));
        const auto limited =
            walkTree(root, [](const WalkedEntry &) { return true; }, {.entries = 2});
        QVERIFY(!limited);
        QCOMPARE(limited.error().kind, ErrorKind::FileTooLarge);
    }
};

QTEST_GUILESS_MAIN(tst_FileTree)
#include "tst_FileTree.moc"
