// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/Posture.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace paddock::sessions;
using namespace Qt::StringLiterals;

class tst_Posture : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatEngineAndKernelSay()
    {
        const QJsonObject inspect =
            QJsonDocument::fromJson(
                R"({"Id":"abc","Image":"sha256:1","HostConfig":{"NetworkMode":"none",
                "ReadonlyRootfs":true,"Privileged":false,"Memory":4294967296,"PidsLimit":512,
                "NanoCpus":2000000000},"Config":{"User":"1000:1000","Env":["PATH=/bin",
                "ANTHROPIC_API_KEY=placeholder"]},"Mounts":[{"Source":"/a","Destination":"/workspace",
                "RW":true}]})")
                .object();
        const QJsonObject posture =
            postureFrom(inspect,
                        "Name:\tshim\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
                        "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n",
                        "Inter-|   Receive\n face |bytes\n    lo:       0       0\n");
        QCOMPARE(posture.value(u"interfaces").toArray(), QJsonArray{u"lo"_s});
        QCOMPARE(posture.value(u"networkMode").toString(), u"none"_s);
        QCOMPARE(posture.value(u"capabilities")[u"effective"].toString(), u"0000000000000000"_s);
        QVERIFY(posture.value(u"noNewPrivileges").toBool());
        QCOMPARE(posture.value(u"seccomp").toInt(), 2);
        QVERIFY(posture.value(u"readOnlyRoot").toBool());
        QVERIFY(posture.value(u"keysInEnvironment").toArray().isEmpty());
        QCOMPARE(posture.value(u"mounts")[0][u"readOnly"].toBool(true), false);
    }

    void aKeyInTheEnvironmentIsNamed()
    {
        const QJsonObject inspect =
            QJsonDocument::fromJson(
                R"({"Config":{"Env":["ANTHROPIC_API_KEY=)"
                "sk-ant-api03-"
                R"(AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz"]}})")
                .object();
        const QJsonObject posture = postureFrom(inspect, {}, {});
        QCOMPARE(posture.value(u"keysInEnvironment").toArray(), QJsonArray{u"ANTHROPIC_API_KEY"_s});
        QVERIFY(!QJsonDocument(posture).toJson().contains("sk-ant"));
    }
};

QTEST_GUILESS_MAIN(tst_Posture)
#include "tst_Posture.moc"
