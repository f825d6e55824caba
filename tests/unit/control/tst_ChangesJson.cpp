// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ChangesJson.h"
#include "core/control/Json.h"

#include <QTest>

using namespace paddock;
using namespace paddock::control;
using namespace Qt::StringLiterals;

namespace {

QJsonValue overTheWire(const QJsonObject &json)
{
    return *parseJson(compact(json));
}

const QByteArray kOddPath("src/\xff\n\"x\".c");

} // namespace

class tst_ChangesJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statusComesBack()
    {
        const facade::ChangesStatus status{
            .branch = u"paddock/x-ab"_s,
            .baseCommit = QString(40, u'a'),
            .headCommit = QString(40, u'b'),
            .ahead = 3,
            .files = {{.path = kOddPath, .oldPath = "old", .index = 'R', .worktree = 'M'},
                      {.path = "new.txt", .worktree = '?'}},
            .truncated = true,
            .notices = {u"a sentence"_s}};
        const auto back = changesStatusFromJson(overTheWire(toJson(status)));
        QVERIFY2(back.has_value(), qPrintable(back ? QString() : back.error().toString()));
        QVERIFY(*back == status);
    }

    void aDiffComesBackWithItsBytes()
    {
        const facade::ChangesDiff diff{
            .from = u"a"_s,
            .to = u"b"_s,
            .files = {{.path = kOddPath,
                       .oldPath = "o",
                       .oldMode = 0100644,
                       .newMode = 0100755,
                       .added = 1,
                       .removed = 1,
                       .hunks = {{.id = u"12ab"_s,
                                  .section = "int main()\xfe",
                                  .lines = {{.text = "same", .oldNumber = 4, .newNumber = 4},
                                            {.kind = facade::HunkLine::Kind::Removed,
                                             .text = "\xff\r",
                                             .oldNumber = 5},
                                            {.kind = facade::HunkLine::Kind::Added,
                                             .text = "",
                                             .hasEnd = false,
                                             .newNumber = 5}},
                                  .isReviewed = true}},
                       .truncated = true,
                       .isReviewed = true,
                       .token = u"t"_s}},
            .truncated = true,
            .notices = {u"n"_s}};
        const auto back = changesDiffFromJson(overTheWire(toJson(diff)));
        QVERIFY2(back.has_value(), qPrintable(back ? QString() : back.error().toString()));
        QVERIFY(*back == diff);
    }

    void queriesComeBack_data()
    {
        QTest::addColumn<QString>("name");
        for (const auto name :
             {"everything", "commits", "staged", "unstaged", "last-turn", "last-look"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }

    void queriesComeBack()
    {
        QFETCH(const QString, name);
        const auto comparison = facade::comparisonFromName(name);
        QVERIFY(comparison);
        const facade::DiffQuery query{.comparison = *comparison,
                                      .paths = {kOddPath, "b"},
                                      .contextLines = 0,
                                      .ignoreWhitespace = true};
        const auto back = diffQueryFromJson(overTheWire(toJson(query)));
        QVERIFY(back.has_value());
        QCOMPARE(back->comparison, query.comparison);
        QCOMPARE(back->paths, query.paths);
        QCOMPARE(back->contextLines, 0);
        QVERIFY(back->ignoreWhitespace);
    }

    void selectionsComeBack()
    {
        const QList<facade::FileSelection> files{
            {.path = kOddPath, .token = u"t"_s, .parts = {{.hunk = u"h"_s, .lines = {0, 7}}}},
            {.path = "whole"}};
        const QJsonValue wire = overTheWire({{u"files"_s, toJson(files)}});
        JsonReader reader{wire};
        const auto back = readSelections(reader, u"files");
        QVERIFY(reader.isOk());
        QCOMPARE(back.size(), 2);
        QVERIFY(back == files);
    }

    void reviewsComeBack()
    {
        const facade::ReviewRequest request{
            .comparison = facade::Comparison::LastTurn,
            .files = {{.path = kOddPath, .token = u"t"_s, .parts = {{.hunk = u"h"_s}}}},
            .reviewed = false};
        const auto back = reviewRequestFromJson(overTheWire(toJson(request)));
        QVERIFY(back.has_value());
        QCOMPARE(back->comparison, request.comparison);
        QVERIFY(back->files == request.files);
        QVERIFY(!back->reviewed);
        const facade::ReviewAnswer answer{
            .marked = 3, .open = 4, .isCut = true, .notices = {u"n"_s}};
        const auto answered = reviewAnswerFromJson(overTheWire(toJson(answer)));
        QVERIFY(answered.has_value());
        QVERIFY(*answered == answer);
        QVERIFY(!reviewRequestFromJson(overTheWire({{u"comparison"_s, u"yesterday"_s}})));
    }

    void wrongFormsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("files");
        QTest::newRow("no path") << QByteArray(R"([{"token":"t"}])");
        QTest::newRow("not an object") << QByteArray(R"(["a"])");
        QTest::newRow("negative line")
            << QByteArray(R"([{"path":"a","parts":[{"hunk":"h","lines":[-1]}]}])");
        QTest::newRow("line as text")
            << QByteArray(R"([{"path":"a","parts":[{"hunk":"h","lines":["1"]}]}])");
        QTest::newRow("no hunk") << QByteArray(R"([{"path":"a","parts":[{"lines":[1]}]}])");
        QTest::newRow("not base64") << QByteArray(R"([{"pathBase64":"%%"}])");
    }

    void wrongFormsAreRefused()
    {
        QFETCH(const QByteArray, files);
        JsonReader reader{*parseJson("{\"files\":" + files + '}')};
        (void)readSelections(reader, u"files");
        QVERIFY(!reader.isOk());
    }

    void unknownNamesAreRefused()
    {
        QVERIFY(!diffQueryFromJson(*parseJson(R"({"comparison":"sideways"})")));
        QVERIFY(!mergeRequestFromJson(*parseJson(R"({"method":"octopus"})")));
    }

    void answersComeBack()
    {
        const facade::CommitAnswer commit{.commit = u"c"_s,
                                          .conflicts = {{.path = kOddPath, .kind = u"content"_s}},
                                          .notices = {u"n"_s}};
        const auto commitBack = commitAnswerFromJson(overTheWire(toJson(commit)));
        QVERIFY(commitBack.has_value());
        QVERIFY(commitBack->conflicts == commit.conflicts);
        QCOMPARE(commitBack->commit, commit.commit);

        const facade::MergeAnswer merge{.target = u"main"_s,
                                        .before = u"1"_s,
                                        .after = u"2"_s,
                                        .commits = 4,
                                        .files = {{.path = kOddPath, .index = 'D'}},
                                        .conflicts = {{.path = "a", .kind = u"add-add"_s}},
                                        .blockers = {u"in the way"_s},
                                        .notices = {u"n"_s}};
        const auto mergeBack = mergeAnswerFromJson(overTheWire(toJson(merge)));
        QVERIFY(mergeBack.has_value());
        QVERIFY(*mergeBack == merge);

        const facade::MergeRequest request{.target = u"main"_s,
                                           .method = facade::MergeMethod::CherryPick,
                                           .message = u"m"_s,
                                           .commits = {u"x"_s}};
        const auto requestBack = mergeRequestFromJson(overTheWire(toJson(request)));
        QVERIFY(requestBack.has_value());
        QCOMPARE(requestBack->method, request.method);
        QCOMPARE(requestBack->commits, request.commits);

        const facade::CommitInfo info{
            .id = u"i"_s, .parents = {u"p"_s}, .author = u"A"_s, .time = 12, .subject = u"s"_s};
        const auto infoBack = commitInfoFromJson(overTheWire(toJson(info)));
        QVERIFY(infoBack.has_value());
        QVERIFY(*infoBack == info);

        const auto staging = stagingAnswerFromJson(
            overTheWire(toJson(facade::StagingAnswer{.files = 2, .canUndo = true})));
        QVERIFY(staging.has_value());
        QCOMPARE(staging->files, 2);
        QVERIFY(staging->canUndo);
    }
};

QTEST_GUILESS_MAIN(tst_ChangesJson)
#include "tst_ChangesJson.moc"
