// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Engine faults H4 to H7 and H10: answers that are cut, wrong, huge or slow, and what each status
// code means.

#include "core/docker/DockerClient.h"
#include "tests/support/Await.h"
#include "tests/support/FakeDockerDaemon.h"
#include "tests/support/TestEnvironment.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QTest>

#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

const QByteArray kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Resident memory of this process in KiB.
qint64 residentKiB()
{
    QFile file(u"/proc/self/status"_s);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toLongLong();
    }
    return 0;
}

#ifdef __SANITIZE_ADDRESS__
constexpr qint64 kMemoryBound = 400'000; // freed memory is kept for a while
#else
constexpr qint64 kMemoryBound = 60'000;
#endif

/// Writes \a piece again and again until the other side has had enough.
FakeReply endless(const QByteArray &head, const QByteArray &piece, qint64 *written)
{
    FakeReply reply = FakeReply::raw(head);
    reply.takeOver = [piece, written](QLocalSocket &socket) {
        const auto more = [&socket, piece, written] {
            while (socket.state() == QLocalSocket::ConnectedState &&
                   socket.bytesToWrite() < 1'000'000) {
                socket.write(piece);
                *written += piece.size();
            }
        };
        QObject::connect(&socket, &QLocalSocket::bytesWritten, &socket, more);
        more();
    };
    return reply;
}

} // namespace

class tst_EngineAnswers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void h4_truncatedAnswers();
    void h4_readsAreRetriedWritesAreNot();
    void h5_chunkedGarbage();
    void h5_floodsAreBounded();
    void h6_hugeJson();
    void h6_hostileJson();
    void h7_slowAndSilent();
    void h7_connectTakesNoForever();
    void h10_idempotentVerbs();

private:
    /// Waits long, so that sizes and not a slow machine decide.
    void becomePatient()
    {
        ClientOptions options;
        options.maxJsonBytes = 1'000'000;
        m_client = std::make_unique<DockerClient>(
            Endpoint{m_daemon->socketPath(), EndpointOrigin::Setting, u"test"_s}, options);
        PADDOCK_VERIFY_OK(await(m_client->capabilities()));
    }

    TestEnvironment m_environment;
    std::unique_ptr<FakeDockerDaemon> m_daemon;
    std::unique_ptr<DockerClient> m_client;
};

void tst_EngineAnswers::init()
{
    m_client.reset();
    m_daemon = std::make_unique<FakeDockerDaemon>();
    ClientOptions options;
    options.connectTimeout = milliseconds(300);
    options.headerTimeout = milliseconds(500);
    options.workTimeout = milliseconds(500);
    options.idleTimeout = milliseconds(500);
    options.wholeTimeout = milliseconds(1000);
    options.maxJsonBytes = 1'000'000;
    m_client = std::make_unique<DockerClient>(
        Endpoint{m_daemon->socketPath(), EndpointOrigin::Setting, u"test"_s}, options);
    PADDOCK_VERIFY_OK(await(m_client->capabilities()));
}

void tst_EngineAnswers::h4_truncatedAnswers()
{
    becomePatient();
    const QJsonArray list{QJsonObject{{u"Id"_s, u"abc"_s}, {u"State"_s, u"running"_s}}};
    const FakeReply sized = FakeReply::json(200, list);
    const FakeReply chunks = FakeReply::chunked({"[{\"Id\":\"abc\",", "\"State\":\"running\"}]"});
    const FakeReply closing =
        FakeReply::raw("HTTP/1.1 200 OK\r\n\r\n[{\"Id\":\"abc\",\"State\":\"running\"}]");
    for (const FakeReply &whole : {sized, chunks, closing}) {
        // Control: whole it is read.
        m_daemon->once("GET", "/containers/json", whole);
        PADDOCK_VERIFY_OK(await(m_client->containers().list()));
        for (qsizetype length = 0; length < whole.bytes.size(); length += 3) {
            // Twice: the first time it is asked again.
            m_daemon->once("GET", "/containers/json", whole.cut(length));
            m_daemon->once("GET", "/containers/json", whole.cut(length));
            const auto listed = await(m_client->containers().list());
            QVERIFY2(!listed, qPrintable(u"cut after %1"_s.arg(length)));
            QVERIFY(listed.error().kind == ErrorKind::ConnectionLost ||
                    listed.error().kind == ErrorKind::ProtocolError);
        }
    }
}

void tst_EngineAnswers::h4_readsAreRetriedWritesAreNot()
{
    becomePatient();
    const FakeReply whole = FakeReply::json(200, QJsonArray());
    m_daemon->once("GET", "/containers/json", whole.cut(40));
    m_daemon->once("GET", "/containers/json", whole);
    m_daemon->clearRequests();
    PADDOCK_VERIFY_OK(await(m_client->containers().list()));
    QCOMPARE(m_daemon->countOf("GET", "/containers/json"), 2);

    const FakeReply made = FakeReply::json(201, QJsonObject{{u"Id"_s, u"abc"_s}});
    for (const auto &[method, path] : {std::pair("POST", "/containers/create"),
                                       std::pair("POST", "/containers/abc/start"),
                                       std::pair("DELETE", "/containers/abc")})
        m_daemon->always(method, path, made.cut(20));
    const ContainerId id{u"abc"_s};
    QVERIFY(!await(m_client->containers().create(u"x"_s, {{u"Image"_s, u"x"_s}})));
    QVERIFY(!await(m_client->containers().start(id)));
    QVERIFY(!await(m_client->containers().remove(id)));
    QCOMPARE(m_daemon->countOf("POST", "/containers/create"), 1);
    QCOMPARE(m_daemon->countOf("POST", "/containers/abc/start"), 1);
    QCOMPARE(m_daemon->countOf("DELETE", "/containers/abc"), 1);
}

void tst_EngineAnswers::h5_chunkedGarbage()
{
    becomePatient();
    // Control: a good one, with an extension and trailers.
    m_daemon->once("GET",
                   "/containers/json",
                   FakeReply::raw(kChunkedHead + "2;a=b\r\n[]\r\n0\r\nX-Trailer: 1\r\n\r\n"));
    PADDOCK_VERIFY_OK(await(m_client->containers().list()));
    for (const QByteArray &garbage : {QByteArray("ZZ\r\n[]\r\n0\r\n\r\n"),
                                      QByteArray("-2\r\n[]\r\n0\r\n\r\n"),
                                      QByteArray("10000000000000000\r\n[]\r\n0\r\n\r\n"),
                                      QByteArray("ffffffffffffffff\r\n[]\r\n0\r\n\r\n"),
                                      QByteArray("2[]0\r\n\r\n"),
                                      QByteArray("2\r\n[]0\r\n\r\n"),
                                      QByteArray("2\r\n[]\r\n0\r\nbad trailer\r\n\r\n")}) {
        m_daemon->once("GET", "/containers/json", FakeReply::raw(kChunkedHead + garbage));
        const auto listed = await(m_client->containers().list());
        QVERIFY2(!listed, garbage.constData());
        QCOMPARE(listed.error().kind, ErrorKind::ProtocolError);
    }
}

void tst_EngineAnswers::h5_floodsAreBounded()
{
    becomePatient();
    const auto flood = [&](const QByteArray &start, const QByteArray &piece) {
        qint64 written = 0;
        const qint64 before = residentKiB();
        m_daemon->once("GET", "/containers/json", endless(kChunkedHead + start, piece, &written));
        const auto listed = await(m_client->containers().list());
        m_daemon->dropConnections();
        QVERIFY(!listed);
        QCOMPARE(listed.error().kind, ErrorKind::ProtocolError);
        QVERIFY2(written < 20'000'000, qPrintable(QString::number(written)));
        QVERIFY(residentKiB() - before < kMemoryBound);
    };
    flood("2;x=", QByteArray(64 * 1024, 'e'));                     // an extension without end
    flood("0\r\n", QByteArray("X-Trailer: y\r\n").repeated(1000)); // trailers without end
    flood("", QByteArray("1\r\n \r\n").repeated(1000));            // tiny chunks without end
    flood("", QByteArray("00000000000000000").repeated(1000));     // a size without end
}

void tst_EngineAnswers::h6_hugeJson()
{
    becomePatient();
    qint64 written = 0;
    const qint64 before = residentKiB();
    // Announced: refused before a byte of it is taken.
    m_daemon->once("GET",
                   "/containers/json",
                   endless("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n[",
                           QByteArray(64 * 1024, ' '),
                           &written));
    auto listed = await(m_client->containers().list());
    QVERIFY(!listed);
    QCOMPARE(listed.error().kind, ErrorKind::ProtocolError);
    // Not announced: cut off at the limit.
    m_daemon->once("GET",
                   "/containers/json",
                   endless("HTTP/1.1 200 OK\r\n\r\n[", QByteArray(64 * 1024, ' '), &written));
    listed = await(m_client->containers().list());
    QVERIFY(!listed);
    QCOMPARE(listed.error().kind, ErrorKind::ProtocolError);
    m_daemon->dropConnections();
    QVERIFY2(written < 30'000'000, qPrintable(QString::number(written)));
    QVERIFY(residentKiB() - before < kMemoryBound);

    // The text of a refusal has a bound too, and keeps its status.
    m_daemon->once("GET",
                   "/containers/abc/json",
                   endless("HTTP/1.1 404 Not Found\r\n\r\n", QByteArray(64 * 1024, 'n'), &written));
    const auto missing = await(m_client->containers().inspect(ContainerId{u"abc"_s}));
    m_daemon->dropConnections();
    QVERIFY(!missing);
    QCOMPARE(missing.error().kind, ErrorKind::ContainerNotFound);
    QVERIFY(missing.error().detail.size() <= 4096);
}

void tst_EngineAnswers::h6_hostileJson()
{
    becomePatient();
    m_daemon->once("GET",
                   "/containers/json",
                   FakeReply::text(200, R"([{"Id":"a","State":"running","New":null}])"));
    PADDOCK_VERIFY_OK(await(m_client->containers().list()));
    for (const QByteArray &json : {QByteArray(10'000, '[') + QByteArray(10'000, ']'),
                                   QByteArray("null"),
                                   QByteArray("{}"),
                                   QByteArray("[null]"),
                                   QByteArray("[5]"),
                                   QByteArray(R"([{"Id":null,"State":"running"}])"),
                                   QByteArray(R"([{"Id":["a"],"State":"running"}])"),
                                   QByteArray(R"([{"Id":"a","Id":"b","State":"running"}])"),
                                   QByteArray("[{\"Id\":\"\xc3\x28\",\"State\":\"running\"}]"),
                                   QByteArray(R"([{"Id":"a","State":"running"}] and more)"),
                                   QByteArray("[{\"Id\":\"a\",\"State\":\"running\"}"),
                                   QByteArray()}) {
        m_daemon->once("GET", "/containers/json", FakeReply::text(200, json));
        const auto listed = await(m_client->containers().list());
        QVERIFY2(!listed, json.left(60).constData());
        QCOMPARE(listed.error().kind, ErrorKind::ProtocolError);
        QVERIFY(!listed.error().operation.isEmpty());
    }
}

void tst_EngineAnswers::h7_slowAndSilent()
{
    const auto expectTimeout = [&](FakeReply reply, int limitMs) {
        m_daemon->once("GET", "/containers/json", std::move(reply));
        QElapsedTimer timer;
        timer.start();
        const auto listed = await(m_client->containers().list());
        const qint64 took = timer.elapsed();
        QVERIFY(!listed);
        QCOMPARE(listed.error().kind, ErrorKind::Timeout);
        QVERIFY(!listed.error().remedy.isEmpty());
        QVERIFY2(took < limitMs, qPrintable(QString::number(took)));
        m_daemon->dropConnections();
    };
    const FakeReply good = FakeReply::json(200, QJsonArray());
    // Control: slow, but within the limits.
    m_daemon->once("GET", "/containers/json", good.split(30, milliseconds(20)));
    PADDOCK_VERIFY_OK(await(m_client->containers().list()));

    expectTimeout(FakeReply::silence(), 2000);
    expectTimeout(good.split(1, milliseconds(20)), 2000); // one byte at a time, for ever
    // The head comes, the body stops.
    FakeReply half = FakeReply::raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[");
    half.after = FakeReply::After::KeepOpen;
    expectTimeout(half, 2000);
    // The body drips: never silent for long, never done.
    expectTimeout(
        FakeReply::raw("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + QByteArray(2000, ' '))
            .split(10, milliseconds(30)),
        4000);

    // "100 Continue" for ever.
    qint64 written = 0;
    m_daemon->once(
        "GET", "/containers/json", endless({}, "HTTP/1.1 100 Continue\r\n\r\n", &written));
    const auto continued = await(m_client->containers().list());
    m_daemon->dropConnections();
    QVERIFY(!continued);
    QCOMPARE(continued.error().kind, ErrorKind::ProtocolError);
    m_daemon->once("GET",
                   "/containers/json",
                   FakeReply::raw(QByteArray("HTTP/1.1 100 Continue\r\n\r\n").repeated(10))
                       .split(25, milliseconds(100)));
    const auto slowly = await(m_client->containers().list());
    QVERIFY(!slowly);
    QCOMPARE(slowly.error().kind, ErrorKind::Timeout);
}

void tst_EngineAnswers::h7_connectTakesNoForever()
{
    // A listener that never accepts, its queue full: connecting would wait for ever.
    const QString path = m_environment.path(u"full.sock"_s);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path);
    std::memcpy(address.sun_path, name.constData(), static_cast<size_t>(name.size()));
    const auto *generic = reinterpret_cast<const sockaddr *>(&address);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QVERIFY(::bind(listener, generic, sizeof(address)) == 0);
    QVERIFY(::listen(listener, 0) == 0);
    QList<int> fillers;
    for (;;) {
        const int filler = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        fillers.append(filler);
        if (::connect(filler, generic, sizeof(address)) != 0)
            break; // full
        QVERIFY(fillers.size() < 100);
    }
    ClientOptions options;
    options.connectTimeout = milliseconds(200);
    DockerClient client({path, EndpointOrigin::Setting, u"test"_s}, options);
    QElapsedTimer timer;
    timer.start();
    const auto ping = await(client.system().ping());
    QVERIFY(!ping);
    QVERIFY(ping.error().category == Category::Unreachable);
    QVERIFY(timer.elapsed() < 5000);
    for (const int filler : fillers)
        ::close(filler);
    ::close(listener);
}

void tst_EngineAnswers::h10_idempotentVerbs()
{
    becomePatient();
    const ContainerId id{u"abc"_s};
    ContainersApi &containers = m_client->containers();
    const auto reply = [&](const char *method, const char *path, int status, const QString &words) {
        m_daemon->once(method,
                       path,
                       status == 304 || status == 204
                           ? FakeReply::raw("HTTP/1.1 " + QByteArray::number(status) + " X\r\n\r\n")
                           : FakeReply::error(status, words));
    };
    const auto expect = [](const auto &result, ErrorKind kind, Category category) {
        QVERIFY(!result);
        QCOMPARE(result.error().kind, kind);
        QCOMPARE(result.error().category, category);
    };
    using K = ErrorKind;
    using C = Category;

    const QJsonObject body{{u"Image"_s, u"x"_s}};
    reply("POST", "/containers/create", 409, u"Conflict. The container name \"/x\" is in use"_s);
    expect(await(containers.create(u"x"_s, body)), K::ContainerCreateFailed, C::Conflict);
    reply("POST", "/containers/create", 404, u"No such image: x"_s);
    expect(await(containers.create(u"x"_s, body)), K::ImageNotFound, C::NotFound);

    const char *start = "/containers/abc/start";
    reply("POST", start, 204, {});
    PADDOCK_VERIFY_OK(await(containers.start(id)));
    reply("POST", start, 304, {});
    PADDOCK_VERIFY_OK(await(containers.start(id)));
    reply("POST", start, 404, u"No such container: abc"_s);
    expect(await(containers.start(id)), K::ContainerNotFound, C::NotFound);
    reply("POST", start, 409, u"cannot start a paused container"_s);
    expect(await(containers.start(id)), K::Conflict, C::Conflict);
    reply("POST", start, 500, u"boom"_s);
    expect(await(containers.start(id)), K::ContainerStartFailed, C::Io);

    reply("POST", "/containers/abc/stop", 304, {});
    PADDOCK_VERIFY_OK(await(containers.stop(id)));
    reply("POST", "/containers/abc/stop", 404, u"No such container"_s);
    expect(await(containers.stop(id)), K::ContainerNotFound, C::NotFound);

    reply("POST", "/containers/abc/kill", 409, u"Container abc is not running"_s);
    expect(await(containers.kill(id)), K::Conflict, C::Conflict);

    reply("DELETE", "/containers/abc", 404, u"No such container"_s);
    PADDOCK_VERIFY_OK(await(containers.remove(id)));
    reply("DELETE", "/containers/abc", 409, u"removal of container abc is already in progress"_s);
    expect(await(containers.remove(id)), K::RemoveInProgress, C::Conflict);
    reply("DELETE", "/containers/abc", 409, u"You cannot remove a running container"_s);
    expect(await(containers.remove(id)), K::Conflict, C::Conflict);

    reply("POST", "/containers/abc/exec", 409, u"Container abc is not running"_s);
    expect(await(m_client->exec().create(id, {.command = {u"true"_s}})), K::Conflict, C::Conflict);

    reply("DELETE", "/images/x:1", 404, u"No such image"_s);
    PADDOCK_VERIFY_OK(await(m_client->images().remove(u"x:1"_s)));
    reply("GET", "/images/x:1/json", 500, u"boom"_s);
    expect(await(m_client->images().inspect(u"x:1"_s)), K::IoFailed, C::Io); // not "missing"
}

QTEST_GUILESS_MAIN(tst_EngineAnswers)
#include "tst_EngineAnswers.moc"
