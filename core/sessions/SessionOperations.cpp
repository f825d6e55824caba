// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Chain.h"
#include "core/sessions/Logging.h"
#include "core/sessions/SessionManager.h"

using namespace Qt::StringLiterals;

// The operations of SessionManager: which steps in which order, and what takes each back.
namespace paddock::sessions {

namespace {

QString eventName(Operation::Record what)
{
    switch (what) {
    case Operation::Record::Planned:
        return u"planned"_s;
    case Operation::Record::StepBegins:
        return u"begin"_s;
    case Operation::Record::StepDone:
        return u"done"_s;
    case Operation::Record::UndoBegins:
        return u"undo"_s;
    case Operation::Record::Ended:
        return u"ended"_s;
    }
    Q_UNREACHABLE();
}

// A step that always goes on: clean-up must reach its end, what failed is in the log.
std::function<Pending<Done>()> tolerant(QObject *context, std::function<Pending<Done>()> step)
{
    return [context, step = std::move(step)] {
        Promise<Done> promise;
        step().then(context, [promise](const Result<Done> &result) {
            if (!result)
                qCWarning(lcPaddockSessions) << "clean-up:" << result.error().toString();
            promise.resolve(Done{});
        });
        return promise.pending();
    };
}

} // namespace

Pending<Done>
SessionManager::run(LiveSession &session, std::unique_ptr<Operation> owned, Operation::Plan plan)
{
    Operation *operation = owned.release();
    operation->setParent(this);
    LiveSession *live = &session;
    const SessionId id = session.id();
    m_operations.insert(id, operation);
    session.setBusy(true);
    operation->setRecorder(
        [live, operation](Operation::Record what, const QStringList &steps) {
            if (what == Operation::Record::Planned)
                return live->recordPlan(operation->name(), steps);
            return live->recordStep(
                {.operation = operation->name(), .event = eventName(what), .step = steps.value(0)},
                what == Operation::Record::StepBegins ? operation->stepTitle() : QString());
        },
        plan);
    Promise<Done> promise;
    connect(operation,
            &Operation::finished,
            this,
            [this, live, id, operation, promise](const Result<Done> &result) {
                m_operations.remove(id);
                live->setBusy(false);
                operation->deleteLater();
                if (result) {
                    live->applyActivity();
                    live->tellMissedExit();
                    promise.resolve(result);
                    return;
                }
                Pending<Done> ended;
                if (operation->name() ==
                    u"finish") // refused or broken off: the session is what it was
                    ended = live->setState(live->session().state, {});
                else if (operation->name() == u"start" && result.error().isCancelled())
                    ended = live->setState(SessionState::Stopped, {});
                else
                    ended = live->setFailure(result.error());
                ended.then(this, [promise, error = result.error()](const Result<Done> &) {
                    promise.reject(error);
                });
            });
    operation->start();
    return promise.pending();
}

void SessionManager::addSteps(Operation &operation, LiveSession &session, bool isFresh)
{
    LiveSession *s = &session;
    const auto add = [&operation](const char *name,
                                  const QString &title,
                                  std::function<Pending<Done>()> step,
                                  std::function<Pending<Done>()> undo) {
        operation.addStep({.name = QString::fromLatin1(name),
                           .title = title,
                           .run = std::move(step),
                           .undo = std::move(undo)});
    };
    // What an earlier life of the session left is not this start's to take back.
    const auto ifFresh = [isFresh](std::function<Pending<Done>()> undo) {
        return isFresh ? std::move(undo) : std::function<Pending<Done>()>();
    };
    add("image", tr("Looking up the image"), [s] { return s->resolveImage(); }, {});
    add(
        "folder", tr("Preparing the session folder"), [s] { return s->makeFolder(); }, ifFresh([s] {
            return s->undoFolder();
        }));
    const StartOptions &wish = session.record().options;
    if (isFresh && wish.fetch)
        add(kFetchStep, tr("Fetching"), [s] { return s->fetchProject(); }, {});
    if (isFresh)
        add(
            "worktree",
            tr("Making the worktree"),
            [s] { return s->makeTree(); },
            [s] { return s->undoTree(); });
    if (isFresh && !wish.copyIgnored.isEmpty())
        add("ignored", tr("Copying ignored files"), [s] { return s->copyIgnored(); }, {});
    if (!isFresh)
        add("repair", tr("Looking at the worktree"), [s] { return s->repairTree(); }, {});
    add(
        "repository",
        tr("Making the private repository"),
        [s] { return s->makeRepository(); },
        ifFresh([s] { return s->removeRepository(); }));
    add(
        "sockets",
        tr("Opening the session's sockets"),
        [s, isFirst = isFresh ? LiveSession::IsFirstStart::Yes : LiveSession::IsFirstStart::No] {
            return s->openSockets(isFirst);
        },
        [s] { return s->closeSockets(); });
    add("policy", tr("Checking the sandbox"), [s] { return s->checkPolicy(); }, {});
    add(
        "create",
        tr("Creating the container"),
        [s] { return s->createContainer(); },
        isFresh ? std::function<Pending<Done>()>([s] { return s->removeContainerByName(); })
                : std::function<Pending<Done>()>([s] { return s->stopContainer(); }));
    add("start",
        tr("Starting the container"),
        [this, s] {
            // The state goes to the disk while the container starts.
            const Pending<Done> stated =
                s->setState(SessionState::Starting, u"start"_s, tr("Starting the container"));
            return chained<Done>(this, s->startContainer(), [stated](Done) { return stated; });
        },
        {});
    add("hello", tr("Waiting for the container's supervisor"), [s] { return s->awaitHello(); }, {});
    add("agent", tr("Starting the agent"), [s] { return s->startAgent(); }, {});
    add("running",
        tr("Ready"),
        [s] { return s->setState(SessionState::Running, u"working"_s); },
        {});
}

std::unique_ptr<Operation> SessionManager::startOperation(LiveSession &session, bool isFresh)
{
    auto operation = std::make_unique<Operation>(u"start"_s);
    addSteps(*operation, session, isFresh);
    return operation;
}

std::unique_ptr<Operation> SessionManager::stopOperation(LiveSession &session,
                                                         SessionState end,
                                                         const std::optional<Error> &failure)
{
    LiveSession *s = &session;
    auto operation = std::make_unique<Operation>(u"stop"_s);
    const auto add =
        [&operation](const char *name, const QString &title, std::function<Pending<Done>()> step) {
            operation->addStep({.name = QString::fromLatin1(name),
                                .title = title,
                                .run = std::move(step),
                                .undo = {}});
        };
    add("stopping", tr("Stopping"), [s] {
        return s->setState(SessionState::Stopping, {}, tr("Stopping"));
    });
    add("agent", tr("Ending the agent"), tolerant(this, [s] { return s->stopAgent(); }));
    add("import", tr("Bringing the commits over"), tolerant(this, [s] {
            return s->importCommits();
        }));
    add("container", tr("Stopping the container"), [s] { return s->stopContainer(); });
    add("sockets", tr("Closing the session's sockets"), tolerant(this, [s] {
            return s->closeSockets();
        }));
    add("stopped", tr("Stopped"), [s, end, failure] {
        return failure ? s->setFailure(*failure) : s->setState(end, {});
    });
    return operation;
}

std::unique_ptr<Operation> SessionManager::finishOperation(LiveSession &session,
                                                           const FinishOptions &options)
{
    LiveSession *s = &session;
    const bool discard = options.branch == FinishOptions::Branch::Discard;
    auto operation = std::make_unique<Operation>(u"finish"_s);
    const auto add =
        [&operation](const char *name, const QString &title, std::function<Pending<Done>()> step) {
            operation->addStep({.name = QString::fromLatin1(name),
                                .title = title,
                                .run = std::move(step),
                                .undo = {}});
        };
    // A session whose start failed has nothing to bring over.
    if (!s->session().containerId.isEmpty() && !s->session().worktree.isEmpty())
        add("import", tr("Bringing the last commits over"), [s, discard] {
            return discard ? Pending<Done>::ready(Done{}) : s->importCommits();
        });
    // The worktree first: if it holds work that is nowhere else, everything stays as it is.
    add("worktree", tr("Removing the worktree"), [s, discard] {
        return s->removeTree({.looseChanges = discard ? worktrees::LooseChanges::Discard
                                                      : worktrees::LooseChanges::Refuse,
                              .branch = discard ? worktrees::BranchOnRemove::Delete
                                                : worktrees::BranchOnRemove::DeleteIfMerged});
    });
    add("container", tr("Removing the container"), [s] { return s->removeContainer(); });
    add("repository", tr("Removing the private repository"), [s] { return s->removeRepository(); });
    add("sockets", tr("Closing the session's sockets"), [s] { return s->closeSockets(); });
    add("folder", tr("Removing the session folder"), [s] { return s->undoFolder(); });
    add("finished", tr("Finished"), [s] { return s->setState(SessionState::Finished, {}); });
    return operation;
}

} // namespace paddock::sessions
