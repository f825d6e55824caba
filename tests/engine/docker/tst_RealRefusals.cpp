// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Create requests that the engine of this machine refuses: told apart, and nothing is left behind.

#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/support/TestEnvironment.h"

#include <QJsonArray>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_RealRefusals : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusedCreateLeavesNothing();

private:
    TestEnvironment m_environment;
    RealEngine m_engine;
};

void tst_RealRefusals::refusedCreateLeavesNothing()
{
    ContainersApi &containers = m_engine.client().containers();
    const auto bodyWith = [&](const QString &key, const QJsonValue &value) {
        QJsonObject body = m_engine.body({u"true"_s});
        QJsonObject host = body.value(u"HostConfig"_s).toObject();
        host.insert(key, value);
        body.insert(u"HostConfig"_s, host);
        return body;
    };
    const auto mount = QJsonArray{QJsonObject{{u"Type"_s, u"bind"_s},
                                              {u"Source"_s, m_environment.path(u"none"_s)},
                                              {u"Target"_s, u"/mnt"_s}}};
    const QList<std::pair<QJsonObject, ErrorKind>> refused{
        {bodyWith(u"NanoCpus"_s, qint64{100'000} * 1'000'000'000),
         ErrorKind::ResourceLimitExceeded},
        {bodyWith(u"Memory"_s, 1024), ErrorKind::ResourceLimitExceeded},
        {bodyWith(u"CapAdd"_s, QJsonArray{u"CAP_NO_SUCH_THING"_s}), ErrorKind::InvalidConfig},
        {bodyWith(u"Mounts"_s, mount), ErrorKind::MountFailed},
        {bodyWith(u"Runtime"_s, u"no-such-runtime"_s), ErrorKind::UnsupportedOption},
    };
    for (const auto &[body, kind] : refused) {
        auto created = await(containers.create(m_engine.uniqueName(), body));
        if (created) {
            // Some engines look at the runtime and the mounts at the start only.
            const auto started = await(containers.start(created->id));
            PADDOCK_VERIFY_OK(await(containers.remove(created->id, {.force = true})));
            QVERIFY(!started);
            created = fail(started.error());
        }
        QVERIFY2(created.error().kind == kind, qPrintable(created.error().toString()));
        QVERIFY(!created.error().detail.isEmpty());
        QVERIFY(!created.error().remedy.isEmpty());
    }
    const auto left = await(containers.list({.labels = {m_engine.label()}}));
    PADDOCK_VERIFY_OK(left);
    QVERIFY(left->isEmpty());

    // Positive control: the same request without the fault is made, and found by its label.
    PADDOCK_VERIFY_OK(await(containers.create(m_engine.uniqueName(), m_engine.body({u"true"_s}))));
    QCOMPARE(await(containers.list({.labels = {m_engine.label()}}))->size(), 1);
}

QTEST_GUILESS_MAIN(tst_RealRefusals)
#include "tst_RealRefusals.moc"
