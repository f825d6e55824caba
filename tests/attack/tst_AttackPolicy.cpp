// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Attacks on the way to a container: mounts that would give away the host, names that mean
// something else to the engine, engines that cannot seal, commands that ask for more.
#include "core/docker/SystemTypes.h"
#include "tests/attack/AttackBench.h"

#include <QJsonArray>
#include <QLocalServer>
#include <QLocalSocket>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::test;
using policy::MountKind;
using policy::SandboxMount;

namespace {

SandboxMount userMount(const QString &source)
{
    return {source, u"/mnt/extra"_s, true, MountKind::UserAdded};
}

} // namespace

class tst_AttackPolicy : public QObject
{
    Q_OBJECT

    TestEnvironment m_environment;

    [[nodiscard]] Result<QString> check(const SandboxMount &mount,
                                        const QStringList &sockets = {}) const
    {
        const auto own = XdgPaths::fromEnvironment();
        return policy::PolicyCheck(policy::PolicyContext::forThisUser(*own, sockets))
            .checkUserMount(mount, SandboxFixture::strongEngine());
    }

    void verifyRefused(const QString &source) const
    {
        const auto answer = check(userMount(source));
        QVERIFY2(!answer, qPrintable(source));
        QVERIFY2(answer.error().kind == ErrorKind::SecurityViolation ||
                     (answer.error().kind == ErrorKind::MountFailed && !QFile::exists(source)),
                 qPrintable(answer.error().toString()));
        QVERIFY(!answer.error().message.isEmpty());
        QVERIFY(!answer.error().remedy.isEmpty());
    }

    [[nodiscard]] QString folder(const QString &below) const
    {
        QDir().mkpath(m_environment.path(below));
        return m_environment.path(below);
    }

private Q_SLOTS:
    void A7()
    {
        const QString home = qEnvironmentVariable("HOME");
        const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
        const auto own = XdgPaths::fromEnvironment();
        QVERIFY(own->create());
        QDir().mkpath(home + u"/.ssh/deep"_s);
        const QString project = folder(u"home/projects/mine"_s);

        // Control: what is nobody's secret is taken, by its canonical name.
        QCOMPARE(*check(userMount(project)), project);
        QCOMPARE(*check(userMount(project + u"/../mine/."_s)), project);

        QLocalServer engine;
        QVERIFY(engine.listen(folder(u"sock"_s) + u"/engine.sock"_s));
        QStringList closed{u"/"_s,
                           u"/etc"_s,
                           u"/etc/ssl"_s,
                           u"/proc"_s,
                           u"/proc/self"_s,
                           u"/sys"_s,
                           u"/sys/fs"_s,
                           u"/dev"_s,
                           u"/dev/null"_s,
                           u"/dev/shm"_s,
                           u"/var/run"_s,
                           u"/run"_s,
                           u"/var"_s,
                           u"/var/lib/docker"_s,
                           u"/usr/bin"_s,
                           u"/boot"_s,
                           u"/var/run/docker.sock"_s,
                           home,
                           home + u"/.ssh"_s,
                           home + u"/.ssh/deep"_s,
                           runtime,
                           m_environment.path(),
                           own->config,
                           own->data,
                           own->state,
                           own->sessionFolder({u"abcdefgh"_s}),
                           own->data + u"/shim"_s,
                           engine.fullServerName()};
        for (const QString &source : std::as_const(closed)) {
            verifyRefused(source);
            verifyRefused(source + u"/."_s);
            verifyRefused(project + u"/../../.."_s + source.mid(m_environment.path().size()) +
                          u"/"_s);
        }
        // Through a link, a link to a link, and "..".
        int count = 0;
        for (const QString &source : std::as_const(closed)) {
            const QString link = project + u"/link-"_s + QString::number(++count);
            QVERIFY(QFile::link(source, link));
            QVERIFY(QFile::link(link, link + u"-again"_s));
            verifyRefused(link);
            verifyRefused(link + u"-again"_s);
            verifyRefused(project + u"/nothing/../link-"_s + QString::number(count));
        }
        // A known engine's socket in a place of its own, and the folder around it.
        const auto known = [&](const QString &source) {
            return check(userMount(source), {engine.fullServerName()});
        };
        QVERIFY(!known(m_environment.path(u"sock"_s)));
        QVERIFY(check(userMount(m_environment.path(u"sock"_s))));

        // The session's own kinds cannot be used to bring something else in.
        SandboxFixture fixture(m_environment);
        for (const MountKind kind : {MountKind::Workspace,
                                     MountKind::ProjectObjects,
                                     MountKind::Home,
                                     MountKind::RunFolder,
                                     MountKind::PrivateRepository,
                                     MountKind::Spool,
                                     MountKind::Shim,
                                     MountKind::GitFile}) {
            auto spec = fixture.spec(SandboxFixture::anyImage());
            for (SandboxMount &mount : spec.mounts) {
                if (mount.kind == kind)
                    mount.source = mount.kind == MountKind::Shim || mount.kind == MountKind::GitFile
                                       ? u"/etc/passwd"_s
                                       : home;
            }
            const auto checked =
                policy::PolicyCheck(fixture.context()).check(spec, SandboxFixture::strongEngine());
            QVERIFY(!checked);
            QCOMPARE(checked.error().kind, ErrorKind::SecurityViolation);
        }
    }

    // Bind mounts need a mount namespace: this program runs itself in one.
    void A7Aliases()
    {
        if (qEnvironmentVariableIsSet("PADDOCK_ALIAS_FOLDER"))
            return aliasesInside(qEnvironmentVariable("PADDOCK_ALIAS_FOLDER"));
        const QString home = qEnvironmentVariable("HOME");
        QDir().mkpath(home + u"/.ssh/deep"_s);
        const QString aliases = folder(u"aliases"_s);
        for (const auto &name : {u"root"_s,
                                 u"ssh"_s,
                                 u"deep"_s,
                                 u"home"_s,
                                 u"etc"_s,
                                 u"ssl"_s,
                                 u"mine"_s,
                                 u"outer/inner"_s})
            QVERIFY(QDir().mkpath(aliases + u'/' + name));
        const QString script =
            u"set -e; cd \"$1\"; h=\"$2\"; mount --rbind / root; mount --bind \"$h/.ssh\" ssh; "
            "mount --bind \"$h/.ssh/deep\" deep; mount --bind \"$h\" home; mount --bind /etc etc; "
            "mount --bind /etc/ssl ssl; mount --bind \"$h/.ssh/deep\" outer/inner; "
            "mkdir -p \"$h/fine\"; mount --bind \"$h/fine\" mine; "
            "export PADDOCK_ALIAS_FOLDER=\"$1\" PADDOCK_ALIAS_HOME=\"$h\"; exec \"$3\" A7Aliases"_s;
        QProcess inside;
        inside.setProcessChannelMode(QProcess::MergedChannels);
        inside.start(u"unshare"_s,
                     {u"--user"_s,
                      u"--map-root-user"_s,
                      u"--mount"_s,
                      u"sh"_s,
                      u"-c"_s,
                      script,
                      u"sh"_s,
                      aliases,
                      home,
                      QCoreApplication::applicationFilePath()});
        QVERIFY(inside.waitForFinished(30'000));
        const QByteArray said = inside.readAll();
        QVERIFY2(inside.exitCode() == 0 && said.contains("PASS   : tst_AttackPolicy::A7Aliases()"),
                 said.constData());
    }

    void A8()
    {
        AttackBench bench;
        const QString top = folder(u"odd"_s);
        const QList<std::pair<QString, bool>> names{
            {u"with:colon:ro"_s, true},
            {u"with\nnewline"_s, true},
            {u"-v"_s, true},
            {u"--privileged"_s, true},
            {u"with \"quotes\" and 'more' \\ and , comma"_s, true},
            {u"\u202Eright to left \u00e4\U0001F600"_s, true},
            {u" blank "_s, true},
            {QString(255, u'x'), true},
        };
        for (const auto &[name, possible] : names) {
            SealedSession session(bench, m_environment);
            const QString worktree = top + u'/' + name;
            QVERIFY(QDir().mkpath(worktree));
            SandboxFixture::giveToUser(worktree);
            session.spec().mounts[0].source = worktree;
            session.start();
            QCOMPARE(
                bench.shell(session.id(), u"echo exact > /workspace/mark && echo done"_s).trimmed(),
                "done");
            QVERIFY2(QFile::exists(worktree + u"/mark"_s), qPrintable(name));
        }
        const QStringList before = QDir(top).entryList(QDir::AllEntries | QDir::Hidden);

        // What has no exact form is refused in words, before the engine hears of it.
        QByteArray raw = QFile::encodeName(top) + "/\xff\xfe";
        QCOMPARE(::mkdir(raw.constData(), 0755), 0);
        QString nul = top + u"/nul"_s;
        nul.append(QChar::Null).append(u"tail"_s);
        QString nested = top;
        while (nested.size() < 5000)
            nested += u"/a-rather-long-name-of-a-folder"_s;
        for (const QString &source : {QFile::decodeName(raw),
                                      nul,
                                      nested,
                                      u"relative/path"_s,
                                      u"-v"_s,
                                      QString(),
                                      u"."_s,
                                      top + u"/missing"_s,
                                      QString(5000, u'x')}) {
            SealedSession session(bench, m_environment);
            session.spec().mounts[0].source = source;
            const auto started = session.tryStart();
            QVERIFY(!started);
            QVERIFY(started.error().kind == ErrorKind::SecurityViolation ||
                    started.error().kind == ErrorKind::MountFailed);
            QVERIFY(!started.error().remedy.isEmpty());
            QVERIFY(started.error().message.size() < 500);
            QVERIFY(session.id().isEmpty());
        }
        ::rmdir(raw.constData());
        // No folder was made on the host …
        QCOMPARE(QDir(top).entryList(QDir::AllEntries | QDir::Hidden), before);
        // … where the older form of a mount makes one, as root, and splits at a colon.
        const QString missing = top + u"/made-by-engine"_s;
        (void)bench.startPlain({{u"Binds"_s, QJsonArray{missing + u":/workspace"_s}}});
        QVERIFY(QFile::exists(missing));
        const auto split = await(bench.engine().containers().create(
            bench.real().uniqueName(),
            QJsonObject{
                {u"Image"_s, bench.image().value},
                {u"Labels"_s, QJsonObject{{u"dev.paddock.test"_s, bench.real().tag()}}},
                {u"HostConfig"_s,
                 QJsonObject{{u"Binds"_s, QJsonArray{top + u"/with:colon:ro:/workspace"_s}}}}}));
        QVERIFY(!split || bench.inspect(split->id)[u"HostConfig"][u"Binds"][0].toString() !=
                              top + u"/with:colon:ro"_s);
        ::rmdir(QFile::encodeName(missing).constData());
    }

    void A12()
    {
        AttackBench bench;
        const auto info = await(bench.engine().system().info());
        PADDOCK_VERIFY_OK(info);
        const auto postureWith = [&](const QJsonArray &options) {
            QJsonObject changed = info->raw;
            changed.insert(u"SecurityOptions"_s, options);
            return *policy::EnginePosture::fromEngine(changed);
        };
        const auto noticeIds = [](const policy::EnginePosture &posture) {
            QStringList ids;
            const auto notices = policy::checkPosture(posture);
            if (notices) {
                for (const auto &notice : *notices)
                    ids.append(notice.id);
            }
            return ids;
        };
        // Control: the real engine is taken.
        const auto real = *policy::EnginePosture::fromEngine(info->raw);
        QVERIFY(real.seccomp);
        QVERIFY(policy::checkPosture(real));

        // No filter, no session, and nothing is asked of the engine.
        SandboxFixture fixture(m_environment);
        const auto weak = postureWith({u"name=apparmor"_s});
        const auto refused =
            policy::PolicyCheck(fixture.context()).check(fixture.spec(bench.image(), weak), weak);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(refused.error().remedy.contains(u"seccomp"));

        // Old and new runtimes, as distributions and upstream write their versions.
        const auto runc = [&](const QString &id) {
            QJsonObject changed = info->raw;
            changed.insert(u"RuncCommit"_s, QJsonObject{{u"ID"_s, id}});
            return noticeIds(*policy::EnginePosture::fromEngine(changed)).contains(u"runc-old"_s);
        };
        QVERIFY(runc(u"1.1.5+ds1-1+deb12u1"_s));
        QVERIFY(runc(u"v1.1.12-0-g51d5e946"_s));
        QVERIFY(!runc(u"v1.3.4-0-gabcdef12"_s));
        QVERIFY(!runc(u"51d5e94601ceffbbd85688df1c928ecccbfa4685"_s));

        // The mapping of users follows the engine.
        const auto rootless = postureWith({u"name=seccomp,profile=default"_s, u"name=rootless"_s});
        QVERIFY(noticeIds(rootless).contains(u"rootless"_s));
        const auto rootlessSpec = fixture.spec(bench.image(), rootless);
        QCOMPARE(rootlessSpec.uid, uid_t{0});
        const auto request = fixture.request(rootlessSpec, rootless);
        QCOMPARE(request.body[u"User"].toString(), u"0:0"_s);
        QVERIFY(request.body[u"Env"].toArray().contains(QJsonValue(u"IS_SANDBOX=1"_s)));
        QCOMPARE(request.body[u"HostConfig"][u"CapDrop"].toArray(), QJsonArray{u"ALL"_s});
        // The same user on any other engine is refused; so is another one on a rootless engine.
        QVERIFY(!policy::PolicyCheck(fixture.context()).check(rootlessSpec, real));
        auto other = rootlessSpec;
        other.uid = 1000;
        QVERIFY(!policy::PolicyCheck(fixture.context()).check(other, rootless));

        const auto remapped = postureWith({u"name=seccomp,profile=default"_s, u"name=userns"_s});
        QVERIFY(noticeIds(remapped).contains(u"userns-remap"_s));
        const auto remappedRequest =
            fixture.request(fixture.spec(bench.image(), remapped), remapped);
        QCOMPARE(remappedRequest.body[u"HostConfig"][u"UsernsMode"].toString(), u"host"_s);
        QVERIFY(!remappedRequest.body[u"User"].toString().startsWith(u"0"));
    }

    void A14()
    {
        // Whatever is asked, the exec runs as the session's user and carries nothing secret.
        QRandomGenerator random(14);
        const QStringList words{u"git"_s,
                                u"-u"_s,
                                u"0:0"_s,
                                u"--privileged"_s,
                                u"a\nb"_s,
                                u"$(id)"_s,
                                u"\u00e4\u202E"_s,
                                u"-----BEGIN OPENSSH PRIVATE KEY-----"_s,
                                u"sk-ant-"_s + QString(30, u'k'),
                                u"ghp_"_s + QString(36, u'h'),
                                u"AKIA"_s + QString(16, u'A'),
                                u"x=y"_s,
                                QString()};
        int refused = 0;
        for (int round = 0; round < 5000; ++round) {
            policy::SandboxSpec spec;
            const bool rootless = random.bounded(8) == 0;
            spec.uid = rootless ? 0 : 1 + random.bounded(70'000);
            spec.gid = rootless ? 0 : 1 + random.bounded(70'000);
            sandbox::Command command;
            for (int i = 1 + random.bounded(4); i > 0; --i)
                command.argv.append(words.at(random.bounded(words.size())));
            if (random.bounded(2) == 0)
                command.environment.append(u"V="_s + words.at(random.bounded(words.size())));
            const auto options = sandbox::compileExec(command, spec);
            if (!options) {
                ++refused;
                continue;
            }
            QCOMPARE(options->user, u"%1:%2"_s.arg(spec.uid).arg(spec.gid));
            QVERIFY(rootless == (options->user == u"0:0"));
            for (const QString &word : options->command + options->environment)
                for (const auto &secret : {u"sk-ant-"_s, u"ghp_"_s, u"AKIA"_s, u"PRIVATE KEY"_s})
                    QVERIFY2(!word.contains(secret), qPrintable(word));
        }
        QVERIFY(refused > 1000 && refused < 4500);

        // And so it is on the engine: no privileges, our user.
        AttackBench bench;
        SealedSession session(bench, m_environment);
        session.start();
        const auto result =
            await(session.sandbox().run({.argv = {u"/bin/cat"_s, u"/proc/self/status"_s}}));
        PADDOCK_VERIFY_OK(result);
        QVERIFY(result->output.contains("CapBnd:\t0000000000000000"));
        QVERIFY(result->output.contains("Uid:\t" + QByteArray::number(session.spec().uid)));
        // Control: an exec that asks for another user gets it, and the engine shows its arguments
        // to all.
        const QByteArray asRoot =
            bench.output(session.id(), {u"/bin/cat"_s, u"/proc/self/status"_s}, u"0:0"_s);
        QVERIFY(asRoot.contains("Uid:\t0"));
        QVERIFY(asRoot.contains("CapEff:\t0000000000000000"));
    }

private:
    void aliasesInside(const QString &aliases)
    {
        // The parent's folders, not this run's own.
        const QString home = qEnvironmentVariable("PADDOCK_ALIAS_HOME");
        auto context = policy::PolicyContext::forThisUser(*XdgPaths::fromEnvironment(), {});
        context.home = home;
        const policy::PolicyCheck policyCheck(context);
        const auto refused = [&](const QString &name) {
            const auto answer = policyCheck.checkUserMount(userMount(aliases + u'/' + name),
                                                           SandboxFixture::strongEngine());
            return !answer && answer.error().kind == ErrorKind::SecurityViolation;
        };
        for (const auto &name : {u"root"_s,
                                 u"root/etc"_s,
                                 u"ssh"_s,
                                 u"deep"_s,
                                 u"home"_s,
                                 u"etc"_s,
                                 u"ssl"_s,
                                 u"outer"_s,
                                 u"outer/inner"_s,
                                 u"home/.ssh"_s})
            QVERIFY2(refused(name), qPrintable(name));
        // Controls: an alias of what is open is open; by text alone the others would have been,
        // too.
        QVERIFY(policyCheck.checkUserMount(userMount(aliases + u"/mine"_s),
                                           SandboxFixture::strongEngine()));
        QVERIFY(!QFileInfo(aliases + u"/deep"_s).canonicalFilePath().contains(u".ssh"));
    }
};

QTEST_GUILESS_MAIN(tst_AttackPolicy)
#include "tst_AttackPolicy.moc"
