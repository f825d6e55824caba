// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/FileArchive.h"
#include "tests/support/FakeSandbox.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::sandbox;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<missing>");
}

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write");
}

/// A tar made by the tar program: somebody else's bytes.
QByteArray tarOf(const QString &folder, const QStringList &arguments)
{
    QProcess tar;
    tar.start(u"tar"_s, QStringList{u"-C"_s, folder, u"-cf"_s, u"-"_s} + arguments);
    if (!tar.waitForFinished() || tar.exitCode() != 0)
        qFatal("tar: %s", tar.readAllStandardError().constData());
    return tar.readAllStandardOutput();
}

} // namespace

class tst_FileArchive : public QObject
{
    Q_OBJECT

    test::TestEnvironment m_environment;

private Q_SLOTS:
    void oneFileThereAndBack()
    {
        for (const QByteArray &content :
             {QByteArray(), QByteArray("x"), QByteArray(300'000, '\0')}) {
            const auto tar = packFile(u"a b"_s, content, 0600, {1234, 1235});
            QVERIFY(tar);
            QCOMPARE(*unpackFile(*tar, 1'000'000), content);
        }
        const auto tooLarge = unpackFile(*packFile(u"a"_s, QByteArray(100, 'x'), 0600, {}), 99);
        QVERIFY(!tooLarge);
        QCOMPARE(tooLarge.error().kind, ErrorKind::FileTooLarge);
    }

    void notAFile()
    {
        const QString folder = m_environment.path(u"nf"_s);
        QDir().mkpath(folder + u"/d"_s);
        QFile::link(u"/etc/passwd"_s, folder + u"/l"_s);
        for (const auto &name : {u"d"_s, u"l"_s}) {
            const auto content = unpackFile(tarOf(folder, {name}), 1000);
            QVERIFY(!content);
            QCOMPARE(content.error().kind, ErrorKind::InvalidArgument);
        }
        for (const QByteArray &bytes : {QByteArray(), QByteArray(2000, 'x'), QByteArray(512, '\0')})
            QVERIFY(!unpackFile(bytes, 1000));
    }

    void treeThereAndBack()
    {
        const QString source = m_environment.path(u"tree"_s);
        QDir().mkpath(source + u"/sub/deep"_s);
        write(source + u"/sub/deep/file"_s, "content");
        write(source + u"/run.sh"_s, "#!/bin/sh\n");
        ::chmod(QFile::encodeName(source + u"/run.sh"_s).constData(), 0755);
        QFile::link(u"/etc/passwd"_s, source + u"/link"_s);
        ::mkfifo(QFile::encodeName(source + u"/fifo"_s).constData(), 0600);

        const auto tar = packTree(source, {1234, 1234});
        QVERIFY(tar);
        const auto entries = entriesOf(*tar);
        QVERIFY(entries);
        QStringList names;
        for (const FileEntry &entry : *entries)
            names.append(entry.path);
        // The FIFO is left out; what is deeper is not listed.
        QCOMPARE(names, (QStringList{u"link"_s, u"run.sh"_s, u"sub"_s}));
        QCOMPARE(entries->at(0).linkTarget, u"/etc/passwd"_s);

        const QString target = m_environment.path(u"out"_s);
        QDir().mkpath(target);
        QVERIFY(unpackTree(*tar, target));
        QCOMPARE(contentOf(target + u"/tree/sub/deep/file"_s), "content");
        QVERIFY(QFileInfo(target + u"/tree/run.sh"_s).isExecutable());
        QVERIFY(!QFileInfo(target + u"/tree/link"_s).isSymLink());
        // What exists is not replaced.
        QVERIFY(!unpackTree(*tar, target));
    }

    void hostileArchivesStayInside()
    {
        const QString source = m_environment.path(u"hostile"_s);
        QDir().mkpath(source);
        write(source + u"/evil"_s, "evil");
        const QString target = m_environment.path(u"t/target"_s);
        QDir().mkpath(target);
        const QByteArray climbing =
            tarOf(source, {u"-P"_s, u"--transform=s,^evil,../escaped,"_s, u"evil"_s});
        const auto refused = unpackTree(climbing, target);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(!QFile::exists(m_environment.path(u"t/escaped"_s)));

        // Through a link that lies in the folder already.
        QDir().mkpath(m_environment.path(u"victim"_s));
        QFile::link(m_environment.path(u"victim"_s), target + u"/way"_s);
        const QByteArray through = tarOf(source, {u"--transform=s,^evil,way/evil,"_s, u"evil"_s});
        QVERIFY(!unpackTree(through, target));
        QVERIFY(QDir(m_environment.path(u"victim"_s)).isEmpty());
        // Control: the tar program itself goes through the link.
        QProcess tar;
        tar.start(u"tar"_s, {u"-C"_s, target, u"--keep-directory-symlink"_s, u"-xf"_s, u"-"_s});
        QVERIFY(tar.waitForStarted());
        tar.write(through);
        tar.closeWriteChannel();
        QVERIFY(tar.waitForFinished());
        QCOMPARE(contentOf(m_environment.path(u"victim/evil"_s)), "evil");
    }

    void tooLargeIsRefused()
    {
        const QString source = m_environment.path(u"large"_s);
        QDir().mkpath(source);
        write(source + u"/file"_s, QByteArray(10'000, 'x'));
        const auto tar = packTree(source, {}, 5'000);
        QVERIFY(!tar);
        QCOMPARE(tar.error().kind, ErrorKind::FileTooLarge);
        QCOMPARE(packTree(source + u"/nothing"_s, {}).error().kind, ErrorKind::FileNotFound);
    }

    // The collecting form of execute(), on a sandbox in memory.
    void collectedCommands()
    {
        test::FakeSandbox sandbox;
        std::optional<Result<CommandResult>> answer;
        sandbox.run({.argv = {u"true"_s}}).then(this, [&](auto result) { answer = result; });
        QTRY_VERIFY(answer);
        QCOMPARE(answer->error().kind, ErrorKind::NotInitialized);
    }
};

QTEST_GUILESS_MAIN(tst_FileArchive)
#include "tst_FileArchive.moc"
