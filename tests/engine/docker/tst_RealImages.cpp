// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Images on the engine of this machine: build, tag, remove, and pulls that fail.

#include "core/docker/Tar.h"
#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

QByteArray contextOf(const QByteArray &dockerfile, const QByteArray &file = {})
{
    TarWriter writer;
    (void)writer.addFile(u"Dockerfile"_s, dockerfile);
    (void)writer.addFile(u"file"_s, file);
    return writer.finish().value_or(QByteArray());
}

} // namespace

class tst_RealImages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_tag = m_engine.uniqueName() + u":1"_s; }
    void cleanup() { (void)await(m_engine.client().images().remove(m_tag, {.force = true})); }

    void listAndInspect();
    void buildsFromMemory();
    void buildsFromAFile();
    void failingStepIsAFailureWithItsOutput();
    void brokenRecipeIsAFailure();
    void missingBaseImageIsAFailure();
    void cancelEndsTheBuild();
    void pullOfAMissingRegistryFails();
    void tagHistoryRemove();
    void oddReferencesAreRefusedBeforeSending();

private:
    Result<ImageId> ended(ImageTask &task)
    {
        QSignalSpy finished(&task, &ImageTask::finished);
        if (finished.isEmpty() && !finished.wait(120'000))
            return fail(ErrorKind::Timeout, u"the task did not end"_s);
        return finished.first().first().value<Result<ImageId>>();
    }

    TestEnvironment m_environment;
    RealEngine m_engine;
    QString m_tag;
};

void tst_RealImages::listAndInspect()
{
    ImagesApi &images = m_engine.client().images();
    const auto details = await(images.inspect(kTestImage));
    PADDOCK_VERIFY_OK(details);
    QVERIFY(details->id.value.startsWith(u"sha256:"));
    QVERIFY(details->tags.contains(kTestImage));
    QVERIFY(details->sizeBytes > 1'000'000);
    QCOMPARE(details->os, u"linux"_s);
    const auto all = await(images.list({.reference = u"debian"_s}));
    PADDOCK_VERIFY_OK(all);
    QVERIFY(std::any_of(all->begin(), all->end(), [&](const ImageSummary &image) {
        return image.id == details->id;
    }));
    const auto missing = await(images.inspect(u"paddock-test/none:1"_s));
    QVERIFY(!missing);
    QCOMPARE(missing.error().kind, ErrorKind::ImageNotFound);
}

void tst_RealImages::buildsFromMemory()
{
    ImagesApi &images = m_engine.client().images();
    const BuildContext context{.tar =
                                   contextOf("FROM debian:bookworm-slim\nARG WHO\nCOPY file /file\n"
                                             "RUN echo hello $WHO > /who && cat /file\n",
                                             "content of the file\n")};
    const auto task = images.build(context,
                                   {.tags = {m_tag},
                                    .buildArguments = {{u"WHO"_s, u"world & co"_s}},
                                    .labels = {{u"dev.paddock.test"_s, m_engine.tag()}},
                                    .networkMode = u"none"_s});
    QString output;
    connect(task.get(), &ImageTask::progress, this, [&](const ImageProgress &progress) {
        output += progress.status;
    });
    const auto image = ended(*task);
    PADDOCK_VERIFY_OK(image);
    QVERIFY(output.contains(u"content of the file"_s));
    const auto details = await(images.inspect(m_tag));
    PADDOCK_VERIFY_OK(details);
    QCOMPARE(details->id, *image);
    QCOMPARE(details->labels.value(u"dev.paddock.test"_s), m_engine.tag());
}

void tst_RealImages::buildsFromAFile()
{
    const QString file = m_environment.path(u"context.tar"_s);
    {
        TarWriter writer(file, TarOwner{});
        PADDOCK_VERIFY_OK(
            writer.addFile(u"other/Recipe"_s, "FROM debian:bookworm-slim\nCOPY big /big\n"));
        PADDOCK_VERIFY_OK(writer.addFile(u"big"_s, QByteArray(5'000'000, 'b')));
        PADDOCK_VERIFY_OK(writer.finish());
    }
    const auto task = m_engine.client().images().build(
        {.tarFile = file}, {.tags = {m_tag}, .dockerfile = u"other/Recipe"_s});
    const auto image = ended(*task);
    PADDOCK_VERIFY_OK(image);

    const auto missing =
        m_engine.client().images().build({.tarFile = file + u".none"_s}, {.tags = {m_tag}});
    const auto failed = ended(*missing);
    QVERIFY(!failed);
    QCOMPARE(failed.error().kind, ErrorKind::IoFailed);
}

void tst_RealImages::failingStepIsAFailureWithItsOutput()
{
    const auto task = m_engine.client().images().build(
        {.tar = contextOf("FROM debian:bookworm-slim\nRUN echo about to fail && exit 9\n")},
        {.tags = {m_tag}, .networkMode = u"none"_s});
    const auto image = ended(*task);
    QVERIFY(!image);
    QCOMPARE(image.error().kind, ErrorKind::ImageBuildFailed);
    QVERIFY(image.error().detail.contains(u"returned a non-zero code: 9"_s));
    QVERIFY(image.error().detail.contains(u"about to fail"_s));
    QVERIFY(!await(m_engine.client().images().inspect(m_tag)));
}

void tst_RealImages::brokenRecipeIsAFailure()
{
    const auto task =
        m_engine.client().images().build({.tar = contextOf("FORM debian\n")}, {.tags = {m_tag}});
    const auto image = ended(*task);
    QVERIFY(!image);
    QCOMPARE(image.error().kind, ErrorKind::ImageBuildFailed);
    QVERIFY(!image.error().detail.isEmpty());
}

void tst_RealImages::missingBaseImageIsAFailure()
{
    const auto task = m_engine.client().images().build(
        {.tar = contextOf("FROM localhost:1/paddock/none:1\n")}, {.tags = {m_tag}});
    const auto image = ended(*task);
    QVERIFY(!image);
    QCOMPARE(image.error().kind, ErrorKind::ImageBuildFailed);
}

void tst_RealImages::cancelEndsTheBuild()
{
    ContainersApi &containers = m_engine.client().containers();
    const QString mark = m_engine.uniqueName();
    const auto stepRuns = [&] {
        const auto all = await(containers.list());
        return all && std::any_of(all->begin(), all->end(), [&](const ContainerSummary &container) {
                   return container.command.contains(mark);
               });
    };
    const auto task = m_engine.client().images().build(
        {.tar = contextOf("FROM debian:bookworm-slim\nRUN echo started " + mark.toUtf8() +
                          " && sleep 300\n")},
        {.tags = {m_tag}, .networkMode = u"none"_s, .noCache = true});
    bool started = false;
    connect(task.get(), &ImageTask::progress, this, [&](const ImageProgress &progress) {
        started = started || progress.status.startsWith(u"started");
    });
    QTRY_VERIFY_WITH_TIMEOUT(started, 60'000);
    QVERIFY(stepRuns());
    task->cancel();
    const auto image = ended(*task);
    QVERIFY(!image);
    QCOMPARE(image.error().kind, ErrorKind::Cancelled);
    // The engine stops the step and removes its container by itself.
    QTRY_VERIFY_WITH_TIMEOUT(!stepRuns(), 60'000);
    QVERIFY(!await(m_engine.client().images().inspect(m_tag)));
}

void tst_RealImages::pullOfAMissingRegistryFails()
{
    const auto task = m_engine.client().images().pull(u"localhost:1/paddock/none:1"_s);
    const auto image = ended(*task);
    QVERIFY(!image);
    QCOMPARE(image.error().kind, ErrorKind::ImagePullFailed);
    QVERIFY(!image.error().detail.isEmpty());
    QVERIFY(!image.error().remedy.isEmpty());
}

void tst_RealImages::tagHistoryRemove()
{
    ImagesApi &images = m_engine.client().images();
    PADDOCK_VERIFY_OK(await(images.tag(kTestImage, m_tag)));
    const auto details = await(images.inspect(m_tag));
    PADDOCK_VERIFY_OK(details);
    QVERIFY(details->tags.contains(m_tag));
    const auto history = await(images.history(m_tag));
    PADDOCK_VERIFY_OK(history);
    QVERIFY(!history->isEmpty());
    PADDOCK_VERIFY_OK(await(images.remove(m_tag)));
    PADDOCK_VERIFY_OK(await(images.remove(m_tag)));
    PADDOCK_VERIFY_OK(await(images.inspect(kTestImage)));
}

void tst_RealImages::oddReferencesAreRefusedBeforeSending()
{
    for (const QString &odd :
         {u""_s, u"../containers"_s, u"a b"_s, u"a?b"_s, u"a//b"_s, u"-x"_s, u"a:"_s}) {
        const auto result = await(m_engine.client().images().inspect(odd));
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::InvalidArgument);
    }
}

QTEST_GUILESS_MAIN(tst_RealImages)
#include "tst_RealImages.moc"
