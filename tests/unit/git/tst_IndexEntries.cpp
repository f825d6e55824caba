// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/IndexEntries.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QTest>

using namespace paddock;
using namespace paddock::git;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_IndexEntries : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatGitWrites_data()
    {
        QTest::addColumn<QString>("version");
        QTest::newRow("2 or 3") << u"2"_s;
        QTest::newRow("4") << u"4"_s;
    }

    void whatGitWrites()
    {
        QFETCH(QString, version);
        TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"project"_s));
        for (int length = 1; length < 20; ++length) // every padding
            repository.write(u"names/"_s + QString(length, u'n'), "x\n");
        repository.write(u"run"_s, "x\n");
        QVERIFY(QFile::setPermissions(repository.path(u"run"_s),
                                      QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
        QVERIFY(QFile::link(u"README"_s, repository.path(u"link"_s)));
        repository.commitAll(u"more"_s);
        repository.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"other"_s});
        repository.write(u"README"_s, "theirs\n");
        repository.commitAll(u"theirs"_s);
        repository.git({u"checkout"_s, u"-q"_s, u"main"_s});
        repository.write(u"README"_s, "ours\n");
        repository.commitAll(u"ours"_s);
        QCOMPARE(runGit(repository.path(), {u"merge"_s, u"-q"_s, u"other"_s}).exitCode, 1);
        repository.write(u"later"_s, "x\n");
        repository.git({u"add"_s, u"--intent-to-add"_s, u"later"_s});
        repository.git({u"update-index"_s, u"--index-version"_s, version});

        const auto entries = parseIndexEntries(readFile(repository.path(u".git/index"_s)));
        QVERIFY2(entries.has_value(), qPrintable(entries ? QString() : entries.error().toString()));
        QByteArray text;
        for (const StagedEntry &entry : *entries)
            text += QByteArray::number(entry.mode, 8) + ' ' + entry.id.toHex() + ' ' +
                    QByteArray::number(entry.stage) + '\t' + entry.path + '\0';
        QCOMPARE(text, repository.git({u"ls-files"_s, u"--stage"_s, u"-z"_s}));
        for (const StagedEntry &entry : *entries)
            QCOMPARE(entry.intentToAdd, entry.path == "later");
        QCOMPARE(std::count_if(entries->begin(),
                               entries->end(),
                               [](const auto &entry) { return entry.stage != 0; }),
                 3);
    }

    void formsThatAreNotRead()
    {
        TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"project"_s));
        repository.git({u"update-index"_s, u"--split-index"_s});
        const auto entries = parseIndexEntries(readFile(repository.path(u".git/index"_s)));
        QVERIFY(!entries);
        QCOMPARE(entries.error().kind, ErrorKind::UnsupportedRepository);
    }

    void damageIsNoticed()
    {
        TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"project"_s));
        const QByteArray index = readFile(repository.path(u".git/index"_s));
        QVERIFY(parseIndexEntries(index).has_value());
        // Shorter by any number of bytes, entries are missing.
        const qsizetype entriesEnd = index.lastIndexOf("src/main.c") + 10;
        for (qsizetype length = 0; length < entriesEnd; ++length)
            QVERIFY(!parseIndexEntries(index.left(length)));
        QByteArray other = index;
        other[0] = 'X';
        QVERIFY(!parseIndexEntries(other));
        other = index;
        other[7] = 9; // version
        QCOMPARE(parseIndexEntries(other).error().kind, ErrorKind::UnsupportedRepository);
    }
};

QTEST_GUILESS_MAIN(tst_IndexEntries)
#include "tst_IndexEntries.moc"
