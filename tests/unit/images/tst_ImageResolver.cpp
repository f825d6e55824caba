// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/ImageCatalog.h"
#include "core/images/ImageResolver.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::images;

class tst_ImageResolver : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void order_data()
    {
        QTest::addColumn<QStringList>("wishes"); // explicit, agent, project, environment
        QTest::addColumn<QString>("reference");
        QTest::addColumn<QString>("source");
        QTest::newRow("explicit") << QStringList{u"a:1"_s, u"b:1"_s, u"c:1"_s, u"d:1"_s} << u"a:1"_s
                                  << u"explicit"_s;
        QTest::newRow("agent") << QStringList{u""_s, u"b:1"_s, u"c:1"_s, u"d:1"_s} << u"b:1"_s
                               << u"agent"_s;
        QTest::newRow("project") << QStringList{u""_s, u"  "_s, u"c:1"_s, u"d:1"_s} << u"c:1"_s
                                 << u"project"_s;
        QTest::newRow("environment")
            << QStringList{u"\t"_s, QString(), u""_s, u"d:1"_s} << u"d:1"_s << u"environment"_s;
        QTest::newRow("nothing") << QStringList{u""_s, u""_s, u""_s, u" "_s}
                                 << u"claude-agent-base:latest"_s << u"default"_s;
        QTest::newRow("explicit alone")
            << QStringList{u"a"_s, u""_s, u""_s, u""_s} << u"a:latest"_s << u"explicit"_s;
    }

    void order()
    {
        QFETCH(QStringList, wishes);
        const auto image = resolveImage({wishes.at(0), wishes.at(1), wishes.at(2), wishes.at(3)});
        QTEST(image.reference, "reference");
        QFETCH(QString, source);
        QCOMPARE(imageSourceName(image.source), source);
        QCOMPARE(imageSourceFromName(source), image.source);
    }

    void references_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        QTest::newRow("name") << u"debian"_s << u"debian:latest"_s;
        QTest::newRow("tag") << u"debian:bookworm-slim"_s << u"debian:bookworm-slim"_s;
        QTest::newRow("port") << u"host:5000/a"_s << u"host:5000/a:latest"_s;
        QTest::newRow("port and tag") << u"host:5000/a:1"_s << u"host:5000/a:1"_s;
        QTest::newRow("digest") << u"a@sha256:00"_s << u"a@sha256:00"_s;
        QTest::newRow("id") << u"sha256:0123"_s << u"sha256:0123"_s;
        QTest::newRow("blanks") << u" a "_s << u"a:latest"_s;
    }

    void references()
    {
        QFETCH(QString, text);
        QTEST(normalisedReference(text), "expected");
    }

    void unknownSource() { QVERIFY(!imageSourceFromName(u"luck")); }

    void missingImageSaysHowToGetIt()
    {
        const Error own = imageMissing(u"claude-agent-base"_s, u"No such image"_s);
        QCOMPARE(own.kind, ErrorKind::ImageNotFound);
        QVERIFY(own.remedy.endsWith(u"\npaddockctl image build claude-agent-base"));
        QCOMPARE(own.detail, u"No such image"_s);
        QVERIFY(imageMissing(u"host:5000/team/x:2"_s)
                    .remedy.endsWith(u"\ndocker pull host:5000/team/x:2"));
    }
};

QTEST_GUILESS_MAIN(tst_ImageResolver)
#include "tst_ImageResolver.moc"
