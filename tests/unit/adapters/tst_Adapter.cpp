// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapters/Adapter.h"

#include <QTest>

using namespace paddock;
using namespace paddock::adapters;
using namespace Qt::StringLiterals;

namespace {

QString valueOf(const Adapter &adapter, const QString &name)
{
    for (const EnvironmentVariable &variable : adapter.environment) {
        if (variable.name == name)
            return variable.value;
    }
    return {};
}

} // namespace

class tst_Adapter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void describesClaudeCode()
    {
        const auto adapter = builtInAdapter(u"claude-code"_s);
        QVERIFY(adapter.has_value());
        QCOMPARE(adapter->argv, QStringList{u"claude-agent-acp"_s});
        QCOMPARE(valueOf(*adapter, u"ANTHROPIC_API_KEY"_s), u"placeholder"_s);
        QCOMPARE(valueOf(*adapter, u"ANTHROPIC_BASE_URL"_s), u"http://127.0.0.1:3129"_s);
        QCOMPARE(valueOf(*adapter, u"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"_s), u"1"_s);
        QCOMPARE(valueOf(*adapter, u"DISABLE_AUTOUPDATER"_s), u"1"_s);
        QCOMPARE(valueOf(*adapter, u"IS_SANDBOX"_s), QString());
        QCOMPARE(valueOf(*adapter, u"ANTHROPIC_MODEL"_s), QString());
        QVERIFY(!adapter->quirks.nullUsageIsFailure);
    }

    void followsItsOptions()
    {
        const auto adapter = builtInAdapter(
            u"claude-code"_s, {.user = ContainerUser::RootlessZero, .model = u"m1"_s});
        QCOMPARE(valueOf(*adapter, u"IS_SANDBOX"_s), u"1"_s);
        QCOMPARE(valueOf(*adapter, u"ANTHROPIC_MODEL"_s), u"m1"_s);
    }

    void namesNoVariableTwice()
    {
        for (const auto user : {ContainerUser::Person, ContainerUser::RootlessZero}) {
            const auto adapter = builtInAdapter(u"claude-code"_s, {.user = user, .model = u"m"_s});
            QSet<QString> names;
            for (const EnvironmentVariable &variable : adapter->environment)
                names.insert(variable.name);
            QCOMPARE(names.size(), adapter->environment.size());
        }
    }

    void knowsWhatThereIs()
    {
        const auto unknown = builtInAdapter(u"nosuch"_s);
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().kind, ErrorKind::NotFound);
        QVERIFY(unknown.error().remedy.contains(u"claude-code"_s));
        QCOMPARE(builtInAdapter(u"custom"_s).error().kind, ErrorKind::InvalidArgument);
    }

    void takesAnyCommand()
    {
        CustomCommand command;
        command.argv = {u"/opt/agent"_s, u"--acp"_s};
        command.environment = {{u"LANG"_s, u"C.UTF-8"_s}};
        command.provider = ProviderProtocol::Anthropic;
        const auto adapter = customAdapter(command);
        QVERIFY(adapter.has_value());
        QCOMPARE(adapter->title, u"/opt/agent"_s);
        QCOMPARE(valueOf(*adapter, u"LANG"_s), u"C.UTF-8"_s);
        QCOMPARE(valueOf(*adapter, u"ANTHROPIC_BASE_URL"_s), u"http://127.0.0.1:3129"_s);
        command.provider = ProviderProtocol::None;
        command.protocol = AgentProtocol::Terminal;
        QCOMPARE(customAdapter(command)->environment.size(), 1);
        QCOMPARE(customAdapter(command)->reopening, Reopening::None);
    }

    void refusesCommands_data()
    {
        QTest::addColumn<QStringList>("argv");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        const QStringList good{u"a"_s};
        QTest::newRow("nothing") << QStringList() << QString() << QString();
        QTest::newRow("empty program") << QStringList{QString()} << QString() << QString();
        QTest::newRow("NUL") << QStringList{u"a"_s, u"b\0c"_s} << QString() << QString();
        QTest::newRow("long") << QStringList{u"a"_s, QString(40'000, u'x')} << QString()
                              << QString();
        QTest::newRow("many") << QStringList(300, u"x"_s) << QString() << QString();
        QTest::newRow("no name") << good << u"1A"_s << u"x"_s;
        QTest::newRow("name with =") << good << u"A=B"_s << u"x"_s;
        QTest::newRow("reserved") << good << u"ANTHROPIC_BASE_URL"_s << u"http://evil"_s;
        QTest::newRow("git configuration") << good << u"GIT_CONFIG_COUNT"_s << u"0"_s;
        QTest::newRow("loader") << good << u"LD_PRELOAD"_s << u"/workspace/x.so"_s;
        QTest::newRow("NUL in a value") << good << u"A"_s << u"x\0y"_s;
        QTest::newRow("Anthropic key")
            << good << u"A"_s << QString(u"sk-ant-"_s + QString(40, u'a'));
        QTest::newRow("GitHub token") << good << u"A"_s << QString(u"ghp_"_s + QString(36, u'b'));
        QTest::newRow("private key") << good << u"A"_s << u"-----BEGIN RSA PRIVATE KEY-----"_s;
    }
    void refusesCommands()
    {
        QFETCH(QStringList, argv);
        QFETCH(QString, name);
        QFETCH(QString, value);
        CustomCommand command;
        command.argv = argv;
        if (!name.isEmpty())
            command.environment = {{name, value}};
        const auto adapter = customAdapter(command);
        QVERIFY(!adapter);
        QCOMPARE(adapter.error().kind, ErrorKind::InvalidArgument);
        if (value.startsWith(u"sk-"_s))
            QVERIFY(!adapter.error().toString().contains(value)); // never repeated
    }
};

QTEST_GUILESS_MAIN(tst_Adapter)
#include "tst_Adapter.moc"
