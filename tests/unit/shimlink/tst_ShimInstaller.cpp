// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/ShimInstaller.h"
#include "tests/support/TestEnvironment.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;

namespace {

bool writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

mode_t modeOf(const QString &path)
{
    struct stat status = {};
    return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 07777 : 0;
}

} // namespace

class tst_ShimInstaller : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void copiesUnderItsHash()
    {
        const test::TestEnvironment environment;
        const QString program = environment.path(u"program"_s);
        QVERIFY(writeFile(program, "version one"));
        const ShimInstaller installer(environment.path(u"data"_s));
        const Result<QString> installed = installer.install(program);
        QVERIFY(installed);
        const QString hash = QString::fromLatin1(
            QCryptographicHash::hash("version one", QCryptographicHash::Sha256).toHex());
        QCOMPARE(*installed, environment.path(u"data/shim/"_s + hash + u"/paddock-shim"_s));
        QCOMPARE(readFile(*installed), "version one");
        QCOMPARE(modeOf(*installed), mode_t{0555});
        QCOMPARE(QDir(QFileInfo(*installed).path()).entryList(QDir::Files | QDir::Hidden).size(),
                 1);

        // Again: the same file, not a new one, as a container may have it mounted.
        struct stat before = {};
        struct stat after = {};
        QCOMPARE(::stat(QFile::encodeName(*installed).constData(), &before), 0);
        QVERIFY(installer.install(program));
        QCOMPARE(::stat(QFile::encodeName(*installed).constData(), &after), 0);
        QCOMPARE(after.st_ino, before.st_ino);

        // A newer one goes beside it.
        QVERIFY(writeFile(program, "version two"));
        const Result<QString> second = installer.install(program);
        QVERIFY(second);
        QVERIFY(*second != *installed);
        QCOMPARE(readFile(*installed), "version one");
    }

    void aCopyThatIsNotWhatItsNameSaysIsMadeAgain_data()
    {
        QTest::addColumn<int>("wrong");
        QTest::newRow("other bytes") << 0;
        QTest::newRow("cut short") << 1;
        QTest::newRow("writable") << 2;
        QTest::newRow("a link") << 3;
    }
    void aCopyThatIsNotWhatItsNameSaysIsMadeAgain()
    {
        QFETCH(int, wrong);
        const test::TestEnvironment environment;
        const QString program = environment.path(u"program"_s);
        QVERIFY(writeFile(program, "the program"));
        const ShimInstaller installer(environment.path(u"data"_s));
        const QString installed = installer.install(program).value_or(QString());
        if (wrong == 2) {
            QVERIFY(QFile::setPermissions(installed,
                                          QFile::permissions(installed) | QFile::WriteOwner));
        } else {
            QVERIFY(QFile::remove(installed));
            if (wrong == 3)
                QVERIFY(QFile::link(program, installed));
            else
                QVERIFY(writeFile(installed, wrong == 0 ? "the pr0gram" : "the"));
        }
        QCOMPARE(installer.install(program).value_or(QString()), installed);
        QCOMPARE(readFile(installed), "the program");
        QVERIFY(!QFileInfo(installed).isSymLink());
        QCOMPARE(modeOf(installed), mode_t{0555});
        QCOMPARE(readFile(program), "the program");
    }

    void findsTheNamedOneOrSaysWhatToDo()
    {
        const test::TestEnvironment environment;
        const QString program = environment.path(u"mine"_s);
        QVERIFY(writeFile(program, "mine"));
        qputenv("PADDOCK_SHIM", QFile::encodeName(program));
        QCOMPARE(ShimInstaller::find().value_or(QString()), program);
        QVERIFY(ShimInstaller(environment.path(u"data"_s)).install());
        qputenv("PADDOCK_SHIM", "/nonexistent");
        const Result<QString> missing = ShimInstaller(environment.path(u"data"_s)).install();
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::FileNotFound);
        QVERIFY(!missing.error().remedy.isEmpty());
        qunsetenv("PADDOCK_SHIM");
        // Not next to the tests.
        QVERIFY(!ShimInstaller::find());
    }

    void aFolderThatCannotBeMade()
    {
        const test::TestEnvironment environment;
        const QString program = environment.path(u"program"_s);
        QVERIFY(writeFile(program, "the program"));
        QVERIFY(writeFile(environment.path(u"file"_s), "a file"));
        QVERIFY(!ShimInstaller(environment.path(u"file"_s)).install(program));
    }
};

QTEST_GUILESS_MAIN(tst_ShimInstaller)
#include "tst_ShimInstaller.moc"
