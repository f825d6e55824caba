// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/DemoRepository.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace paddock::gateway;
using namespace Qt::StringLiterals;

class tst_DemoRepository : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isPartOfTheProgram()
    {
        QTemporaryDir folder;
        QVERIFY(writeDemoRepository(folder.filePath(u"a/b"_s)));
        const auto files = demoRepositoryFiles();
        QVERIFY(files.size() >= 4);
        for (const DemoFile &file : files) {
            QFile written(folder.filePath(u"a/b/"_s + file.path));
            QVERIFY(written.open(QIODevice::ReadOnly));
            QCOMPARE(written.readAll(), file.content);
        }
    }

    /// The script's edit replaces a text that is there, exactly once.
    void fitsItsScript()
    {
        QFile script(u":/paddock/demo/scripts/demo.json"_s);
        QVERIFY(script.open(QIODevice::ReadOnly));
        QByteArray source;
        for (const DemoFile &file : demoRepositoryFiles()) {
            if (file.path == u"src/wordcount.js")
                source = file.content;
        }
        QCOMPARE(source.count("  return text.split(' ').length;"), 1);
        QVERIFY(script.readAll().contains(R"("old_string": "  return text.split(' ').length;")"));
    }

    void saysWhereItCannotWrite()
    {
        const auto written = writeDemoRepository(u"/proc/nowhere"_s);
        QVERIFY(!written);
        QVERIFY(written.error().message.contains(u"/proc/nowhere"_s));
        QVERIFY(!written.error().remedy.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_DemoRepository)
#include "tst_DemoRepository.moc"
