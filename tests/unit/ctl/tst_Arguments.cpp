// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Arguments.h"
#include "app/ctl/TerminalCommand.h"

#include <QTest>

using namespace paddock;
using namespace paddock::ctl;
using namespace Qt::StringLiterals;

class tst_Arguments : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void understood()
    {
        const auto arguments = Arguments::parse({u"session"_s,
                                                 u"start"_s,
                                                 u"--title=a=b"_s,
                                                 u"-m"_s,
                                                 u"-dash first"_s,
                                                 u"--mode"_s,
                                                 u"explore"_s,
                                                 u"--json"_s,
                                                 u"--"_s,
                                                 u"sh"_s,
                                                 u"--help"_s});
        QVERIFY2(arguments.has_value(),
                 qPrintable(arguments ? QString() : arguments.error().toString()));
        QCOMPARE(arguments->command->name, u"session start"_s);
        QCOMPARE(arguments->value(u"title"_s), u"a=b"_s);
        QCOMPARE(arguments->value(u"message"_s), u"-dash first"_s);
        QCOMPARE(arguments->value(u"mode"_s), u"explore"_s);
        QVERIFY(arguments->wantsJson());
        QCOMPARE(arguments->trailing, QStringList({u"sh"_s, u"--help"_s}));
        QCOMPARE(arguments->what, Arguments::What::Run);
    }

    void optionsMayFollowArguments()
    {
        const auto arguments =
            Arguments::parse({u"session"_s, u"show"_s, u"abcd1234"_s, u"--follow"_s});
        QVERIFY(arguments);
        QCOMPARE(arguments->at(0), u"abcd1234"_s);
        QVERIFY(arguments->has(u"follow"_s));
        // A lone dash is an argument: standard input.
        const auto send = Arguments::parse({u"session"_s, u"send"_s, u"abcd1234"_s, u"-"_s});
        QVERIFY(send);
        QCOMPARE(send->at(1), u"-"_s);
    }

    void theLastArgumentMayBeRepeated()
    {
        const auto arguments =
            Arguments::parse({u"session"_s, u"stage"_s, u"abcd1234"_s, u"a"_s, u"b c"_s, u"d"_s});
        QVERIFY(arguments);
        QCOMPARE(arguments->positional, QStringList({u"abcd1234"_s, u"a"_s, u"b c"_s, u"d"_s}));
        QVERIFY(Arguments::parse({u"session"_s, u"stage"_s, u"abcd1234"_s, u"--all"_s}));
        QVERIFY(synopsis(*findCommand(u"session stage"_s)).endsWith(u"ID [FILE]..."));
    }

    void someOptionsMayBeGivenAgain()
    {
        const auto arguments = Arguments::parse({u"session"_s,
                                                 u"start"_s,
                                                 u"--copy-ignored"_s,
                                                 u"a b"_s,
                                                 u"--exclude=*.pem"_s,
                                                 u"--copy-ignored=c"_s,
                                                 u"--with-secrets"_s});
        QVERIFY(arguments);
        QCOMPARE(arguments->values(u"copy-ignored"_s), QStringList({u"a b"_s, u"c"_s}));
        QCOMPARE(arguments->value(u"copy-ignored"_s), u"a b"_s);
        QCOMPARE(arguments->values(u"exclude"_s), QStringList({u"*.pem"_s}));
        QCOMPARE(arguments->values(u"include"_s), QStringList());
        QCOMPARE(arguments->value(u"include"_s, u"none"_s), u"none"_s);
        QVERIFY(arguments->has(u"with-secrets"_s));
        QVERIFY(arguments->value(u"with-secrets"_s).isEmpty());
        QVERIFY(helpText(*findCommand(u"session start"_s)).contains(u"given again"));
    }

    void helpAndVersion_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("command");
        QTest::newRow("--help") << u"--help"_s << QString();
        QTest::newRow("help") << u"help"_s << QString();
        QTest::newRow("help command") << u"help session start"_s << u"session start"_s;
        QTest::newRow("group --help") << u"session --help"_s << QString();
        QTest::newRow("command --help") << u"session show --help"_s << u"session show"_s;
        QTest::newRow("-h with what is wrong besides")
            << u"session answer -h"_s << u"session answer"_s;
    }
    void helpAndVersion()
    {
        QFETCH(QString, line);
        QFETCH(QString, command);
        const auto arguments = Arguments::parse(line.split(u' '));
        QVERIFY(arguments);
        QCOMPARE(arguments->what, Arguments::What::Help);
        QCOMPARE(arguments->command ? arguments->command->name : QString(), command);
    }

    void wrongUsage_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const QString &line, const QString &says) {
            QTest::newRow(name) << line.split(u' ', Qt::SkipEmptyParts) << says;
        };
        row("nothing", u""_s, u"No command"_s);
        row("unknown command", u"frobnicate"_s, u"frobnicate"_s);
        row("unknown subcommand", u"session fly"_s, u"session fly"_s);
        row("group alone", u"project"_s, u"add, list, show, set, remove"_s);
        row("unknown option", u"session list --fast"_s, u"--fast"_s);
        row("unknown letter", u"session list -z"_s, u"-z"_s);
        row("option of another command", u"health --mode write"_s, u"--mode"_s);
        row("value missing", u"session start --title"_s, u"--title"_s);
        row("value for a flag", u"session start --wait=1"_s, u"--wait"_s);
        row("twice", u"session start --title a --title b"_s, u"twice"_s);
        row("flag twice", u"session start --fetch --fetch"_s, u"twice"_s);
        row("repeated without a value", u"session start --exclude a --exclude"_s, u"--exclude"_s);
        row("not a choice", u"session start --mode fly"_s, u"write, explore"_s);
        row("argument missing", u"session show"_s, u"ID"_s);
        row("argument too many", u"session show a b"_s, u"b"_s);
        row("argument no choice", u"session answer a maybe"_s, u"allow, reject"_s);
        row("command where none is taken", u"session list -- ls"_s, u"--"_s);
    }
    void wrongUsage()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, says);
        const auto arguments = Arguments::parse(words);
        QVERIFY(!arguments);
        QCOMPARE(arguments.error().kind, ErrorKind::InvalidArgument);
        QVERIFY2(arguments.error().message.contains(says), qPrintable(arguments.error().message));
        QVERIFY(arguments.error().remedy.contains(u"--help"));
    }

    void everyCommandHasWordsAndOptionsAreUnambiguous()
    {
        for (const CommandSpec &command : commandTable()) {
            QVERIFY2(!command.summary.isEmpty(), qPrintable(command.name));
            QSet<QString> seen;
            for (const OptionSpec &option : command.options + commonOptions()) {
                QVERIFY2(!option.description.isEmpty(), qPrintable(option.name));
                QVERIFY2(!seen.contains(option.name), qPrintable(command.name + option.name));
                seen.insert(option.name);
                if (option.shortName.isEmpty())
                    continue;
                QVERIFY2(!seen.contains(option.shortName),
                         qPrintable(command.name + option.shortName));
                seen.insert(option.shortName);
            }
            const QString help = helpText(command);
            QVERIFY(help.contains(synopsis(command)));
            for (const QString &line : help.split(u'\n'))
                QVERIFY2(line.size() <= 100, qPrintable(line));
        }
    }

    void detachKeys()
    {
        QCOMPARE(*detachKeyByte(u"ctrl-]"_s), 0x1d);
        QCOMPARE(*detachKeyByte(u"Ctrl-T"_s), 0x14);
        QCOMPARE(*detachKeyByte(u"ctrl-\\"_s), 0x1c);
        QCOMPARE(*detachKeyByte(u"none"_s), -1);
        for (const QString &wrong : {u""_s, u"ctrl-"_s, u"ctrl-1"_s, u"x"_s, u"alt-x"_s})
            QVERIFY2(!detachKeyByte(wrong), qPrintable(wrong));
    }
};

QTEST_GUILESS_MAIN(tst_Arguments)
#include "tst_Arguments.moc"
