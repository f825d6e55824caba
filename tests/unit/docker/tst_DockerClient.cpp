// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The client against a scripted engine: what goes over the wire, and what comes of the answers.

#include "core/docker/DockerClient.h"
#include "tests/support/Await.h"
#include "tests/support/FakeDockerDaemon.h"
#include "tests/support/TestEnvironment.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>
#include <QUrl>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

const QByteArray kUpgraded = "HTTP/1.1 101 UPGRADED\r\nContent-Type: "
                             "application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n"
                             "Upgrade: tcp\r\n\r\n";

} // namespace

class tst_DockerClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void negotiatesOnceAndPutsTheVersionInThePath();
    void engineWithANewerMinimum();
    void engineTooOld();
    void notAnEngine();
    void negotiatesAgainAfterTheEngineWasAway();
    void replacedEngineIsAskedAgain();
    void createSendsTheBodyAsItIs();
    void filtersAndQueriesAreEncoded();
    void cancelClosesTheConnection();
    void cancelDuringNegotiation();
    void destroyingTheClientEndsCalls();
    void withTimeoutEndsTheCall();
    void attachSendsUpgradeAndInput();
    void framesAnnouncedByTheEngineWin();
    void pausedBeforeItOpensStillOpens();
    void pausedStreamDeliversNothingAndThenEverything();
    void buildSendsItsOptions();
    void pullAddsTheTagAndAuth();
    void byteByByteAnswersAreTheSame();

private:
    [[nodiscard]] DockerClient &client() { return *m_client; }

    TestEnvironment m_environment;
    std::unique_ptr<FakeDockerDaemon> m_daemon;
    std::unique_ptr<DockerClient> m_client;
};

void tst_DockerClient::init()
{
    m_daemon = std::make_unique<FakeDockerDaemon>();
    ClientOptions options;
    options.headerTimeout = milliseconds(2000);
    m_client = std::make_unique<DockerClient>(
        Endpoint{m_daemon->socketPath(), EndpointOrigin::Setting, u"test"_s}, options);
}

void tst_DockerClient::cleanup()
{
    m_client.reset();
    m_daemon.reset();
}

void tst_DockerClient::negotiatesOnceAndPutsTheVersionInThePath()
{
    m_daemon->always("GET", "/containers/json", FakeReply::json(200, QJsonArray()));
    // Several at once wait for one negotiation.
    auto first = client().containers().list();
    auto second = client().containers().list();
    PADDOCK_VERIFY_OK(await(first));
    PADDOCK_VERIFY_OK(await(second));
    PADDOCK_VERIFY_OK(await(client().containers().list()));
    QCOMPARE(m_daemon->countOf("GET", "/_ping"), 1);
    QCOMPARE(m_daemon->countOf("GET", "/version"), 1);
    QCOMPARE(m_daemon->countOf("GET", "/containers/json"), 3);
    QCOMPARE(m_daemon->requests().first().version, QByteArray());
    QCOMPARE(m_daemon->requests().last().version, QByteArray("1.41"));
}

void tst_DockerClient::engineWithANewerMinimum()
{
    m_daemon->setVersions("1.52", "1.44");
    // Such an engine answers nothing below its minimum.
    m_daemon->answer("GET", "/containers/json", [](const FakeRequest &request) {
        return request.version.toDouble() >= 1.44
                   ? FakeReply::json(200, QJsonArray())
                   : FakeReply::error(400, u"client version 1.41 is too old"_s);
    });
    m_daemon->answer("GET", "/version", [](const FakeRequest &request) {
        if (request.version.toDouble() < 1.44)
            return FakeReply::error(400, u"client version is too old"_s);
        return FakeReply::json(200,
                               QJsonObject{{u"Version"_s, u"29.0.0"_s},
                                           {u"ApiVersion"_s, u"1.52"_s},
                                           {u"MinAPIVersion"_s, u"1.44"_s}});
    });
    PADDOCK_VERIFY_OK(await(client().containers().list()));
    const auto capabilities = await(client().capabilities());
    PADDOCK_VERIFY_OK(capabilities);
    QCOMPARE(capabilities->api, kMaxApi);
    QCOMPARE(capabilities->engineMinApi, (ApiVersion{1, 44}));
    QVERIFY(capabilities->healthStartInterval);
    QVERIFY(capabilities->streamTypeInContentType);
}

void tst_DockerClient::engineTooOld()
{
    m_daemon->setVersions("1.39", "1.12");
    const auto listed = await(client().containers().list());
    QVERIFY(!listed);
    QCOMPARE(listed.error().kind, ErrorKind::EngineTooOld);
    QVERIFY(listed.error().message.contains(u"1.41"_s));
    QVERIFY(!remedyCommand(listed.error()).isEmpty());
    QCOMPARE(m_daemon->countOf("GET", "/containers/json"), 0);
}

void tst_DockerClient::notAnEngine()
{
    m_daemon->always("GET", "/_ping", FakeReply::text(200, "<html>hello</html>"));
    const auto listed = await(client().containers().list());
    QVERIFY(!listed);
    QCOMPARE(listed.error().kind, ErrorKind::ProtocolError);
    QVERIFY(listed.error().remedy.contains(u"DOCKER_SOCKET"_s));
}

void tst_DockerClient::negotiatesAgainAfterTheEngineWasAway()
{
    m_daemon->always("GET", "/containers/json", FakeReply::json(200, QJsonArray()));
    PADDOCK_VERIFY_OK(await(client().containers().list()));
    m_daemon->vanish();
    const auto away = await(client().containers().list());
    QVERIFY(!away);
    QCOMPARE(away.error().kind, ErrorKind::DockerUnavailable);
    m_daemon->setVersions("1.47", "1.24");
    m_daemon->comeBack();
    PADDOCK_VERIFY_OK(await(client().containers().list()));
    QCOMPARE(m_daemon->requests().last().version, QByteArray("1.47"));
}

void tst_DockerClient::replacedEngineIsAskedAgain()
{
    m_daemon->always("GET", "/containers/json", FakeReply::json(200, QJsonArray()));
    PADDOCK_VERIFY_OK(await(client().containers().list()));
    // Upgraded between two requests: the version we hold is refused.
    m_daemon->setVersions("1.52", "1.44");
    m_daemon->once("GET",
                   "/containers/json",
                   FakeReply::error(400,
                                    u"client version 1.41 is too old. Minimum supported API "
                                    "version is 1.44"_s));
    PADDOCK_VERIFY_OK(await(client().containers().list()));
    QCOMPARE(m_daemon->requests().last().version, QByteArray("1.51"));
}

void tst_DockerClient::createSendsTheBodyAsItIs()
{
    m_daemon->once(
        "POST",
        "/containers/create",
        FakeReply::json(201, QJsonObject{{u"Id"_s, u"abc"_s}, {u"Warnings"_s, QJsonValue()}}));
    const QJsonObject body{{u"Image"_s, u"x"_s}, {u"Labels"_s, QJsonObject{{u"ä"_s, u"☃"_s}}}};
    const auto created = await(client().containers().create(u"paddock-test"_s, body));
    PADDOCK_VERIFY_OK(created);
    QCOMPARE(created->id.value, u"abc"_s);
    const FakeRequest &request = m_daemon->requests().last();
    QCOMPARE(request.query, QByteArray("name=paddock-test"));
    QCOMPARE(request.headers.value("content-type"), QByteArray("application/json"));
    QCOMPARE(QJsonDocument::fromJson(request.body).object(), body);
    QVERIFY(!await(client().containers().create(u"x"_s, {})));
}

void tst_DockerClient::filtersAndQueriesAreEncoded()
{
    m_daemon->always("GET", "/containers/json", FakeReply::json(200, QJsonArray()));
    PADDOCK_VERIFY_OK(await(client().containers().list(
        {.all = false, .labels = {u"a=b&c=ü+\""_s}, .names = {u"x.y"_s}})));
    const QByteArray query = m_daemon->requests().last().query;
    QVERIFY(query.startsWith("all=0&filters="));
    QCOMPARE(query.count('&'), 1);
    QVERIFY(!query.contains('+'));
    const QJsonObject filters = QJsonDocument::fromJson(QByteArray::fromPercentEncoding(
                                                            query.mid(query.indexOf('=', 6) + 1)))
                                    .object();
    QCOMPARE(filters.value(u"label"_s).toArray().first().toString(), u"a=b&c=ü+\""_s);
    QCOMPARE(filters.value(u"name"_s).toArray().first().toString(), u"^/?x\\.y$"_s);
}

void tst_DockerClient::cancelClosesTheConnection()
{
    PADDOCK_VERIFY_OK(await(client().capabilities()));
    m_daemon->always("POST", "/containers/abc/wait", FakeReply::silence());
    auto waiting = client().containers().wait(ContainerId{u"abc"_s});
    bool answered = false;
    waiting.then(this, [&](const Result<WaitResult> &) { answered = true; });
    QTRY_COMPARE_WITH_TIMEOUT(m_daemon->countOf("POST", "/containers/abc/wait"), 1, 30'000);
    QCOMPARE(m_daemon->openConnections(), 1);
    waiting.cancel();
    QTRY_COMPARE_WITH_TIMEOUT(m_daemon->openConnections(), 0, 30'000);
    QVERIFY(!answered);
}

void tst_DockerClient::cancelDuringNegotiation()
{
    m_daemon->once("GET", "/_ping", FakeReply::silence());
    auto first = client().containers().list();
    auto second = client().system().version();
    bool answered = false;
    first.then(this, [&](const Result<QList<ContainerSummary>> &) { answered = true; });
    first.cancel();
    // The other one is not cancelled with it.
    const auto version = await(second);
    QVERIFY(!version);
    QCOMPARE(version.error().kind, ErrorKind::Timeout);
    QVERIFY(!answered);
    QCOMPARE(m_daemon->countOf("GET", "/containers/json"), 0);
}

void tst_DockerClient::destroyingTheClientEndsCalls()
{
    m_daemon->always("GET", "/info", FakeReply::silence());
    auto waiting = client().system().info();
    QTRY_COMPARE_WITH_TIMEOUT(m_daemon->countOf("GET", "/info"), 1, 30'000);
    m_client.reset();
    const auto info = await(waiting);
    QVERIFY(!info);
    QCOMPARE(info.error().kind, ErrorKind::Destroyed);
    QTRY_COMPARE_WITH_TIMEOUT(m_daemon->openConnections(), 0, 30'000);
}

void tst_DockerClient::withTimeoutEndsTheCall()
{
    PADDOCK_VERIFY_OK(await(client().capabilities()));
    m_daemon->always("POST", "/containers/abc/wait", FakeReply::silence());
    const auto waited =
        await(client().containers().wait(ContainerId{u"abc"_s}).withTimeout(milliseconds(50)));
    QVERIFY(!waited);
    QCOMPARE(waited.error().kind, ErrorKind::Timeout);
    QTRY_COMPARE_WITH_TIMEOUT(m_daemon->openConnections(), 0, 30'000);
}

void tst_DockerClient::attachSendsUpgradeAndInput()
{
    QByteArray received;
    bool halfClosed = false;
    FakeReply reply = FakeReply::raw(kUpgraded + dockerFrame(1, "early"));
    reply.takeOver = [&](QLocalSocket &socket) {
        connect(&socket, &QLocalSocket::readyRead, this, [&] { received += socket.readAll(); });
        // QLocalSocket reports the end of the other side's writing as a disconnect.
        connect(&socket, &QLocalSocket::disconnected, this, [&] { halfClosed = true; });
    };
    m_daemon->once("POST", "/containers/abc/attach", reply);
    const auto stream = client().containers().attach(ContainerId{u"abc"_s}, {.tty = false});
    QSignalSpy opened(stream.get(), &AttachStream::opened);
    QSignalSpy frames(stream.get(), &AttachStream::frame);
    QSignalSpy finished(stream.get(), &AttachStream::finished);
    stream->write("before ");
    QCOMPARE(stream->bytesToWrite(), 7);
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 30'000);
    QVERIFY(stream->isOpen());
    stream->write("after");
    stream->closeInput();
    stream->write("too late");
    QTRY_COMPARE_WITH_TIMEOUT(received, QByteArray("before after"), 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(halfClosed, 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(
        frames.size(), 1, 30'000); // bytes that came with the head are not lost
    QCOMPARE(frames.first().at(1).toByteArray(), QByteArray("early"));
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    const FakeRequest &request = m_daemon->requests().last();
    QCOMPARE(request.headers.value("upgrade"), QByteArray("tcp"));
    QCOMPARE(request.headers.value("connection"), QByteArray("Upgrade"));
}

void tst_DockerClient::framesAnnouncedByTheEngineWin()
{
    m_daemon->setVersions("1.44", "1.24");
    m_daemon->once(
        "GET",
        "/containers/abc/logs",
        FakeReply::raw("HTTP/1.1 200 OK\r\n"
                       "Content-Type: application/vnd.docker.multiplexed-stream\r\n\r\n" +
                       dockerFrame(2, "framed")));
    // The caller believes in a terminal; the engine knows better.
    const auto stream = client().containers().logs(ContainerId{u"abc"_s}, {.tty = true});
    QSignalSpy frames(stream.get(), &AttachStream::frame);
    QSignalSpy finished(stream.get(), &AttachStream::finished);
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    QCOMPARE(frames.size(), 1);
    QCOMPARE(frames.first().at(0).value<Channel>(), Channel::Stderr);
    QCOMPARE(frames.first().at(1).toByteArray(), QByteArray("framed"));
}

void tst_DockerClient::pausedBeforeItOpensStillOpens()
{
    m_daemon->once("GET",
                   "/containers/abc/logs",
                   FakeReply::raw("HTTP/1.1 200 OK\r\n\r\n" + dockerFrame(1, "x")));
    const auto stream = client().containers().logs(ContainerId{u"abc"_s}, {.tty = false});
    QSignalSpy opened(stream.get(), &AttachStream::opened);
    QSignalSpy frames(stream.get(), &AttachStream::frame);
    QSignalSpy finished(stream.get(), &AttachStream::finished);
    stream->pause();
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(await(client().system().ping())); // some turns of the event loop
    QCOMPARE(frames.size(), 0);
    QCOMPARE(finished.size(), 0);
    stream->resume();
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    QCOMPARE(frames.size(), 1);

    // A refusal is not lost in a pause.
    m_daemon->once("GET", "/containers/abc/logs", FakeReply::error(404, u"No such container"_s));
    const auto missing = client().containers().logs(ContainerId{u"abc"_s}, {.tty = false});
    QSignalSpy ended(missing.get(), &AttachStream::finished);
    missing->pause();
    missing->resume();
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 30'000);
}

void tst_DockerClient::pausedStreamDeliversNothingAndThenEverything()
{
    QByteArray bytes;
    for (int i = 0; i < 2000; ++i)
        bytes += dockerFrame(1 + i % 2, QByteArray::number(i).rightJustified(1000, '.'));
    m_daemon->once(
        "GET", "/containers/abc/logs", FakeReply::raw("HTTP/1.1 200 OK\r\n\r\n" + bytes));
    const auto stream = client().containers().logs(ContainerId{u"abc"_s}, {.tty = false});
    QSignalSpy finished(stream.get(), &AttachStream::finished);
    int count = 0;
    qint64 received = 0;
    bool paused = false;
    connect(stream.get(), &AttachStream::frame, this, [&](Channel, const QByteArray &piece) {
        QVERIFY(!paused);
        received += piece.size();
        // Pause in the middle of a batch, again and again.
        if (++count % 100 == 0) {
            paused = true;
            stream->pause();
            QTimer::singleShot(1, stream.get(), [&] {
                paused = false;
                stream->resume();
            });
        }
    });
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 10'000);
    PADDOCK_VERIFY_OK(finished.first().first().value<Result<Done>>());
    QCOMPARE(received, 2'000'000);
}

void tst_DockerClient::buildSendsItsOptions()
{
    m_daemon->once("POST",
                   "/build",
                   FakeReply::chunked({"{\"stream\":\"Step 1\\n\"}\r\n",
                                       "{\"aux\":{\"ID\":\"sha256:abc\"}}\r\n",
                                       "{\"stream\":\"done\"}\r\n"}));
    const auto task = client().images().build({.tar = "tar bytes"},
                                              {.tags = {u"a:1"_s, u"b:2"_s},
                                               .dockerfile = u"x y"_s,
                                               .buildArguments = {{u"A"_s, u"1&2"_s}},
                                               .noCache = true});
    QSignalSpy finished(task.get(), &ImageTask::finished);
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    const auto image = finished.first().first().value<Result<ImageId>>();
    PADDOCK_VERIFY_OK(image);
    QCOMPARE(image->value, u"sha256:abc"_s);
    const FakeRequest &request = m_daemon->requests().last();
    QCOMPARE(request.body, QByteArray("tar bytes"));
    QVERIFY(request.query.contains("t=a%3A1&t=b%3A2"));
    QVERIFY(request.query.contains("dockerfile=x%20y"));
    QVERIFY(request.query.contains("buildargs=%7B%22A%22%3A%221%262%22%7D"));
    QVERIFY(request.query.contains("nocache=1"));

    // A stream that ends well and names no image is no success.
    m_daemon->once("POST", "/build", FakeReply::chunked({"{\"stream\":\"hm\"}\r\n"}));
    const auto empty = client().images().build({.tar = "x"}, {});
    QSignalSpy ended(empty.get(), &ImageTask::finished);
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 30'000);
    const auto failed = ended.first().first().value<Result<ImageId>>();
    QVERIFY(!failed);
    QCOMPARE(failed.error().kind, ErrorKind::ImageBuildFailed);
}

void tst_DockerClient::pullAddsTheTagAndAuth()
{
    m_daemon->once("POST",
                   "/images/create",
                   FakeReply::chunked({R"({"status":"Downloading","id":"l1","progressDetail":)"
                                       R"({"current":5,"total":10}})"
                                       "\r\n"}));
    m_daemon->once("GET",
                   "/images/debian:latest/json",
                   FakeReply::json(200, QJsonObject{{u"Id"_s, u"sha256:abc"_s}}));
    const auto task = client().images().pull(u"debian"_s, {.registryAuth = "c2VjcmV0"});
    QSignalSpy finished(task.get(), &ImageTask::finished);
    QSignalSpy progress(task.get(), &ImageTask::progress);
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(finished.first().first().value<Result<ImageId>>());
    QCOMPARE(progress.size(), 1);
    QCOMPARE(progress.first().first().value<ImageProgress>().total, 10);
    const FakeRequest &request = m_daemon->requests().at(2);
    QCOMPARE(request.query, QByteArray("fromImage=debian%3Alatest"));
    QCOMPARE(request.headers.value("x-registry-auth"), QByteArray("c2VjcmV0"));

    m_daemon->once("POST",
                   "/images/create",
                   FakeReply::chunked({R"({"errorDetail":{"message":"manifest for x:1 not found: )"
                                       R"(manifest unknown"},"error":"short"})"
                                       "\r\n"}));
    const auto injected = client().images().pull(u"x:1"_s, {.registryAuth = "a\r\nX-Evil: b"});
    QSignalSpy refused(injected.get(), &ImageTask::finished);
    QTRY_COMPARE_WITH_TIMEOUT(refused.size(), 1, 30'000);
    QVERIFY(!refused.first().first().value<Result<ImageId>>());

    const auto missing = client().images().pull(u"x:1"_s);
    QSignalSpy ended(missing.get(), &ImageTask::finished);
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 30'000);
    const auto failed = ended.first().first().value<Result<ImageId>>();
    QVERIFY(!failed);
    QCOMPARE(failed.error().kind, ErrorKind::ImageNotFound);
}

void tst_DockerClient::byteByByteAnswersAreTheSame()
{
    const QJsonArray list{QJsonObject{{u"Id"_s, u"abc"_s}, {u"State"_s, u"running"_s}}};
    m_daemon->once("GET", "/containers/json", FakeReply::json(200, list).split(1));
    const auto containers = await(client().containers().list());
    PADDOCK_VERIFY_OK(containers);
    QCOMPARE(containers->first().id.value, u"abc"_s);
}

QTEST_GUILESS_MAIN(tst_DockerClient)
#include "tst_DockerClient.moc"
