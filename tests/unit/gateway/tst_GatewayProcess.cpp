// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeProvider.h"
#include "tests/support/GatewayFixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocalSocket>
#include <QProcess>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::gateway;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

/// A process that ended may wait to be reaped by init for a while.
bool isRunning(qint64 pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray stat = file.readAll();
    return stat.mid(stat.lastIndexOf(')') + 2, 1) != "Z";
}

} // namespace

/// The process: its doors and its owners.
class tst_GatewayProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_environment.emplace();
        m_gateway.emplace(*m_environment);
        const auto info = await(m_gateway->client().ensureRunning());
        QVERIFY2(info.has_value(), info ? "" : qPrintable(info.error().toString()));
        m_pid = info->pid;
        QVERIFY(!info->adopted);
    }
    void cleanup()
    {
        m_gateway.reset();
        QTRY_VERIFY(!isRunning(m_pid)); // it really ended
        m_environment.reset();
    }

    void isAProcessThatMayHoldKeys()
    {
        QFile limits(u"/proc/%1/limits"_s.arg(m_pid));
        QVERIFY(limits.open(QIODevice::ReadOnly));
        QVERIFY(limits.readAll().contains("Max core file size        0                    0"));
        QFile status(u"/proc/%1/status"_s.arg(m_pid));
        QVERIFY(status.open(QIODevice::ReadOnly));
        QVERIFY(status.readAll().contains("NoNewPrivs:\t1"));
        // Not dumpable: its files in /proc belong to root, whoever runs it (control: ours do not
        // unless we are root, where the owner tells nothing).
        if (::geteuid() != 0) {
            QCOMPARE(QFileInfo(u"/proc/%1/mem"_s.arg(m_pid)).ownerId(), 0U);
            QCOMPARE(QFileInfo(u"/proc/self/mem"_s).ownerId(), ::geteuid());
        }
        // A session of its own: it does not end with the terminal or its starter.
        QCOMPARE(::getsid(static_cast<pid_t>(m_pid)) != ::getsid(0), true);
        QCOMPARE(QFileInfo(m_gateway->folder()).permissions() &
                     (QFile::ReadGroup | QFile::ReadOther | QFile::ExeOther),
                 QFile::Permissions());
    }

    /// The owner is replaced; doors, keys and requests go on.
    void outlivesItsOwner()
    {
        FakeProvider provider("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        provider.closesAfter = false;
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        QLocalSocket agent;
        agent.connectToServer(door.runFolder + u"/model.sock"_s);
        agent.write(postRequest("/v1/messages", "{}"));
        QTRY_VERIFY(provider.isAnswered);
        m_gateway->replaceOwner();
        const auto info = await(m_gateway->client().ensureRunning());
        QVERIFY(info.has_value());
        QVERIFY(info->adopted);
        QCOMPARE(info->pid, m_pid);
        const auto sessions = await(m_gateway->client().sessions());
        QVERIFY(sessions.has_value());
        QCOMPARE(sessions->size(), 1);
        QVERIFY(sessions->at(0).hasKey);
        QCOMPARE(sessions->at(0).upstream, door.upstream);
        provider.sockets.first()->write("def");
        QByteArray got;
        QTRY_VERIFY((got += agent.readAll(), got.endsWith("abcdef")));
        // and the key can be taken away
        QVERIFY(await(m_gateway->client().setKey(SessionId{u"aaaaaaaa"_s}, {})));
        QCOMPARE(
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}")).status,
            503);
    }

    void tellsItsOwnerWhenItDies()
    {
        QVERIFY(await(m_gateway->client().addSession(m_gateway->demoDoor(u"aaaaaaaa"_s))));
        QSignalSpy lost(&m_gateway->client(), &GatewayClient::connectionLost);
        ::kill(static_cast<pid_t>(m_pid), SIGKILL);
        QTRY_COMPARE(lost.size(), 1);
        // B14: another one is started, opens the same door where the dead one left its socket, and
        // without being given a key says so.
        const auto info = await(m_gateway->client().ensureRunning());
        QVERIFY(info.has_value());
        QVERIFY(!info->adopted);
        QVERIFY(info->pid != m_pid);
        m_pid = info->pid;
        const DoorOptions door = m_gateway->demoDoor(u"aaaaaaaa"_s);
        QVERIFY(await(m_gateway->client().addSession(door)));
        QCOMPARE(exchange(door.runFolder + u"/model.sock"_s,
                          postRequest("/v1/messages", messagesBody(u"x"_s)))
                     .status,
                 200);
    }

    /// B11, second half: after the end of its session a socket is gone, and what held it is cut.
    void closesDoors()
    {
        FakeProvider provider("");
        provider.isSilent = true;
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        QLocalSocket agent;
        agent.connectToServer(door.runFolder + u"/model.sock"_s);
        agent.write(postRequest("/v1/messages", "{}"));
        QTRY_COMPARE(provider.connections, 1);
        QVERIFY(await(m_gateway->client().removeSession(door.id)));
        QTRY_COMPARE(agent.state(), QLocalSocket::UnconnectedState);
        QVERIFY(!QFileInfo::exists(door.runFolder + u"/model.sock"_s));
        QLocalSocket late;
        late.connectToServer(door.runFolder + u"/model.sock"_s);
        QVERIFY(!late.waitForConnected(500));
        QVERIFY(await(m_gateway->client().removeSession(door.id))); // again
        QCOMPARE(await(m_gateway->client().sessions())->size(), 0);
    }

    /// B12: only processes of the container, as far as the kernel tells.
    void asksWhoIsThere()
    {
        const DoorOptions door = m_gateway->demoDoor(u"aaaaaaaa"_s);
        QVERIFY(await(m_gateway->client().addSession(door)));
        const QByteArray request = postRequest("/v1/messages", messagesBody(u"x"_s));
        QCOMPARE(exchange(door.runFolder + u"/model.sock"_s, request).status, 200);
        QVERIFY(await(m_gateway->client().setContainer(door.id, ContainerId{QString(64, u'a')})));
        const RawAnswer refused = exchange(door.runFolder + u"/model.sock"_s, request);
        QCOMPARE(refused.status, 403);
        QVERIFY(refused.body.contains("does not belong"));
    }

    void refusesDoors_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<int>("folderMode");
        QTest::newRow("http elsewhere") << u"http://example.com"_s << 0700;
        QTest::newRow("user in the address") << u"https://a:b@example.com"_s << 0700;
        QTest::newRow("no host") << u"https:///x"_s << 0700;
        QTest::newRow("file") << u"file:///etc/passwd"_s << 0700;
        QTest::newRow("folder open to others") << u"https://example.com"_s << 0777;
    }
    void refusesDoors()
    {
        QFETCH(QString, url);
        QFETCH(int, folderMode);
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, QUrl(url));
        ::chmod(qPrintable(door.runFolder), static_cast<mode_t>(folderMode));
        const auto added = await(m_gateway->client().addSession(door));
        QVERIFY(!added);
        QVERIFY(!added.error().message.isEmpty());
        QVERIFY(!QFileInfo::exists(door.runFolder + u"/model.sock"_s));
    }

    void leavesForeignFilesAlone()
    {
        const DoorOptions door = m_gateway->demoDoor(u"aaaaaaaa"_s);
        QFile file(door.runFolder + u"/model.sock"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("mine");
        file.close();
        const auto added = await(m_gateway->client().addSession(door));
        QVERIFY(!added);
        QCOMPARE(added.error().kind, ErrorKind::Conflict);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), "mine");
        // a link as run folder is refused too
        DoorOptions linked = door;
        linked.runFolder = m_environment->path(u"link"_s);
        QVERIFY(QFile::link(door.runFolder, linked.runFolder));
        QVERIFY(!await(m_gateway->client().addSession(linked)));
    }

    void worksBelowALongPath()
    {
        // sun_path holds 107 bytes; XDG folders may be deeper.
        DoorOptions door = m_gateway->demoDoor(u"aaaaaaaa"_s);
        door.runFolder = m_environment->path(QString(60, u'd') + u'/' + QString(60, u'e'));
        QVERIFY(makePrivateFolder(door.runFolder));
        QVERIFY(await(m_gateway->client().addSession(door)));
        QVERIFY(QFileInfo::exists(door.runFolder + u"/model.sock"_s));
        GatewayClientOptions options;
        options.folder = m_environment->path(QString(60, u'f') + u'/' + QString(60, u'g'));
        options.program = builtProgram(u"paddock-gateway"_s);
        GatewayClient other(options);
        const auto info = await(other.ensureRunning());
        QVERIFY(info.has_value());
        QVERIFY(info->pid != m_pid); // instances do not see each other
        QVERIFY(await(other.shutdown()));
    }

    /// A person deletes the state: what nobody can reach any more does not stay for ever.
    void endsWithItsFolders()
    {
        const DoorOptions door = m_gateway->demoDoor(u"aaaaaaaa"_s);
        QVERIFY(await(m_gateway->client().addSession(door)));
        QVERIFY(await(m_gateway->client().addSession(m_gateway->demoDoor(u"bbbbbbbb"_s))));
        QVERIFY(QDir(door.runFolder).removeRecursively());
        QTRY_COMPARE_WITH_TIMEOUT(await(m_gateway->client().sessions())->size(), 1, 20'000);
        QVERIFY(QDir(m_gateway->folder()).removeRecursively());
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning(m_pid), 20'000);
    }

    void isThereOnlyOnce()
    {
        GatewayClientOptions options;
        options.folder = m_gateway->folder();
        options.program = builtProgram(u"paddock-gateway"_s);
        GatewayClient second(options);
        const auto info = await(second.ensureRunning());
        QVERIFY(info && info->adopted);
        QCOMPARE(info->pid, m_pid);
        QProcess program;
        program.start(options.program, {u"--folder"_s, options.folder});
        QVERIFY(program.waitForFinished());
        QCOMPARE(program.exitCode(), 0);
        QVERIFY(program.readAllStandardError().contains("Another gateway"));
        QCOMPARE(await(second.sessions())->size(), 0); // the first still serves
    }

    void saysWhyItCannotStart()
    {
        GatewayClientOptions options;
        options.folder = m_environment->path(u"nowhere"_s);
        GatewayClient none(options);
        const auto missing = await(none.ensureRunning());
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::GatewayUnavailable);
        QVERIFY(!missing.error().remedy.isEmpty());
        options.program = u"/bin/false"_s;
        options.startTimeout = std::chrono::milliseconds(300);
        GatewayClient broken(options);
        QCOMPARE(await(broken.ensureRunning()).error().kind, ErrorKind::GatewayUnavailable);
        QCOMPARE(await(broken.sessions()).error().kind, ErrorKind::GatewayUnavailable);
    }

private:
    std::optional<TestEnvironment> m_environment;
    std::optional<GatewayFixture> m_gateway;
    qint64 m_pid = 0;
};

QTEST_GUILESS_MAIN(tst_GatewayProcess)
#include "tst_GatewayProcess.moc"
