// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/CreateRequest.h"
#include "core/sandbox/SeccompProfile.h"
#include "tests/support/SandboxFixture.h"

#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::test;

namespace {

/// Golden files are made anew with PADDOCK_UPDATE_GOLDEN=1; the diff is what a reviewer reads.
void compareGolden(const QString &name, const QByteArray &actual)
{
    const QString path = sourcePath(u"tests/fixtures/golden/"_s + name);
    QFile file(path);
    if (qEnvironmentVariableIsSet("PADDOCK_UPDATE_GOLDEN")) {
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(actual);
        return;
    }
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(path));
    const QList<QByteArray> expected = file.readAll().split('\n');
    const QList<QByteArray> lines = actual.split('\n');
    for (qsizetype i = 0; i < std::max(expected.size(), lines.size()); ++i) {
        if (expected.value(i) != lines.value(i)) {
            QFAIL(qPrintable(
                u"%1 line %2 differs.\nexpected: %3\nactual:   %4"_s.arg(name).arg(i + 1).arg(
                    QString::fromUtf8(expected.value(i)), QString::fromUtf8(lines.value(i)))));
        }
    }
}

} // namespace

class tst_CreateRequest : public QObject
{
    Q_OBJECT

    TestEnvironment m_environment;

    /// The body with what differs from run to run replaced, pretty-printed.
    QByteArray golden(const sandbox::CreateRequest &request) const
    {
        QString text = QString::fromUtf8(QJsonDocument(request.body).toJson());
        const auto profile = sandbox::seccompProfile(u"x86_64"_s);
        QString escaped = QString::fromUtf8(
            QJsonDocument(QJsonArray{QString::fromUtf8(*profile)}).toJson(QJsonDocument::Compact));
        escaped = escaped.mid(2, escaped.size() - 4);
        Q_ASSERT(text.contains(escaped));
        text.replace(escaped, u"@SECCOMP x86_64@"_s);
        text.replace(request.specHash, u"@HASH@"_s);
        text.replace(m_environment.path(), u"@ENV@"_s);
        return text.toUtf8();
    }

    static policy::SandboxSpec asPerson(policy::SandboxSpec spec)
    {
        spec.uid = 1234;
        spec.gid = 1234;
        return spec;
    }

private Q_SLOTS:
    void agentProfile()
    {
        const SandboxFixture fixture(m_environment, u"golden01"_s);
        auto spec = asPerson(fixture.spec(SandboxFixture::anyImage()));
        spec.environment.insert(u"ANTHROPIC_BASE_URL"_s, u"http://127.0.0.1:3129"_s);
        compareGolden(u"create-agent.json"_s, golden(fixture.request(spec)));
    }

    // A proxy that nothing serves would make every request of the agent fail in a puzzling way.
    void theProxyIsNamedOnlyWhereItIsServed()
    {
        const SandboxFixture fixture(m_environment, u"golden06"_s);
        auto spec = asPerson(fixture.spec(SandboxFixture::anyImage()));
        const auto variables = [&] {
            return fixture.request(spec).body[u"Env"].toArray().toVariantList();
        };
        for (const auto &name : {u"HTTP_PROXY="_s, u"https_proxy="_s, u"NO_PROXY="_s})
            QVERIFY2(variables().contains(name), qPrintable(name));
        spec.command += {u"--forward"_s, u"3128=proxy.sock"_s};
        for (const auto &variable : {u"HTTP_PROXY=http://127.0.0.1:3128"_s,
                                     u"https_proxy=http://127.0.0.1:3128"_s,
                                     u"NO_PROXY=127.0.0.1,localhost,::1"_s})
            QVERIFY2(variables().contains(variable), qPrintable(variable));
    }

    void minimalProfile()
    {
        const SandboxFixture fixture(m_environment, u"golden02"_s);
        auto spec = asPerson(fixture.spec(SandboxFixture::anyImage()));
        spec.profile = policy::minimalProfile();
        compareGolden(u"create-minimal.json"_s, golden(fixture.request(spec)));
    }

    void everythingAPersonCanChange()
    {
        const SandboxFixture fixture(m_environment, u"golden03"_s);
        auto spec = asPerson(fixture.spec(SandboxFixture::anyImage()));
        spec.profile.capabilities = {u"NET_BIND_SERVICE"_s};
        spec.profile.network = policy::NetworkMode::Bridge;
        spec.profile.runtime = u"runc"_s;
        spec.profile.limits.cpuMilli = 64'000;
        spec.profile.healthCheck = {.mode = policy::HealthCheckMode::Custom,
                                    .test = {u"CMD"_s, u"true"_s},
                                    .interval = std::chrono::seconds(30),
                                    .retries = 3};
        spec.profile.extraTmpfs = {{.target = u"/scratch"_s, .bytes = kMiB}};
        spec.maskedFolders = {u"/workspace/.worktrees"_s};
        compareGolden(u"create-everything.json"_s, golden(fixture.request(spec)));
    }

    void rootlessEngine()
    {
        const SandboxFixture fixture(m_environment, u"golden04"_s);
        auto posture = SandboxFixture::strongEngine();
        posture.rootless = true;
        compareGolden(
            u"create-rootless.json"_s,
            golden(fixture.request(fixture.spec(SandboxFixture::anyImage(), posture), posture)));
    }

    void remappedEngine()
    {
        const SandboxFixture fixture(m_environment, u"golden05"_s);
        auto posture = SandboxFixture::strongEngine();
        posture.userNamespaces = true;
        const auto request =
            fixture.request(asPerson(fixture.spec(SandboxFixture::anyImage(), posture)), posture);
        QCOMPARE(request.body[u"HostConfig"][u"UsernsMode"].toString(), u"host"_s);
        QCOMPARE(request.body[u"User"].toString(), u"1234:1234"_s);
    }

    void hashNamesTheSpec()
    {
        const SandboxFixture fixture(m_environment, u"golden06"_s);
        auto spec = asPerson(fixture.spec(SandboxFixture::anyImage()));
        const auto first = fixture.request(spec);
        QCOMPARE(fixture.request(spec).specHash, first.specHash);
        QCOMPARE(first.body[u"Labels"][u"dev.paddock.spec-hash"].toString(), first.specHash);
        // The order of mounts is no difference; a value is.
        std::reverse(spec.mounts.begin(), spec.mounts.end());
        QCOMPARE(fixture.request(spec).specHash, first.specHash);
        spec.profile.limits.pids = 513;
        QVERIFY(fixture.request(spec).specHash != first.specHash);
    }

    void noArchitectureNoContainer()
    {
        const SandboxFixture fixture(m_environment, u"golden07"_s);
        auto posture = SandboxFixture::strongEngine();
        posture.architecture = u"riscv64"_s;
        const auto checked =
            policy::PolicyCheck(fixture.context())
                .check(asPerson(fixture.spec(SandboxFixture::anyImage())), posture);
        QVERIFY(checked);
        const auto request = sandbox::compile(*checked);
        QVERIFY(!request);
        QCOMPARE(request.error().kind, ErrorKind::UnsupportedOption);
    }

    void execNeverRaisesAnything_data()
    {
        QTest::addColumn<QStringList>("argv");
        QTest::addColumn<QStringList>("environment");
        QTest::addColumn<bool>("allowed");
        const QStringList none;
        QTest::newRow("plain") << QStringList{u"git"_s, u"status"_s} << none << true;
        QTest::newRow("odd words")
            << QStringList{u"sh"_s, u"-c"_s, u"echo 'a\nb' \u2028"_s} << none << true;
        QTest::newRow("empty") << none << none << false;
        QTest::newRow("empty program") << QStringList{QString()} << none << false;
        QTest::newRow("NUL") << QStringList{u"a"_s, u"b\0c"_s} << none << false;
        QTest::newRow("nameless") << QStringList{u"a"_s} << QStringList{u"=x"_s} << false;
        // Assembled here, so that no scanner takes the source for a leak.
        QTest::newRow("key") << QStringList{u"curl"_s, u"sk-ant-"_s + QString(40, u'x')} << none
                             << false;
        QTest::newRow("token in environment")
            << QStringList{u"git"_s} << QStringList{u"T=ghp_"_s + QString(36, u'a')} << false;
        QTest::newRow("password in an address")
            << QStringList{u"git"_s, u"clone"_s, u"https://me:hunter22@example.com/x"_s} << none
            << false;
        QTest::newRow("address") << QStringList{u"git"_s, u"clone"_s, u"https://example.com/x"_s}
                                 << none << true;
    }

    void execNeverRaisesAnything()
    {
        QFETCH(QStringList, argv);
        QFETCH(QStringList, environment);
        QFETCH(bool, allowed);
        policy::SandboxSpec spec;
        spec.uid = 1234;
        spec.gid = 1234;
        const auto options = sandbox::compileExec({.argv = argv, .environment = environment}, spec);
        QCOMPARE(options.has_value(), allowed);
        if (allowed) {
            QCOMPARE(options->user, u"1234:1234"_s);
            QCOMPARE(options->command, argv);
            QCOMPARE(options->workingFolder, u"/workspace"_s);
        } else {
            QVERIFY(!options.error().remedy.isEmpty());
        }
    }
};

QTEST_GUILESS_MAIN(tst_CreateRequest)
#include "tst_CreateRequest.moc"
