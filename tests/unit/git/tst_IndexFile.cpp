// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/IndexFile.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::git;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_IndexFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsWhatGitWrote()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        repository.write(u"b.txt"_s, "content\n");
        repository.commitAll(u"more"_s);
        const QString path = repository.path(u".git/index"_s);
        const auto index = readIndexFile(path);
        PADDOCK_VERIFY_OK(index);
        QVERIFY(!index->isUnusual);
        QCOMPARE(index->entries.size(), 3U);
        QCOMPARE(index->entries[0].path, "README");
        QCOMPARE(index->entries[1].path, "b.txt");
        QCOMPARE(index->entries[2].path, "src/main.c");
        const IndexEntry &entry = index->entries[1];
        QCOMPARE(entry.id.toHex(), repository.id(u"HEAD:b.txt"_s));
        QCOMPARE(entry.mode, 0100644U);
        struct stat status
        {
        };
        QCOMPARE(::stat(qPrintable(repository.path(u"b.txt"_s)), &status), 0);
        QCOMPARE(entry.size, static_cast<quint32>(status.st_size));
        QCOMPARE(entry.inode, static_cast<quint32>(status.st_ino));
        QCOMPARE(entry.modifiedSeconds, static_cast<quint32>(status.st_mtim.tv_sec));
        QCOMPARE(entry.modifiedNanoseconds, static_cast<quint32>(status.st_mtim.tv_nsec));
        QCOMPARE(::stat(qPrintable(path), &status), 0);
        QCOMPARE(index->writtenSeconds, status.st_mtim.tv_sec);
    }

    void whatOnlyGitCanAnswerFor_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::newRow("intended") << QStringList{u"add"_s, u"-N"_s, u"new"_s};
        QTest::newRow("assumed") << QStringList{
            u"update-index"_s, u"--assume-unchanged"_s, u"README"_s};
        QTest::newRow("left out") << QStringList{
            u"update-index"_s, u"--skip-worktree"_s, u"README"_s};
        QTest::newRow("conflict") << QStringList{u"update-index"_s, u"--index-info"_s};
    }

    void whatOnlyGitCanAnswerFor()
    {
        QFETCH(QStringList, command);
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        repository.write(u"new"_s, "x\n");
        repository.git(command,
                       command.contains(u"--index-info"_s)
                           ? "100644 " + repository.id(u"HEAD:README"_s) + " 1\tREADME\n"
                           : QByteArray());
        const auto index = readIndexFile(repository.path(u".git/index"_s));
        PADDOCK_VERIFY_OK(index);
        QVERIFY(index->isUnusual);
    }

    void missingAndBroken()
    {
        const TestEnvironment environment;
        const auto missing = readIndexFile(environment.path(u"none"_s));
        PADDOCK_VERIFY_OK(missing);
        QVERIFY(missing->entries.empty());
        writeFile(environment.path(u"bad"_s),
                  "DIRC but nothing of the kind, and long enough to try");
        const auto bad = readIndexFile(environment.path(u"bad"_s));
        QVERIFY(!bad);
        QCOMPARE(bad.error().kind, ErrorKind::UnsupportedRepository);
    }
};

QTEST_GUILESS_MAIN(tst_IndexFile)
#include "tst_IndexFile.moc"
