// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/agent/AgentWorld.h"

#include "core/gateway/DemoRepository.h"
#include "tests/support/Await.h"

#include <QDirIterator>
#include <QProcess>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

void giveTree(const QString &folder)
{
    SandboxFixture::giveToUser(folder);
    QDirIterator iterator(folder,
                          QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot,
                          QDirIterator::Subdirectories);
    while (iterator.hasNext())
        SandboxFixture::giveToUser(iterator.next());
}

} // namespace

AgentWorld::AgentWorld() = default;

AgentWorld::~AgentWorld()
{
    if (client)
        client->disconnect(this);
    if (link)
        link->disconnect(this);
    link.reset();
    if (!container.isEmpty())
        (void)await(
            engine.client().containers().remove(container, {.force = true, .volumes = true}));
}

void AgentWorld::makeRepository()
{
    const QString gitFolder = fixture->sessionFolder() + u"/git"_s;
    const auto run = [&](const QStringList &arguments) {
        QProcess process;
        process.start(u"git"_s, arguments);
        QVERIFY(process.waitForFinished());
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    };
    run({u"init"_s, u"-q"_s, u"--bare"_s, gitFolder});
    const QString at = u"--git-dir="_s + gitFolder;
    run({at, u"config"_s, u"core.bare"_s, u"false"_s});
    run({at, u"config"_s, u"core.worktree"_s, u"/workspace"_s});
    run({at, u"config"_s, u"user.name"_s, u"Test"_s});
    run({at, u"config"_s, u"user.email"_s, u"test@example.com"_s});
    const auto written = gateway::writeDemoRepository(worktree());
    QVERIFY(written.has_value());
    giveTree(gitFolder);
    giveTree(worktree());
}

void AgentWorld::start(const QString &image, const QString &scripts)
{
    const auto details = await(engine.client().images().inspect(image));
    QVERIFY2(details.has_value(),
             details ? "" : qPrintable(image + u": "_s + details.error().toString()));
    gateway = std::make_unique<GatewayFixture>(environment);
    fixture = std::make_unique<SandboxFixture>(
        environment, randomShortId(), builtProgram(u"paddock-shim"_s));
    makeRepository();
    const auto info = await(engine.client().system().info());
    PADDOCK_VERIFY_OK(info);
    auto posture = policy::EnginePosture::fromEngine(info->raw);
    PADDOCK_VERIFY_OK(posture);
    posture->openFilesHard = policy::openFilesLimitOfEngine(engine.client().endpoint().socketPath);
    auto spec = fixture->spec(details->id, *posture);
    spec.command += {u"--forward"_s, u"3129=model.sock"_s};
    PADDOCK_VERIFY_OK(await(gateway->client().ensureRunning()));
    door = gateway->demoDoor(fixture->session(), scripts);
    door.runFolder = fixture->sessionFolder() + u"/run"_s;
    door.uid = spec.uid;
    door.gid = spec.gid;
    PADDOCK_VERIFY_OK(await(gateway->client().addSession(door)));

    const auto request = fixture->request(spec, *posture);
    const auto created = await(engine.client().containers().create(request.name, request.body));
    PADDOCK_VERIFY_OK(created);
    container = created->id;
    PADDOCK_VERIFY_OK(await(gateway->client().setContainer(door.id, container)));

    sandbox::link::LinkOptions options;
    options.runFolder = door.runFolder;
    options.socketOwner =
        sandbox::link::PeerCredentials{.pid = 0, .uid = spec.uid, .gid = spec.gid};
    link = std::make_unique<sandbox::link::AgentLink>(options);
    connectLink();
    PADDOCK_VERIFY_OK(link->listen());
    PADDOCK_VERIFY_OK(await(engine.client().containers().start(container)));
    QTRY_VERIFY_WITH_TIMEOUT(m_isLinkUp, 20'000);
    connectClient();
}

void AgentWorld::connectLink()
{
    using sandbox::link::AgentLink;
    connect(link.get(), &AgentLink::linkUp, this, [this] { m_isLinkUp = true; });
    connect(link.get(), &AgentLink::linkDown, this, [this] { m_isLinkUp = false; });
    connect(link.get(),
            &AgentLink::message,
            this,
            [this](auto channel, quint64 seq, const QByteArray &bytes) {
                transcript.append(
                    {.direction = acp::Direction::FromAgent, .line = bytes, .at = clock.now()});
                client->receive(bytes);
                link->acknowledge(channel, seq);
            });
    connect(link.get(),
            &AgentLink::terminalOutput,
            this,
            [this](auto channel, quint64 seq, const QByteArray &bytes) {
                errors = (errors + bytes).right(64 * 1024);
                link->acknowledge(channel, seq);
            });
    connect(link.get(),
            &AgentLink::processExited,
            this,
            [this](quint64 seq, const sandbox::link::ProcessExit &) {
                ++exits;
                link->acknowledge(shimlink::kControlChannel, seq);
                client->agentEnded(Error(ErrorKind::AgentExited, u"The agent ended."_s));
            });
    connect(link.get(),
            &AgentLink::processFailed,
            this,
            [](quint64, const sandbox::link::ProcessFailure &failure) {
                qWarning("%s", qPrintable(failure.what));
            });
}

void AgentWorld::connectClient()
{
    using acp::Client;
    client = std::make_unique<Client>(
        [this](const acp::OutgoingMessage &message) {
            sent.append(message);
            transcript.append(
                {.direction = acp::Direction::ToAgent, .line = message.bytes, .at = clock.now()});
            const auto done = link->sendMessage(shimlink::kAcpChannel, ++m_number, message.bytes);
            if (!done)
                qWarning("%s", qPrintable(done.error().toString()));
        },
        clock);
    connect(client.get(), &Client::updated, this, [this](const acp::Update &update) {
        updates.append(update);
    });
    connect(client.get(),
            &Client::permissionRequested,
            this,
            [this](const acp::PermissionRequest &request) {
                asked.append(request);
                Result<Done> done = Done{};
                if (answer == Answer::Allow)
                    done = client->allow(request.requestId);
                else if (answer == Answer::Reject)
                    done = client->reject(request.requestId);
                if (!done)
                    qWarning("%s", qPrintable(done.error().toString()));
            });
    connect(client.get(), &Client::turnEnded, this, [this](const acp::TurnResult &result) {
        turns.append(result);
    });
    connect(client.get(),
            &Client::requestFailed,
            this,
            [this](acp::MessageKind kind, const Error &error) {
                failures.append({kind, error});
            });
    connect(client.get(), &Client::problem, this, [this](const Error &error) {
        problems.append(error);
    });
}

void AgentWorld::sendControl(const QByteArray &bytes)
{
    PADDOCK_VERIFY_OK(link->sendMessage(shimlink::kControlChannel, ++m_number, bytes));
}

void AgentWorld::startAgent(const QStringList &argv, const QProcessEnvironment &variables)
{
    sandbox::link::StartRequest request;
    request.id = u"start-%1"_s.arg(++m_starts);
    request.argv = argv;
    request.environment = variables;
    request.workingFolder = u"/workspace"_s;
    sendControl(sandbox::link::AgentLink::encodeStart(request));
    PADDOCK_VERIFY_OK(client->initialize());
    QTRY_VERIFY_WITH_TIMEOUT(client->phase() == acp::Client::Phase::Initialized, 60'000);
}

void AgentWorld::killAgent()
{
    const int before = exits;
    PADDOCK_VERIFY_OK(link->sendSignal(shimlink::kAcpChannel, SIGKILL));
    QTRY_VERIFY_WITH_TIMEOUT(exits > before, 20'000);
}

void AgentWorld::openSession()
{
    PADDOCK_VERIFY_OK(client->newSession(u"/workspace"_s));
    QTRY_VERIFY_WITH_TIMEOUT(client->phase() == acp::Client::Phase::Ready, 60'000);
}

acp::TurnResult AgentWorld::turn(const QString &prompt, std::chrono::seconds limit)
{
    const qsizetype before = turns.size();
    const auto id = client->prompt(prompt);
    if (!id) {
        acp::TurnResult refused;
        refused.error = id.error();
        return refused;
    }
    if (!QTest::qWaitFor([&] { return turns.size() > before; },
                         static_cast<int>(std::chrono::milliseconds(limit).count()))) {
        acp::TurnResult late;
        late.error = Error(ErrorKind::Timeout, u"The turn did not end. "_s)
                         .withDetail(said() + QString::fromUtf8(errors));
        return late;
    }
    return turns.last();
}

QByteArray AgentWorld::git(const QStringList &arguments) const
{
    QProcess process;
    process.start(u"git"_s,
                  QStringList{u"-c"_s,
                              u"safe.directory=*"_s,
                              u"--git-dir="_s + fixture->sessionFolder() + u"/git"_s} +
                      arguments);
    (void)process.waitForFinished();
    return process.readAllStandardOutput() + process.readAllStandardError();
}

QByteArray AgentWorld::inContainer(const QStringList &command) const
{
    QProcess process;
    process.start(u"docker"_s, QStringList{u"exec"_s, container.value} + command);
    (void)process.waitForFinished();
    return process.readAllStandardOutput() + process.readAllStandardError();
}

QString AgentWorld::said() const
{
    QString text;
    for (const acp::Update &update : updates) {
        const auto *chunk = std::get_if<acp::MessageChunk>(&update.what);
        if (chunk && chunk->role == acp::Role::Agent && !update.isReplay)
            text += chunk->content.text;
    }
    return text;
}

} // namespace paddock::test
