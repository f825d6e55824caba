// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Builds on the real engine, from an image that is there.
#include "core/images/ImageBuilder.h"
#include "core/images/ImageCatalog.h"
#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"

#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::images;
using namespace paddock::test;

class tst_ImageBuilder : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealEngine> m_engine;
    QString m_name;

    [[nodiscard]] ImageRecipe recipe(const QByteArray &run) const
    {
        ImageRecipe made;
        made.name = m_name;
        made.tag = m_name + u":latest"_s;
        made.base = kTestImage;
        made.dockerfile = u"Dockerfile"_s;
        made.caFolder = u"ca"_s;
        made.files = {{u"Dockerfile"_s,
                       "FROM " + kTestImage.toUtf8() + "\nCOPY . /context/\nRUN " + run + "\n"},
                      // Or the engine takes the layers of an earlier run and prints nothing.
                      {u"once"_s, m_name.toUtf8()}};
        return made;
    }

    struct Outcome
    {
        Result<BuiltImage> result = fail(ErrorKind::Timeout, u"no answer"_s);
        QStringList lines;
        int lastStep = 0;
        int steps = 0;
    };

    [[nodiscard]] Outcome build(const ImageRecipe &recipe,
                                const BuildImageOptions &options = {}) const
    {
        ImageBuild job(m_engine->client().images(), recipe, options);
        QSignalSpy finished(&job, &ImageBuild::finished);
        Outcome outcome;
        connect(&job, &ImageBuild::line, this, [&](const QString &line) {
            outcome.lines.append(line);
        });
        connect(&job, &ImageBuild::progress, this, [&](int step, int steps) {
            outcome.lastStep = step;
            outcome.steps = steps;
        });
        job.start();
        if (finished.wait(120'000))
            outcome.result = finished.first().first().value<Result<BuiltImage>>();
        return outcome;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_engine = std::make_unique<RealEngine>();
        m_name = u"paddock-test-build-"_s + randomShortId();
    }
    void cleanupTestCase()
    {
        // By label, because an image whose tag went on to another one has none.
        const auto made = await(
            m_engine->client().images().list({.labels = {u"dev.paddock.recipe="_s + m_name}}));
        if (made) {
            for (const auto &image : *made)
                (void)await(m_engine->client().images().remove(image.id.value, {.force = true}));
        }
        m_engine.reset();
    }

    void buildsOnceAndTakesItThen()
    {
        const auto made = recipe("ls /context/ca && echo built-by-test");
        BuildImageOptions options;
        options.certificates = {{.path = u"aa.crt"_s, .content = "pem"}};
        const auto first = build(made, options);
        PADDOCK_VERIFY_OK(first.result);
        QVERIFY(first.result->built);
        QVERIFY(first.lines.contains(u"aa.crt"_s));
        QVERIFY(first.lines.contains(u"built-by-test"_s));
        QCOMPARE(first.lastStep, first.steps);
        QVERIFY(first.steps >= 3);

        const auto second = build(made, options);
        PADDOCK_VERIFY_OK(second.result);
        QVERIFY(!second.result->built);
        QCOMPARE(second.result->id, first.result->id);

        // Another recipe under the same tag is built; the catalogue tells whose it is.
        const auto changed = recipe("echo changed");
        const auto third = build(changed, options);
        PADDOCK_VERIFY_OK(third.result);
        QVERIFY(third.result->built);
        ImageCatalog catalog(m_engine->client().images());
        const auto there = await(catalog.validate(m_name));
        PADDOCK_VERIFY_OK(there);
        QCOMPARE(there->id, third.result->id);
        QCOMPARE(there->recipe, m_name);
        QCOMPARE(there->recipeHash, changed.hash());
        const auto all = await(catalog.available());
        PADDOCK_VERIFY_OK(all);
        QVERIFY(std::ranges::any_of(*all, [&](const AvailableImage &image) {
            return image.reference == m_name + u":latest"_s;
        }));
    }

    void failureCarriesTheLastLines()
    {
        const auto outcome = build(recipe("echo the-reason >&2; exit 7"));
        QVERIFY(!outcome.result);
        QCOMPARE(outcome.result.error().kind, ErrorKind::ImageBuildFailed);
        QVERIFY2(outcome.result.error().detail.contains(u"the-reason"),
                 qPrintable(outcome.result.error().detail));
    }

    void cancelEndsIt()
    {
        ImageBuild job(m_engine->client().images(), recipe("sleep 600"), {});
        QSignalSpy finished(&job, &ImageBuild::finished);
        QSignalSpy lines(&job, &ImageBuild::line);
        job.start();
        QTRY_VERIFY_WITH_TIMEOUT(!lines.isEmpty(), 30'000);
        job.cancel();
        QVERIFY(finished.wait(5'000));
        QCOMPARE(finished.first().first().value<Result<BuiltImage>>().error().kind,
                 ErrorKind::Cancelled);
        QCOMPARE(finished.size(), 1);
    }
};

QTEST_GUILESS_MAIN(tst_ImageBuilder)
#include "tst_ImageBuilder.moc"
