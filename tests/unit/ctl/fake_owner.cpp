// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlServer.h"
#include "core/control/Json.h"
#include "tests/support/FakeServices.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <csignal>
#include <cstdio>
#include <unistd.h>

using namespace paddock;
using namespace paddock::control;
using namespace Qt::StringLiterals;

namespace {

/// A JSON-RPC line of an agent, for conversations.
QByteArray rpc(const QJsonObject &message)
{
    QJsonObject whole = message;
    whole.insert(u"jsonrpc"_s, u"2.0"_s);
    return compact(whole);
}

QJsonObject update(const QJsonObject &what)
{
    return {{u"method"_s, u"session/update"_s},
            {u"params"_s, QJsonObject{{u"sessionId"_s, u"s"_s}, {u"update"_s, what}}}};
}

/// A turn in which the agent says something nasty and asks a question.
void talk(test::FakeSessionService &sessions, const SessionId &id)
{
    using Direction = sessions::ConversationEntry::Direction;
    const QJsonObject text{{u"type"_s, u"text"_s}, {u"text"_s, u"please look"_s}};
    sessions.appendEntry(
        id,
        Direction::ToAgent,
        rpc({{u"id"_s, 7},
             {u"method"_s, u"session/prompt"_s},
             {u"params"_s,
              QJsonObject{{u"sessionId"_s, u"s"_s}, {u"prompt"_s, QJsonArray{text}}}}}));
    sessions.appendEntry(
        id,
        Direction::FromAgent,
        rpc(update({{u"sessionUpdate"_s, u"agent_message_chunk"_s},
                    {u"content"_s,
                     QJsonObject{{u"type"_s, u"text"_s},
                                 {u"text"_s, u"I \x1b]0;owned\x07 look\u202e now"_s}}}})));
    sessions.appendEntry(
        id,
        Direction::FromAgent,
        rpc({{u"id"_s, 3},
             {u"method"_s, u"session/request_permission"_s},
             {u"params"_s,
              QJsonObject{
                  {u"sessionId"_s, u"s"_s},
                  {u"toolCall"_s,
                   QJsonObject{{u"toolCallId"_s, u"t1"_s}, {u"title"_s, u"run the tests"_s}}},
                  {u"options"_s,
                   QJsonArray{QJsonObject{{u"optionId"_s, u"a"_s},
                                          {u"name"_s, u"Allow"_s},
                                          {u"kind"_s, u"allow_once"_s}},
                              QJsonObject{{u"optionId"_s, u"r"_s},
                                          {u"name"_s, u"Reject"_s},
                                          {u"kind"_s, u"reject_once"_s}}}}}}}));
}

} // namespace

/// Owner for tests: services in memory, told what to do by PADDOCK_FAKE, a JSON object:
/// "sessions" (how many), "fail" {method: error}, "die" (method that kills it), "health" ("bad"),
/// "refuse" (an error instead of starting), "silent" (never becomes ready), "conflict" (commits and
/// merges meet one).
int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QJsonObject wish = QJsonDocument::fromJson(qgetenv("PADDOCK_FAKE")).object();
    const auto words = QCoreApplication::arguments();
    const int ready = words.value(words.indexOf(u"--ready-fd"_s) + 1).toInt();
    const auto say = [ready](const QByteArray &line) {
        if (ready > 2) {
            static_cast<void>(!::write(ready, line.constData(), std::size_t(line.size())));
            ::close(ready);
        }
    };
    if (wish.value(u"silent").toBool()) {
        QFile pid(qEnvironmentVariable("XDG_STATE_HOME") + u"/silent-owner"_s);
        if (pid.open(QIODevice::WriteOnly))
            pid.write(QByteArray::number(QCoreApplication::applicationPid()));
        pid.close();
        return QCoreApplication::exec();
    }
    if (wish.contains(u"refuse")) {
        say(compact(wish.value(u"refuse").toObject()) + '\n');
        return 1;
    }
    if (wish.value(u"crash").toBool())
        return 3;

    const auto paths = XdgPaths::fromEnvironment();
    if (!paths || !paths->create())
        return 4;
    // How often an owner was started, for the test to count.
    QFile started(paths->state + u"/started"_s);
    if (started.open(QIODevice::Append))
        started.write("x");
    started.close();
    auto lock = OwnerLock::acquire(*paths);
    if (!lock) {
        say(compact(toJson(lock.error())) + '\n');
        return 1;
    }

    test::FakeServices fake;
    fake.health.setHealth(test::goodHealth());
    if (wish.value(u"health").toString() == u"bad") {
        auto health = test::goodHealth();
        health.ok = false;
        health.socketConnected = false;
        health.imageAvailable = false;
        health.items[0].status = facade::HealthItem::Status::Broken;
        health.items[0].error = Error(ErrorKind::DockerUnavailable, u"The engine is away."_s)
                                    .withRemedy(u"Start it."_s);
        fake.health.setHealth(health);
    }
    for (int i = 0; i < wish.value(u"sessions").toInt(); ++i) {
        fake.sessions.addSession(
            test::sampleSession(u"s%1"_s.arg(i, 7, 10, QChar(u'0')), u"Session %1"_s.arg(i)));
    }
    const SessionId first{u"s0000000"_s};
    if (fake.sessions.find(first)) {
        talk(fake.sessions, first);
        facade::SessionDiff diff;
        diff.baseCommit = QString(40, u'a');
        diff.headCommit = QString(40, u'b');
        diff.files = {{.path = u"a.txt"_s, .added = 1, .removed = 0, .status = u"modified"_s}};
        diff.patch = "--- a/a.txt\n+++ b/a.txt\n@@ -0,0 +1 @@\n+\x1b[31mred\xff\n";
        fake.sessions.diffs.insert(first, diff);
    }
    const facade::FileChange change{
        .path = "a.txt",
        .oldMode = 0100644,
        .newMode = 0100644,
        .added = 1,
        .removed = 1,
        .hunks =
            {{.id = u"12ab34"_s,
              .section = {},
              .lines = {{.text = "same", .oldNumber = 1, .newNumber = 1},
                        {.kind = facade::HunkLine::Kind::Removed, .text = "old", .oldNumber = 2},
                        {.kind = facade::HunkLine::Kind::Added,
                         .text = "\x1b[31mnew\xff",
                         .hasEnd = false,
                         .newNumber = 2}}}},
        .token = u"t1"_s};
    fake.changes.diffValue = {.files = {change}};
    fake.changes.statusValue = {.branch = u"paddock/x-ab"_s,
                                .baseCommit = QString(40, u'a'),
                                .headCommit = QString(40, u'b'),
                                .ahead = 2,
                                .files = {{.path = "a.txt", .index = 'M', .worktree = 'M'},
                                          {.path = "b\x1b.txt", .worktree = '?'}}};
    fake.changes.commits = {{.id = QString(40, u'c'),
                             .author = u"Ann"_s,
                             .time = 1'700'000'000,
                             .subject = u"Say \x1b]0;no\x07"_s}};
    fake.changes.stagingAnswer = {.files = 1, .canUndo = true};
    fake.changes.reviewAnswer = {.marked = 2, .open = 1};
    fake.changes.commitAnswer = {.commit = QString(40, u'd')};
    fake.changes.mergeAnswer = {.target = u"main"_s,
                                .before = QString(40, u'1'),
                                .after = QString(40, u'2'),
                                .commits = 2,
                                .files = {{.path = "a.txt", .index = 'M'}},
                                .canUndo = true};
    if (wish.value(u"conflict").toBool()) {
        fake.changes.commitAnswer = {.conflicts = {{.path = "a.txt", .kind = u"content"_s}}};
        fake.changes.mergeAnswer.conflicts = {{.path = "a.txt", .kind = u"content"_s}};
        fake.changes.mergeAnswer.blockers = {u"b.txt has changes of yours"_s};
    }
    fake.changes.patchBytes = "From x\n\xff";
    fake.projects.ignored = {{.path = ".env", .bytes = 20, .files = 1, .looksSecret = true},
                             {.path = "node\x1b_modules",
                              .isFolder = true,
                              .bytes = 300'000'000,
                              .files = 9000,
                              .isTooLarge = true}};
    fake.projects.preview = {.shownFiles = 2,
                             .shownBytes = 3000,
                             .hiddenFiles = 1,
                             .hiddenBytes = 10,
                             .hidden = {"docs/\xff.md"},
                             .canExplore = false};
    fake.images.images = {{.id = u"sha256:1"_s,
                           .tags = {u"claude-agent-base:latest"_s},
                           .bytes = 500'000'000,
                           .createdAt = QDateTime::currentDateTimeUtc(),
                           .isAgentImage = true},
                          {.id = u"sha256:2"_s,
                           .tags = {u"debian:bookworm"_s},
                           .bytes = 100'000'000,
                           .createdAt = QDateTime::currentDateTimeUtc(),
                           .isAgentImage = false}};
    fake.images.onBuild = [](test::FakeImageBuild &build) {
        Q_EMIT build.log(u"Step 1/2"_s);
        Q_EMIT build.progress(1, 2);
        Q_EMIT build.finished(u"sha256:3"_s);
    };
    // A started session is at work and then waits for the next message.
    QObject::connect(
        &fake.sessions,
        &facade::SessionService::added,
        &fake.sessions,
        [&fake, &wish](const SessionId &id) {
            QTimer::singleShot(50, &fake.sessions, [&fake, &wish, id] {
                if (!wish.contains(u"sessionFailure")) {
                    fake.sessions.setState(id, sessions::SessionState::Waiting, u"prompt"_s);
                    return;
                }
                auto session = *fake.sessions.find(id);
                session.state = sessions::SessionState::Failed;
                session.substate = u"image"_s;
                session.failure = errorFromJson(wish.value(u"sessionFailure").toObject());
                fake.sessions.updateSession(session);
            });
        });
    // A terminal whose program answers what it is told and ends at "exit N".
    fake.sessions.onTerminal = [](test::FakeTerminal &terminal) {
        QObject::connect(
            &terminal, &test::FakeTerminal::wrote, &terminal, [&terminal](const QByteArray &bytes) {
                if (bytes.startsWith("exit ")) {
                    terminal.finish(bytes.mid(5).trimmed().toInt());
                } else if (bytes.startsWith("size")) {
                    terminal.feed(QByteArray::number(terminal.columns) + 'x' +
                                  QByteArray::number(terminal.rows) + "\r\n");
                } else {
                    terminal.feed("got " + bytes.toHex() + "\r\n");
                }
            });
        terminal.feed("\x1b[?1049h\x1b[?25l$ ");
    };
    const QJsonObject failures = wish.value(u"fail").toObject();
    for (auto it = failures.begin(); it != failures.end(); ++it)
        fake.script.failNext(it.key(), errorFromJson(it.value().toObject()));
    const QString deadly = wish.value(u"die").toString();
    fake.script.onCall = [deadly](const test::FakeScript::Call &call) {
        if (call.method == deadly)
            ::raise(SIGKILL);
        // What was asked, for the test to read.
        std::fprintf(
            stderr, "%s(%s)\n", qPrintable(call.method), qPrintable(call.arguments.join(u'|')));
        std::fflush(stderr);
    };

    ControlServer server(
        fake.services(),
        {.program = u"fake"_s, .version = u"0"_s, .startedAt = QDateTime::currentDateTimeUtc()});
    QObject::connect(
        &server, &ControlServer::shutdownRequested, &application, &QCoreApplication::quit);
    if (!server.listen(*paths, *lock))
        return 5;
    say("ready\n");
    return QCoreApplication::exec();
}
