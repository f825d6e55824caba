// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/PolicyCheck.h"
#include "core/policy/SecretLike.h"
#include "tests/support/SandboxFixture.h"

#include <QDir>
#include <QFile>
#include <QLocalServer>
#include <QTest>

#include <functional>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::policy;
using namespace paddock::test;

using Change = std::function<void(SandboxSpec &, EnginePosture &)>;
Q_DECLARE_METATYPE(Change)

class tst_PolicyCheck : public QObject
{
    Q_OBJECT

    TestEnvironment m_environment;
    std::unique_ptr<SandboxFixture> m_fixture;

    [[nodiscard]] Result<CheckedSpec> checkWith(const Change &change) const
    {
        auto posture = SandboxFixture::strongEngine();
        auto spec = m_fixture->spec(SandboxFixture::anyImage());
        change(spec, posture);
        return PolicyCheck(m_fixture->context()).check(spec, posture);
    }

private Q_SLOTS:
    void initTestCase() { m_fixture = std::make_unique<SandboxFixture>(m_environment); }

    void aNormalSessionIsTaken()
    {
        const auto checked = checkWith([](SandboxSpec &, EnginePosture &) {});
        QVERIFY2(checked, checked ? "" : qPrintable(checked.error().toString()));
        QVERIFY(checked->notices().isEmpty());
    }

    void refusals_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<ErrorKind>("kind");
        const auto row = [](const char *name, ErrorKind kind, Change change) {
            QTest::newRow(name) << std::move(change) << kind;
        };
        constexpr auto violation = ErrorKind::SecurityViolation;
        constexpr auto config = ErrorKind::InvalidConfig;
        constexpr auto limit = ErrorKind::ResourceLimitExceeded;
        row("uid 0", violation, [](SandboxSpec &s, EnginePosture &) { s.uid = 0; });
        row("gid 0", violation, [](SandboxSpec &s, EnginePosture &) { s.gid = 0; });
        row("uid -1", violation, [](SandboxSpec &s, EnginePosture &) {
            s.uid = static_cast<uid_t>(-1);
        });
        row("session", config, [](SandboxSpec &s, EnginePosture &) { s.session = {u"../../x"_s}; });
        row("instance", config, [](SandboxSpec &s, EnginePosture &) { s.instance = u"a b"_s; });
        row("image by name", config, [](SandboxSpec &s, EnginePosture &) {
            s.image = {u"debian"_s};
        });
        row("no command", config, [](SandboxSpec &s, EnginePosture &) { s.command.clear(); });
        row("relative command", config, [](SandboxSpec &s, EnginePosture &) {
            s.command = {u"sh"_s};
        });
        row("NUL", config, [](SandboxSpec &s, EnginePosture &) {
            s.command.append(QString(1, QChar::Null));
        });
        row("secret argument", violation, [](SandboxSpec &s, EnginePosture &) {
            s.command.append(u"--key=sk-ant-"_s + QString(30, u'x'));
        });
        row("secret variable", violation, [](SandboxSpec &s, EnginePosture &) {
            s.environment[u"K"_s] = u"ghp_"_s + QString(36, u'x');
        });
        row("LD_PRELOAD", violation, [](SandboxSpec &s, EnginePosture &) {
            s.environment[u"LD_PRELOAD"_s] = u"/x"_s;
        });
        row("variable name", config, [](SandboxSpec &s, EnginePosture &) {
            s.environment[u"A=B"_s] = u"x"_s;
        });
        row("working folder", config, [](SandboxSpec &s, EnginePosture &) {
            s.workingDirectory = u"/a/../b"_s;
        });
        row("capability", violation, [](SandboxSpec &s, EnginePosture &) {
            s.profile.capabilities = {u"SYS_ADMIN"_s};
        });
        for (const auto &name : {u"host"_s,
                                 u"container:x"_s,
                                 u"none"_s,
                                 u"bridge"_s,
                                 u"default"_s,
                                 QString(),
                                 u"a b"_s})
            row(qPrintable(u"network "_s + name),
                violation,
                [name](SandboxSpec &s, EnginePosture &) {
                    s.profile.network = NetworkMode::Named;
                    s.profile.networkName = name;
                });
        row("no memory", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.memoryBytes = 0;
        });
        row("no CPU", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.cpuMilli = 0;
        });
        row("no processes", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.pids = 0;
        });
        row("unlimited processes", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.pids = -1;
        });
        row("files", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.openFilesHard = 1;
        });
        row("shared memory", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.shmBytes = kGiB * 5;
        });
        row("log", limit, [](SandboxSpec &s, EnginePosture &) { s.profile.limits.logFiles = 0; });
        row("grace", limit, [](SandboxSpec &s, EnginePosture &) {
            s.profile.limits.stopGrace = std::chrono::hours(1);
        });
        row("runtime", ErrorKind::UnsupportedOption, [](SandboxSpec &s, EnginePosture &) {
            s.profile.runtime = u"sysbox-runc"_s;
        });
        row("health without command", config, [](SandboxSpec &s, EnginePosture &) {
            s.profile.healthCheck = {.mode = HealthCheckMode::Custom, .test = {}};
        });
        row("health shell with two", config, [](SandboxSpec &s, EnginePosture &) {
            s.profile.healthCheck = {.mode = HealthCheckMode::Custom,
                                     .test = {u"CMD-SHELL"_s, u"a"_s, u"b"_s}};
        });
        row("health too fast", config, [](SandboxSpec &s, EnginePosture &) {
            s.profile.healthCheck = {.mode = HealthCheckMode::Custom,
                                     .test = {u"CMD"_s, u"a"_s},
                                     .interval = std::chrono::microseconds(1)};
        });
        row("tmpfs on /etc", violation, [](SandboxSpec &s, EnginePosture &) {
            s.profile.extraTmpfs = {{.target = u"/etc"_s, .bytes = kMiB}};
        });
        row("tmpfs with options in its name", config, [](SandboxSpec &s, EnginePosture &) {
            s.profile.extraTmpfs = {{.target = u"/a,exec"_s, .bytes = kMiB}};
        });
        row("mask outside", config, [](SandboxSpec &s, EnginePosture &) {
            s.maskedFolders = {u"/paddock/git"_s};
        });
        row("image volume", config, [](SandboxSpec &s, EnginePosture &) {
            s.imageVolumes = {u"/"_s};
        });
        row("two on one place", violation, [](SandboxSpec &s, EnginePosture &) {
            s.mounts.append(s.mounts.first());
        });
        row("git within reach", violation, [](SandboxSpec &s, EnginePosture &) {
            s.mounts.removeAt(1);
        });
        row("writable gitfile", violation, [](SandboxSpec &s, EnginePosture &) {
            s.mounts[1].readOnly = false;
        });
        row("writable objects", violation, [](SandboxSpec &s, EnginePosture &) {
            s.mounts[3].readOnly = false;
        });
        row("writable sockets", violation, [](SandboxSpec &s, EnginePosture &) {
            s.mounts[4].readOnly = false;
        });
        row("moved objects", violation, [](SandboxSpec &s, EnginePosture &) {
            s.mounts[3].target = u"/etc"_s;
        });
        row("kind of another", ErrorKind::MountFailed, [](SandboxSpec &s, EnginePosture &) {
            s.mounts[1].source = s.mounts[0].source;
        });
        row("engine socket that is none",
            ErrorKind::MountFailed,
            [](SandboxSpec &s, EnginePosture &) {
                s.engineSocket = {.path = u"/etc/passwd"_s, .group = 100};
            });
        row("no seccomp", violation, [](SandboxSpec &, EnginePosture &p) { p.seccomp = false; });
        row("person's id on a rootless engine", config, [](SandboxSpec &, EnginePosture &p) {
            p.rootless = true;
        });
        for (const auto &target : {u"/"_s,
                                   u"/proc/x"_s,
                                   u"/etc/x"_s,
                                   u"/usr/bin"_s,
                                   u"/paddock/x"_s,
                                   u"/run/x"_s,
                                   u"/workspace"_s,
                                   u"/workspace/.git"_s,
                                   u"/workspace/.git/hooks"_s,
                                   u"/home"_s,
                                   u"/home/agent"_s,
                                   u"relative"_s,
                                   u"/mnt/../etc"_s,
                                   u"/tmp"_s})
            row(qPrintable(u"target "_s + target),
                violation,
                [this, target](SandboxSpec &s, EnginePosture &) {
                    s.mounts.append({m_fixture->project(), target, true, MountKind::UserAdded});
                });
    }

    void refusals()
    {
        QFETCH(Change, change);
        QFETCH(ErrorKind, kind);
        const auto checked = checkWith(change);
        QVERIFY(!checked);
        QVERIFY2(checked.error().kind == kind, qPrintable(checked.error().toString()));
        QVERIFY(!checked.error().message.isEmpty());
        QVERIFY(!checked.error().remedy.isEmpty());
    }

    void noticesTellWhatWasChanged()
    {
        const auto ids = [](const Result<CheckedSpec> &checked) {
            QStringList all;
            if (checked) {
                for (const PostureNotice &notice : checked->notices())
                    all.append(notice.id);
            }
            return all;
        };
        const auto clamped = checkWith([](SandboxSpec &s, EnginePosture &p) {
            p.cpus = 1;
            p.openFilesHard = 20'000;
            s.profile.limits.cpuMilli = 2000;
        });
        QCOMPARE(ids(clamped), (QStringList{u"cpus-clamped"_s, u"open-files-clamped"_s}));
        QCOMPARE(clamped->spec().profile.limits.cpuMilli, 1000);
        QCOMPARE(clamped->spec().profile.limits.openFilesHard, 20'000);
        QCOMPARE(ids(checkWith([](SandboxSpec &s, EnginePosture &) {
                     s.profile.network = NetworkMode::Bridge;
                 })),
                 QStringList{u"network-interface"_s});
        QLocalServer engine;
        QVERIFY(engine.listen(m_environment.path(u"engine.sock"_s)));
        QCOMPARE(ids(checkWith([&](SandboxSpec &s, EnginePosture &) {
                     s.engineSocket = {.path = engine.fullServerName(), .group = 105};
                 })),
                 QStringList{u"engine-socket"_s});
    }

    void sourcesBecomeCanonical()
    {
        const QString link = m_environment.path(u"way"_s);
        QVERIFY(QFile::link(m_fixture->worktree(), link));
        const auto checked =
            checkWith([&](SandboxSpec &s, EnginePosture &) { s.mounts[0].source = link; });
        QVERIFY(checked);
        QCOMPARE(checked->spec().mounts[0].source, m_fixture->worktree());
    }

    // A folder of the session that was replaced by a link does not lead the mount elsewhere.
    void replacedSessionFolderIsRefused()
    {
        SandboxFixture fixture(m_environment);
        const QString home = fixture.sessionFolder() + u"/home"_s;
        QVERIFY(QDir().rename(home, home + u"-old"_s));
        QVERIFY(QFile::link(fixture.project(), home));
        const auto checked =
            PolicyCheck(fixture.context())
                .check(fixture.spec(SandboxFixture::anyImage()), SandboxFixture::strongEngine());
        QVERIFY(!checked);
        QCOMPARE(checked.error().kind, ErrorKind::SecurityViolation);
    }

    void networkNames()
    {
        for (const NetworkMode mode :
             {NetworkMode::Gated, NetworkMode::None, NetworkMode::Bridge, NetworkMode::Named})
            QCOMPARE(*networkModeFromName(networkModeName(mode)), mode);
        QCOMPARE(networkModeFromName(u"host"_s).error().kind, ErrorKind::SecurityViolation);
        QCOMPARE(networkModeFromName(u"container:abc"_s).error().kind,
                 ErrorKind::SecurityViolation);
        QCOMPARE(networkModeFromName(u"bridged"_s).error().kind, ErrorKind::InvalidConfig);
    }

    void profiles()
    {
        QCOMPARE(builtInProfile(u"agent"_s)->limits.memoryBytes, 4 * kGiB);
        QCOMPARE(builtInProfile(u"minimal"_s)->limits.memoryBytes, 512 * kMiB);
        QVERIFY(builtInProfile(u"none"_s).error().remedy.contains(u"agent, minimal"));
    }

    void ordinaryTextIsNoSecret()
    {
        for (const auto &text : {u"ask-anthropic"_s,
                                 u"task-0123456789012345678901234567890123456789"_s,
                                 u"https://example.com:8080/path@2"_s,
                                 u"git@github.com:a/b.git"_s,
                                 u"paddock-placeholder"_s,
                                 u"sha256:"_s + QString(64, u'a')})
            QVERIFY2(!looksLikeSecret(text), qPrintable(text));
    }
};

QTEST_GUILESS_MAIN(tst_PolicyCheck)
#include "tst_PolicyCheck.moc"
