// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sandbox's own operations on the real engine, in a container of the real compiled spec.
#include "tests/attack/AttackBench.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::sandbox;
using namespace paddock::test;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<missing>");
}

} // namespace

class tst_DockerSandbox : public QObject
{
    Q_OBJECT

    TestEnvironment m_environment;
    std::unique_ptr<AttackBench> m_bench;
    std::unique_ptr<SealedSession> m_session;

    [[nodiscard]] Result<CommandResult> shell(const QString &line, const RunOptions &options = {})
    {
        return await(m_session->sandbox().run(
            {.argv = {u"/bin/sh"_s, u"-c"_s, line}, .environment = {u"GIVEN=by-test"_s}}, options));
    }

    [[nodiscard]] Result<policy::CheckedSpec> checked(SealedSession &session) const
    {
        return policy::PolicyCheck(session.fixture().context())
            .check(session.spec(), m_bench->posture());
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_bench = std::make_unique<AttackBench>();
        m_session = std::make_unique<SealedSession>(*m_bench, m_environment);
        m_session->start();
    }
    void cleanupTestCase()
    {
        m_session.reset();
        m_bench.reset();
    }

    void commands()
    {
        const auto result = shell(u"echo out; echo err >&2; echo $GIVEN; pwd; cat; exit 3"_s,
                                  {.input = "from-host"});
        PADDOCK_VERIFY_OK(result);
        QCOMPARE(result->exitCode, 3);
        QCOMPARE(result->output, "out\nby-test\n/workspace\nfrom-host");
        QCOMPARE(result->errorOutput, "err\n");
    }

    void megabytesBothWays()
    {
        const QByteArray input(8 * 1024 * 1024, 'x');
        const auto result = shell(u"cat"_s, {.outputLimit = 9 * kMiB, .input = input});
        PADDOCK_VERIFY_OK(result);
        QCOMPARE(result->output.size(), input.size());
        const auto tooMuch = shell(u"cat /dev/zero"_s, {.outputLimit = kMiB, .input = {}});
        QCOMPARE(tooMuch.error().kind, ErrorKind::FileTooLarge);
    }

    void missingProgram()
    {
        const auto result = await(m_session->sandbox().run({.argv = {u"/no/such/program"_s}}));
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::CommandNotFound);
        QVERIFY(!result.error().remedy.isEmpty());
    }

    void timeoutEndsTheCommand()
    {
        const auto result = shell(u"touch /tmp/began; exec sleep 4242"_s,
                                  {.timeout = std::chrono::milliseconds(1500), .input = {}});
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::CommandTimeout);
        QVERIFY(shell(u"test -f /tmp/began"_s)->exitCode == 0);
        QTRY_VERIFY(!shell(u"ps"_s)->output.contains("sleep 4242"));
    }

    void streamedRun()
    {
        auto run = m_session->sandbox().execute(
            {.argv = {u"/bin/sh"_s, u"-c"_s, u"while read l; do echo got-$l; done"_s},
             .input = true});
        QByteArray seen;
        connect(run.get(),
                &CommandRun::output,
                this,
                [&](CommandRun::Channel, const QByteArray &bytes) { seen += bytes; });
        QSignalSpy finished(run.get(), &CommandRun::finished);
        run->write("one\n");
        QTRY_COMPARE(seen, "got-one\n");
        run->write("two\n");
        QTRY_COMPARE(seen, "got-one\ngot-two\n");
        QVERIFY(finished.isEmpty());
        run->closeInput();
        QTRY_COMPARE(finished.size(), 1);
        QCOMPARE(finished.first().first().value<Result<int>>(), Result<int>(0));
    }

    void files()
    {
        auto &sandbox = m_session->sandbox();
        const QString odd = u"/workspace/odd \u00e4\nname"_s;
        PADDOCK_VERIFY_OK(await(sandbox.writeFile(odd, "content", 0640)));
        QCOMPARE(*await(sandbox.readFile(odd)), "content");
        const QString onHost = m_session->fixture().worktree() + u"/odd \u00e4\nname"_s;
        QCOMPARE(contentOf(onHost), "content");
        struct stat info = {};
        QCOMPARE(::stat(QFile::encodeName(onHost).constData(), &info), 0);
        QCOMPARE(info.st_uid, m_session->spec().uid);
        QCOMPARE(info.st_mode & 0777, 0640U);

        QCOMPARE(await(sandbox.readFile(u"/workspace/none"_s)).error().kind,
                 ErrorKind::FileNotFound);
        QCOMPARE(await(sandbox.readFile(u"/workspace"_s)).error().kind, ErrorKind::InvalidArgument);
        QVERIFY(shell(u"head -c 200000 /dev/zero > /workspace/big"_s));
        QCOMPARE(await(sandbox.readFile(u"/workspace/big"_s, 1000)).error().kind,
                 ErrorKind::FileTooLarge);
        // The root file system is read-only for this door, too.
        QVERIFY(!await(sandbox.writeFile(u"/etc/planted"_s, "x")));
        QVERIFY(!await(sandbox.readFile(u"/etc/planted"_s)));
        // A link in the workspace is followed inside, never on the host.
        QVERIFY(shell(u"ln -s /etc/passwd /workspace/way"_s));
        const auto followed = await(sandbox.readFile(u"/workspace/way"_s));
        QVERIFY(!followed || followed->startsWith("root:x:0:0::/:/bin/sh"));

        const auto listed = await(sandbox.listFiles(u"/workspace"_s));
        PADDOCK_VERIFY_OK(listed);
        QStringList names;
        for (const FileEntry &entry : *listed)
            names.append(entry.path);
        QVERIFY(names.contains(u"odd \u00e4\nname"_s));
        QVERIFY(names.contains(u"README"_s));
        QVERIFY(std::ranges::any_of(*listed, [](const FileEntry &entry) {
            return entry.path == u"way" && entry.type == FileEntry::Type::Link &&
                   entry.linkTarget == u"/etc/passwd";
        }));
    }

    void folders()
    {
        const QString source = m_environment.path(u"given"_s);
        QDir().mkpath(source + u"/below"_s);
        QFile file(source + u"/below/file"_s);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("given") == 5);
        file.close();
        PADDOCK_VERIFY_OK(await(m_session->sandbox().copyIn(source, u"/home/agent"_s)));
        QCOMPARE(shell(u"cat /home/agent/given/below/file && echo more > /home/agent/given/new"_s)
                     ->output,
                 "given");
        const QString back = m_environment.path(u"back"_s);
        QDir().mkpath(back);
        PADDOCK_VERIFY_OK(await(m_session->sandbox().copyOut(u"/home/agent/given"_s, back)));
        QCOMPARE(contentOf(back + u"/given/new"_s), "more\n");
        QVERIFY(!await(m_session->sandbox().copyOut(u"/home/agent/given"_s, back)));
    }

    void usageAndInformation()
    {
        const auto usage = await(m_session->sandbox().resourceUsage());
        PADDOCK_VERIFY_OK(usage);
        QVERIFY(usage->memoryBytes > 0);
        QCOMPARE(usage->memoryLimit, 4 * kGiB);
        QVERIFY(usage->pids >= 1);
        const auto information = await(m_session->sandbox().information());
        PADDOCK_VERIFY_OK(information);
        QCOMPARE(information->condition, SandboxInformation::Condition::Running);
        QVERIFY(information->pid > 1);
        QCOMPARE(information->specHash,
                 m_session->fixture().request(m_session->spec(), m_bench->posture()).specHash);
    }

    void lifeCycle()
    {
        SealedSession session(*m_bench, m_environment);
        auto &sandbox = session.sandbox();
        QCOMPARE(await(sandbox.start()).error().kind, ErrorKind::NotInitialized);
        QSignalSpy states(&sandbox, &ExecutionSandbox::stateChanged);
        session.start();
        QCOMPARE(await(sandbox.initialise(*checked(session))).error().kind,
                 ErrorKind::AlreadyInitialized);
        PADDOCK_VERIFY_OK(await(sandbox.stop()));
        PADDOCK_VERIFY_OK(await(sandbox.stop()));
        PADDOCK_VERIFY_OK(await(sandbox.kill()));
        QCOMPARE(sandbox.state(), ExecutionSandbox::State::Stopped);

        // Another object, after a restart of the application, takes the container over.
        DockerSandbox later(m_bench->engine());
        PADDOCK_VERIFY_OK(await(later.adopt(session.id(), session.spec())));
        QCOMPARE(later.state(), ExecutionSandbox::State::Stopped);
        PADDOCK_VERIFY_OK(await(later.start()));
        PADDOCK_VERIFY_OK(await(later.kill()));
        // Somebody else's container is not taken over.
        auto foreign = session.spec();
        foreign.instance = u"another"_s;
        DockerSandbox thief(m_bench->engine());
        QCOMPARE(await(thief.adopt(session.id(), foreign)).error().kind, ErrorKind::Conflict);

        PADDOCK_VERIFY_OK(await(sandbox.cleanup()));
        PADDOCK_VERIFY_OK(await(sandbox.cleanup()));
        QCOMPARE(await(sandbox.information()).error().kind, ErrorKind::Destroyed);
        QVERIFY(states.size() >= 4);
    }

    // The name is taken: by ourselves, by a leftover of another spec, by somebody else.
    void takenNames()
    {
        SealedSession session(*m_bench, m_environment);
        DockerSandbox lost(m_bench->engine());
        PADDOCK_VERIFY_OK(await(lost.create(*checked(session))));
        PADDOCK_VERIFY_OK(await(session.sandbox().create(*checked(session))));
        QCOMPARE(session.id(), lost.containerId());

        SealedSession changed(*m_bench, m_environment, session.spec().session.value);
        changed.spec().profile.limits.pids = 300;
        PADDOCK_VERIFY_OK(await(changed.sandbox().initialise(*checked(changed))));
        QVERIFY(changed.id() != lost.containerId());
        // It runs now, and is left alone.
        SealedSession third(*m_bench, m_environment, session.spec().session.value);
        QCOMPARE(await(third.sandbox().create(*checked(third))).error().kind, ErrorKind::Conflict);

        SealedSession foreign(*m_bench, m_environment);
        auto body = m_bench->real().body({u"/bin/true"_s});
        body.insert(u"Image"_s, m_bench->image().value);
        const auto theirs = await(
            m_bench->engine().containers().create(containerName(foreign.spec().session), body));
        PADDOCK_VERIFY_OK(theirs);
        const auto refused = await(foreign.sandbox().create(*checked(foreign)));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        PADDOCK_VERIFY_OK(await(foreign.sandbox().cleanup()));
        QVERIFY(!m_bench->inspect(theirs->id).isEmpty());
    }

    // A create that was given up leaves nothing once it is cleaned up.
    void cancelledCreateLeavesNothing()
    {
        SealedSession session(*m_bench, m_environment);
        auto pending = session.sandbox().create(*checked(session));
        pending.cancel();
        PADDOCK_VERIFY_OK(await(session.sandbox().cleanup()));
        QTRY_VERIFY(m_bench->inspect(ContainerId{containerName(session.spec().session)}).isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_DockerSandbox)
#include "tst_DockerSandbox.moc"
