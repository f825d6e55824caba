// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/Json.h"
#include "core/control/ProjectJson.h"
#include "tests/support/FakeServices.h"

#include <QJsonArray>
#include <QTest>

using namespace paddock;
using namespace paddock::control;
using namespace Qt::StringLiterals;

namespace {

/// As the other side sees it: through text.
QJsonValue overTheWire(const QJsonObject &json)
{
    return *parseJson(compact(json));
}

} // namespace

class tst_ControlJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sessionComesBack()
    {
        auto session = test::sampleSession(u"abcd1234"_s, u"Fix the typo"_s);
        session.failure = Error(ErrorKind::ImageNotFound, u"There is no image x."_s)
                              .withDetail(u"No such image"_s)
                              .withRemedy(u"Build it."_s);
        session.acpSessionId = u"0197"_s;
        const auto back = sessionFromJson(overTheWire(toJson(session)));
        QVERIFY2(back.has_value(), qPrintable(back ? QString() : back.error().toString()));
        QVERIFY(*back == session);
    }

    void sessionHasTheFieldsOfTheContract()
    {
        const QJsonObject json = toJson(test::sampleSession(u"abcd1234"_s, u"Title"_s));
        const QStringList contract =
            u"id title state substate agent project mode image imageSource containerId branch "
            u"worktree baseCommit headCommit"_s.split(u' ');
        for (const QString &name : contract)
            QVERIFY2(json.contains(name), qPrintable(name));
        QVERIFY(!json.contains(u"failure"));
    }

    void everyErrorKindComesBack()
    {
        for (int i = 0; i <= static_cast<int>(ErrorKind::ProviderFailed); ++i) {
            const Error error = Error(static_cast<ErrorKind>(i), u"message"_s)
                                    .withDetail(u"detail"_s)
                                    .withRemedy(u"remedy"_s);
            QCOMPARE(errorFromJson(overTheWire(toJson(error)).toObject()), error);
        }
    }

    void anErrorOfANewerOwnerKeepsItsWords()
    {
        const Error error = errorFromJson({{u"kind"_s, u"something-new"_s},
                                           {u"category"_s, u"timeout"_s},
                                           {u"message"_s, u"words"_s}});
        QCOMPARE(error.kind, ErrorKind::Internal);
        QCOMPARE(error.category, Category::Timeout);
        QCOMPARE(error.message, u"words"_s);
    }

    void startOptionsComeBack()
    {
        sessions::StartOptions options;
        options.project = u"/p"_s;
        options.title = u"t"_s;
        options.adapter = u"custom"_s;
        options.mode = sessions::SessionMode::Explore;
        options.image = u"i"_s;
        options.message = u"m\nn"_s;
        options.base = u"main"_s;
        options.command = {u"sh"_s, u"-c"_s, u"echo 'a b'"_s};
        options.commandKind = u"terminal"_s;
        options.upstream = u"demo"_s;
        options.demoScript = u"/s"_s;
        options.branch = u"feature/x"_s;
        options.adopt = u"origin/topic"_s;
        options.fetch = true;
        options.fetchRemote = u"upstream"_s;
        options.copyIgnored = {".env", "a b/\xff"};
        options.withSecrets = true;
        options.include = {u"/src/"_s};
        options.exclude = {u"*.pem"_s, u"docs/**"_s};
        const auto back = startOptionsFromJson(overTheWire(toJson(options)));
        QVERIFY(back.has_value());
        QCOMPARE(toJson(*back), toJson(options));
        QCOMPARE(back->command, options.command);
        QCOMPARE(back->mode, options.mode);
        QCOMPARE(back->branch, options.branch);
        QCOMPARE(back->adopt, options.adopt);
        QVERIFY(back->fetch && back->withSecrets);
        QCOMPARE(back->fetchRemote, options.fetchRemote);
        QCOMPARE(back->copyIgnored, options.copyIgnored);
        QCOMPARE(back->include, options.include);
        QCOMPARE(back->exclude, options.exclude);
    }

    void startOptionsOfAnOlderClientAskForNothingNew()
    {
        const auto options = startOptionsFromJson(QJsonObject{{u"project"_s, u"/p"_s}});
        QVERIFY(options.has_value());
        sessions::StartOptions plain;
        plain.project = u"/p"_s;
        QCOMPARE(toJson(*options), toJson(plain));
    }

    void startOptionsOfAWrongTypeAreRefused_data()
    {
        QTest::addColumn<QJsonObject>("json");
        const auto row = [](const char *key, const QJsonValue &value) {
            QTest::newRow(key) << QJsonObject{{u"project"_s, u"/p"_s},
                                              {QString::fromLatin1(key), value}};
        };
        row("branch", 1);
        row("adopt", QJsonArray{});
        row("fetch", u"yes"_s);
        row("fetchRemote", true);
        row("copyIgnored", QJsonArray{u"a"_s});
        row("withSecrets", 1);
        row("include", u"*"_s);
        row("exclude", QJsonArray{1});
    }
    void startOptionsOfAWrongTypeAreRefused()
    {
        QFETCH(QJsonObject, json);
        const auto options = startOptionsFromJson(json);
        QVERIFY(!options);
        QVERIFY2(options.error().toString().contains(QString::fromLatin1(QTest::currentDataTag())),
                 qPrintable(options.error().toString()));
    }

    void whatIsLookedAtBeforeAStartComesBack()
    {
        const facade::IgnoredFile file{.path = "a/\xff",
                                       .isFolder = true,
                                       .bytes = 1'000'000'000'000,
                                       .files = 7,
                                       .isTooLarge = true,
                                       .looksSecret = true};
        const auto back = ignoredFileFromJson(overTheWire(toJson(file)));
        QVERIFY(back.has_value());
        QCOMPARE(*back, file);
        QJsonObject silent = toJson(file);
        silent.remove(u"looksSecret"_s);
        QVERIFY(!ignoredFileFromJson(silent)); // never taken for harmless
        const facade::PatternPreview preview{.shownFiles = 1,
                                             .shownBytes = 2,
                                             .hiddenFiles = 3,
                                             .hiddenBytes = 4,
                                             .hidden = {"a", "b\xff"},
                                             .canExplore = false};
        const auto previewBack = patternPreviewFromJson(overTheWire(toJson(preview)));
        QVERIFY(previewBack.has_value());
        QCOMPARE(*previewBack, preview);
    }

    void conversationBytesComeBackAsTheyAre_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("json") << QByteArray(R"({"a":"ü\u0000"})");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("not UTF-8") << QByteArray("\xff\xfe broken");
        QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBF{}");
        QTest::newRow("NUL") << QByteArray("a\0b", 3);
    }
    void conversationBytesComeBackAsTheyAre()
    {
        QFETCH(QByteArray, bytes);
        const sessions::ConversationEntry entry{
            .sequence = 7,
            .direction = sessions::ConversationEntry::Direction::FromAgent,
            .at = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5, 678), Qt::UTC),
            .bytes = bytes};
        const auto back = conversationEntryFromJson(overTheWire(toJson(entry)));
        QVERIFY(back.has_value());
        QCOMPARE(back->bytes, bytes);
        QCOMPARE(back->sequence, entry.sequence);
        QCOMPARE(back->direction, entry.direction);
        QCOMPARE(back->at, entry.at);
    }

    void diffComesBack()
    {
        facade::SessionDiff diff;
        diff.baseCommit = u"a"_s;
        diff.headCommit = u"b"_s;
        diff.files = {{.path = u"x"_s, .added = -1, .removed = 2, .status = u"modified"_s}};
        diff.patch = "--- a\n+++ b\n\xff\x00 binary";
        diff.truncated = true;
        diff.commits = 3;
        diff.uncommitted = true;
        diff.warnings = {u"a symbolic link"_s};
        const auto back = diffFromJson(overTheWire(toJson(diff)));
        QVERIFY(back.has_value());
        QCOMPARE(back->patch, diff.patch);
        QCOMPARE(toJson(*back), toJson(diff));
        QCOMPARE(back->files.first().added, -1);
    }

    void healthComesBackAndItsShortFormIsExact()
    {
        auto health = test::goodHealth();
        health.ok = false;
        health.items[0].status = facade::HealthItem::Status::Broken;
        health.items[0].error = Error(ErrorKind::DockerUnavailable, u"x"_s).withRemedy(u"y"_s);
        const auto back = healthFromJson(overTheWire(healthToJson(health)));
        QVERIFY(back.has_value());
        QVERIFY(*back == health);
        QCOMPARE(QString::fromUtf8(compact(back->toJson())),
                 u"{\"docker\":{\"imageAvailable\":true,\"imageName\":\"claude-agent-base\","
                 u"\"networkExists\":true,\"socketConnected\":true},\"mode\":\"docker\","
                 u"\"ok\":false}"_s);
    }

    void changesOfAProjectComeBack()
    {
        const facade::ProjectChange nothing;
        QCOMPARE(toJson(nothing), QJsonObject());
        QVERIFY(*projectChangeFromJson(overTheWire(toJson(nothing))) == nothing);
        // An empty text is a value: none of its own.
        const facade::ProjectChange all{.name = u"n"_s,
                                        .image = QString(),
                                        .isolation = projects::Isolation::Concurrent,
                                        .worktreesRoot = QString(),
                                        .protectedBranches = QStringList(),
                                        .gitName = u"N"_s,
                                        .gitEmail = u"n@x"_s,
                                        .gitSet = {{"core.eol", "lf"}},
                                        .gitUnset = {"diff.renames"},
                                        .group = QString(),
                                        .umask = u"027"_s};
        const auto back = projectChangeFromJson(overTheWire(toJson(all)));
        QVERIFY2(back, back ? "" : qPrintable(back.error().toString()));
        QVERIFY(*back == all);
        QVERIFY(!projectChangeFromJson(QJsonObject{{u"isolation"_s, u"often"_s}}));
        QVERIFY(!projectChangeFromJson(QJsonObject{{u"umask"_s, 27}}));
    }

    void projectAndImageComeBack()
    {
        const facade::ProjectInfo project{.id = ProjectId{u"p"_s},
                                          .name = u"n"_s,
                                          .path = u"/p"_s,
                                          .settings = {.image = u"i"_s,
                                                       .isolation = projects::Isolation::Never,
                                                       .worktreesRoot = u"../w"_s,
                                                       .protectedBranches = {u"release/*"_s},
                                                       .gitName = u"N"_s,
                                                       .gitEmail = u"n@x"_s,
                                                       .gitSettings = {{"core.eol", "lf"}},
                                                       .group = u"dev"_s,
                                                       .umask = 027},
                                          .problem = u"none"_s};
        QVERIFY(*projectFromJson(overTheWire(toJson(project))) == project);
        const facade::ImageInfo image{.id = u"sha256:1"_s,
                                      .tags = {u"a:1"_s, u"b"_s},
                                      .bytes = 5'000'000'000,
                                      .createdAt =
                                          QDateTime(QDate(2026, 1, 2), QTime(3, 4), Qt::UTC),
                                      .isAgentImage = true};
        QCOMPARE(toJson(*imageFromJson(overTheWire(toJson(image)))), toJson(image));
    }

    void wrongTypesAreNamed_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("state of another version") << u"state"_s << QJsonValue(u"dreaming"_s);
        QTest::newRow("number for text") << u"title"_s << QJsonValue(3);
        QTest::newRow("unknown mode") << u"mode"_s << QJsonValue(u"root"_s);
        QTest::newRow("no time") << u"createdAt"_s << QJsonValue(u"yesterday"_s);
        QTest::newRow("failure as text") << u"failure"_s << QJsonValue(u"oops"_s);
    }
    void wrongTypesAreNamed()
    {
        QFETCH(QString, field);
        QFETCH(QJsonValue, value);
        QJsonObject json = toJson(test::sampleSession(u"abcd1234"_s, u"Title"_s));
        QVERIFY(sessionFromJson(json).has_value()); // the control
        json.insert(field, value);
        const auto session = sessionFromJson(json);
        QVERIFY(!session);
        QCOMPARE(session.error().kind, ErrorKind::ProtocolError);
        QVERIFY2(session.error().message.contains(field), qPrintable(session.error().message));
    }
};

QTEST_GUILESS_MAIN(tst_ControlJson)
#include "tst_ControlJson.moc"
