// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"
#include "core/sandbox/SeccompProfile.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QSet>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::sandbox;

namespace {

using Arguments = QList<quint64>;

/// What the runtime makes of a profile: the conditions of one rule are "and", rules are "or".
QString verdict(const QJsonObject &profile, const QString &call, const Arguments &arguments)
{
    for (const QJsonValue &rule : profile.value(u"syscalls").toArray()) {
        if (!rule[u"names"].toArray().contains(call))
            continue;
        bool applies = true;
        for (const QJsonValue &condition : rule[u"args"].toArray()) {
            const quint64 actual = arguments.value(condition[u"index"].toInt());
            const auto value = static_cast<quint64>(condition[u"value"].toInteger());
            const auto second = static_cast<quint64>(condition[u"valueTwo"].toInteger());
            applies &=
                condition[u"op"] == u"SCMP_CMP_EQ"_s ? actual == value : (actual & value) == second;
        }
        if (applies) {
            return rule[u"action"] == u"SCMP_ACT_ALLOW"_s
                       ? u"allow"_s
                       : u"errno "_s + QString::number(rule[u"errnoRet"].toInt());
        }
    }
    return u"errno 1"_s;
}

QJsonObject profileOf(const QString &architecture)
{
    return QJsonDocument::fromJson(*seccompProfile(architecture)).object();
}

QJsonObject listFromSource()
{
    QFile file(test::sourcePath(u"resources/seccomp/system-calls.json"_s));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no list");
    return *parseJsonObject(file.readAll());
}

} // namespace

class tst_SeccompProfile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void golden_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::newRow("x86_64") << u"x86_64"_s;
        QTest::newRow("aarch64") << u"aarch64"_s;
    }

    void golden()
    {
        QFETCH(QString, architecture);
        const QByteArray actual = QJsonDocument(profileOf(architecture)).toJson();
        QFile file(test::sourcePath(u"tests/fixtures/golden/seccomp-%1.json"_s.arg(architecture)));
        if (qEnvironmentVariableIsSet("PADDOCK_UPDATE_GOLDEN")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(actual);
            return;
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll() == actual, "see PADDOCK_UPDATE_GOLDEN=1 and git diff");
    }

    void verdicts_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<QList<quint64>>("arguments");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *name, const char *call, Arguments a, const char *expected) {
            QTest::newRow(name) << QString::fromLatin1(call) << a << QString::fromLatin1(expected);
        };
        constexpr quint64 high = quint64{1} << 32;
        row("read", "read", {}, "allow");
        row("ptrace", "ptrace", {}, "allow");
        row("thread", "clone", {0x3d0f00}, "allow");
        row("fork", "clone", {0x1200011}, "allow");
        for (const quint64 flag : {0x00020000U,
                                   0x02000000U,
                                   0x04000000U,
                                   0x08000000U,
                                   0x10000000U,
                                   0x20000000U,
                                   0x40000000U})
            row(qPrintable(u"clone %1"_s.arg(flag, 0, 16)), "clone", {flag | 0x11}, "errno 1");
        row("clone3", "clone3", {}, "errno 38");
        row("openat2", "openat2", {}, "errno 38");
        row("io_uring", "io_uring_setup", {}, "errno 38");
        for (const char *call : {"unshare",
                                 "setns",
                                 "mount",
                                 "umount2",
                                 "pivot_root",
                                 "chroot",
                                 "fsopen",
                                 "fsconfig",
                                 "fsmount",
                                 "fspick",
                                 "open_tree",
                                 "move_mount",
                                 "mount_setattr",
                                 "open_by_handle_at",
                                 "name_to_handle_at",
                                 "bpf",
                                 "perf_event_open",
                                 "userfaultfd",
                                 "keyctl",
                                 "add_key",
                                 "request_key",
                                 "kexec_load",
                                 "kexec_file_load",
                                 "init_module",
                                 "finit_module",
                                 "delete_module",
                                 "reboot",
                                 "swapon",
                                 "swapoff",
                                 "acct",
                                 "quotactl",
                                 "quotactl_fd",
                                 "settimeofday",
                                 "clock_settime",
                                 "adjtimex",
                                 "clock_adjtime",
                                 "syslog",
                                 "iopl",
                                 "ioperm",
                                 "modify_ldt",
                                 "uselib",
                                 "ustat",
                                 "sysfs",
                                 "vhangup",
                                 "nfsservctl",
                                 "lookup_dcookie",
                                 "fanotify_init",
                                 "pidfd_getfd",
                                 "process_madvise",
                                 "kcmp",
                                 "move_pages",
                                 "migrate_pages",
                                 "mbind",
                                 "set_mempolicy",
                                 "sethostname",
                                 "setdomainname",
                                 "remap_file_pages",
                                 "vmsplice",
                                 "statmount",
                                 "listmount",
                                 "lsm_set_self_attr"})
            row(call, call, {}, "errno 1");
        // socket(domain, type, protocol); SOCK_CLOEXEC is 0x80000.
        row("unix", "socket", {1, 5, 0}, "allow");
        row("tcp", "socket", {2, 1 | 0x80000, 6}, "allow");
        row("udp6", "socket", {10, 2, 17}, "allow");
        row("ping", "socket", {2, 2, 1}, "allow");
        row("route", "socket", {16, 3, 0}, "allow");
        row("uevent", "socket", {16, 3, 15}, "errno 1");
        row("packet", "socket", {17, 3, 0}, "errno 1");
        row("alg", "socket", {38, 5, 0}, "errno 1");
        row("vsock", "socket", {40, 1, 0}, "errno 1");
        row("raw", "socket", {2, 3, 1}, "errno 1");
        row("sctp", "socket", {2, 1, 132}, "errno 1");
        row("pair", "socketpair", {1, 1, 0}, "allow");
        row("odd pair", "socketpair", {30, 1, 0}, "errno 1");
        row("TCGETS", "ioctl", {0, 0x5401}, "allow");
        row("FIONREAD", "ioctl", {0, 0x541b}, "allow");
        row("TIOCSTI", "ioctl", {0, 0x5412}, "errno 1");
        row("TIOCSTI, upper half", "ioctl", {0, 0x5412 | high}, "errno 1");
        row("TIOCLINUX", "ioctl", {0, 0x541c}, "errno 1");
        row("TIOCSETD", "ioctl", {0, 0x5423 | (high << 8)}, "errno 1");
        row("open for reading", "openat", {0, 0, 0, 0xfff}, "allow");
        row("create", "openat", {0, 0, 0101, 0644}, "allow");
        row("create setuid", "openat", {0, 0, 0101, 04755}, "errno 1");
        row("temporary setgid", "openat", {0, 0, 020200000, 02755}, "errno 1");
        row("chmod", "fchmodat", {0, 0, 0755}, "allow");
        row("sticky", "fchmodat", {0, 0, 01777}, "allow");
        row("setuid", "fchmodat", {0, 0, 04755}, "errno 1");
        row("setuid by descriptor", "fchmod", {0, 04755}, "errno 1");
        row("FIFO", "mknodat", {0, 0, 0010644}, "allow");
        row("device", "mknodat", {0, 0, 0020644}, "errno 1");
        row("setuid file", "mknodat", {0, 0, 0104755}, "errno 1");
        row("no randomisation", "personality", {0x40000}, "allow");
        row("read implies exec", "personality", {0x400000}, "errno 1");
    }

    void verdicts()
    {
        QFETCH(QString, call);
        QFETCH(QList<quint64>, arguments);
        QFETCH(QString, expected);
        QCOMPARE(verdict(profileOf(u"x86_64"_s), call, arguments), expected);
        QCOMPARE(verdict(profileOf(u"aarch64"_s), call, arguments), expected);
    }

    void olderFormsOnlyWhereTheyExist()
    {
        QCOMPARE(verdict(profileOf(u"x86_64"_s), u"open"_s, {0, 0}), u"allow"_s);
        QCOMPARE(verdict(profileOf(u"aarch64"_s), u"open"_s, {0, 0}), u"errno 1"_s);
        QCOMPARE(verdict(profileOf(u"x86_64"_s), u"chmod"_s, {0, 04755}), u"errno 1"_s);
        QCOMPARE(verdict(profileOf(u"x86_64"_s), u"mknod"_s, {0, 0060600}), u"errno 1"_s);
    }

    void otherArchitectureIsRefused()
    {
        const auto profile = seccompProfile(u"riscv64"_s);
        QVERIFY(!profile);
        QCOMPARE(profile.error().kind, ErrorKind::UnsupportedOption);
    }

    // A condition twice on one argument would be an "or" to the runtime: the list must not have it.
    void listWithTwoConditionsOnOneArgumentIsRefused()
    {
        QJsonObject list = listFromSource();
        QVERIFY(seccompProfileFrom(list, u"x86_64"_s));
        QJsonArray conditional = list.value(u"conditional").toArray();
        conditional.append(
            QJsonObject{{u"names"_s, QJsonArray{u"bpf"_s}},
                        {u"when"_s,
                         QJsonArray{QJsonObject{{u"argument"_s, 0}, {u"equals"_s, u"1"_s}},
                                    QJsonObject{{u"argument"_s, 0}, {u"equals"_s, u"2"_s}}}}});
        list.insert(u"conditional"_s, conditional);
        const auto profile = seccompProfileFrom(list, u"x86_64"_s);
        QVERIFY(!profile);
        QCOMPARE(profile.error().kind, ErrorKind::InvalidConfig);
        QVERIFY(profile.error().detail.contains(u"bpf"));
    }

    // A name that is allowed without conditions makes its conditions void.
    void noNameIsBothFreeAndConditional()
    {
        for (const auto &architecture : {u"x86_64"_s, u"aarch64"_s}) {
            QSet<QString> free;
            QSet<QString> conditional;
            for (const QJsonValue &rule : profileOf(architecture).value(u"syscalls").toArray()) {
                const bool isFree = rule[u"args"].isUndefined();
                for (const QJsonValue &name : rule[u"names"].toArray()) {
                    QVERIFY2(!isFree || !free.contains(name.toString()),
                             qPrintable(name.toString()));
                    (isFree ? free : conditional).insert(name.toString());
                }
            }
            QVERIFY(!free.intersects(conditional));
        }
    }

    void everythingExceptIsExact()
    {
        const QList<quint32> excluded{0x5412, 0x541c, 0, 0xffffffff, 0x80000000};
        const auto blocks = everythingExcept(excluded);
        const auto covers = [&blocks](quint32 number) {
            return std::ranges::count_if(blocks, [number](const MaskedBlock &block) {
                return (number & block.mask) == block.value;
            });
        };
        for (const quint32 number : excluded)
            QCOMPARE(covers(number), 0);
        for (const quint32 number :
             {0x5411U, 0x5413U, 0x541bU, 0x541dU, 1U, 0xfffffffeU, 0x7fffffffU})
            QCOMPARE(covers(number), 1);
        QRandomGenerator random(1);
        for (int i = 0; i < 100'000; ++i) {
            const quint32 number = random.generate();
            QCOMPARE(covers(number), excluded.contains(number) ? 0 : 1);
        }
        QCOMPARE(everythingExcept({}), (QList<MaskedBlock>{{0, 0}}));
    }
};

QTEST_GUILESS_MAIN(tst_SeccompProfile)
#include "tst_SeccompProfile.moc"
