// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a real engine refuses at each step: the person gets the cause and a remedy, the engine keeps
// nothing.
#include "core/images/ImageBuilder.h"
#include "core/images/ImageCatalog.h"
#include "tests/attack/AttackBench.h"

#include <QJsonArray>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::test;

class tst_EngineFaults : public QObject
{
    Q_OBJECT

    TestEnvironment m_environment;
    std::unique_ptr<AttackBench> m_bench;

    [[nodiscard]] QStringList leftOf(SealedSession &session)
    {
        QStringList names;
        const auto left = await(m_bench->engine().containers().list(
            {.labels = {u"dev.paddock.session="_s + session.spec().session.value}}));
        if (!left)
            return {left.error().toString()};
        for (const auto &container : *left)
            names += container.names;
        return names;
    }

    [[nodiscard]] Result<sandbox::SandboxInformation> start(SealedSession &session,
                                                            const policy::EnginePosture &posture)
    {
        const auto checked =
            policy::PolicyCheck(session.fixture().context()).check(session.spec(), posture);
        if (!checked)
            return fail(checked.error());
        return await(session.sandbox().initialise(*checked));
    }

private Q_SLOTS:
    void initTestCase() { m_bench = std::make_unique<AttackBench>(); }
    void cleanupTestCase() { m_bench.reset(); }

    // Created, then refused at the start: removed, and the cause is told.
    void H11()
    {
        SealedSession session(*m_bench, m_environment);
        auto posture = m_bench->posture();
        posture.openFilesHard = qint64{1} << 40; // so that the check does not lower it
        session.spec().profile.limits.openFilesHard = 2'000'000'000;
        const auto started = start(session, posture);
        QVERIFY(!started);
        QVERIFY2(started.error().detail.contains(u"rlimit"),
                 qPrintable(started.error().toString()));
        QVERIFY(!started.error().message.isEmpty());
        QVERIFY(!started.error().remedy.isEmpty());
        QCOMPARE(session.sandbox().state(), sandbox::ExecutionSandbox::State::Destroyed);
        QCOMPARE(leftOf(session), QStringList());

        // Controls: the container had been made (a create alone leaves it); a sane limit starts.
        SealedSession made(*m_bench, m_environment);
        made.spec().profile.limits.openFilesHard = 2'000'000'000;
        const auto checked =
            policy::PolicyCheck(made.fixture().context()).check(made.spec(), posture);
        PADDOCK_VERIFY_OK(checked);
        PADDOCK_VERIFY_OK(await(made.sandbox().create(*checked)));
        QCOMPARE(leftOf(made).size(), 1);
        SealedSession sane(*m_bench, m_environment);
        PADDOCK_VERIFY_OK(start(sane, m_bench->posture()));
    }

    // Refused at the create: message with a remedy, nothing on the engine.
    void H12()
    {
        SealedSession session(*m_bench, m_environment);
        auto posture = m_bench->posture();
        posture.cpus = 1000; // a lie, so that the check does not lower it
        session.spec().profile.limits.cpuMilli = 900'000;
        const auto started = start(session, posture);
        QVERIFY(!started);
        QVERIFY2(started.error().detail.contains(u"CPU", Qt::CaseInsensitive),
                 qPrintable(started.error().toString()));
        QVERIFY(!started.error().remedy.isEmpty());
        QVERIFY(!started.error().isRetryable());
        QCOMPARE(leftOf(session), QStringList());

        // A wrong capability, which the check never lets through.
        const auto wrong = await(m_bench->engine().containers().create(
            m_bench->real().uniqueName(),
            QJsonObject{
                {u"Image"_s, m_bench->image().value},
                {u"HostConfig"_s, QJsonObject{{u"CapAdd"_s, QJsonArray{u"EVERYTHING"_s}}}}}));
        QVERIFY(!wrong);
        QVERIFY2(wrong.error().detail.contains(u"EVERYTHING"),
                 qPrintable(wrong.error().toString()));
        QVERIFY(!wrong.error().remedy.isEmpty());

        // Control: with the truth the limit is lowered, the person is told, and it starts.
        SealedSession honest(*m_bench, m_environment);
        honest.spec().profile.limits.cpuMilli = 900'000;
        const auto checked = policy::PolicyCheck(honest.fixture().context())
                                 .check(honest.spec(), m_bench->posture());
        PADDOCK_VERIFY_OK(checked);
        QCOMPARE(checked->spec().profile.limits.cpuMilli, m_bench->posture().cpus * 1000);
        QVERIFY(std::ranges::any_of(checked->notices(), [](const policy::PostureNotice &notice) {
            return notice.id == u"cpus-clamped";
        }));
        PADDOCK_VERIFY_OK(await(honest.sandbox().initialise(*checked)));
    }

    void H15()
    {
        // The name of no image.
        images::ImageCatalog catalog(m_bench->engine().images());
        const auto missing = await(catalog.validate(u"paddock-no-such-image"_s));
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::ImageNotFound);
        QVERIFY(missing.error().remedy.contains(u"docker pull paddock-no-such-image:latest"));
        QVERIFY(images::imageMissing(u"claude-agent-base"_s)
                    .remedy.contains(u"paddockctl image build claude-agent-base"));

        // An image that went away after it was looked up.
        SealedSession session(*m_bench, m_environment);
        session.spec().image = {u"sha256:"_s + QString(64, u'0')};
        const auto started = start(session, m_bench->posture());
        QVERIFY(!started);
        QCOMPARE(started.error().kind, ErrorKind::ImageNotFound);
        QCOMPARE(leftOf(session), QStringList());

        // A base that is not there and cannot be fetched: port 1 of this machine is nobody's
        // registry.
        images::ImageRecipe recipe;
        recipe.name = u"paddock-test-offline"_s;
        recipe.tag = u"paddock-test-offline:"_s + randomShortId();
        recipe.base = u"127.0.0.1:1/paddock/none:1"_s;
        recipe.dockerfile = u"Dockerfile"_s;
        recipe.files = {{u"Dockerfile"_s, "FROM 127.0.0.1:1/paddock/none:1\n"}};
        images::ImageBuild build(m_bench->engine().images(), recipe, {});
        QSignalSpy finished(&build, &images::ImageBuild::finished);
        build.start();
        QVERIFY(finished.wait(30'000));
        const auto result = finished.first().first().value<Result<images::BuiltImage>>();
        QVERIFY(!result);
        QVERIFY2(result.error().kind == ErrorKind::ImagePullFailed ||
                     result.error().kind == ErrorKind::ImageNotFound,
                 qPrintable(result.error().toString()));
        QVERIFY(result.error().remedy.contains(u"packaging/run"));

        // Control: what is there is found.
        PADDOCK_VERIFY_OK(await(catalog.validate(m_bench->image().value)));
    }
};

QTEST_GUILESS_MAIN(tst_EngineFaults)
#include "tst_EngineFaults.moc"
