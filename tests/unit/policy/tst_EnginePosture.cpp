// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/EnginePosture.h"
#include "core/policy/UserMapping.h"
#include "tests/support/SandboxFixture.h"

#include <QJsonArray>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::policy;

class tst_EnginePosture : public QObject
{
    Q_OBJECT

    const QJsonObject m_info{
        {u"NCPU"_s, 2},
        {u"Architecture"_s, u"x86_64"_s},
        {u"SecurityOptions"_s, QJsonArray{u"name=seccomp,profile=default"_s}},
        {u"Runtimes"_s, QJsonObject{{u"runc"_s, QJsonObject()}, {u"runsc"_s, QJsonObject()}}},
        {u"RuncCommit"_s, QJsonObject{{u"ID"_s, u"v1.3.4-0-gd"_s}}}};

private Q_SLOTS:
    void reads()
    {
        const auto posture = EnginePosture::fromEngine(m_info);
        QVERIFY(posture);
        QVERIFY(posture->seccomp);
        QVERIFY(!posture->appArmor && !posture->rootless && !posture->userNamespaces);
        QCOMPARE(posture->cpus, 2);
        QCOMPARE(posture->runcVersion, u"1.3.4"_s);
        QCOMPARE(posture->runtimes, (QStringList{u"runc"_s, u"runsc"_s}));
        // GET /version says it better.
        const QJsonObject version{
            {u"Components"_s,
             QJsonArray{QJsonObject{{u"Name"_s, u"Engine"_s}, {u"Version"_s, u"20.10"_s}},
                        QJsonObject{{u"Name"_s, u"runc"_s}, {u"Version"_s, u"1.1.5+ds1"_s}}}}};
        QCOMPARE(EnginePosture::fromEngine(m_info, version)->runcVersion, u"1.1.5"_s);
    }

    void wrongTypesAreRefused()
    {
        QJsonObject wrong = m_info;
        wrong.insert(u"SecurityOptions"_s, u"seccomp"_s);
        QVERIFY(!EnginePosture::fromEngine(wrong));
        QVERIFY(!checkPosture(*EnginePosture::fromEngine(QJsonObject())));
    }

    void enginesThatCannotSeal()
    {
        const auto strong = test::SandboxFixture::strongEngine();
        QVERIFY(checkPosture(strong));
        for (bool EnginePosture::*member :
             {&EnginePosture::seccomp, &EnginePosture::memoryLimit, &EnginePosture::pidsLimit}) {
            auto weak = strong;
            weak.*member = false;
            const auto refused = checkPosture(weak);
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, ErrorKind::SecurityViolation);
            QVERIFY(!refused.error().remedy.isEmpty());
        }
    }

    void noticesByKind()
    {
        const auto strong = test::SandboxFixture::strongEngine();
        QVERIFY(checkPosture(strong)->isEmpty());
        auto other = strong;
        other.appArmor = false;
        QCOMPARE(checkPosture(other)->first().id, u"no-mandatory-access-control"_s);
        other = strong;
        other.runcVersion = u"1.2.7"_s;
        QCOMPARE(checkPosture(other)->first().id, u"runc-old"_s);
    }

    void namesForTheUser()
    {
        QVERIFY(passwdText(1234, 1235).startsWith("agent:x:1234:1235:agent:/home/agent:"));
        QVERIFY(passwdText(1234, 1235).contains("\nroot:x:0:0:"));
        // On a rootless engine 0 is the person, and has one name.
        QVERIFY(passwdText(0, 0).startsWith("agent:x:0:0:"));
        QVERIFY(!passwdText(0, 0).contains("root:x:"));
        QCOMPARE(groupText(1235), "agent:x:1235:\nroot:x:0:\nnogroup:x:65534:\n");
    }

    void users_data()
    {
        QTest::addColumn<uint>("uid");
        QTest::addColumn<uint>("gid");
        QTest::addColumn<bool>("rootless");
        QTest::addColumn<bool>("remapped");
        QTest::addColumn<uint>("inside");
        QTest::addColumn<uint>("onHost");
        QTest::newRow("person") << 1234U << 1235U << false << false << 1234U << 1234U;
        QTest::newRow("root") << 0U << 0U << false << false << 1000U << 1000U;
        QTest::newRow("rootless") << 1234U << 1235U << true << false << 0U << 1234U;
        QTest::newRow("remapped") << 1234U << 1235U << false << true << 1234U << 1234U;
        QTest::newRow("group root") << 1234U << 0U << false << false << 1234U << 1234U;
    }

    void users()
    {
        QFETCH(uint, uid);
        QFETCH(uint, gid);
        QFETCH(bool, rootless);
        QFETCH(bool, remapped);
        auto posture = test::SandboxFixture::strongEngine();
        posture.rootless = rootless;
        posture.userNamespaces = remapped;
        const auto mapping = resolveUser(uid, gid, posture);
        QTEST(mapping.uid, "inside");
        QTEST(mapping.hostUid, "onHost");
        QCOMPARE(mapping.mustChown, uid == 0 && !rootless);
        QCOMPARE(mapping.hostUserNamespace, remapped);
        QVERIFY(rootless || mapping.gid != 0);
        // Another group: its files are given to it, on an engine that can.
        const auto other = resolveUser(uid, gid, posture, 4321);
        QCOMPARE(other.gid, rootless ? 0U : 4321U);
        QCOMPARE(other.hostGid, rootless ? gid : 4321U);
        QCOMPARE(other.mustChown, !rootless);
        QCOMPARE(other.uid, mapping.uid);
        QCOMPARE(resolveUser(uid, gid, posture, mapping.gid).mustChown, mapping.mustChown);
    }

    void groupsAreOnesOwn()
    {
        const auto strong = test::SandboxFixture::strongEngine();
        QCOMPARE(*chosenGroup(QString(), strong), std::optional<gid_t>());
        const auto kind = [&strong](const QString &wish) {
            return chosenGroup(wish, strong).error().kind;
        };
        QCOMPARE(kind(u"no-such-group"_s), ErrorKind::InvalidArgument);
        QCOMPARE(kind(u"root"_s), ErrorKind::SecurityViolation);
        QCOMPARE(kind(u"0"_s), ErrorKind::SecurityViolation);
        if (::getegid() != 0) {
            const QString own = QString::number(::getegid());
            QCOMPARE(*chosenGroup(own, strong), std::optional<gid_t>(::getegid()));
            auto rootless = strong;
            rootless.rootless = true;
            QCOMPARE(chosenGroup(own, rootless).error().kind, ErrorKind::UnsupportedOption);
        }
        if (::geteuid() != 0)
            QCOMPARE(kind(u"54321"_s), ErrorKind::PermissionDenied);
        else
            QCOMPARE(*chosenGroup(u"54321"_s, strong), std::optional<gid_t>(54321));
    }
};

QTEST_GUILESS_MAIN(tst_EnginePosture)
#include "tst_EnginePosture.moc"
