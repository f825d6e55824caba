// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/SessionWorld.h"

#include "core/gateway/GatewayClient.h"

#include <sqlite3.h>

#include <QDir>
#include <QProcess>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace paddock::test {

QByteArray docker(const QStringList &arguments)
{
    QProcess process;
    process.start(u"docker"_s, arguments, QIODevice::ReadOnly);
    process.waitForFinished(60'000);
    return process.readAllStandardOutput().trimmed();
}

namespace {

ScratchRepository makeProject(const TestEnvironment &environment)
{
    ScratchRepository repository(environment.path(u"project"_s));
    QFile::copy(builtProgram(u"test_agent"_s), repository.path(u"agent"_s));
    ::chmod(QFile::encodeName(repository.path(u"agent"_s)).constData(), 0755);
    repository.commitAll(u"the test agent"_s);
    return repository;
}

// The installation's name on the engine, read without disturbing the owner.
QString instanceName()
{
    QString name;
    const QByteArray path = qgetenv("XDG_DATA_HOME") + "/paddock/paddock.db";
    sqlite3 *database = nullptr;
    if (sqlite3_open_v2(path.constData(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK) {
        sqlite3_stmt *row = nullptr;
        sqlite3_prepare_v2(
            database, "SELECT value FROM meta WHERE key='instance'", -1, &row, nullptr);
        if (row && sqlite3_step(row) == SQLITE_ROW)
            name = QString::fromUtf8(reinterpret_cast<const char *>(sqlite3_column_text(row, 0)));
        sqlite3_finalize(row);
    }
    sqlite3_close(database);
    return name;
}

} // namespace

SessionWorld::SessionWorld()
    : m_project(makeProject(m_environment))
{
    qputenv("PADDOCK_SHIM", QFile::encodeName(builtProgram(u"paddock-shim"_s)));
}

SessionWorld::~SessionWorld()
{
    endOwner();
    const QStringList left = containers();
    if (!left.isEmpty())
        (void)docker(QStringList{u"rm"_s, u"-f"_s, u"-v"_s} + left);
    if (auto paths = XdgPaths::fromEnvironment()) {
        gateway::GatewayClient client([&] {
            auto options = gateway::GatewayClientOptions::forInstance(*paths);
            options.program.clear();
            return options;
        }());
        if (await(client.ensureRunning(), 5s))
            (void)await(client.shutdown(), 5s);
    }
}

facade::Facade &SessionWorld::owner()
{
    if (!m_owner) {
        auto paths = XdgPaths::fromEnvironment();
        auto made = facade::Facade::create(
            {.paths = *paths, .gatewayProgram = builtProgram(u"paddock-gateway"_s)});
        if (!made)
            qFatal("no owner: %s", qUtf8Printable(made.error().toString()));
        m_owner = std::move(*made);
        m_owner->start();
    }
    return *m_owner;
}

void SessionWorld::endOwner()
{
    m_owner.reset();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

sessions::StartOptions SessionWorld::agentOptions(const QString &prompt) const
{
    sessions::StartOptions options;
    options.project = m_project.path();
    options.adapter = u"custom"_s;
    options.command = {u"/workspace/agent"_s};
    options.title = u"Test"_s;
    options.message = prompt;
    return options;
}

Result<SessionId> SessionWorld::start(const sessions::StartOptions &options)
{
    return await(sessions().start(facade::Actor::person(u"test"_s), options));
}

Result<sessions::Session>
SessionWorld::waitFor(const SessionId &id, const QStringList &states, std::chrono::seconds limit)
{
    const auto there = [&] {
        const auto session = sessions().find(id);
        return session &&
               (states.contains(sessions::stateName(session->state)) ||
                states.contains(sessions::stateName(session->state) + u'/' + session->substate));
    };
    if (!QTest::qWaitFor(there, static_cast<int>(std::chrono::milliseconds(limit).count()))) {
        const auto session = sessions().find(id);
        if (!session)
            return fail(ErrorKind::NotFound, u"the session is gone"_s);
        return fail(Error(ErrorKind::Timeout,
                          u"the session is "_s + sessions::stateName(session->state) + u'/' +
                              session->substate)
                        .withDetail(session->failure ? session->failure->toString() : QString()));
    }
    return *sessions().find(id);
}

QList<sessions::ConversationEntry> SessionWorld::conversation(const SessionId &id)
{
    QList<sessions::ConversationEntry> all;
    for (;;) {
        auto some =
            await(sessions().conversation(id, all.isEmpty() ? 0 : all.last().sequence, 2000));
        if (!some || some->isEmpty())
            return all;
        all += *some;
    }
}

acp::Transcript SessionWorld::transcript(const SessionId &id)
{
    using Direction = sessions::ConversationEntry::Direction;
    acp::Transcript transcript;
    const auto entries = conversation(id);
    for (const sessions::ConversationEntry &entry : entries) {
        if (entry.direction == Direction::Notice)
            continue;
        transcript.append({.direction = entry.direction == Direction::ToAgent
                                            ? acp::Direction::ToAgent
                                            : acp::Direction::FromAgent,
                           .line = entry.bytes,
                           .at = entry.at});
    }
    return transcript;
}

QString SessionWorld::said(const SessionId &id)
{
    QString text;
    const acp::Transcript whole = transcript(id);
    for (const acp::Row &row : whole.rows()) {
        if (row.kind == acp::Row::Kind::AgentMessage)
            text += row.text;
    }
    return text;
}

QStringList SessionWorld::containers()
{
    const QString instance = instanceName();
    if (instance.isEmpty())
        return {};
    const QByteArray ids = docker({u"ps"_s,
                                   u"-aq"_s,
                                   u"--no-trunc"_s,
                                   u"--filter"_s,
                                   u"label=dev.paddock.instance="_s + instance});
    return QString::fromLatin1(ids).split(u'\n', Qt::SkipEmptyParts);
}

QStringList SessionWorld::leftovers()
{
    QStringList left = containers();
    const QString state = qEnvironmentVariable("XDG_STATE_HOME") + u"/paddock/s"_s;
    for (const QString &name : QDir(state).entryList(QDir::AllEntries | QDir::NoDotAndDotDot))
        left += u"folder "_s + name;
    for (const QString &name :
         QDir(m_project.path(u".worktrees"_s)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot))
        left += u"worktree "_s + name;
    const QByteArray refs = m_project.git(
        {u"for-each-ref"_s, u"--format=%(refname)"_s, u"refs/heads/paddock"_s, u"refs/paddock"_s});
    left += QString::fromUtf8(refs).split(u'\n', Qt::SkipEmptyParts);
    const QByteArray admin = m_project.git({u"worktree"_s, u"list"_s, u"--porcelain"_s});
    if (admin.count("worktree ") > 1)
        left += u"worktree entries: "_s + QString::fromUtf8(admin);
    return left;
}

} // namespace paddock::test
