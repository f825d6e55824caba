// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The owner is killed again and again while an agent writes 20 MB and holds a conversation.
// Everything must have arrived once and in order, and the agent must be the first one.

#include "core/sandbox/link/LocalShim.h"
#include "tests/support/TestEnvironment.h"
#include "tests/unit/shimlink/NumberedLines.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

#include <csignal>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;

namespace {

constexpr unsigned long kLines = 210000; // 20 MB
constexpr int kPrompts = 300;
constexpr int kKills = 24;

} // namespace

class tst_KilledOwner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingOnce_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::newRow("messages") << u"lines"_s;
        QTest::newRow("terminal") << u"terminal"_s;
    }

    void everythingOnce()
    {
        QFETCH(QString, mode);
        const bool terminal = mode == u"terminal";
        test::TestEnvironment environment;
        for (const QString &folder : {u"run"_s, u"spool"_s, u"store"_s})
            QVERIFY(QDir().mkpath(environment.path(folder)));
        LocalShimOptions options;
        options.program = test::builtProgram(u"paddock-shim"_s);
        options.runFolder = environment.path(u"run"_s);
        options.spoolFolder = environment.path(u"spool"_s);
        LocalShim shim(options);
        QVERIFY(shim.start());

        const QString stream = environment.path(terminal ? u"store/terminal"_s : u"store/acp"_s);
        const QString tests = test::builtProgram(u"../tests/stored_owner"_s);
        const QStringList arguments{environment.path(u"run"_s),
                                    environment.path(u"store"_s),
                                    mode,
                                    test::builtProgram(u"../tests/numbered_agent"_s),
                                    QString::number(kLines),
                                    QString::number(kPrompts)};
        QRandomGenerator random(20);
        int kills = 0;
        for (;;) {
            QProcess owner;
            owner.setProcessChannelMode(QProcess::ForwardedChannels);
            owner.start(tests, arguments);
            QVERIFY(owner.waitForStarted());
            if (kills == kKills) {
                QVERIFY(owner.waitForFinished(50000));
                QCOMPARE(owner.exitStatus(), QProcess::NormalExit);
                QCOMPARE(owner.exitCode(), 0);
                break;
            }
            // After some more bytes; every fourth at once, in the middle of starting and greeting.
            const qint64 target = QFileInfo(stream).size() + random.bounded(600000);
            const int patience = kills % 4 == 3 ? random.bounded(60) : 3000;
            QElapsedTimer waited;
            waited.start();
            while (QFileInfo(stream).size() < target && waited.elapsed() < patience &&
                   owner.state() == QProcess::Running) {
                QTest::qWait(1);
            }
            if (owner.state() != QProcess::Running) {
                QCOMPARE(owner.exitCode(), 0);
                break;
            }
            ::kill(static_cast<pid_t>(owner.processId()), SIGKILL);
            QVERIFY(owner.waitForFinished());
            ++kills;
        }
        QVERIFY2(kills >= 15, qPrintable(QString::number(kills)));

        QFile file(stream);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.size() > 20 * 1000 * 1000);
        unsigned long lines = 0;
        int answers = 0;
        while (!file.atEnd()) {
            QByteArray line = file.readLine();
            line.chop(terminal ? 2 : 1);
            if (line.startsWith("answer")) {
                QCOMPARE(line, "answer to prompt " + QByteArray::number(++answers));
            } else if (terminal && (line == "bye" || line.isEmpty())) {
                continue; // echo
            } else {
                const std::string expected = test::numberedLine(++lines);
                QCOMPARE(line, QByteArray::fromStdString(expected));
            }
        }
        QCOMPARE(lines, kLines);
        QCOMPARE(answers, terminal ? 0 : kPrompts);
    }
};

QTEST_GUILESS_MAIN(tst_KilledOwner)
#include "tst_KilledOwner.moc"
