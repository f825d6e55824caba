// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"

#include <QTest>

using namespace paddock;
using namespace Qt::StringLiterals;

class tst_JsonReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("half") << QByteArray("{\"a\":");
        QTest::newRow("two documents") << QByteArray("{} {}");
        QTest::newRow("closes the wrapper") << QByteArray("1],[2");
        QTest::newRow("duplicate key") << QByteArray(R"({"a":1,"a":2})");
        QTest::newRow("duplicate key, escaped") << QByteArray(R"({"a":1,"\u0061":2})");
        QTest::newRow("duplicate deep") << QByteArray(R"({"x":[{"k":{},"k":1}]})");
        QTest::newRow("too deep") << QByteArray(QByteArray(10'000, '[') + QByteArray(10'000, ']'));
        QTest::newRow("invalid UTF-8") << QByteArray("{\"a\":\"\xff\xfe\"}");
        QTest::newRow("unterminated text") << QByteArray("{\"a\":\"b");
        QTest::newRow("too long") << QByteArray(2 * 1024 * 1024, ' ');
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        const auto value = parseJson(bytes, {.maxBytes = 1024 * 1024, .maxDepth = 64});
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, ErrorKind::ProtocolError);
    }

    void takesWhatIsJson()
    {
        QCOMPARE(parseJson("3")->toInteger(), 3);
        QCOMPARE(parseJson(" {\"a\":{\"a\":[{\"a\":null}]}} ")->isObject(), true);
        const QByteArray quoted = "{\"key\":\"a\\\"b,c\",\"other\":\"}\"}";
        QCOMPARE(parseJson(quoted)->toObject().value(u"key").toString(), u"a\"b,c"_s);
        QVERIFY(!parseJsonObject("[]").has_value());
    }

    void namesThePathOfTheFirstProblem()
    {
        const auto object = *parseJsonObject(R"({"Mounts":[{"Source":"/a"},{"Source":3}],"Id":4})");
        JsonReader reader(object);
        for (JsonReader mount : reader.objects(u"Mounts"))
            (void)mount.text(u"Source");
        (void)reader.text(u"Id");
        QVERIFY(reader.error().has_value());
        QVERIFY2(reader.error()->message.contains(u"Mounts[1].Source"_s),
                 qPrintable(reader.error()->message));
    }

    void optionalFieldsMayBeAbsentButNotWrong()
    {
        const auto object = *parseJsonObject(R"({"a":null,"b":"x","c":1.5})");
        JsonReader reader(object);
        QCOMPARE(reader.optionalText(u"a", u"f"_s), u"f"_s);
        QCOMPARE(reader.optionalInteger(u"zz", 9), 9);
        QVERIFY(reader.isOk());
        QCOMPARE(reader.optionalInteger(u"c", 9), 0);
        QVERIFY(!reader.isOk());
    }
};

QTEST_GUILESS_MAIN(tst_JsonReader)
#include "tst_JsonReader.moc"
