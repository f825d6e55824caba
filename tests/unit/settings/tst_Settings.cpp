// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Bytes.h"
#include "core/settings/Settings.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::settings;

class tst_Settings : public QObject
{
    Q_OBJECT

    test::TestEnvironment m_environment;
    QString m_folder;
    int m_count = 0;

    [[nodiscard]] Settings load(const QMap<QString, QString> &variables = {}) const
    {
        QProcessEnvironment environment;
        for (const auto &[name, value] : variables.asKeyValueRange())
            environment.insert(name, value);
        return Settings::load(m_folder, environment, u"/home/me"_s);
    }

    void writeFile(const QByteArray &content) const
    {
        QDir().mkpath(m_folder);
        QFile file(m_folder + u"/settings.json"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

private Q_SLOTS:
    void init() { m_folder = m_environment.path(u"settings-%1"_s.arg(++m_count)); }

    void defaults()
    {
        const Settings settings = load();
        const Values &values = settings.values();
        QVERIFY(!settings.error());
        QCOMPARE(values.executionMode.value, ExecutionMode::Docker);
        QCOMPARE(values.defaultImage.value, u"claude-agent-base"_s);
        QCOMPARE(values.memoryLimit.value, 4 * kGiB);
        QCOMPARE(values.cpuMilli.value, 2000);
        QCOMPARE(values.pidsLimit.value, 512);
        QCOMPARE(values.dockerAccess.value, DockerAccess::None);
        QCOMPARE(values.runtime.value, QString());
        QCOMPARE(values.maxConcurrent.value, 4);
        QCOMPARE(values.dockerSocket.value, QString());
        QCOMPARE(values.projectsRoot.value, u"/home/me/projects"_s);
        for (const SettingRow &row : settings.rows())
            QCOMPARE(row.origin, ValueOrigin::Default);
        QCOMPARE(settings.rows().size(), 10);
    }

    void laterOriginsWin()
    {
        writeFile(
            R"({"memoryLimit": "2g", "pidsLimit": 100, "projectsRoot": "~/code", "cpuLimit": 1.5})");
        const Settings settings =
            load({{u"AGENT_MEMORY_LIMIT"_s, u"1.5g"_s}, {u"AGENT_PIDS_LIMIT"_s, u" "_s}});
        const Values &values = settings.values();
        QVERIFY(!settings.error());
        QCOMPARE(values.memoryLimit, (Setting<qint64>{3 * kGiB / 2, ValueOrigin::Environment}));
        // An empty variable is not set.
        QCOMPARE(values.pidsLimit, (Setting<int>{100, ValueOrigin::ConfigFile}));
        QCOMPARE(values.projectsRoot.value, u"/home/me/code"_s);
        QCOMPARE(values.cpuMilli, (Setting<int>{1500, ValueOrigin::ConfigFile}));
        QCOMPARE(values.maxConcurrent.origin, ValueOrigin::Default);
    }

    void badValuesAreNeverTaken_data()
    {
        QTest::addColumn<QString>("variable");
        QTest::addColumn<QString>("value");
        const auto row = [](const QString &variable, const QStringList &values) {
            for (const QString &value : values)
                QTest::newRow(qPrintable(variable + u'=' + value)) << variable << value;
        };
        row(u"AGENT_MODE"_s, {u"dokcer"_s, u"1"_s});
        row(u"AGENT_MEMORY_LIMIT"_s,
            {u"4q"_s, u"-1"_s, u"0"_s, u"1k"_s, u"4 g g"_s, u"9999999t"_s, u"0x10"_s});
        row(u"AGENT_CPU_LIMIT"_s, {u"two"_s, u"0"_s, u"-1"_s, u"1e3"_s, u"2,5"_s, u"99999"_s});
        row(u"AGENT_PIDS_LIMIT"_s, {u"0"_s, u"-1"_s, u"1.5"_s, u"many"_s, u"99999999999"_s});
        row(u"AGENT_DOCKER_ACCESS"_s, {u"yes"_s, u"true"_s});
        row(u"AGENT_MAX_CONCURRENT"_s, {u"0"_s, u"x"_s});
        row(u"AGENT_DEFAULT_IMAGE"_s, {u"a b"_s, u"-x"_s, u"a/../b"_s});
        row(u"AGENT_RUNTIME"_s, {u"a/b"_s});
        row(u"DOCKER_SOCKET"_s, {u"relative.sock"_s, u"tcp://1.2.3.4:2375"_s});
        row(u"PROJECTS_ROOT"_s, {u"projects"_s});
        row(u"SANDBOX_ENABLED"_s, {u"maybe"_s});
    }

    void badValuesAreNeverTaken()
    {
        QFETCH(QString, variable);
        QFETCH(QString, value);
        const Settings settings = load({{variable, value}});
        const auto error = settings.error();
        QVERIFY(error);
        QCOMPARE(error->kind, ErrorKind::InvalidConfig);
        QVERIFY2(error->message.startsWith(variable), qPrintable(error->message));
        QVERIFY(!error->remedy.isEmpty());
        QCOMPARE(settings.values(), load().values());
    }

    void goodValues()
    {
        const Settings settings =
            load({{u"AGENT_MODE"_s, u"LOCAL"_s},
                  {u"AGENT_DEFAULT_IMAGE"_s, u"example.com:5000/team/tools:1.2"_s},
                  {u"AGENT_CPU_LIMIT"_s, u"0.5"_s},
                  {u"AGENT_DOCKER_ACCESS"_s, u"socket"_s},
                  {u"AGENT_RUNTIME"_s, u"sysbox-runc"_s},
                  {u"DOCKER_SOCKET"_s, u"unix:///run/x.sock"_s},
                  {u"PROJECTS_ROOT"_s, u"~"_s}});
        QVERIFY2(!settings.error(),
                 settings.error() ? qPrintable(settings.error()->toString()) : "");
        QCOMPARE(settings.values().executionMode.value, ExecutionMode::Local);
        QCOMPARE(settings.values().cpuMilli.value, 500);
        QCOMPARE(settings.values().dockerAccess.value, DockerAccess::Socket);
        QCOMPARE(settings.values().dockerSocket.value, u"/run/x.sock"_s);
        QCOMPARE(settings.values().projectsRoot.value, u"/home/me"_s);
    }

    void sandboxSwitch_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("enabled");
        QTest::addColumn<bool>("local");
        QTest::addColumn<bool>("notice");
        QTest::newRow("off alone") << QString() << u"false"_s << true << false;
        QTest::newRow("on alone") << QString() << u"true"_s << false << false;
        QTest::newRow("docker wins") << u"docker"_s << u"false"_s << false << true;
        QTest::newRow("local wins") << u"local"_s << u"1"_s << true << true;
        QTest::newRow("agree") << u"local"_s << u"off"_s << true << false;
    }

    void sandboxSwitch()
    {
        QFETCH(QString, mode);
        QFETCH(QString, enabled);
        QFETCH(bool, local);
        QFETCH(bool, notice);
        const Settings settings = load({{u"AGENT_MODE"_s, mode}, {u"SANDBOX_ENABLED"_s, enabled}});
        QVERIFY(!settings.error());
        QCOMPARE(settings.values().executionMode.value,
                 local ? ExecutionMode::Local : ExecutionMode::Docker);
        QCOMPARE(!settings.notices().isEmpty(), notice);
    }

    void damagedFileIsNeitherUsedNorOverwritten_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("cut") << QByteArray(R"({"memoryLimit": )");
        QTest::newRow("twice") << QByteArray(R"({"pidsLimit": 1, "pidsLimit": 2})");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("bytes") << QByteArray("\xff\xfe\x00", 3);
    }

    void damagedFileIsNeitherUsedNorOverwritten()
    {
        QFETCH(QByteArray, content);
        writeFile(content);
        Settings settings = load();
        QVERIFY(settings.error());
        QVERIFY(settings.error()->message.contains(u"settings.json"));
        QVERIFY(!settings.set(u"pidsLimit"_s, u"100"_s));
        QFile file(settings.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content);
    }

    void wrongKindOfValueInTheFile()
    {
        writeFile(R"({"memoryLimit": ["4g"], "executionMode": true})");
        QCOMPARE(load().problems().size(), 2);
    }

    void setWritesAndKeepsWhatItDoesNotKnow()
    {
        writeFile(R"({"future": {"a": 1}, "pidsLimit": 100})");
        Settings settings = load();
        QVERIFY(settings.set(u"memoryLimit"_s, u" 2g "_s));
        QCOMPARE(settings.values().memoryLimit,
                 (Setting<qint64>{2 * kGiB, ValueOrigin::ConfigFile}));
        QCOMPARE(load().values(), settings.values());
        QFile file(settings.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
        QCOMPARE(object.value(u"future")[u"a"].toInt(), 1);
        QVERIFY(settings.set(u"pidsLimit"_s, QString()));
        QCOMPARE(load().values().pidsLimit.origin, ValueOrigin::Default);

        QCOMPARE(settings.set(u"memoryLimit"_s, u"lots"_s).error().kind, ErrorKind::InvalidConfig);
        QCOMPARE(settings.set(u"nothing"_s, u"1"_s).error().kind, ErrorKind::NotFound);
        QCOMPARE(load().values(), settings.values());
    }

    void environmentStaysOnTop()
    {
        Settings settings = load({{u"AGENT_PIDS_LIMIT"_s, u"64"_s}});
        QVERIFY(settings.set(u"pidsLimit"_s, u"200"_s));
        QCOMPARE(settings.values().pidsLimit, (Setting<int>{64, ValueOrigin::Environment}));
        QCOMPARE(load().values().pidsLimit.value, 200);
    }

    void folderThatCannotBeWritten()
    {
        // A file in the folder's place stops root as well.
        QFile file(m_folder);
        QVERIFY(file.open(QIODevice::WriteOnly));
        Settings settings = load();
        const auto written = settings.set(u"pidsLimit"_s, u"200"_s);
        QVERIFY(!written);
        QVERIFY(!written.error().message.isEmpty());
        QCOMPARE(settings.values().pidsLimit.value, 512);
    }
};

QTEST_GUILESS_MAIN(tst_Settings)
#include "tst_Settings.moc"
