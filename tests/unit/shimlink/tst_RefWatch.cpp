// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real shim on a real repository: what it tells of, and how often.

#include "tests/support/ScratchRepository.h"
#include "tests/unit/shimlink/LinkHarness.h"

#include <QElapsedTimer>
#include <QTest>

using namespace paddock;
using namespace Qt::StringLiterals;
using paddock::test::LinkHarness;
using paddock::test::ScratchRepository;

class tst_RefWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m = std::make_unique<LinkHarness>();
        repository = std::make_unique<ScratchRepository>(m->environment.path(u"repository"_s));
        m->linkOptions.watchedGitDir = repository->path(u".git"_s);
        QVERIFY(m->startLink());
        QVERIFY(m->startShim());
        QTRY_COMPARE(m->refsChanges, 1); // the first: nobody knows what was before
    }
    void cleanup()
    {
        QCOMPARE(m->errors, QStringList());
        m.reset();
        repository.reset();
    }

    void everyKindOfChangeIsTold_data()
    {
        QTest::addColumn<QStringList>("first");
        QTest::addColumn<QStringList>("command");
        const auto row = [](const char *name, const QString &command, const QString &first = {}) {
            QTest::newRow(name) << first.split(u' ', Qt::SkipEmptyParts) << command.split(u' ');
        };
        row("commit", u"commit -q --allow-empty -m one"_s);
        row("branch", u"branch idea"_s);
        row("branch in a new folder", u"branch deep/er/idea"_s);
        row("branch in a folder", u"branch deep/two"_s, u"branch deep/one"_s);
        row("tag", u"tag v1"_s);
        row("deleted branch", u"branch -D idea"_s, u"branch idea"_s);
        row("another branch", u"checkout -q idea"_s, u"branch idea"_s);
        row("packed", u"pack-refs --all"_s, u"tag v1"_s);
    }

    void everyKindOfChangeIsTold()
    {
        QFETCH(QStringList, first);
        QFETCH(QStringList, command);
        if (!first.isEmpty()) {
            repository->git(first);
            QTRY_COMPARE(m->refsChanges, 2);
        }
        const int before = m->refsChanges;
        QElapsedTimer clock;
        clock.start();
        repository->git(command);
        QTRY_VERIFY_WITH_TIMEOUT(m->refsChanges > before, 1000);
        QVERIFY(clock.elapsed() < 1000);
    }

    void stashIsTold()
    {
        repository->write(u"README"_s, "changed\n");
        repository->git({u"stash"_s, u"-q"_s});
        QTRY_COMPARE_WITH_TIMEOUT(m->refsChanges, 2, 1000);
    }

    void foldersThatAppearAreWatched()
    {
        repository->git({u"branch"_s, u"a/b/c/one"_s});
        QTRY_COMPARE(m->refsChanges, 2);
        repository->git({u"branch"_s, u"a/b/c/two"_s});
        QTRY_COMPARE(m->refsChanges, 3);
        // Deleted and made anew.
        repository->git({u"branch"_s, u"-D"_s, u"a/b/c/one"_s, u"a/b/c/two"_s});
        QTRY_COMPARE(m->refsChanges, 4);
        repository->git({u"branch"_s, u"a/b/c/three"_s});
        QTRY_COMPARE(m->refsChanges, 5);
    }

    void whatIsNoRefIsNotTold()
    {
        repository->write(u"README"_s, "changed\n");
        repository->git({u"add"_s, u"README"_s});
        repository->git({u"config"_s, u"a.b"_s, u"c"_s});
        repository->git({u"status"_s});
        // Control, which comes after all of them: and it is the only one.
        repository->git({u"tag"_s, u"v1"_s});
        QTRY_COMPARE(m->refsChanges, 2);
        repository->git({u"tag"_s, u"v2"_s});
        QTRY_COMPARE(m->refsChanges, 3);
    }

    void manyChangesAreFewEvents()
    {
        const QByteArray head = repository->id(u"HEAD"_s);
        QElapsedTimer clock;
        clock.start();
        for (int lap = 0; lap < 10; ++lap) {
            QByteArray commands;
            for (int i = 0; i < 100; ++i)
                commands +=
                    "create refs/heads/b" + QByteArray::number(lap * 100 + i) + ' ' + head + '\n';
            repository->git({u"update-ref"_s, u"--stdin"_s}, commands);
        }
        repository->git({u"tag"_s, u"last"_s});
        const qint64 took = clock.elapsed();
        QTRY_VERIFY(m->refsChanges >= 2);
        // Once more when it is quiet, and then no more.
        const int most = 1 + 2 + static_cast<int>(took / 400) + 1;
        repository->git({u"tag"_s, u"after"_s});
        QTRY_VERIFY(m->refsChanges >= 3);
        QVERIFY2(m->refsChanges <= most, qPrintable(QString::number(m->refsChanges)));
    }

    void moreFoldersThanAreWatched()
    {
        const QByteArray head = repository->id(u"HEAD"_s);
        QByteArray commands;
        for (int i = 0; i < 1000; ++i)
            commands += "create refs/heads/f" + QByteArray::number(i) + "/b " + head + '\n';
        repository->git({u"update-ref"_s, u"--stdin"_s}, commands);
        QTRY_VERIFY(m->refsChanges >= 2);
        const int before = m->refsChanges;
        repository->git({u"tag"_s, u"v1"_s});
        QTRY_VERIFY(m->refsChanges > before);
    }

    void newConnectionIsToldOnce()
    {
        m->link.reset();
        repository->git({u"tag"_s, u"v1"_s}); // while nobody listens
        m->linkOptions.epoch = m->hellos.last().epoch;
        QVERIFY(m->startLink());
        QTRY_VERIFY(m->refsChanges >= 2);
        repository->git({u"tag"_s, u"v2"_s});
        const int before = m->refsChanges;
        QTRY_VERIFY(m->refsChanges > before);
        QVERIFY(m->refsChanges <= 4);
    }

    void repositoryThatIsGone()
    {
        QVERIFY(QDir(repository->path(u".git"_s)).removeRecursively());
        QTRY_VERIFY(m->refsChanges >= 2);
        // The shim lives, and says so.
        QVERIFY(m->link->askStatus());
        QTRY_COMPARE(m->statuses.size(), 1);
    }

private:
    std::unique_ptr<LinkHarness> m;
    std::unique_ptr<ScratchRepository> repository;
};

QTEST_GUILESS_MAIN(tst_RefWatch)
#include "tst_RefWatch.moc"
