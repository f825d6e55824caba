// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/XdgPaths.h"
#include "core/control/ControlClient.h"
#include "tests/support/TestEnvironment.h"

#include <QFileInfo>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

#include <csignal>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;

/// The program itself, as a person starts it: own folders, no engine.
class tst_Program : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_environment = std::make_unique<TestEnvironment>();
        qputenv("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        const auto paths = XdgPaths::fromEnvironment();
        QVERIFY(paths);
        m_paths = *paths;
    }

    void opensWithoutAnEngineAndEndsCleanly()
    {
        QProcess program;
        start(program);
        QCOMPARE(ownerProgram(), u"paddock"_s);
        ::kill(static_cast<pid_t>(program.processId()), SIGTERM);
        QVERIFY(program.waitForFinished(15'000));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
        QVERIFY(!QFileInfo::exists(m_paths.controlSocket()));
        // The place of the window was kept although it ended by a signal.
        QVERIFY(QFileInfo::exists(m_paths.state + u"/window.ini"_s));
    }

    void endsWhenAskedToHandOver()
    {
        QProcess program;
        start(program);
        control::ControlClient client;
        bool answered = false;
        client.connectTo(m_paths.controlSocket()).then(this, [&](const Result<Done> &connected) {
            QVERIFY(connected);
            client.call(u"owner.shutdown"_s).then(this, [&](const Result<QJsonObject> &) {
                answered = true;
            });
        });
        QTRY_VERIFY(answered);
        QTRY_COMPARE_WITH_TIMEOUT(program.state(), QProcess::NotRunning, 15'000);
        QCOMPARE(program.exitCode(), 0);
    }

    void aSecondOneStaysOpenAndTouchesNothing()
    {
        QProcess first;
        start(first);
        QProcess second;
        second.start(builtProgram(u"paddock"_s), {});
        QVERIFY(second.waitForStarted());
        // The first goes on serving while the second shows why it does not.
        QVERIFY(!second.waitForFinished(1'500));
        QCOMPARE(ownerProgram(), u"paddock"_s);
        second.terminate();
        QVERIFY(second.waitForFinished(15'000));
        QCOMPARE(second.exitCode(), 0);
        QCOMPARE(ownerProgram(), u"paddock"_s);
        first.terminate();
        QVERIFY(first.waitForFinished(15'000));
    }

    void versionAndHelp()
    {
        QProcess program;
        program.start(builtProgram(u"paddock"_s), {u"--version"_s});
        QVERIFY(program.waitForFinished(15'000));
        QCOMPARE(program.exitCode(), 0);
        QVERIFY(program.readAllStandardOutput().contains('.'));
    }

private:
    void start(QProcess &program)
    {
        program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        program.start(builtProgram(u"paddock"_s), {});
        QVERIFY(program.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(m_paths.controlSocket()), 15'000);
    }
    QString ownerProgram()
    {
        control::ControlClient client;
        QString program;
        client.connectTo(m_paths.controlSocket()).then(this, [&](const Result<Done> &connected) {
            if (!connected) {
                program = connected.error().toString();
                return;
            }
            client.call(u"owner.info"_s).then(this, [&](const Result<QJsonObject> &answer) {
                program =
                    answer ? answer->value("program"_L1).toString() : answer.error().toString();
            });
        });
        [&program] { QTRY_VERIFY(!program.isEmpty()); }();
        return program;
    }

    std::unique_ptr<TestEnvironment> m_environment;
    XdgPaths m_paths;
};

QTEST_GUILESS_MAIN(tst_Program)
#include "tst_Program.moc"
