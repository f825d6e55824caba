// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/DiffStream.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QTest>

#include <algorithm>

using namespace paddock;
using namespace paddock::git;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

Result<DiffContent> read(const QByteArray &bytes,
                         qsizetype piece,
                         const DiffLimits &limits = {},
                         Tail tail = Tail::Complete)
{
    DiffStream stream(limits);
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        const auto size = std::min(piece, bytes.size() - at);
        if (!stream.feed(QByteArrayView(bytes).sliced(at, size)))
            break;
    }
    return stream.finish(tail);
}

const DiffEntry *find(const DiffContent &content, const QByteArray &path)
{
    const auto found = std::find_if(content.entries.begin(),
                                    content.entries.end(),
                                    [&](const DiffEntry &entry) { return entry.path == path; });
    return found == content.entries.end() ? nullptr : &*found;
}

/// What git prints about changes of every kind.
QByteArray sample(const ScratchRepository &repository, const QStringList &more = {})
{
    repository.write(u"old name"_s, "1\n2\n3\n4\n5\n6\n");
    repository.write(u"gone"_s, "x\n");
    repository.write(u"type"_s, "x\n");
    repository.write(u"mode"_s, "x\n");
    repository.write(u"space"_s, "a b\n");
    repository.commitAll(u"before"_s);
    repository.git({u"mv"_s, u"old name"_s, u"n\"e\tw\n"_s});
    repository.write(u"n\"e\tw\n"_s, "1\n2\n3\n4\n5\n6\n7\n");
    QFile::remove(repository.path(u"gone"_s));
    QFile::remove(repository.path(u"type"_s));
    QFile::link(u"README"_s, repository.path(u"type"_s));
    QFile::setPermissions(repository.path(u"mode"_s),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    repository.write(u"space"_s, "a  b\n");
    repository.write(u"binary"_s, QByteArray("a\0b", 3));
    repository.write(u"grün"_s, "diff --git a/x b/x\n@@ -1 +1 @@\n");
    repository.write(u"README"_s, "-- looks like a header\n++ too");
    repository.git({u"add"_s, u"-A"_s});
    const auto answer = runGit(repository.path(),
                               QStringList{u"-c"_s, u"core.quotePath=false"_s} +
                                   diffStreamArguments() + more + QStringList{u"HEAD"_s, u"--"_s});
    return answer.output;
}

} // namespace

class tst_DiffStream : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyKindInAnyPieces()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        const QByteArray bytes = sample(repository);
        const auto whole = read(bytes, bytes.size());
        PADDOCK_VERIFY_OK(whole);
        QCOMPARE(whole->entries.size(), 8);
        QVERIFY(!whole->truncated);
        QVERIFY(bytes.endsWith(whole->text));
        QVERIFY(whole->text.startsWith("diff --git "));
        const DiffEntry *renamed = find(*whole, "n\"e\tw\n");
        QVERIFY(renamed);
        QCOMPARE(renamed->status, 'R');
        QCOMPARE(renamed->oldPath, "old name");
        QCOMPARE(renamed->added, 1);
        QCOMPARE(find(*whole, "gone")->status, 'D');
        QCOMPARE(find(*whole, "gone")->removed, 1);
        QCOMPARE(find(*whole, "type")->status, 'T');
        QCOMPARE(find(*whole, "type")->added, 1);
        QCOMPARE(find(*whole, "type")->removed, 1);
        QCOMPARE(find(*whole, "mode")->newMode, 0100755U);
        QCOMPARE(find(*whole, "mode")->added, 0);
        QCOMPARE(find(*whole, "binary")->added, -1);
        QCOMPARE(find(*whole, "gr\xc3\xbcn")->added, 2);
        QCOMPARE(find(*whole, "README")->added, 2);
        for (const DiffEntry &entry : whole->entries)
            QVERIFY(entry.hasPatch && !entry.isLeftOut);
        for (qsizetype piece = 1; piece < 200; ++piece) {
            const auto pieces = read(bytes, piece);
            PADDOCK_VERIFY_OK(pieces);
            QVERIFY2(*pieces == *whole, qPrintable(QString::number(piece)));
        }
    }

    void ignoredDifferencesHaveNoPatch()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        const auto content = read(sample(repository, {u"--ignore-all-space"_s}), 100);
        PADDOCK_VERIFY_OK(content);
        QVERIFY(!find(*content, "space")->hasPatch);
        QVERIFY(find(*content, "type")->hasPatch);
    }

    void limits()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        repository.write(u"a"_s, QByteArray(5000, 'a') + '\n');
        repository.write(u"b"_s, "b\n");
        repository.write(u"c"_s, "c\nc\n");
        repository.git({u"add"_s, u"-A"_s});
        const QByteArray bytes =
            runGit(repository.path(), diffStreamArguments() + QStringList{u"HEAD"_s}).output;
        const auto longFile = read(bytes, 64, {.fileText = 1000});
        PADDOCK_VERIFY_OK(longFile);
        QVERIFY(longFile->entries[0].isLeftOut && longFile->entries[0].added == 1);
        QVERIFY(!longFile->truncated);
        QVERIFY(longFile->text.startsWith("diff --git a/b b/b") &&
                longFile->text.endsWith("+c\n+c\n"));
        const auto text = read(bytes, 64, {.text = 200, .fileText = 1000});
        PADDOCK_VERIFY_OK(text);
        QVERIFY(text->truncated);
        QVERIFY(text->text.endsWith("+b\n"));
        QCOMPARE(text->entries[2].added, 2); // counted all the same
        const auto files = read(bytes, 64, {.files = 2});
        PADDOCK_VERIFY_OK(files);
        QVERIFY(files->truncated);
        QCOMPARE(files->entries.size(), 2);
        const auto cut = read(bytes.chopped(1), 64, {}, Tail::MayBeCut);
        PADDOCK_VERIFY_OK(cut);
        QVERIFY(cut->truncated && cut->text.endsWith("+b\n"));
    }

    void nothing()
    {
        const auto content = read({}, 1);
        PADDOCK_VERIFY_OK(content);
        QVERIFY(content->entries.isEmpty() && content->text.isEmpty() && !content->truncated);
    }

    void garbage_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray id(40, 'a');
        const QByteArray good = ":100644 100644 " + id + ' ' + id + " M";
        const auto with = [](QByteArrayList fields) { return fields.join('\0') + '\0'; };
        QTest::newRow("text") << QByteArray("fatal: no");
        QTest::newRow("letter") << with({":100644 100644 " + id + ' ' + id + " Z", "a"});
        QTest::newRow("id") << with({":100644 100644 x x M", "a"});
        QTest::newRow("mode") << with({":9 100644 " + id + ' ' + id + " M", "a"});
        QTest::newRow("no name") << with({good, ""});
        QTest::newRow("cut") << with({good});
        QTest::newRow("not of these") << with({good, "a", ""}) + "diff --git a/b b/b\n";
        QTest::newRow("long name") << good + '\0' + QByteArray(100'000, 'x');
    }

    void garbage()
    {
        QFETCH(QByteArray, bytes);
        const auto content = read(bytes, 7);
        QVERIFY(!content);
        QCOMPARE(content.error().kind, ErrorKind::ProtocolError);
    }
};

QTEST_GUILESS_MAIN(tst_DiffStream)
#include "tst_DiffStream.moc"
