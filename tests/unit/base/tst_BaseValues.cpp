// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Bytes.h"
#include "core/base/Error.h"
#include "core/base/Ids.h"
#include "core/base/XdgPaths.h"
#include "tests/support/TestEnvironment.h"

#include <QFileInfo>
#include <QSet>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace Qt::StringLiterals;

class tst_BaseValues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void byteSizes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("bytes"); // -1: refused
        QTest::newRow("bytes") << u"1048576"_s << qint64{1048576};
        QTest::newRow("512m") << u"512m"_s << 512 * kMiB;
        QTest::newRow("1.5g") << u"1.5g"_s << 1536 * kMiB;
        QTest::newRow("4 GiB") << u"4 GiB"_s << 4 * kGiB;
        QTest::newRow("b") << u"12b"_s << qint64{12};
        QTest::newRow("empty") << QString() << qint64{-1};
        QTest::newRow("negative") << u"-1m"_s << qint64{-1};
        QTest::newRow("fraction of bytes") << u"1.5"_s << qint64{-1};
        QTest::newRow("unit only") << u"m"_s << qint64{-1};
        QTest::newRow("unknown unit") << u"5x"_s << qint64{-1};
        QTest::newRow("overflow") << u"99999999999999999t"_s << qint64{-1};
        QTest::newRow("newline") << u"5m\nx"_s << qint64{-1};
    }
    void byteSizes()
    {
        QFETCH(QString, text);
        QFETCH(qint64, bytes);
        QCOMPARE(parseByteSize(text).value_or(-1), bytes);
    }

    void bytesAreWritten()
    {
        QCOMPARE(formatByteSize(4 * kGiB), u"4 GiB"_s);
        QCOMPARE(formatByteSize(1536 * kMiB), u"1.5 GiB"_s);
        QCOMPARE(formatByteSize(700), u"700 B"_s);
    }

    void everyErrorKindHasOneRow()
    {
        QSet<QString> names;
        for (int i = 0; i <= static_cast<int>(ErrorKind::ProviderFailed); ++i) {
            const auto &info = errorKindInfo(static_cast<ErrorKind>(i));
            const QString name = QString::fromLatin1(info.name);
            QVERIFY(!names.contains(name));
            names.insert(name);
            QCOMPARE(errorKindFromName(name), static_cast<ErrorKind>(i));
        }
        QVERIFY(!errorKindFromName(u"nonsense"_s).has_value());
        QCOMPARE(categoryName(Category::PermissionDenied), u"permission-denied"_s);
        QCOMPARE(categoryName(Category::Internal), u"internal"_s);
    }

    void slugs_data()
    {
        QTest::addColumn<QString>("title");
        QTest::addColumn<QString>("slug");
        QTest::newRow("plain") << u"Cart totals lose cents"_s << u"cart-totals-lose-cents"_s;
        QTest::newRow("accents") << u"Größe ändern"_s << u"gro-e-andern"_s;
        QTest::newRow("nothing left") << u"日本語"_s << u"session"_s;
        QTest::newRow("path") << u"../../etc"_s << u"etc"_s;
        QTest::newRow("option") << u"--upload-pack=x"_s << u"upload-pack-x"_s;
        QTest::newRow("lock") << u"a.lock"_s << u"a-lock"_s;
    }
    void slugs()
    {
        QFETCH(QString, title);
        QTEST(slugOf(title), "slug");
    }

    void shortIds()
    {
        QSet<QString> ids;
        for (int i = 0; i < 1000; ++i) {
            const QString id = randomShortId();
            QVERIFY(sessionIdFromText(id).has_value());
            ids.insert(id);
        }
        QCOMPARE(ids.size(), 1000);
        QVERIFY(!sessionIdFromText(u"../etc12"_s).has_value());
        QVERIFY(!sessionIdFromText(u"ABCDEFGH"_s).has_value());
    }

    void foldersArePrivateWhateverTheUmask()
    {
        test::TestEnvironment environment;
        const mode_t old = ::umask(0);
        const auto paths = XdgPaths::fromEnvironment();
        QVERIFY(paths.has_value());
        QVERIFY(paths->create().has_value());
        ::umask(old);
        struct stat info = {};
        for (const QString &folder : {paths->data, paths->state, paths->runtime}) {
            QCOMPARE(::stat(QFile::encodeName(folder).constData(), &info), 0);
            QCOMPARE(info.st_mode & 0777, mode_t{0700});
        }
        QVERIFY(paths->data.startsWith(environment.path()));
    }

    void missingRuntimeFolderIsTold()
    {
        test::TestEnvironment environment;
        qputenv("XDG_RUNTIME_DIR", "/nonexistent/x");
        const auto paths = XdgPaths::fromEnvironment();
        QVERIFY(!paths.has_value());
        QCOMPARE(paths.error().kind, ErrorKind::RuntimeFolderMissing);
        QVERIFY(!paths.error().remedy.isEmpty());
        qunsetenv("XDG_RUNTIME_DIR");
        QVERIFY(!XdgPaths::fromEnvironment().has_value());
    }
};

QTEST_GUILESS_MAIN(tst_BaseValues)
#include "tst_BaseValues.moc"
