// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/AttackBench.h"

#include "core/images/ImageBuilder.h"
#include "core/images/ImageRecipe.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QSignalSpy>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
    return file.readAll();
}

} // namespace

QString AttackBench::probePath()
{
    return qEnvironmentVariable("PADDOCK_BUILD_DIR") + u"/tests/attack/paddock_probe"_s;
}

AttackBench::AttackBench()
{
    const auto info = await(m_engine.client().system().info());
    if (!info)
        qFatal("%s", qPrintable(info.error().toString()));
    const auto posture = policy::EnginePosture::fromEngine(info->raw);
    if (!posture)
        qFatal("%s", qPrintable(posture.error().toString()));
    m_posture = *posture;
    m_posture.openFilesHard = policy::openFilesLimitOfEngine(engine().endpoint().socketPath);
    ensureImage();
}

void AttackBench::ensureImage()
{
    images::ImageRecipe recipe;
    recipe.name = u"paddock-test-busybox"_s;
    recipe.dockerfile = u"Dockerfile"_s;
    recipe.files = {
        {u"Dockerfile"_s,
         "FROM scratch\n"
         "COPY busybox /bin/busybox\n"
         "COPY probe /bin/probe\n"
         "COPY probe /bin/setuid-probe\n"
         "RUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n"
         "RUN chmod 4755 /bin/setuid-probe && mkdir -p /etc /tmp /var/tmp"
         " && echo root:x:0:0::/:/bin/sh > /etc/passwd && ln -s /run /var/run\n"
         "USER 0:0\n"
         "ENTRYPOINT [\"/bin/false\"]\n"
         "CMD [\"evil\"]\n"
         "WORKDIR /proc/self/fd\n"
         "ENV LD_PRELOAD=/evil.so HOME=/evil http_proxy=http://evil:1\n"
         "EXPOSE 22\n"
         "VOLUME /evil-volume\n"
         "STOPSIGNAL SIGWINCH\n"
         "HEALTHCHECK CMD touch /workspace/evil-health\n"},
        {u"busybox"_s, contentOf(u"/bin/busybox"_s), true},
        {u"probe"_s, contentOf(probePath()), true},
    };
    const QString tag = u"paddock-test-busybox:"_s + recipe.hash().left(16);
    recipe.tag = tag;
    auto found = await(m_engine.client().images().inspect(tag));
    if (!found) {
        const auto tar = images::contextTar(recipe, {});
        docker::BuildOptions options;
        options.tags = {tag};
        const auto task = m_engine.client().images().build({.tar = *tar, .tarFile = {}}, options);
        QSignalSpy finished(task.get(), &docker::ImageTask::finished);
        if (!finished.wait(120'000))
            qFatal("the test image was not built in time");
        found = await(m_engine.client().images().inspect(tag));
    }
    if (!found)
        qFatal("no test image: %s", qPrintable(found.error().toString()));
    m_image = found->id;
}

ContainerId AttackBench::startPlain(const QJsonObject &hostConfig, const QString &user)
{
    QJsonObject body = m_engine.body({u"/bin/probe"_s, u"run"_s});
    QJsonObject host{{u"NetworkMode"_s, u"none"_s}};
    for (auto it = hostConfig.begin(); it != hostConfig.end(); ++it)
        host.insert(it.key(), it.value());
    body.insert(u"Image"_s, m_image.value);
    body.insert(u"User"_s, user);
    body.insert(u"WorkingDir"_s, u"/"_s);
    body.insert(u"HostConfig"_s, host);
    const auto made = m_engine.created(body);
    if (!made)
        qFatal("control: %s", qPrintable(made.error().toString()));
    if (const auto started = await(engine().containers().start(*made)); !started)
        qFatal("control: %s", qPrintable(started.error().toString()));
    return *made;
}

QByteArray
AttackBench::output(const ContainerId &container, const QStringList &argv, const QString &user)
{
    docker::ExecRun run;
    run.options.command = argv;
    run.options.user = user;
    run.options.workingFolder = u"/"_s;
    const auto result = await(docker::runExec(engine().exec(), container, run));
    if (!result) {
        QTest::qFail(
            qPrintable(argv.join(u' ') + u": "_s + result.error().toString()), __FILE__, __LINE__);
        return {};
    }
    return result->standardOutput + result->standardError;
}

Answers AttackBench::probe(const ContainerId &container, const QStringList &words)
{
    Answers answers;
    const auto lines = output(container, QStringList{u"/bin/probe"_s} + words).split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype equals = line.lastIndexOf('=');
        if (equals > 0)
            answers.insert(QString::fromUtf8(line.left(equals)),
                           QString::fromUtf8(line.mid(equals + 1)));
    }
    return answers;
}

QJsonObject AttackBench::inspect(const ContainerId &container)
{
    const auto details = await(engine().containers().inspect(container));
    return details ? details->raw : QJsonObject();
}

SealedSession::SealedSession(AttackBench &bench,
                             const TestEnvironment &environment,
                             const QString &session)
    : m_bench(bench)
    , m_fixture(environment, session, AttackBench::probePath())
    , m_spec(m_fixture.spec(bench.image(), bench.posture()))
    , m_sandbox(bench.engine())
{
    m_spec.imageVolumes = {u"/evil-volume"_s};
}

SealedSession::~SealedSession()
{
    (void)await(m_sandbox.cleanup());
}

Result<sandbox::SandboxInformation> SealedSession::tryStart()
{
    const auto checked = policy::PolicyCheck(m_fixture.context()).check(m_spec, m_bench.posture());
    if (!checked)
        return fail(checked.error());
    return await(m_sandbox.initialise(*checked));
}

void SealedSession::start()
{
    const auto started = tryStart();
    if (!started)
        qFatal("sealed: %s", qPrintable(started.error().toString()));
    if (started->condition != sandbox::SandboxInformation::Condition::Running)
        qFatal("the sealed container does not run: exit code %d, %s",
               started->exitCode,
               qPrintable(started->engineError));
}

} // namespace paddock::test
