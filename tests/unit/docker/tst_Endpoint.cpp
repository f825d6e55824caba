// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/docker/Endpoint.h"
#include "tests/support/Await.h"
#include "tests/support/TestEnvironment.h"

#include <QCryptographicHash>
#include <QFile>
#include <QLocalServer>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_Endpoint : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void order_data();
    void order();
    void defaultsInOrder();
    void addresses_data();
    void addresses();
    void contextOfTheConfiguration();
    void brokenContexts();
    void probeTellsCausesApart();
    void discoverTakesTheFirstThatAnswers();
    void discoverTellsTheMostTellingCause();
    void everyProblemHasACommand();

private:
    static EndpointEnvironment environmentOf(const QHash<QString, QByteArray> &files = {})
    {
        EndpointEnvironment environment;
        environment.home = u"/home/ann"_s;
        environment.runtimeFolder = u"/run/user/1000"_s;
        environment.readFile = [files](const QString &path) -> std::optional<QByteArray> {
            const auto it = files.constFind(path);
            return it == files.constEnd() ? std::nullopt : std::optional(*it);
        };
        return environment;
    }
    static QString metaPath(const QByteArray &name)
    {
        return u"/home/ann/.docker/contexts/meta/"_s +
               QString::fromLatin1(
                   QCryptographicHash::hash(name, QCryptographicHash::Sha256).toHex()) +
               u"/meta.json"_s;
    }

    TestEnvironment m_environment;
};

void tst_Endpoint::order_data()
{
    QTest::addColumn<int>("first"); // how many of the sources, from the strongest, are not set
    QTest::addColumn<QString>("path");
    QTest::addColumn<EndpointOrigin>("origin");
    QTest::newRow("setting") << 0 << u"/from/setting.sock"_s << EndpointOrigin::Setting;
    QTest::newRow("DOCKER_SOCKET") << 1 << u"/from/socket.sock"_s << EndpointOrigin::DockerSocket;
    QTest::newRow("DOCKER_HOST") << 2 << u"/from/host.sock"_s << EndpointOrigin::DockerHost;
    QTest::newRow("DOCKER_CONTEXT") << 3 << u"/from/variable.sock"_s << EndpointOrigin::Context;
    QTest::newRow("currentContext") << 4 << u"/from/config.sock"_s << EndpointOrigin::Context;
    QTest::newRow("system") << 5 << u"/var/run/docker.sock"_s << EndpointOrigin::SystemSocket;
}

void tst_Endpoint::order()
{
    QFETCH(int, first);
    QFETCH(QString, path);
    QFETCH(EndpointOrigin, origin);
    QHash<QString, QByteArray> files{
        {metaPath("variable"), R"({"Endpoints":{"docker":{"Host":"unix:///from/variable.sock"}}})"},
        {metaPath("config"), R"({"Endpoints":{"docker":{"Host":"unix:///from/config.sock"}}})"},
    };
    if (first <= 4)
        files.insert(u"/home/ann/.docker/config.json"_s, R"({"currentContext":"config"})");
    EndpointEnvironment environment = environmentOf(files);
    if (first <= 0)
        environment.setting = u"/from/setting.sock"_s;
    if (first <= 1)
        environment.dockerSocket = u"/from/socket.sock"_s;
    if (first <= 2)
        environment.dockerHost = u"unix:///from/host.sock"_s;
    if (first <= 3)
        environment.dockerContext = u"variable"_s;
    const auto candidates = endpointCandidates(environment);
    PADDOCK_VERIFY_OK(candidates);
    QCOMPARE(candidates->first().socketPath, path);
    QCOMPARE(candidates->first().origin, origin);
    QVERIFY(!candidates->first().originDetail.isEmpty());
    // What somebody chose is the only candidate.
    QCOMPARE(candidates->size() == 1, origin != EndpointOrigin::SystemSocket);
}

void tst_Endpoint::defaultsInOrder()
{
    const auto candidates = endpointCandidates(environmentOf());
    PADDOCK_VERIFY_OK(candidates);
    QStringList paths;
    for (const Endpoint &candidate : *candidates)
        paths.append(candidate.socketPath);
    QCOMPARE(paths,
             (QStringList{u"/var/run/docker.sock"_s,
                          u"/run/user/1000/docker.sock"_s,
                          u"/home/ann/.docker/desktop/docker.sock"_s,
                          u"/run/user/1000/podman/podman.sock"_s}));
    EndpointEnvironment bare = environmentOf();
    bare.runtimeFolder.clear();
    QCOMPARE(endpointCandidates(bare)->size(), 2);
}

void tst_Endpoint::addresses_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("kind");
    const int none = -1;
    QTest::newRow("path") << u"/a//b/../c.sock"_s << u"/a/c.sock"_s << none;
    QTest::newRow("unix") << u"unix:///a/b.sock"_s << u"/a/b.sock"_s << none;
    QTest::newRow("UNIX") << u"UNIX:///a/b.sock"_s << u"/a/b.sock"_s << none;
    const int unsupported = int(ErrorKind::UnsupportedOption);
    QTest::newRow("tcp") << u"tcp://10.0.0.1:2375"_s << QString() << unsupported;
    QTest::newRow("ssh") << u"ssh://ann@server"_s << QString() << unsupported;
    QTest::newRow("https") << u"https://server:2376"_s << QString() << unsupported;
    const int invalid = int(ErrorKind::InvalidArgument);
    QTest::newRow("relative") << u"docker.sock"_s << QString() << invalid;
    QTest::newRow("unix relative") << u"unix://docker.sock"_s << QString() << invalid;
    QTest::newRow("unknown scheme") << u"gopher://x"_s << QString() << invalid;
    QTest::newRow("no scheme") << u"://x"_s << QString() << invalid;
    QTest::newRow("NUL") << u"/a\0b"_s << QString() << invalid;
}

void tst_Endpoint::addresses()
{
    QFETCH(QString, address);
    QFETCH(QString, path);
    QFETCH(int, kind);
    EndpointEnvironment environment = environmentOf();
    environment.dockerHost = address;
    const auto candidates = endpointCandidates(environment);
    if (kind < 0) {
        PADDOCK_VERIFY_OK(candidates);
        QCOMPARE(candidates->first().socketPath, path);
        return;
    }
    QVERIFY(!candidates);
    QCOMPARE(int(candidates.error().kind), kind);
    QVERIFY(!candidates.error().remedy.isEmpty());
}

void tst_Endpoint::contextOfTheConfiguration()
{
    EndpointEnvironment environment = environmentOf(
        {{u"/home/ann/.docker/config.json"_s, R"({"auths":{},"currentContext":"default"})"}});
    QCOMPARE(endpointCandidates(environment)->first().origin, EndpointOrigin::SystemSocket);

    environment = environmentOf({{u"/home/ann/.docker/config.json"_s, "this is not json"}});
    QCOMPARE(endpointCandidates(environment)->first().origin, EndpointOrigin::SystemSocket);

    // DOCKER_CONTEXT=default wins over the configuration's own.
    environment = environmentOf(
        {{u"/home/ann/.docker/config.json"_s, R"({"currentContext":"rootless"})"},
         {metaPath("rootless"), R"({"Endpoints":{"docker":{"Host":"unix:///r.sock"}}})"}});
    QCOMPARE(endpointCandidates(environment)->first().socketPath, u"/r.sock"_s);
    environment.dockerContext = u"default"_s;
    QCOMPARE(endpointCandidates(environment)->first().origin, EndpointOrigin::SystemSocket);

    environment = environmentOf({{u"/etc/dock/config.json"_s, R"({"currentContext":"none"})"}});
    environment.dockerConfig = u"/etc/dock"_s;
    QVERIFY(!endpointCandidates(environment));
}

void tst_Endpoint::brokenContexts()
{
    for (const QByteArray &meta : {QByteArray("{}"),
                                   QByteArray("not json"),
                                   QByteArray(R"({"Endpoints":{"docker":{"Host":5}}})"),
                                   QByteArray(R"({"Endpoints":{"kubernetes":{}}})")}) {
        EndpointEnvironment environment = environmentOf({{metaPath("work"), meta}});
        environment.dockerContext = u"work"_s;
        const auto candidates = endpointCandidates(environment);
        QVERIFY(!candidates);
        QCOMPARE(candidates.error().kind, ErrorKind::InvalidConfig);
        QVERIFY(candidates.error().message.contains(u"work"_s));
        QVERIFY(!remedyCommand(candidates.error()).isEmpty());
    }
}

void tst_Endpoint::probeTellsCausesApart()
{
    const auto probe = [](const QString &path) {
        return probeEndpoint({path, EndpointOrigin::Setting, path});
    };
    const QString path = m_environment.path(u"engine.sock"_s);

    const auto absent = probe(path);
    QVERIFY(!absent);
    QCOMPARE(absent.error().kind, ErrorKind::DockerUnavailable);
    QCOMPARE(absent.error().category, Category::NotFound);

    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    const auto notASocket = probe(path);
    QVERIFY(!notASocket);
    QCOMPARE(notASocket.error().category, Category::InvalidArgument);
    file.remove();

    {
        QLocalServer server;
        QVERIFY(server.listen(path));
        PADDOCK_VERIFY_OK(probe(path));
        QVERIFY(QFile::rename(path, path + u'2'));
    }
    QVERIFY(QFile::rename(path + u'2', path));
    const auto refused = probe(path);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::DockerUnavailable);
    QCOMPARE(refused.error().category, Category::Unreachable);

    const auto tooLong = probe(u'/' + QString(200, u'x'));
    QVERIFY(!tooLong);
    QVERIFY(tooLong.error().message.contains(u"107"_s));
}

void tst_Endpoint::discoverTakesTheFirstThatAnswers()
{
    EndpointEnvironment environment = EndpointEnvironment::fromProcess();
    environment.dockerSocket.clear();
    environment.dockerHost.clear();
    environment.dockerContext.clear();
    QCOMPARE(environment.runtimeFolder, m_environment.path(u"run"_s));
    QLocalServer server;
    QVERIFY(server.listen(m_environment.path(u"run/docker.sock"_s)));
    const auto found = discoverEndpoint(environment);
    PADDOCK_VERIFY_OK(found);
    // Where the machine has an engine of its own, that one comes first.
    QVERIFY(found->origin == EndpointOrigin::RootlessSocket ||
            found->origin == EndpointOrigin::SystemSocket);
    environment.setting = m_environment.path(u"run/docker.sock"_s);
    const auto chosen = discoverEndpoint(environment);
    PADDOCK_VERIFY_OK(chosen);
    QCOMPARE(chosen->origin, EndpointOrigin::Setting);
}

void tst_Endpoint::discoverTellsTheMostTellingCause()
{
    // A chosen socket that is absent is reported, not replaced by another engine.
    EndpointEnvironment environment = EndpointEnvironment::fromProcess();
    environment.setting = m_environment.path(u"none.sock"_s);
    const auto found = discoverEndpoint(environment);
    QVERIFY(!found);
    QVERIFY(found.error().message.contains(environment.setting));
}

void tst_Endpoint::everyProblemHasACommand()
{
    const QString path = m_environment.path(u"again.sock"_s);
    const Endpoint endpoint{path, EndpointOrigin::Setting, path};
    const auto absent = probeEndpoint(endpoint);
    QCOMPARE(remedyCommand(absent.error()), u"sudo systemctl enable --now docker"_s);
    const auto podman = probeEndpoint({path, EndpointOrigin::PodmanSocket, path});
    QCOMPARE(remedyCommand(podman.error()), u"systemctl --user enable --now podman.socket"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(remedyCommand(probeEndpoint(endpoint).error()).contains(path));
    QCOMPARE(remedyCommand(Error(ErrorKind::Internal, u"x"_s)), QString());
}

QTEST_GUILESS_MAIN(tst_Endpoint)
#include "tst_Endpoint.moc"
