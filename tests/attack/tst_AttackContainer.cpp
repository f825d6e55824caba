// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Attacks from inside a container that was made from the real compiled spec on the real engine.
// Each case runs the same attack where the defence is off, and must see it work there.
#include "tests/attack/AttackBench.h"
#include "tests/attack/Surface.h"

#include <QJsonArray>
#include <QLocalServer>
#include <QTcpSocket>
#include <QTest>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::test;

namespace {

/// Engines write an absent list as null; the meaning is the same.
bool isNothing(const QJsonValue &value)
{
    return value.isNull() || value.isUndefined() ||
           (value.isArray() && value.toArray().isEmpty()) ||
           (value.isObject() && value.toObject().isEmpty()) ||
           (value.isString() && value.toString().isEmpty());
}

/// Paths of what \a asked has and \a actual has differently.
QStringList differences(const QJsonValue &asked, const QJsonValue &actual, const QString &path)
{
    if (isNothing(asked) && isNothing(actual))
        return {};
    if (asked.isBool() && !asked.toBool() && actual.isUndefined())
        return {};
    if (asked.isObject() && actual.isObject()) {
        QStringList all;
        const QJsonObject fields = asked.toObject();
        for (auto it = fields.begin(); it != fields.end(); ++it)
            all += differences(*it, actual[it.key()], path + u'.' + it.key());
        return all;
    }
    if (asked.isArray() && actual.isArray() && asked.toArray().size() == actual.toArray().size()) {
        QStringList all;
        for (int i = 0; i < asked.toArray().size(); ++i)
            all += differences(asked[i], actual[i], path + u'.' + QString::number(i));
        return all;
    }
    return asked == actual ? QStringList() : QStringList{path};
}

QString statusField(const QByteArray &status, const QByteArray &name)
{
    for (const QByteArray &line : status.split('\n')) {
        if (line.startsWith(name + ':'))
            return QString::fromLatin1(line.mid(name.size() + 1)).simplified();
    }
    return u"<missing>"_s;
}

const QList<QByteArray> kCapabilitySets{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
const QString kNoCapabilities(16, u'0');

} // namespace

class tst_AttackContainer : public QObject
{
    Q_OBJECT

    TestEnvironment m_environment;
    std::unique_ptr<AttackBench> m_bench;

    [[nodiscard]] bool isAlive(qint64 pid, const ContainerId &container) const
    {
        QFile cgroup(u"/proc/%1/cgroup"_s.arg(pid));
        return cgroup.open(QIODevice::ReadOnly) &&
               cgroup.readAll().contains(container.value.toLatin1());
    }

    [[nodiscard]] QList<qint64> processesOf(const ContainerId &container)
    {
        QList<qint64> all;
        const auto table = await(m_bench->engine().containers().top(container));
        if (!table)
            return all;
        const qsizetype column = table->titles.indexOf(u"PID"_s);
        for (const QStringList &row : table->rows)
            all.append(row.value(column).toLongLong());
        return all;
    }

private Q_SLOTS:
    void initTestCase() { m_bench = std::make_unique<AttackBench>(); }
    void cleanupTestCase() { m_bench.reset(); }

    // What the engine made is what was asked, and passes the benchmark; a plain container does not.
    void A1()
    {
        SealedSession session(*m_bench, m_environment);
        session.start();
        const QJsonObject actual = m_bench->inspect(session.id());
        const auto request = session.fixture().request(session.spec(), m_bench->posture());

        QJsonObject asked = request.body;
        const QJsonObject host = asked.take(u"HostConfig"_s).toObject();
        QJsonObject config = asked;
        // The engine adds the image's labels and variables to ours; ours are there and win.
        const QJsonArray variables = config.take(u"Env"_s).toArray();
        const QJsonArray actualVariables = actual[u"Config"][u"Env"].toArray();
        for (const QJsonValue &variable : variables)
            QVERIFY2(actualVariables.contains(variable), qPrintable(variable.toString()));
        QVERIFY(!actualVariables.contains(QJsonValue(u"HOME=/evil"_s)));
        QVERIFY(!actualVariables.contains(QJsonValue(u"http_proxy=http://evil:1"_s)));
        config.remove(u"ExposedPorts"_s); // documentation without PortBindings, checked below
        // An engine fills in the runtime it uses.
        QJsonObject wanted = host;
        if (wanted[u"Runtime"].toString().isEmpty())
            wanted.insert(u"Runtime"_s, m_bench->posture().defaultRuntime);
        QCOMPARE(differences(config, actual[u"Config"], u"Config"_s), QStringList());
        QCOMPARE(differences(wanted, actual[u"HostConfig"], u"HostConfig"_s).join(u" "_s),
                 QString());

        // Nothing but the mounts that were asked for: no volume of the image.
        QCOMPARE(actual[u"Mounts"].toArray().size(), host[u"Mounts"].toArray().size());
        for (const QJsonValue &mount : actual[u"Mounts"].toArray())
            QCOMPARE(mount[u"Type"].toString(), u"bind"_s);

        QCOMPARE(failedBenchmarkChecks(actual), QStringList());
        if (m_bench->posture().appArmor)
            QVERIFY(!actual[u"AppArmorProfile"].toString().isEmpty());

        // Control: the same checks find a container without walls, and the image's wishes come
        // true.
        const auto plain = m_bench->startPlain({{u"NetworkMode"_s, u"host"_s}}, QString());
        const QStringList failed = failedBenchmarkChecks(m_bench->inspect(plain));
        QVERIFY2(failed.size() >= 10, qPrintable(failed.join(u", "_s)));
        QVERIFY(m_bench->inspect(plain)[u"Mounts"].toArray().size() == 1);
        QCOMPARE(m_bench->inspect(plain)[u"Config"][u"StopSignal"].toString(), u"SIGWINCH"_s);
    }

    void A2()
    {
        SealedSession session(*m_bench, m_environment);
        session.start();
        for (const auto &file : {u"/proc/1/status"_s, u"/proc/self/status"_s}) {
            const QByteArray status =
                m_bench->output(session.id(),
                                {u"/bin/cat"_s, file},
                                u"%1:%2"_s.arg(session.spec().uid).arg(session.spec().gid));
            for (const QByteArray &set : kCapabilitySets)
                QCOMPARE(statusField(status, set), kNoCapabilities);
            QCOMPARE(statusField(status, "NoNewPrivs"), u"1"_s);
            QCOMPARE(statusField(status, "Seccomp"), u"2"_s);
            const QString id = QString::number(session.spec().uid);
            QCOMPARE(statusField(status, "Uid"), QStringList(4, id).join(u' '));
            QCOMPARE(statusField(status, "Groups"), QString::number(session.spec().gid));
        }
        QVERIFY(session.spec().uid != 0);
        // And it has a name, whatever users the image knows.
        QCOMPARE(m_bench->output(session.id(),
                                 {u"/bin/id"_s, u"-un"_s},
                                 u"%1:%2"_s.arg(session.spec().uid).arg(session.spec().gid)),
                 "agent\n");

        const auto plain = m_bench->startPlain(
            {{u"SecurityOpt"_s, QJsonArray{u"seccomp=unconfined"_s}}}, u"0:0"_s);
        const QByteArray status = m_bench->output(plain, {u"/bin/cat"_s, u"/proc/self/status"_s});
        QVERIFY(statusField(status, "CapEff") != kNoCapabilities);
        QCOMPARE(statusField(status, "NoNewPrivs"), u"0"_s);
        QCOMPARE(statusField(status, "Seccomp"), u"0"_s);
        QCOMPARE(statusField(status, "Uid"), u"0 0 0 0"_s);
    }

    void A3()
    {
        SealedSession session(*m_bench, m_environment);
        session.start();
        const Answers sealed = m_bench->probe(session.id(), {u"calls"_s});
        QVERIFY(sealed.size() >= 55);
        const QStringList refused{u"EPERM"_s, u"ENOSYS"_s, u"SIGSYS"_s};
        for (auto it = sealed.begin(); it != sealed.end(); ++it)
            QVERIFY2(refused.contains(*it), qPrintable(it.key() + u": "_s + *it));

        // What compilers, node, git and debuggers need still works.
        const Answers works = m_bench->probe(session.id(), {u"works"_s});
        QVERIFY(works.size() >= 13);
        for (auto it = works.begin(); it != works.end(); ++it)
            QVERIFY2(*it == u"ok", qPrintable(it.key() + u": "_s + *it));

        // Control: without a filter (same user, no capabilities either) these are open …
        const QJsonObject noPrivileges{{u"CapDrop"_s, QJsonArray{u"ALL"_s}},
                                       {u"Binds"_s, QJsonArray{scratch() + u":/workspace"_s}}};
        QJsonObject unconfined = noPrivileges;
        unconfined.insert(u"SecurityOpt"_s,
                          QJsonArray{u"no-new-privileges:true"_s, u"seccomp=unconfined"_s});
        const Answers open = m_bench->probe(m_bench->startPlain(unconfined), {u"calls"_s});
        for (const auto &call : {u"io_uring_setup"_s,
                                 u"keyctl"_s,
                                 u"add_key"_s,
                                 u"unshare_user"_s,
                                 u"clone_user"_s,
                                 u"clone3"_s,
                                 u"socket_vsock"_s,
                                 u"socket_uevent"_s,
                                 u"tiocsti"_s,
                                 u"tiocsti_high"_s,
                                 u"tiocsetd"_s,
                                 u"personality"_s,
                                 u"openat2"_s,
                                 u"setuid_chmod"_s,
                                 u"setuid_create"_s})
            QVERIFY2(open.value(call) == u"ok", qPrintable(call + u": "_s + open.value(call)));
        // … and the engine's own filter leaves these open, which is why there is one of our own.
        QJsonObject engineOwn = noPrivileges;
        engineOwn.insert(u"SecurityOpt"_s, QJsonArray{u"no-new-privileges:true"_s});
        const Answers byEngine = m_bench->probe(m_bench->startPlain(engineOwn), {u"calls"_s});
        if (m_bench->posture().serverVersion.startsWith(u"20.10")) {
            for (const auto &call : {u"io_uring_setup"_s, u"socket_vsock"_s, u"tiocsti"_s})
                QVERIFY2(byEngine.value(call) == u"ok", qPrintable(call));
        }
        // With the capability and without a filter, mounting works: the refusals are our doing.
        const auto admin = m_bench->startPlain(
            {{u"CapAdd"_s, QJsonArray{u"SYS_ADMIN"_s}},
             {u"SecurityOpt"_s, QJsonArray{u"seccomp=unconfined"_s, u"apparmor=unconfined"_s}}},
            u"0:0"_s);
        const QString mount = u"mount -t tmpfs none /tmp && echo MOUNTED"_s;
        QVERIFY(m_bench->shell(admin, mount).contains("MOUNTED"));
        QVERIFY(!m_bench->shell(session.id(), mount).contains("MOUNTED"));
    }

    void A4()
    {
        SealedSession session(*m_bench, m_environment);
        session.start();
        const QString user = u"%1:%2"_s.arg(session.spec().uid).arg(session.spec().gid);
        QCOMPARE(m_bench->output(session.id(), {u"/bin/setuid-probe"_s, u"euid"_s}, user).trimmed(),
                 "euid=" + QByteArray::number(session.spec().uid));
        // Control: without no-new-privileges the same file gives root.
        QCOMPARE(
            m_bench->output(m_bench->startPlain({}), {u"/bin/setuid-probe"_s, u"euid"_s}).trimmed(),
            "euid=0");
    }

    void A5()
    {
        SealedSession session(*m_bench, m_environment);
        session.start();
        const Answers answers = m_bench->probe(session.id(), {u"calls"_s});
        for (const auto &call :
             {u"mknod_device"_s, u"setuid_chmod"_s, u"setuid_create"_s, u"chown_root"_s})
            QCOMPARE(answers.value(call), u"EPERM"_s);
        (void)m_bench->shell(session.id(),
                             u"cd /workspace; mknod b b 8 0; mknod c c 1 3; mkfifo p; "
                             "cp /bin/probe s; chmod 4755 s; chmod 2755 s; chown 0:0 s; "
                             "tar cf t.tar s; mkdir -m 2777 g; true"_s);
        // A pipe is nobody's danger and stays possible; the rest did not happen.
        QVERIFY(QFile::exists(session.fixture().worktree() + u"/p"_s));
        QCOMPARE(dangerousEntries(session.fixture().worktree()), QStringList());

        // Control: a container as engines make them leaves all of it on the host.
        const QString folder = scratch();
        const auto plain =
            m_bench->startPlain({{u"Binds"_s, QJsonArray{folder + u":/workspace"_s}}}, u"0:0"_s);
        (void)m_bench->shell(
            plain, u"cd /workspace; mknod b b 8 0; cp /bin/probe s; chmod 4755 s; mkdir r"_s);
        QCOMPARE(dangerousEntries(folder), (QStringList{u"b"_s, u"r"_s, u"s"_s}));
        (void)m_bench->shell(plain, u"rm -rf /workspace/b /workspace/s /workspace/r"_s);
    }

    void A6()
    {
        SealedSession session(*m_bench, m_environment);
        session.start();
        const QStringList targets{u"/bin/busybox"_s,
                                  u"/etc/passwd"_s,
                                  u"/proc/sys/kernel/core_pattern"_s,
                                  u"/proc/sys/kernel/modprobe"_s,
                                  u"/proc/sys/vm/overcommit_memory"_s,
                                  u"/proc/sysrq-trigger"_s,
                                  u"/proc/irq/default_smp_affinity"_s,
                                  u"/sys/kernel/uevent_helper"_s,
                                  u"/sys/kernel/mm/transparent_hugepage/enabled"_s,
                                  u"/sys/fs/cgroup/release_agent"_s,
                                  u"/sys/fs/cgroup/memory/release_agent"_s,
                                  u"/sys/fs/cgroup/memory/notify_on_release"_s,
                                  u"/sys/fs/cgroup/cgroup.procs"_s,
                                  u"/sys/fs/cgroup/memory/memory.limit_in_bytes"_s,
                                  u"/paddock/bin/paddock-shim"_s,
                                  u"/workspace/.git"_s};
        const Answers sealed = m_bench->probe(session.id(), QStringList{u"openw"_s} + targets);
        QCOMPARE(sealed.size(), targets.size());
        const QStringList refused{u"EROFS"_s, u"EACCES"_s, u"ENOENT"_s, u"EPERM"_s};
        for (auto it = sealed.begin(); it != sealed.end(); ++it)
            QVERIFY2(refused.contains(*it), qPrintable(it.key() + u": "_s + *it));
        const QByteArray created = m_bench->shell(
            session.id(),
            u"for f in /x /bin/x /etc/x /paddock/x /run/paddock/x /paddock/objects/0/x; do "
            "touch $f && echo MADE $f; done; "
            "mv /workspace/.git /workspace/old && echo MOVED; rm -f /workspace/.git && echo REMOVED"_s);
        QVERIFY2(!created.contains("MADE") && !created.contains("MOVED") &&
                     !created.contains("REMOVED"),
                 created.constData());

        // Control: root in a container without these lists may open them (nothing is written).
        const auto plain =
            m_bench->startPlain({{u"ReadonlyPaths"_s, QJsonArray()},
                                 {u"MaskedPaths"_s, QJsonArray()},
                                 {u"SecurityOpt"_s, QJsonArray{u"apparmor=unconfined"_s}}},
                                u"0:0"_s);
        const Answers open = m_bench->probe(plain,
                                            {u"openw"_s,
                                             u"/proc/sys/kernel/core_pattern"_s,
                                             u"/proc/sys/vm/overcommit_memory"_s,
                                             u"/etc/passwd"_s});
        QCOMPARE(open.size(), 3);
        for (auto it = open.begin(); it != open.end(); ++it)
            QVERIFY2(*it == u"ok", qPrintable(it.key() + u": "_s + *it));
    }

    void A15()
    {
        SealedSession first(*m_bench, m_environment);
        SealedSession second(*m_bench, m_environment);
        first.start();
        second.start();
        const QString namespaces =
            u"for n in pid ipc net mnt uts cgroup; do readlink /proc/self/ns/$n; done"_s;
        const auto ofFirst = m_bench->shell(first.id(), namespaces).split('\n');
        const auto ofSecond = m_bench->shell(second.id(), namespaces).split('\n');
        QCOMPARE(ofFirst.size(), 7);
        for (int i = 0; i < 6; ++i)
            QVERIFY2(ofFirst.at(i) != ofSecond.at(i), ofFirst.at(i).constData());

        // Neither sees the other's processes, nor its folders by any name.
        QVERIFY(!m_bench->shell(first.id(), u"cat /proc/[0-9]*/environ"_s)
                     .contains(second.spec().session.value.toUtf8()));
        QVERIFY(m_bench->shell(first.id(), u"cat /proc/self/mountinfo"_s)
                    .contains(first.spec().session.value.toUtf8()));
        QVERIFY(!m_bench->shell(first.id(), u"cat /proc/self/mountinfo"_s)
                     .contains(second.spec().session.value.toUtf8()));
        (void)m_bench->shell(first.id(), u"echo mine > /home/agent/mark; echo mine > /tmp/mark"_s);
        QVERIFY(!m_bench->shell(second.id(), u"cat /home/agent/mark /tmp/mark"_s).contains("mine"));

        // A socket in the host's abstract namespace: only the host's network namespace has it.
        const QByteArray name = "paddock-attack-" + first.spec().session.value.toLatin1();
        const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::copy(name.begin(), name.end(), address.sun_path + 1);
        const auto length =
            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        QCOMPARE(::bind(listener, reinterpret_cast<sockaddr *>(&address), length), 0);
        QCOMPARE(::listen(listener, 4), 0);
        const QStringList words{u"abstract"_s, QString::fromLatin1(name)};
        QCOMPARE(m_bench->probe(first.id(), words).value(u"connect"_s), u"ECONNREFUSED"_s);
        const auto plain = m_bench->startPlain({{u"NetworkMode"_s, u"host"_s}});
        QCOMPARE(m_bench->probe(plain, words).value(u"connect"_s), u"ok"_s);
        ::close(listener);
    }

    void A16()
    {
        SealedSession session(*m_bench, m_environment);
        session.spec().profile.limits.stopGrace = std::chrono::seconds(2);
        session.start();
        const ContainerId container = session.id();
        (void)m_bench->probe(container, {u"daemonise"_s});
        const QList<qint64> running = processesOf(container);
        // Control: the exec is over, its daemon is not, and it ignores a polite request.
        QCOMPARE(running.size(), 2);
        (void)m_bench->shell(container, u"kill -TERM -1"_s);
        for (const qint64 pid : running)
            QVERIFY(isAlive(pid, container));

        PADDOCK_VERIFY_OK(await(session.sandbox().stop()));
        PADDOCK_VERIFY_OK(await(session.sandbox().cleanup()));
        for (const qint64 pid : running)
            QVERIFY(!isAlive(pid, container));
        QVERIFY(m_bench->inspect(container).isEmpty());
    }

    void sessionSurface()
    {
        SealedSession session(*m_bench, m_environment);
        const QString folder = session.fixture().sessionFolder() + u"/run/"_s;
        QStringList expected;
        std::vector<std::unique_ptr<QLocalServer>> servers;
        for (const auto &name : {u"link.sock"_s, u"mcp.sock"_s, u"model.sock"_s, u"proxy.sock"_s}) {
            servers.push_back(std::make_unique<QLocalServer>());
            QVERIFY(servers.back()->listen(folder + name));
            expected.append(u"/run/paddock/"_s + name);
        }
        session.start();
        const QString tables = u"cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6"_s;
        // What the supervisor has: ports on 127.0.0.1. And the only interface is loopback.
        QCOMPARE(
            m_bench->probe(session.id(), {u"listen"_s, u"127.0.0.1:3129"_s}).value(u"listen"_s),
            u"ok"_s);
        QVERIFY(m_bench->shell(session.id(), tables).contains("0100007F:0C39"));
        QCOMPARE(addressesBeyondLoopback(m_bench->shell(session.id(), tables)), QStringList());
        QCOMPARE(m_bench->shell(session.id(), u"ls /sys/class/net"_s).trimmed(), "lo");
        for (const auto &address : {u"1.1.1.1:53"_s, u"172.17.0.1:80"_s, u"169.254.169.254:80"_s})
            QCOMPARE(m_bench->probe(session.id(), {u"connect"_s, address}).value(u"connect"_s),
                     u"ENETUNREACH"_s);

        const QString find = u"find / -type s 2>/dev/null | sort"_s;
        QCOMPARE(
            QString::fromUtf8(m_bench->shell(session.id(), find)).split(u'\n', Qt::SkipEmptyParts),
            expected);

        // Control: a container with an interface that listens there and holds a connection is seen
        // …
        const auto bridged = m_bench->startPlain({{u"NetworkMode"_s, u"bridge"_s}});
        QCOMPARE(m_bench->probe(bridged, {u"listen"_s, u"0.0.0.0:8080"_s}).value(u"listen"_s),
                 u"ok"_s);
        QVERIFY(!addressesBeyondLoopback(m_bench->shell(bridged, tables)).isEmpty());
        const QString address =
            m_bench->inspect(bridged)[u"NetworkSettings"][u"Networks"][u"bridge"][u"IPAddress"]
                .toString();
        QTcpSocket socket;
        socket.connectToHost(address, 8080);
        QTRY_COMPARE(socket.state(), QAbstractSocket::ConnectedState);
        QTRY_VERIFY(m_bench->shell(bridged, tables).contains(" 01 ")); // ESTABLISHED
        const QStringList seen = addressesBeyondLoopback(m_bench->shell(bridged, tables));
        QVERIFY2(
            std::ranges::any_of(seen, [](const QString &one) { return one.endsWith(u":1F90"); }),
            qPrintable(seen.join(u' ')));
        // … and one more socket is found.
        SealedSession other(*m_bench, m_environment);
        QLocalServer extra;
        QVERIFY(extra.listen(other.fixture().sessionFolder() + u"/home/extra.sock"_s));
        other.start();
        QVERIFY(m_bench->shell(other.id(), find).contains("/home/agent/extra.sock"));
    }

private:
    /// A folder that everyone may write, for controls.
    [[nodiscard]] QString scratch()
    {
        const QString folder = m_environment.path(u"scratch-"_s + randomShortId());
        QDir().mkpath(folder);
        ::chmod(QFile::encodeName(folder).constData(), 0777);
        return folder;
    }
};

QTEST_GUILESS_MAIN(tst_AttackContainer)
#include "tst_AttackContainer.moc"
