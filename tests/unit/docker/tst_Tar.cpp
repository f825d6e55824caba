// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/docker/Tar.h"
#include "tests/support/Await.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QProcess>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_Tar : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrip();
    void equalContentGivesEqualBytes();
    void systemTarReadsIt();
    void toAFile();
    void onlyRegularFilesFromDisk();
    void unsafePathsAreNotWritten();
    void hostileArchives();
    void limits();
    void truncatedAndGarbage();

private:
    static QByteArray small()
    {
        TarWriter writer({.userId = 1000, .groupId = 1001});
        (void)writer.addFolder(u"a"_s, 0750);
        (void)writer.addFile(u"a/file"_s, "content", 0640);
        (void)writer.addFile(u"a/empty"_s, {});
        (void)writer.addSymlink(u"a/link"_s, u"../../etc/passwd"_s);
        return writer.finish().value_or(QByteArray());
    }

    TestEnvironment m_environment;
};

void tst_Tar::roundTrip()
{
    const QString longName = QString(150, u'n') + u"/"_s + QString(150, u'm');
    QByteArray big(1'500'000, 'b');
    big[777'777] = 'c';
    TarWriter writer({.userId = 1000, .groupId = 3'000'000});
    PADDOCK_VERIFY_OK(writer.addFile(longName, "long"));
    PADDOCK_VERIFY_OK(writer.addFile(u"ümläut ☃"_s, "snow", 0755));
    PADDOCK_VERIFY_OK(writer.addFile(u"big"_s, big));
    PADDOCK_VERIFY_OK(writer.addFolder(u"folder"_s));
    PADDOCK_VERIFY_OK(writer.addSymlink(u"link"_s, u"/etc/☃"_s));
    const auto tar = writer.finish();
    PADDOCK_VERIFY_OK(tar);

    TarReader reader(*tar);
    auto entry = reader.next();
    PADDOCK_VERIFY_OK(entry);
    QCOMPARE((*entry)->path, longName);
    QCOMPARE((*entry)->groupId, 3'000'000);
    entry = reader.next();
    QCOMPARE((*entry)->path, u"ümläut ☃"_s);
    QCOMPARE((*entry)->mode, 0755);
    QCOMPARE(reader.content(100).value(), QByteArray("snow"));
    entry = reader.next();
    QCOMPARE((*entry)->size, big.size());
    QVERIFY(reader.content(big.size()).value() == big);
    entry = reader.next();
    QCOMPARE((*entry)->type, TarEntry::Type::Folder);
    QCOMPARE((*entry)->path, u"folder"_s);
    entry = reader.next();
    QCOMPARE((*entry)->type, TarEntry::Type::Symlink);
    QCOMPARE((*entry)->linkTarget, u"/etc/☃"_s);
    entry = reader.next();
    PADDOCK_VERIFY_OK(entry);
    QVERIFY(!entry->has_value());
}

void tst_Tar::equalContentGivesEqualBytes()
{
    QVERIFY(!small().isEmpty());
    QCOMPARE(small(), small());
}

void tst_Tar::systemTarReadsIt()
{
    QProcess tar;
    tar.start(u"tar"_s, {u"--numeric-owner"_s, u"-tvf"_s, u"-"_s});
    QVERIFY(tar.waitForStarted());
    tar.write(small());
    tar.closeWriteChannel();
    QVERIFY(tar.waitForFinished());
    QCOMPARE(tar.exitCode(), 0);
    const QByteArray listing = tar.readAllStandardOutput();
    QVERIFY2(listing.contains("drwxr-x--- 1000/1001"), listing.constData());
    QVERIFY(listing.contains("-rw-r----- 1000/1001"));
    QVERIFY(listing.contains("a/link -> ../../etc/passwd"));
    QCOMPARE(tar.readAllStandardError(), QByteArray());
}

void tst_Tar::toAFile()
{
    const QString source = m_environment.path(u"source"_s);
    QFile file(source);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(QByteArray(700'000, 's')), 700'000);
    file.close();
    const QString target = m_environment.path(u"out.tar"_s);
    {
        TarWriter writer(target, TarOwner{});
        PADDOCK_VERIFY_OK(writer.addFileFrom(u"in"_s, source));
        const auto finished = writer.finish();
        PADDOCK_VERIFY_OK(finished);
        QVERIFY(finished->isEmpty());
    }
    QFile written(target);
    QVERIFY(written.open(QIODevice::ReadOnly));
    TarReader reader(written.readAll());
    PADDOCK_VERIFY_OK(reader.next());
    QCOMPARE(reader.content(1'000'000)->size(), 700'000);

    TarWriter nowhere(m_environment.path(u"no/such/folder.tar"_s), TarOwner{});
    const auto refused = nowhere.addFile(u"x"_s, "x");
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::IoFailed);
}

void tst_Tar::onlyRegularFilesFromDisk()
{
    const QString fifo = m_environment.path(u"fifo"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(fifo).constData(), 0600), 0);
    const QString link = m_environment.path(u"link"_s);
    QVERIFY(QFile::link(u"/etc/hostname"_s, link));
    TarWriter writer;
    for (const QString &path : {fifo, link, u"/dev/zero"_s, m_environment.path()})
        QVERIFY2(!writer.addFileFrom(u"x"_s, path), qPrintable(path));
    // A refused file does not spoil the archive.
    PADDOCK_VERIFY_OK(writer.addFile(u"y"_s, "y"));
    PADDOCK_VERIFY_OK(writer.finish());
}

void tst_Tar::unsafePathsAreNotWritten()
{
    TarWriter writer;
    for (const QString &path :
         {u""_s, u"/etc/passwd"_s, u".."_s, u"a/../b"_s, u"a//b"_s, u"./a"_s, u"a/"_s, u"a\0b"_s}) {
        const auto added = writer.addFile(path, "x");
        QVERIFY2(!added, qPrintable(path));
        QCOMPARE(added.error().kind, ErrorKind::InvalidArgument);
    }
}

void tst_Tar::hostileArchives()
{
    // Names as only a hostile writer makes them: patch a header and its check sum.
    const auto withName = [](const QByteArray &name) {
        TarWriter writer;
        (void)writer.addFile(u"placeholder-of-the-same-length"_s, "x");
        QByteArray tar = writer.finish().value_or(QByteArray());
        QByteArray field = name;
        field.resize(100, '\0');
        tar.replace(0, 100, field);
        tar.replace(148, 8, "        ");
        int sum = 0;
        for (int i = 0; i < 512; ++i)
            sum += static_cast<uchar>(tar.at(i));
        tar.replace(
            148, 8, QByteArray::number(sum, 8).rightJustified(6, '0') + QByteArray("\0 ", 2));
        return tar;
    };
    {
        TarReader control(withName("a/b"));
        const auto entry = control.next();
        PADDOCK_VERIFY_OK(entry);
        QCOMPARE((*entry)->path, u"a/b"_s);
    }
    for (const QByteArray &name : {QByteArray("../evil"),
                                   QByteArray("/etc/passwd"),
                                   QByteArray("a/../../b"),
                                   QByteArray("a/./b"),
                                   QByteArray("a//b")}) {
        TarReader reader(withName(name));
        const auto entry = reader.next();
        QVERIFY2(!entry, name.constData());
        QCOMPARE(entry.error().kind, ErrorKind::ProtocolError);
        QVERIFY(!reader.next()->has_value()); // and nothing after it
    }
}

void tst_Tar::limits()
{
    TarWriter writer;
    for (int i = 0; i < 20; ++i)
        PADDOCK_VERIFY_OK(writer.addFile(u"f%1"_s.arg(i), QByteArray(1000, 'x')));
    const QByteArray tar = writer.finish().value_or(QByteArray());
    const auto readAll = [&](TarLimits limit) -> Result<Done> {
        TarReader reader(tar, limit);
        for (;;) {
            const auto entry = reader.next();
            if (!entry)
                return fail(entry.error());
            if (!*entry)
                return Done{};
        }
    };
    PADDOCK_VERIFY_OK(readAll({}));
    QVERIFY(!readAll({.maxEntries = 19}));
    QVERIFY(!readAll({.maxContentBytes = 19'999}));
    TarReader reader(tar);
    PADDOCK_VERIFY_OK(reader.next());
    const auto content = reader.content(999);
    QVERIFY(!content);
    QCOMPARE(content.error().kind, ErrorKind::FileTooLarge);
}

void tst_Tar::truncatedAndGarbage()
{
    const QByteArray whole = small();
    for (qsizetype length : {1, 100, 511, 513, 700, 1024 + 3}) {
        TarReader reader(whole.left(length));
        bool failed = false;
        for (int i = 0; i < 10 && !failed; ++i) {
            const auto entry = reader.next();
            failed = !entry || (*entry && !reader.content(100'000));
            if (entry && !*entry)
                break;
        }
        QVERIFY2(failed, qPrintable(QString::number(length)));
    }
    TarReader garbage(QByteArray(5000, 'g'));
    QVERIFY(!garbage.next());
    // A compressed archive is not unpacked: it could be a bomb.
    TarReader compressed(QByteArray::fromHex("1f8b08000000000000034b4c04000000000000000000"));
    QVERIFY(!compressed.next());
}

QTEST_GUILESS_MAIN(tst_Tar)
#include "tst_Tar.moc"
