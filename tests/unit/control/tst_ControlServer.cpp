// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlClient.h"
#include "core/control/ControlMethods.h"
#include "core/control/ControlServer.h"
#include "core/control/ControlSocket.h"
#include "core/control/Json.h"
#include "tests/support/FakeServices.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTest>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::control;
using namespace Qt::StringLiterals;

class tst_ControlServer : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<test::TestEnvironment> m_environment;
    XdgPaths m_paths;
    std::unique_ptr<test::FakeServices> m_fake;
    std::optional<OwnerLock> m_lock;
    std::unique_ptr<ControlServer> m_server;

    void serve(ControlLimits limits = {})
    {
        m_server =
            std::make_unique<ControlServer>(m_fake->services(),
                                            OwnerInfo{.program = u"test"_s,
                                                      .version = u"1.2"_s,
                                                      .startedAt = QDateTime::currentDateTimeUtc()},
                                            limits);
        const auto listening = m_server->listen(m_paths, *m_lock);
        QVERIFY2(listening.has_value(),
                 qPrintable(listening ? QString() : listening.error().toString()));
    }

    [[nodiscard]] std::unique_ptr<QLocalSocket> rawClient() const
    {
        auto socket = std::make_unique<QLocalSocket>();
        socket->connectToServer(m_paths.controlSocket());
        return socket;
    }

    [[nodiscard]] std::unique_ptr<ControlClient> client(ControlLimits limits = {})
    {
        auto made = std::make_unique<ControlClient>(limits);
        bool connected = false;
        made->connectTo(m_paths.controlSocket()).then(this, [&](const Result<Done> &result) {
            connected = result.has_value();
        });
        if (!QTest::qWaitFor([&] { return connected; }))
            return nullptr;
        return made;
    }

    [[nodiscard]] Result<QJsonObject>
    ask(ControlClient &client, const QString &method, const QJsonObject &params = {})
    {
        std::optional<Result<QJsonObject>> answer;
        client.call(method, params).then(this, [&](const Result<QJsonObject> &result) {
            answer = result;
        });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }))
            return fail(ErrorKind::Timeout, u"no answer in the test"_s);
        return *answer;
    }

    /// Everything the socket says until it ends or \a lines lines came.
    static QList<QJsonObject> readLines(QLocalSocket &socket, int lines)
    {
        QList<QJsonObject> messages;
        static_cast<void>(QTest::qWaitFor([&] {
            while (socket.canReadLine())
                messages.append(QJsonDocument::fromJson(socket.readLine()).object());
            return messages.size() >= lines || socket.state() == QLocalSocket::UnconnectedState;
        }));
        return messages;
    }

private Q_SLOTS:
    void init()
    {
        m_environment = std::make_unique<test::TestEnvironment>();
        const auto paths = XdgPaths::fromEnvironment();
        QVERIFY(paths);
        m_paths = *paths;
        m_fake = std::make_unique<test::FakeServices>();
        auto lock = OwnerLock::acquire(m_paths);
        QVERIFY(lock);
        m_lock.emplace(std::move(*lock));
    }

    void cleanup()
    {
        m_server.reset();
        m_lock.reset();
        m_fake.reset();
    }

    void folderAndSocketAreForTheUserOnly()
    {
        QVERIFY(QDir().mkpath(m_paths.runtime));
        ::chmod(QFile::encodeName(m_paths.runtime).constData(), 0777);
        const mode_t before = ::umask(0);
        serve();
        ::umask(before);
        struct stat info = {};
        QCOMPARE(::stat(QFile::encodeName(m_paths.runtime).constData(), &info), 0);
        QCOMPARE(info.st_mode & 07777, mode_t{0700});
        QCOMPARE(::stat(QFile::encodeName(m_paths.controlSocket()).constData(), &info), 0);
        QCOMPARE(info.st_mode & 07777, mode_t{0600});
        m_server->close();
        QVERIFY(!QFileInfo::exists(m_paths.controlSocket()));
    }

    void anotherUserGetsNoAnswer()
    {
        serve();
        QLocalSocket same;
        same.connectToServer(m_paths.controlSocket());
        same.write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"owner.info\"}\n");
        QCOMPARE(readLines(same, 1).size(), 1); // the control: this user is served
        if (::getuid() != 0)
            return; // becoming somebody else takes root; the modes above hold for everybody

        // With the modes out of the way only SO_PEERCRED is left.
        for (QString path = m_paths.controlSocket(); path.startsWith(m_environment->path());
             path = QFileInfo(path).path())
            ::chmod(QFile::encodeName(path).constData(), 0777);
        int result[2] = {-1, -1};
        QCOMPARE(::pipe(result), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            sockaddr_un address = {};
            address.sun_family = AF_UNIX;
            qstrncpy(address.sun_path,
                     QFile::encodeName(m_paths.controlSocket()).constData(),
                     sizeof(address.sun_path));
            const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
            char answer = 'x'; // connected and then closed without a byte
            if (::setuid(65534) != 0 ||
                ::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0) {
                answer = 'c';
            } else {
                static_cast<void>(::send(socket,
                                         "{\"jsonrpc\":\"2.0\",\"id\":1,"
                                         "\"method\":\"owner.info\"}\n",
                                         47,
                                         MSG_NOSIGNAL));
                char byte = 0;
                if (::recv(socket, &byte, 1, 0) > 0)
                    answer = 'r';
            }
            ::_exit(::write(result[1], &answer, 1) == 1 ? 0 : 1);
        }
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"refused a connection of user"_s));
        bool over = false;
        QTRY_VERIFY(over || (over = ::waitpid(child, nullptr, WNOHANG) == child));
        char answer = 0;
        QCOMPARE(::read(result[0], &answer, 1), ssize_t{1});
        ::close(result[0]);
        ::close(result[1]);
        QCOMPARE(answer, 'x');
    }

    void aLongRuntimePathWorks()
    {
        const QString longer =
            m_environment->path(u"run/"_s + QString(90, u'r') + u'/' + QString(90, u's'));
        QVERIFY(QDir().mkpath(longer));
        m_paths.runtime = longer;
        QVERIFY(m_paths.controlSocket().size() > 150);
        serve();
        const auto connection = client();
        QVERIFY(connection);
        QVERIFY(ask(*connection, u"owner.info"_s));
    }

    void socketOfAKilledOwnerIsReplaced()
    {
        QVERIFY(makePrivateFolder(m_paths.runtime));
        {
            auto left = bindControlSocket(m_paths.controlSocket());
            QVERIFY(left);
        }
        QVERIFY(QFileInfo::exists(m_paths.controlSocket())); // nobody listens there any more
        ControlClient nobody;
        std::optional<Error> error;
        nobody.connectTo(m_paths.controlSocket()).then(this, [&](const Result<Done> &result) {
            error = result.error();
        });
        QTRY_VERIFY(error.has_value());
        QCOMPARE(error->kind, ErrorKind::OwnerUnreachable);
        serve();
        QVERIFY(client());
    }

    void infoNamesTheOwner()
    {
        serve();
        const auto connection = client();
        const auto info = ask(*connection, u"owner.info"_s);
        QVERIFY(info);
        QCOMPARE(info->value(u"program").toString(), u"test"_s);
        QCOMPARE(info->value(u"protocol").toInt(), kProtocolVersion);
        QCOMPARE(info->value(u"processId").toInteger(), QCoreApplication::applicationPid());
    }

    void garbage_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("staysOpen");
        const auto row = [](const char *name, const QByteArray &line, RpcCode code, bool open) {
            QTest::newRow(name) << line << static_cast<int>(code) << open;
        };
        row("http", "GET / HTTP/1.1", RpcCode::ParseError, false);
        row("binary", QByteArray("\x00\xff\x01", 3), RpcCode::ParseError, false);
        row("empty line", "", RpcCode::ParseError, false);
        row("array (a batch)", "[{}]", RpcCode::ParseError, false);
        row("duplicate keys", R"({"id":1,"id":2})", RpcCode::ParseError, false);
        row("too deep",
            QByteArray(R"({"a":)") + QByteArray(500, '[') + QByteArray(500, ']') + "}",
            RpcCode::ParseError,
            false);
        row("no id", R"({"jsonrpc":"2.0","method":"owner.info"})", RpcCode::InvalidRequest, true);
        row("other version",
            R"({"jsonrpc":"1.0","id":1,"method":"owner.info"})",
            RpcCode::InvalidRequest,
            true);
        row("method is a number",
            R"({"jsonrpc":"2.0","id":1,"method":4})",
            RpcCode::InvalidRequest,
            true);
        row("positional parameters",
            R"({"jsonrpc":"2.0","id":1,"method":"owner.info","params":[1]})",
            RpcCode::InvalidRequest,
            true);
        row("unknown method",
            R"({"jsonrpc":"2.0","id":"x","method":"owner.fly"})",
            RpcCode::MethodNotFound,
            true);
        row("missing parameter",
            R"({"jsonrpc":"2.0","id":1,"method":"session.show","params":{}})",
            RpcCode::InvalidParams,
            true);
        row("parameter of another type",
            R"({"jsonrpc":"2.0","id":1,"method":"session.send","params":{"id":"a","text":7}})",
            RpcCode::InvalidParams,
            true);
    }
    void garbage()
    {
        QFETCH(QByteArray, line);
        QFETCH(int, code);
        QFETCH(bool, staysOpen);
        serve();
        const auto socket = rawClient();
        socket->write(line + '\n');
        const auto messages = readLines(*socket, 1);
        QCOMPARE(messages.size(), 1);
        const QJsonObject error = messages.first().value(u"error").toObject();
        QCOMPARE(error.value(u"code").toInt(), code);
        const QJsonObject data = error.value(u"data").toObject();
        for (const QString &key : {u"kind"_s, u"category"_s, u"message"_s})
            QVERIFY2(!data.value(key).toString().isEmpty(), qPrintable(key));
        if (staysOpen) {
            socket->write("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"owner.info\"}\n");
            const auto next = readLines(*socket, 1);
            QCOMPARE(next.size(), 1);
            QVERIFY(next.first().contains(u"result"));
        } else {
            QTRY_COMPARE(socket->state(), QLocalSocket::UnconnectedState);
            QTRY_COMPARE(m_server->connectionCount(), 0);
        }
    }

    void halfALineHarmsNobody()
    {
        serve();
        auto half = rawClient();
        half->write("{\"jsonrpc\":\"2.0\",\"id\":1,\"meth");
        QVERIFY(QTest::qWaitFor([&] { return half->bytesToWrite() == 0; }));
        const auto other = client();
        QVERIFY(ask(*other, u"owner.info"_s)); // nobody waits for the other half
        half->write("od\":\"owner.info\"}\n");
        QCOMPARE(readLines(*half, 1).size(), 1);
        half->write("{\"jsonrpc\"");
        half->disconnectFromServer();
        QTRY_COMPARE(m_server->connectionCount(), 1);
        QVERIFY(ask(*other, u"owner.info"_s));
    }

    void aRequestThatIsTooLongIsRefusedByName()
    {
        serve({.maxRequestBytes = 4096});
        auto socket = rawClient();
        socket->write(QByteArray(5000, 'x')); // no line end: it must not be waited for
        const auto messages = readLines(*socket, 1);
        QCOMPARE(messages.size(), 1);
        QVERIFY(messages.first()
                    .value(u"error")
                    .toObject()
                    .value(u"message")
                    .toString()
                    .contains(u"4 KiB"));
        QTRY_COMPARE(socket->state(), QLocalSocket::UnconnectedState);
    }

    void aClientThatDoesNotReadIsDisconnected()
    {
        const auto id = SessionId{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        m_fake->sessions.diffs[id].patch = QByteArray(kMiB, 'p');
        serve({.maxUnsentBytes = 4 * kMiB});
        const auto slow = rawClient();
        slow->setReadBufferSize(1); // takes nothing out of the kernel
        const auto brisk = client();
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"a client does not read"_s));
        for (int i = 0; i < 40; ++i) {
            slow->write(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(i) +
                        R"(,"method":"session.diff","params":{"id":"aaaaaaaa"}})" + '\n');
        }
        QTRY_COMPARE(m_server->connectionCount(), 1);
        QVERIFY(ask(*brisk, u"session.diff"_s, {{u"id"_s, id.value}})); // others are not harmed
    }

    void tooManyConnectionsAreRefusedInWords()
    {
        serve({.maxConnections = 2});
        const auto first = client();
        const auto second = client();
        QVERIFY(ask(*first, u"owner.info"_s));
        QVERIFY(ask(*second, u"owner.info"_s));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"refused a connection"_s));
        const auto third = rawClient();
        const auto messages = readLines(*third, 1);
        QCOMPARE(messages.size(), 1);
        QCOMPARE(messages.first()
                     .value(u"error")
                     .toObject()
                     .value(u"data")
                     .toObject()
                     .value(u"kind")
                     .toString(),
                 u"resource-limit-exceeded"_s);
        QTRY_COMPARE(third->state(), QLocalSocket::UnconnectedState);
    }

    void tooManyRequestsAtOnceAreRefused()
    {
        m_fake->script.hold(u"health.check"_s);
        serve({.maxRequestsInFlight = 3});
        const auto socket = rawClient();
        for (int i = 0; i < 5; ++i) {
            socket->write(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(i) +
                          R"(,"method":"health.get"})" + '\n');
        }
        const auto messages = readLines(*socket, 2);
        QCOMPARE(messages.size(), 2);
        QCOMPARE(messages.at(0).value(u"id").toInt(), 3);
        QCOMPARE(messages.at(1).value(u"id").toInt(), 4);
        m_fake->script.release(u"health.check"_s);
        QCOMPARE(readLines(*socket, 3).size(), 3);
    }

    void anAnswerThatIsTooLongBecomesAnError()
    {
        const auto id = SessionId{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        m_fake->sessions.diffs[id].patch = QByteArray(20000, 'p');
        serve({.maxAnswerBytes = 10000});
        const auto connection = client();
        const auto answer = ask(*connection, u"session.diff"_s, {{u"id"_s, id.value}});
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorKind::ResourceLimitExceeded);
        QVERIFY(ask(*connection, u"owner.info"_s));
    }

    void errorsKeepKindWordsAndRemedy()
    {
        serve();
        const auto connection = client();
        const Error error = Error(ErrorKind::NotARepository, u"/x is no repository."_s)
                                .withDetail(u"no .git"_s)
                                .withRemedy(u"Name another folder."_s);
        m_fake->script.failNext(u"project.add"_s, error);
        const auto answer = ask(*connection, u"project.add"_s, {{u"path"_s, u"/x"_s}});
        QVERIFY(!answer);
        QCOMPARE(answer.error(), error);
        QVERIFY(ask(*connection, u"project.add"_s, {{u"path"_s, u"/x"_s}}));
    }

    void everyCallGoesToTheServiceAsPaddockctl()
    {
        const QString id = u"aaaaaaaa"_s;
        m_fake->sessions.addSession(test::sampleSession(id, u"x"_s));
        serve();
        const auto connection = client();
        const QJsonObject one{{u"id"_s, id}};
        const auto with = [&one](const QString &key, const QJsonValue &value) {
            QJsonObject params = one;
            params.insert(key, value);
            return params;
        };
        QVERIFY(ask(*connection, u"session.send"_s, with(u"text"_s, u"hello"_s)));
        QVERIFY(ask(*connection, u"session.cancelTurn"_s, one));
        QVERIFY(ask(*connection,
                    u"session.answer"_s,
                    {{u"id"_s, id}, {u"question"_s, u"5"_s}, {u"allow"_s, false}}));
        QCOMPARE(ask(*connection, u"session.import"_s, one)->value(u"headCommit").toString(),
                 m_fake->sessions.importedHead);
        QVERIFY(ask(*connection, u"session.stop"_s, one));
        QVERIFY(ask(*connection, u"session.restart"_s, one));
        QVERIFY(ask(*connection, u"session.finish"_s, with(u"discardBranch"_s, true)));
        QVERIFY(ask(*connection, u"session.posture"_s, one));
        QVERIFY(ask(*connection, u"session.remove"_s, with(u"discardWork"_s, true)));

        QStringList seen;
        for (const auto &call : m_fake->script.calls()) {
            if (!call.actor.isEmpty())
                QCOMPARE(call.actor, u"person:paddockctl"_s);
            seen.append(call.method + u'(' + call.arguments.join(u',') + u')');
        }
        QCOMPARE(seen,
                 QStringList({u"session.send(aaaaaaaa,hello)"_s,
                              u"session.cancelTurn(aaaaaaaa)"_s,
                              u"session.answer(aaaaaaaa,5,reject)"_s,
                              u"session.import(aaaaaaaa)"_s,
                              u"session.stop(aaaaaaaa)"_s,
                              u"session.restart(aaaaaaaa)"_s,
                              u"session.finish(aaaaaaaa,discard)"_s,
                              u"session.posture(aaaaaaaa)"_s,
                              u"session.remove(aaaaaaaa,discard)"_s}));
        const auto gone = ask(*connection, u"session.show"_s, one);
        QVERIFY(!gone);
        QCOMPARE(gone.error().kind, ErrorKind::NotFound);
    }

    void startAnswersTheRecordedSession()
    {
        serve();
        const auto connection = client();
        const auto answer =
            ask(*connection, u"session.start"_s, {{u"project"_s, u"/p"_s}, {u"title"_s, u"New"_s}});
        QVERIFY(answer);
        const auto session = sessionFromJson(answer->value(u"session"));
        QVERIFY(session);
        QCOMPARE(session->state, sessions::SessionState::Preparing);
        QCOMPARE(m_fake->sessions.list().size(), 1);
    }

    void conversationComesInBoundedPages()
    {
        const SessionId id{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        for (int i = 0; i < 10; ++i) {
            m_fake->sessions.appendEntry(id,
                                         sessions::ConversationEntry::Direction::FromAgent,
                                         '"' + QByteArray(kMiB, static_cast<char>('a' + i)) + '"');
        }
        serve();
        const auto connection = client();
        QByteArray all;
        qint64 after = 0;
        int pages = 0;
        for (bool more = true; more; ++pages) {
            const auto page = ask(
                *connection, u"session.conversation"_s, {{u"id"_s, id.value}, {u"after"_s, after}});
            QVERIFY(page);
            const QJsonArray entries = page->value(u"entries").toArray();
            more = page->value(u"more").toBool();
            QVERIFY(!more || !entries.isEmpty());
            for (const QJsonValue &value : entries) {
                const auto entry = conversationEntryFromJson(value);
                QVERIFY(entry);
                QCOMPARE(entry->sequence, after + 1);
                after = entry->sequence;
                all += entry->bytes.at(1);
            }
        }
        QCOMPARE(all, QByteArray("abcdefghij"));
        QVERIFY(pages >= 3);
    }

    void watchTellsWhatChanges()
    {
        const SessionId id{u"aaaaaaaa"_s};
        const SessionId other{u"bbbbbbbb"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        serve();
        const auto watcher = client();
        QSignalSpy spy(watcher.get(), &ControlClient::notified);
        const auto start = ask(*watcher, u"session.watch"_s, {{u"ids"_s, QJsonArray{id.value}}});
        QCOMPARE(start->value(u"sessions").toArray().size(), 1);
        m_fake->sessions.addSession(test::sampleSession(other.value, u"y"_s)); // not asked for
        for (int i = 0; i < 100; ++i)
            m_fake->sessions.setState(id, sessions::SessionState::Running, QString::number(i));
        m_fake->sessions.appendEntry(id, sessions::ConversationEntry::Direction::Notice, "{}");
        QTRY_COMPARE(spy.size(), 2); // a burst is one notification
        QCOMPARE(spy.at(0).at(0).toString(), u"session.changed"_s);
        const auto session = sessionFromJson(spy.at(0).at(1).toJsonObject().value(u"session"));
        QCOMPARE(session->substate, u"99"_s);
        QCOMPARE(spy.at(1).at(0).toString(), u"session.conversationGrew"_s);
        m_fake->sessions.dropSession(id);
        QTRY_COMPARE(spy.size(), 3);
        QCOMPARE(spy.at(2).at(0).toString(), u"session.removed"_s);
    }

    void buildReportsAndIsCancelledWithItsClient()
    {
        serve();
        auto connection = client();
        QSignalSpy spy(connection.get(), &ControlClient::notified);
        std::optional<Result<QJsonObject>> answer;
        connection->call(u"image.build"_s, {{u"recipe"_s, u"claude-agent-base"_s}})
            .then(this, [&](const Result<QJsonObject> &result) { answer = result; });
        QTRY_VERIFY(m_fake->images.running);
        Q_EMIT m_fake->images.running->log(u"Step 1"_s);
        Q_EMIT m_fake->images.running->progress(1, 4);
        QTRY_COMPARE(spy.size(), 2);
        QCOMPARE(spy.at(0).at(0).toString(), u"image.log"_s);
        QCOMPARE(spy.at(1).at(1).toJsonObject().value(u"steps").toInt(), 4);
        Q_EMIT m_fake->images.running->finished(u"sha256:1"_s);
        QTRY_VERIFY(answer.has_value());
        QCOMPARE((*answer)->value(u"image").toString(), u"sha256:1"_s);
        QTRY_VERIFY(!m_fake->images.running); // nothing is kept

        auto pending = connection->call(u"image.build"_s, {{u"recipe"_s, u"claude-agent-base"_s}});
        pending.then(this, [](const Result<QJsonObject> &) { QFAIL("cancelled"); });
        QTRY_VERIFY(m_fake->images.running);
        QSignalSpy cancelled(m_fake->images.running.data(), &facade::ImageBuild::finished);
        pending.cancel();
        QTRY_COMPARE(cancelled.size(), 1);

        connection->call(u"image.build"_s, {{u"recipe"_s, u"claude-agent-base"_s}})
            .then(this, [](const Result<QJsonObject> &) {});
        QTRY_COMPARE(m_fake->script.calls(u"image.build"_s).size(), 3);
        QTRY_VERIFY(m_fake->images.running);
        connection.reset();
        QTRY_VERIFY(!m_fake->images.running); // destroying a build cancels it

        const auto second = client();
        const auto unknown = ask(*second, u"image.build"_s, {{u"recipe"_s, u"nope"_s}});
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().kind, ErrorKind::NotFound);
    }

    void changesGoOnWhenTheClientGoes()
    {
        const SessionId id{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        m_fake->script.hold(u"session.finish"_s);
        serve();
        auto connection = client();
        connection->call(u"session.finish"_s, {{u"id"_s, id.value}})
            .then(this, [](const Result<QJsonObject> &) {});
        QTRY_COMPARE(m_fake->script.heldCount(u"session.finish"_s), 1);
        connection.reset();
        QTRY_COMPARE(m_server->connectionCount(), 0);
        m_fake->script.release(u"session.finish"_s);
        QCOMPARE(m_fake->sessions.find(id)->state, sessions::SessionState::Finished);
    }

    void terminalCarriesBytesBothWays()
    {
        const SessionId id{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        m_fake->sessions.onTerminal = [](test::FakeTerminal &terminal) {
            terminal.feed("first\r\n"); // in the same segment as the answer
        };
        serve();
        const auto connection = client();
        QSignalSpy output(connection.get(), &ControlClient::terminalOutput);
        QSignalSpy closed(connection.get(), &ControlClient::terminalClosed);
        bool open = false;
        connection
            ->callForTerminal(u"session.shell"_s,
                              {{u"id"_s, id.value}, {u"columns"_s, 100}, {u"rows"_s, 30}})
            .then(this, [&](const Result<QJsonObject> &result) {
                open = result.has_value();
                connection->startTerminal();
            });
        QTRY_VERIFY(open);
        QTRY_COMPARE(output.size(), 1);
        QCOMPARE(output.at(0).at(0).toByteArray(), QByteArray("first\r\n"));
        const QPointer<test::FakeTerminal> terminal = m_fake->sessions.terminal;
        QVERIFY(terminal);
        QCOMPARE(terminal->columns, 100);
        const QByteArray keys = QByteArray("\x10\x11\x00\xff", 4) + QByteArray(200'000, 'k');
        connection->writeTerminal(keys);
        QTRY_COMPARE(terminal->written, keys);
        connection->resizeTerminal({.columns = 132, .rows = 50});
        QTRY_COMPARE(terminal->rows, 50);
        terminal->finish(3);
        QTRY_COMPARE(closed.size(), 1);
        QCOMPARE(*closed.at(0).at(0).value<Result<int>>(), 3);
        QTRY_COMPARE(m_server->connectionCount(), 0);
        QVERIFY(!terminal);
    }

    void terminalEndsWithItsClientAndItsErrorArrives()
    {
        const SessionId id{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        serve();
        auto connection = client();
        connection->callForTerminal(u"session.attach"_s, {{u"id"_s, id.value}})
            .then(this, [](const Result<QJsonObject> &) {});
        QTRY_VERIFY(m_fake->sessions.terminal);
        connection.reset();
        QTRY_VERIFY(!m_fake->sessions.terminal);

        connection = client();
        QSignalSpy closed(connection.get(), &ControlClient::terminalClosed);
        bool open = false;
        connection->callForTerminal(u"session.attach"_s, {{u"id"_s, id.value}})
            .then(this, [&](const Result<QJsonObject> &) {
                connection->startTerminal();
                open = true;
            });
        QTRY_VERIFY(open);
        m_fake->sessions.terminal->finish(
            fail(ErrorKind::ContainerNotFound, u"The container is gone."_s));
        QTRY_COMPARE(closed.size(), 1);
        const auto result = closed.at(0).at(0).value<Result<int>>();
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::ContainerNotFound);

        m_fake->script.failNext(u"session.attach"_s,
                                Error(ErrorKind::NotInitialized, u"It does not run."_s));
        connection = client();
        const auto refused = ask(*connection, u"session.attach"_s, {{u"id"_s, id.value}});
        QVERIFY(!refused);
        QVERIFY(ask(*connection, u"owner.info"_s)); // still a connection of requests
    }

    void garbledTerminalFramesEndTheTerminal()
    {
        const SessionId id{u"aaaaaaaa"_s};
        m_fake->sessions.addSession(test::sampleSession(id.value, u"x"_s));
        serve();
        const auto socket = rawClient();
        socket->write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.attach\","
                      "\"params\":{\"id\":\"aaaaaaaa\"}}\n");
        QCOMPARE(readLines(*socket, 1).size(), 1);
        QVERIFY(m_fake->sessions.terminal);
        socket->write("{\"jsonrpc\":\"2.0\"}\n");
        QTRY_COMPARE(socket->state(), QLocalSocket::UnconnectedState);
        QTRY_VERIFY(!m_fake->sessions.terminal);
    }

    void shutdownAnswersFirst()
    {
        serve();
        QSignalSpy spy(m_server.get(), &ControlServer::shutdownRequested);
        const auto connection = client();
        QVERIFY(ask(*connection, u"owner.shutdown"_s));
        QTRY_COMPARE(spy.size(), 1);
    }

    void anOwnerThatVanishesFailsTheCall()
    {
        m_fake->script.hold(u"health.check"_s);
        serve();
        const auto connection = client();
        QSignalSpy gone(connection.get(), &ControlClient::disconnected);
        std::optional<Error> error;
        connection->call(u"health.get"_s).then(this, [&](const Result<QJsonObject> &result) {
            if (!result)
                error = result.error();
        });
        QTRY_COMPARE(m_fake->script.heldCount(u"health.check"_s), 1);
        m_server.reset();
        QTRY_VERIFY(error.has_value());
        QCOMPARE(error->kind, ErrorKind::OwnerUnreachable);
        QVERIFY(!error->remedy.isEmpty());
        QCOMPARE(gone.size(), 1);
        const auto later = ask(*connection, u"owner.info"_s);
        QVERIFY(!later);
    }

    void aServerThatSpeaksSomethingElseIsRecognised()
    {
        QVERIFY(makePrivateFolder(m_paths.runtime));
        QLocalServer other;
        QVERIFY(other.listen(m_paths.controlSocket()));
        connect(&other, &QLocalServer::newConnection, this, [&other] {
            other.nextPendingConnection()->write("SSH-2.0-OpenSSH\r\n");
        });
        const auto connection = client();
        QVERIFY(connection);
        const auto answer = ask(*connection, u"owner.info"_s);
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorKind::ProtocolError);
    }

    void twoHundredSessionsAreListed()
    {
        for (int i = 0; i < 200; ++i) {
            m_fake->sessions.addSession(
                test::sampleSession(u"s%1"_s.arg(i, 7, 10, QChar(u'0')), u"Session %1"_s.arg(i)));
        }
        serve();
        const auto connection = client();
        const auto answer = ask(*connection, u"session.list"_s);
        QVERIFY(answer);
        const QJsonArray list = answer->value(u"sessions").toArray();
        QCOMPARE(list.size(), 200);
        QCOMPARE(list.at(0).toObject().value(u"id").toString(), u"s0000199"_s);
    }
};

QTEST_GUILESS_MAIN(tst_ControlServer)
#include "tst_ControlServer.moc"
