// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/DemoCommand.h"

#include "app/ctl/SafeText.h"
#include "core/control/Json.h"
#include "core/gateway/DemoRepository.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QTimer>

#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

/// Longer than the script takes on a slow machine; a demo that hangs must end with words.
constexpr auto kDeadline = 10min;

/// git init, add, commit in \a folder. Worker thread.
Result<Done> commitSample(const git::GitProcess &git, const QString &folder)
{
    const QString gitDir = folder + u"/.git"_s;
    git::GitRequest init;
    init.arguments = {u"init"_s, u"-q"_s, u"-b"_s, u"main"_s};
    init.gitDir = gitDir;
    init.directory = folder;
    init.what = translated("Making the sample repository");
    git::GitRequest add;
    add.arguments = {u"add"_s, u"-A"_s};
    add.gitDir = gitDir;
    add.workTree = folder;
    add.directory = folder;
    add.what = init.what;
    git::GitRequest commit = add;
    commit.arguments = {u"commit"_s, u"-q"_s, u"-m"_s, u"Count words"_s};
    commit.settings = {{"user.name", "Paddock demo"}, {"user.email", "demo@paddock.invalid"}};
    for (const git::GitRequest &request : {init, add, commit}) {
        if (const auto done = git.check(request); !done)
            return fail(done.error());
    }
    return Done{};
}

} // namespace

DemoCommand::DemoCommand(const Arguments &arguments, Console &console)
    : Command(arguments, console)
    , m_pool(1)
{
}

DemoCommand::~DemoCommand()
{
    m_git.stopAll();
}

void DemoCommand::heading(const QString &text)
{
    console().print(u"\n== "_s + text);
}

void DemoCommand::check(bool holds, const QString &what)
{
    ++m_checks;
    if (!holds)
        m_broken.append(what);
}

void DemoCommand::begin()
{
    console().print(translated(
        "This is a demonstration of Paddock. The agent is the real one, in a sealed container; the "
        "answers of the model come from a script that is part of Paddock. No model is asked, no "
        "account is needed."));
    m_signals = std::make_unique<SignalWatch>(QList<int>{SIGINT, SIGTERM, SIGHUP});
    connect(m_signals.get(), &SignalWatch::caught, this, [this] {
        failWith(Error(ErrorKind::Cancelled, translated("The demonstration was interrupted.")));
    });
    QTimer::singleShot(kDeadline, this, [this] {
        failWith(Error(ErrorKind::Timeout,
                       translated("The demonstration did not end within %1 minutes.")
                           .arg(std::chrono::minutes(kDeadline).count())));
    });
    withOwner([this] { checkHealth(); });
}

void DemoCommand::checkHealth()
{
    call(u"health.get"_s, {}, [this](const QJsonObject &answer) {
        const auto health = take(control::healthFromJson(answer.value(u"health")));
        if (!health)
            return;
        if (!health->socketConnected || (!health->imageAvailable && !arguments().has(u"image"_s))) {
            for (const facade::HealthItem &item : health->items) {
                if (item.error && (item.id == u"engine" || item.id == u"image")) {
                    failWith(*item.error);
                    return;
                }
            }
        }
        const auto folder = take(chooseFolder());
        if (folder)
            makeRepository(*folder);
    });
}

Result<QString> DemoCommand::chooseFolder()
{
    if (arguments().has(u"keep"_s)) {
        const QString folder =
            QDir::cleanPath(QDir::current().absoluteFilePath(arguments().value(u"keep"_s)));
        if (QFileInfo::exists(folder) && !QDir(folder).isEmpty()) {
            return fail(Error(ErrorKind::Conflict, translated("%1 is not empty.").arg(folder))
                            .withRemedy(translated("Name a folder that does not exist yet.")));
        }
        return folder;
    }
    // Beside Paddock's own folder, not in it: nothing of that may be mounted.
    const QString cache = QFileInfo(owner().paths().cache).path();
    if (auto made = makePrivateFolder(cache); !made)
        return fail(made.error());
    m_temporary = std::make_unique<QTemporaryDir>(cache + u"/paddock-demo-XXXXXX"_s);
    if (!m_temporary->isValid()) {
        return fail(
            Error(ErrorKind::IoFailed, translated("No folder could be made below %1.").arg(cache))
                .withDetail(m_temporary->errorString()));
    }
    return m_temporary->filePath(u"word-count"_s);
}

void DemoCommand::makeRepository(const QString &folder)
{
    m_folder = folder;
    heading(translated("The sample project"));
    if (const auto written = gateway::writeDemoRepository(folder); !written) {
        failWith(written.error());
        return;
    }
    for (const gateway::DemoFile &file : gateway::demoRepositoryFiles())
        console().print(u"  "_s + file.path);
    m_pool.run<Done>([git = &m_git, folder] { return commitSample(*git, folder); })
        .then(this, [this](const Result<Done> &done) {
            if (done)
                startSession();
            else
                failWith(done.error());
        });
}

void DemoCommand::startSession()
{
    heading(translated("The session"));
    const QString prompt = gateway::demoPrompt();
    sessions::StartOptions options;
    options.project = m_folder;
    options.title = translated("Demonstration");
    options.adapter = u"claude-code"_s;
    options.image = arguments().value(u"image"_s);
    options.message = prompt;
    options.upstream = u"demo"_s;
    call(u"session.start"_s, control::toJson(options), [this](const QJsonObject &answer) {
        const auto session = take(control::sessionFromJson(answer.value(u"session")));
        if (!session)
            return;
        m_session = *session;
        m_project = session->projectId.value;
        console().print(translated("  session %1").arg(session->id.value));
        watchSession();
    });
}

void DemoCommand::watchSession()
{
    const QString id = m_session->id.value;
    m_conversation = std::make_unique<Conversation>(owner().client(), id);
    connect(m_conversation.get(), &Conversation::entry, this, &DemoCommand::onEntry);
    connect(m_conversation.get(), &Conversation::failed, this, &DemoCommand::failWith);
    connect(m_conversation.get(), &Conversation::caughtUp, this, [this] {
        answerQuestions();
        maybeTurnOver();
    });
    connect(&owner().client(), &control::ControlClient::notified, this, &DemoCommand::onNotified);
    connect(&owner().client(), &control::ControlClient::disconnected, this, &DemoCommand::failWith);
    call(u"session.watch"_s, {{u"ids"_s, QJsonArray{id}}}, [this](const QJsonObject &answer) {
        for (const QJsonValue &session : answer.value(u"sessions").toArray())
            onSession(session);
        m_conversation->read();
    });
}

void DemoCommand::onNotified(const QString &method, const QJsonObject &params)
{
    if (m_isCleaning || m_isTurnOver)
        return;
    if (method == u"session.conversationGrew")
        m_conversation->read();
    else if (method == u"session.changed")
        onSession(params.value(u"session"));
}

void DemoCommand::onSession(const QJsonValue &json)
{
    const auto session = take(control::sessionFromJson(json));
    if (!session)
        return;
    const QString step = session->stepTitle;
    if (!step.isEmpty() && step != m_session->stepTitle) {
        if (console().isErrorTerminal())
            console().status(step);
        else
            console().print(u"  "_s + step);
    }
    if (m_session->image.isEmpty() && !session->image.isEmpty()) {
        console().print(translated("  image %1 (%2)").arg(session->image, session->imageSource));
    }
    m_session = *session;
    if (sessions::isEnded(session->state)) {
        failWith(session->failure.value_or(
            Error(ErrorKind::AgentExited,
                  translated("The session ended before the agent was done: it is %1.")
                      .arg(stateText(*session)))));
        return;
    }
    maybeTurnOver();
}

void DemoCommand::onEntry(const sessions::ConversationEntry &entry)
{
    for (const QString &text : m_text.append(entry))
        console().print(text);
    const auto &rows = m_text.transcript().rows();
    if (!rows.isEmpty() && rows.last().kind == acp::Row::Kind::TurnEnd) {
        m_turnEnded = true;
        m_turnFailed = rows.last().turn.error.has_value();
    }
}

void DemoCommand::answerQuestions()
{
    for (const acp::PermissionRow &question : m_text.openQuestions()) {
        if (m_answered.contains(question.requestId))
            continue;
        m_answered.insert(question.requestId);
        console().print(translated("  (this demonstration answers: allow once)"));
        call(u"session.answer"_s,
             {{u"id"_s, m_session->id.value},
              {u"question"_s, question.requestId},
              {u"allow"_s, true}},
             [](const QJsonObject &) {});
    }
}

void DemoCommand::maybeTurnOver()
{
    // The end of the turn is in the conversation; that nothing else is being done, in the state.
    if (m_isCleaning || m_isTurnOver || !m_turnEnded || !isSettled(*m_session))
        return;
    m_isTurnOver = true;
    for (const QString &text : m_text.finish())
        console().print(text);
    check(!m_turnFailed, translated("the agent ended its turn without an error"));
    showPosture();
}

void DemoCommand::showPosture()
{
    call(u"session.posture"_s, {{u"id"_s, m_session->id.value}}, [this](const QJsonObject &answer) {
        const QJsonObject posture = answer.value(u"posture").toObject();
        heading(translated("The container, as the engine and its kernel report it"));
        console().print(postureTable(posture));
        for (const PostureCheck &one : postureChecks(posture))
            check(one.holds, one.what + u": "_s + one.found);
        m_result.insert(u"posture"_s, posture);
        bringOver();
    });
}

void DemoCommand::bringOver()
{
    call(u"session.import"_s, {{u"id"_s, m_session->id.value}}, [this](const QJsonObject &answer) {
        m_head = answer.value(u"headCommit").toString();
        heading(translated("The agent's commit, checked and brought over"));
        console().print(translated("  %1 on %2").arg(m_head, m_session->branch));
        check(!m_head.isEmpty() && m_head != m_session->baseCommit,
              translated("the branch has a commit of the agent"));
        m_result.insert(u"headCommit"_s, m_head);
        showDiff();
    });
}

void DemoCommand::showDiff()
{
    call(u"session.diff"_s, {{u"id"_s, m_session->id.value}}, [this](const QJsonObject &answer) {
        const auto diff = take(control::diffFromJson(answer.value(u"diff")));
        if (!diff)
            return;
        heading(translated("Its diff"));
        if (!console().isJson())
            console().printBytes(diff->patch);
        check(!diff->files.isEmpty() && !diff->patch.isEmpty(),
              translated("the diff shows a change"));
        check(!diff->uncommitted, translated("everything is committed"));
        for (const QString &warning : diff->warnings)
            console().print(translated("  look at this closely: %1").arg(warning));
        finishSession();
    });
}

void DemoCommand::finishSession()
{
    const QString branch = m_session->branch;
    console().status(translated("Finishing the session…"));
    call(u"session.finish"_s,
         {{u"id"_s, m_session->id.value}},
         [this, branch](const QJsonObject &) { checkBranch(branch); });
}

void DemoCommand::checkBranch(const QString &branch)
{
    git::GitRequest request;
    request.arguments = {u"rev-parse"_s, u"--verify"_s, u"--quiet"_s, u"refs/heads/"_s + branch};
    request.gitDir = m_folder + u"/.git"_s;
    request.what = translated("Looking for the branch");
    m_pool.run<QByteArray>([git = &m_git, request] { return git->check(request); })
        .then(this, [this, branch](const Result<QByteArray> &tip) {
            const bool same = tip && QString::fromLatin1(*tip).trimmed() == m_head;
            check(same, translated("the project has the branch, with that commit"));
            check(!QFileInfo::exists(m_session->worktree), translated("the worktree is removed"));
            heading(translated("Afterwards"));
            console().print(
                translated("  branch %1 is in the project; container and worktree are removed")
                    .arg(branch));
            cleanUp();
        });
}

void DemoCommand::failWith(const Error &error)
{
    if (m_isCleaning) {
        // What cannot be taken away is said, and the rest is still tried.
        console().printError(error);
        m_failed = true;
        return;
    }
    m_failed = true;
    console().printError(error);
    cleanUp();
}

void DemoCommand::cleanUp()
{
    if (std::exchange(m_isCleaning, true))
        return;
    if (m_session && owner().client().isConnected())
        removeSession();
    else
        sayResult();
}

void DemoCommand::removeSession()
{
    console().status(translated("Taking everything away…"));
    const QJsonObject id{{u"id"_s, m_session->id.value}};
    const auto remove = [this] {
        owner()
            .client()
            .call(u"session.remove"_s, {{u"id"_s, m_session->id.value}, {u"discardWork"_s, true}})
            .then(this, [this](const Result<QJsonObject> &removed) {
                if (!removed)
                    failWith(removed.error());
                removeProject();
            });
    };
    if (m_session->state == sessions::SessionState::Finished || !m_failed) {
        remove();
        return;
    }
    // It may still be starting or at work.
    owner().client().call(u"session.stop"_s, id).then(this, [remove](const Result<QJsonObject> &) {
        remove();
    });
}

void DemoCommand::removeProject()
{
    if (m_project.isEmpty() || arguments().has(u"keep"_s)) {
        sayResult();
        return;
    }
    owner()
        .client()
        .call(u"project.remove"_s, {{u"project"_s, m_project}})
        .then(this, [this](const Result<QJsonObject> &removed) {
            if (!removed)
                failWith(removed.error());
            sayResult();
        });
}

void DemoCommand::sayResult()
{
    console().status({});
    if (!m_failed) {
        heading(translated("Result"));
        for (const QString &what : std::as_const(m_broken))
            console().print(translated("  DOES NOT HOLD: %1").arg(what));
        console().print(
            translated("  %1 of %2 checks hold.").arg(m_checks - m_broken.size()).arg(m_checks));
        if (arguments().has(u"keep"_s))
            console().print(translated("  The repository is in %1.").arg(m_folder));
        if (console().isJson()) {
            m_result.insert(u"ok"_s, m_broken.isEmpty());
            m_result.insert(u"checks"_s, m_checks);
            m_result.insert(u"broken"_s, QJsonArray::fromStringList(m_broken));
            console().printJson(m_result);
        }
    }
    m_temporary.reset();
    end(m_failed || !m_broken.isEmpty() ? 1 : 0);
}

} // namespace paddock::ctl
