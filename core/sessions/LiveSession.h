// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/adapters/Adapter.h"
#include "core/policy/UserMapping.h"
#include "core/projects/ProjectSettings.h"
#include "core/sandbox/DockerSandbox.h"
#include "core/sessions/AgentConversation.h"
#include "core/sessions/ImportTrigger.h"
#include "core/sessions/SessionFolder.h"
#include "core/sessions/SessionServices.h"
#include "core/sessions/Terminal.h"

#include <QObject>

#include <memory>

namespace paddock::sessions {

class TerminalHub;

/// Name of the step that fetchProject() is.
inline constexpr char kFetchStep[] = "fetch";

/// One session with everything it holds: its record, and once prepared its tree, container, link
/// and conversation. The asynchronous parts are the steps that operations are made of; each can be
/// repeated, and each undo is quiet when there is nothing to undo. Owned by SessionManager.
class LiveSession : public QObject
{
    Q_OBJECT

public:
    LiveSession(const SessionServices &services,
                records::SessionRecord record,
                QObject *parent = nullptr);
    ~LiveSession() override;

    [[nodiscard]] const Session &session() const { return m_record.session; }
    [[nodiscard]] const records::SessionRecord &record() const { return m_record; }
    [[nodiscard]] const SessionId &id() const { return m_record.session.id; }

    // The record: in memory at once, in the store before the Pending answers. What a step learns
    // goes into it with the note that the step is done (recordStep).
    [[nodiscard]] Pending<Done>
    setState(SessionState state, const QString &substate, const QString &stepTitle = {});
    [[nodiscard]] Pending<Done> setFailure(const Error &error);
    [[nodiscard]] Pending<Done> recordPlan(const QString &operation, const QStringList &steps);
    /// With the record as it is now, and (unless empty) \a stepTitle as what is being done.
    [[nodiscard]] Pending<Done> recordStep(const records::StepRecord &step,
                                           const QString &stepTitle);
    void setProjectName(const QString &name);
    void setActor(const QString &actor) { m_record.actor = actor; }

    // Steps of a start, in order.
    [[nodiscard]] Pending<Done> resolveImage();
    [[nodiscard]] Pending<Done> makeFolder();
    /// The branches of a remote; what git says meanwhile is the step's title.
    [[nodiscard]] Pending<Done> fetchProject();
    [[nodiscard]] Pending<Done> makeTree();
    /// Into the new worktree, before the private repository is made.
    [[nodiscard]] Pending<Done> copyIgnored();
    /// The worktree of an earlier life again, where it was deleted meanwhile.
    [[nodiscard]] Pending<Done> repairTree();
    [[nodiscard]] Pending<Done> makeRepository();
    enum class IsFirstStart { No, Yes };
    [[nodiscard]] Pending<Done> openSockets(IsFirstStart isFirst);
    [[nodiscard]] Pending<Done> checkPolicy();
    [[nodiscard]] Pending<Done> createContainer();
    [[nodiscard]] Pending<Done> startContainer();
    [[nodiscard]] Pending<Done> awaitHello();
    [[nodiscard]] Pending<Done> startAgent();

    // Their undos, and the steps of stop, finish and remove.
    [[nodiscard]] Pending<Done> undoFolder();
    [[nodiscard]] Pending<Done> undoTree();
    [[nodiscard]] Pending<Done> removeRepository();
    [[nodiscard]] Pending<Done> closeSockets();
    [[nodiscard]] Pending<Done> stopAgent();
    [[nodiscard]] Pending<Done> stopContainer();
    [[nodiscard]] Pending<Done> removeContainer();
    /// The same for one that was made just before a crash and is not in the record: by its labels.
    [[nodiscard]] Pending<Done> removeContainerByName();
    /// Looks for a worktree that was made just before a crash and is not in the record.
    [[nodiscard]] Pending<Done> findTree();
    [[nodiscard]] Pending<Done> removeTree(const worktrees::RemoveWorktreeOptions &options);
    /// Brings the agent's commits over; a stopped container is started for it (without its agent)
    /// and stopped again.
    [[nodiscard]] Pending<Done> importCommits();
    [[nodiscard]] Pending<worktrees::ImportReport> import();
    /// What to do about a commit of the person when the agent has committed meanwhile.
    enum class WhenMoved {
        Reapply, ///< the same change on top of that
        Answer,  ///< nothing: HandOverReport::Outcome::Moved
    };
    /// Brings a commit made on the host to the agent's repository and then to the host's branch.
    [[nodiscard]] Pending<worktrees::HandOverReport>
    handOver(const worktrees::HandOverRequest &request, WhenMoved whenMoved);
    /// The agent may have committed: imports when it is time, if the container runs.
    void importSoon() { m_imports.request(); }

    /// Takes over a container that runs (after a restart of the owner).
    [[nodiscard]] Pending<Done> adopt();

    [[nodiscard]] worktrees::SessionTree tree() const;
    [[nodiscard]] Pending<QJsonObject> posture();
    [[nodiscard]] AgentConversation *conversation() { return m_conversation.get(); }
    [[nodiscard]] SessionLink *link() { return m_link.get(); }
    [[nodiscard]] Result<std::unique_ptr<Terminal>> openShell(int columns, int rows);
    [[nodiscard]] Result<std::unique_ptr<Terminal>> attachTerminal();
    [[nodiscard]] const worktrees::ImportReport &lastImport() const { return m_lastImport; }

    /// While an operation drives the session, what the agent does changes no state.
    void setBusy(bool busy)
    {
        m_busy = busy;
        m_imports.setHeld(busy); // an operation imports where it needs to
    }
    [[nodiscard]] bool isBusy() const { return m_busy; }
    /// The engine says that the container ended: what waits for something inside fails now.
    void containerEnded(const QString &how);
    /// Follows the conversation again: running or waiting.
    void applyActivity();
    /// After an operation that ended well: tells of an agent that has ended meanwhile.
    void tellMissedExit();
    /// The newest lines of the agent's standard error, for failures.
    [[nodiscard]] QString standardErrorTail() const;

Q_SIGNALS:
    void changed();
    void conversationGrew(qint64 sequence);
    /// The agent ended by itself while the session ran.
    void agentExited(const paddock::sandbox::link::ProcessExit &exit);

private:
    [[nodiscard]] Result<adapters::Adapter> adapter() const;
    [[nodiscard]] Pending<Done> save();
    [[nodiscard]] Pending<Done> readProject();
    /// What who runs in the container is asked for. A group of the project that cannot be had fails
    /// a start; for anything else the person's own stands in.
    enum class Purpose { Start, Other };
    [[nodiscard]] Pending<Done> readEngine(Purpose purpose = Purpose::Other);
    [[nodiscard]] Result<policy::SandboxSpec> makeSpec() const;
    [[nodiscard]] Pending<Done> openDoor(const adapters::Adapter &adapter);
    [[nodiscard]] gateway::DoorOptions doorOptions(const adapters::Adapter &adapter) const;
    void makeLink(records::LinkRecord stored);
    void makeConversation(const adapters::Adapter &adapter);
    void prepareAgent(const adapters::Adapter &adapter);
    [[nodiscard]] Pending<records::LinkRecord> readLink();
    [[nodiscard]] bool isShim(const sandbox::link::PeerCredentials &peer) const;
    [[nodiscard]] std::optional<FolderOwner> folderOwner() const;
    void onProcessExited(const sandbox::link::ProcessExit &exit);
    [[nodiscard]] Error exitError(const sandbox::link::ProcessExit &exit) const;
    [[nodiscard]] Pending<bool> ensureContainerRuns();
    [[nodiscard]] Pending<Done> rebuildContainer();
    [[nodiscard]] QString containerGitDir() const;
    template <typename T>
    [[nodiscard]] Pending<T>
    withAgentGit(std::function<Pending<T>(const std::shared_ptr<worktrees::AgentGit> &)> work);
    void setHead(const git::Oid &head);
    [[nodiscard]] Pending<Done> auditSecrets();
    [[nodiscard]] std::optional<worktrees::Owner> treeOwner() const;
    void takeTree(const worktrees::SessionTree &tree);
    [[nodiscard]] Pending<Done> importOfAgentsCommits();
    void rememberTurn();
    /// A notice of a failure (empty: it went well), unless it is the \a last one again.
    void tellOnce(const QString &kind, const QString &failure, QString &last);

    const SessionServices &m_services;
    records::SessionRecord m_record;
    SessionFolder m_folder;
    policy::EnginePosture m_posture;
    QStringList m_imageVolumes;          ///< what the image declares, see SandboxSpec
    projects::ProjectSettings m_project; ///< as they were at the last start, or were read since
    policy::UserMapping m_user;
    worktrees::SessionTree m_tree;
    worktrees::TreeMounts m_mounts;
    QString m_repaired;    // what repairTree() did, until there is a conversation to tell it in
    QStringList m_leftOut; // of the ignored files, until there is a conversation to tell it in
    std::optional<policy::CheckedSpec> m_checked;
    std::unique_ptr<sandbox::DockerSandbox> m_sandbox;
    std::unique_ptr<SessionLink> m_link;
    std::unique_ptr<AgentConversation> m_conversation;
    std::unique_ptr<TerminalHub> m_terminals;
    worktrees::ImportReport m_lastImport;
    ImportTrigger m_imports;
    QString m_importFailure; ///< what the newest import that the agent caused failed with
    QString m_reviewFailure; ///< why the files of the newest turn could not be remembered
    QString m_startId;       // of the agent's process that counts
    bool m_agentRuns = false;
    bool m_busy = false;
    std::optional<sandbox::link::ProcessExit> m_missedExit; // while busy, after it was ready
    bool m_engineRead = false;
    // Waits of the start operation.
    std::optional<Promise<Done>> m_helloWait;
    std::optional<Promise<Done>> m_agentWait;
    Pending<Done> m_agentReady; // what m_agentWait promises, until the step takes it
    std::optional<Promise<Done>> m_exitWait;
    std::optional<Promise<Done>> m_treeMade; // while a worktree is being made or written to
};

} // namespace paddock::sessions
