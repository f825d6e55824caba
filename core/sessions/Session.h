// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Result.h"
#include "core/worktrees/Checkout.h"

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace paddock::sessions {

/// The one vocabulary of a session's life (docs/ARCHITECTURE.md, States). The table of allowed
/// transitions is in SessionState.cpp and again as a trigger in the store.
enum class SessionState {
    Draft,
    Queued,
    Preparing,
    Starting,
    Running,
    Waiting,
    Paused,
    Stopping,
    Stopped,
    Finished,
    Failed,
    Killed,
    Lost,
};

/// Lower-case word used in the store, in JSON and in the audit: "running".
[[nodiscard]] QString stateName(SessionState state);
[[nodiscard]] std::optional<SessionState> stateFromName(QStringView name);
[[nodiscard]] bool isTransitionAllowed(SessionState from, SessionState to);
/// Has, or is about to have, a live container.
[[nodiscard]] bool isActive(SessionState state);
/// Nothing more will happen by itself and nothing is left to stop.
[[nodiscard]] bool isEnded(SessionState state);

enum class SessionMode { Write, Explore };
[[nodiscard]] QString modeName(SessionMode mode);
[[nodiscard]] std::optional<SessionMode> modeFromName(QStringView name);

/// One piece of work, as everybody but the store sees it. Value type.
struct Session
{
    SessionId id;
    QString title;
    SessionState state = SessionState::Draft;
    /// While running: "working" or "idle"; while waiting: "approval", "prompt", …; while preparing
    /// or starting: the name of the step; after failed: the step that failed.
    QString substate;
    QString stepTitle; ///< what is being done now, for a person; empty when nothing is
    std::optional<Error> failure;

    QString adapter; ///< "claude-code", "custom"
    ProjectId projectId;
    QString projectName;
    QString projectPath;
    SessionMode mode = SessionMode::Write;

    QString image;       ///< reference as resolved: "claude-agent-base:latest"
    QString imageSource; ///< explicit, agent, project, environment, default
    ImageId imageId;
    ContainerId containerId;

    QString branch;   ///< short name, "paddock/fix-typo-k3"; empty in explore mode
    QString worktree; ///< absolute host path of the tree the agent works on
    worktrees::Checkout checkout = worktrees::Checkout::Worktree; ///< what that is
    QString baseCommit;                                           ///< hex id the branch began at
    QString headCommit; ///< hex id of the last imported tip

    QString acpSessionId; ///< the agent program's own id of the conversation
    QDateTime createdAt;  ///< UTC
    QDateTime updatedAt;  ///< UTC, of the last change of state

    bool operator==(const Session &) const = default;
};

/// What a person (or script, or peer) asks for. Empty optionals take the project's, the agent's or
/// the environment's value.
struct StartOptions
{
    QString project; ///< project id, name or absolute path
    QString title;   ///< empty: made from the first line of the message
    QString adapter; ///< empty: "claude-code"
    SessionMode mode = SessionMode::Write;
    QString image;   ///< explicit image reference; empty: resolved
    QString message; ///< first prompt; may be empty
    /// Branch, tag, commit or branch of a remote to start from; empty: HEAD of the project.
    QString base;
    QString branch;      ///< exact name of the new branch; empty: made from the title
    QString adopt;       ///< branch to work on instead of a new one: "topic", "origin/topic"
    bool fetch = false;  ///< the branches of a remote are brought up to date first
    QString fetchRemote; ///< that one; empty: the one the project follows
    /// Files and folders that git ignores in the project, to be copied into the worktree.
    QList<QByteArray> copyIgnored;
    bool withSecrets = false; ///< also those of them that look like they hold a secret
    /// Patterns (worktrees::PathPattern) of what the agent gets to see; empty include: everything.
    QStringList include;
    QStringList exclude; ///< wins over include
    QStringList command; ///< argv of adapter "custom"
    QString commandKind; ///< "acp" or "terminal", for adapter "custom"; empty: "acp"
    QString upstream;    ///< provider upstream: empty (by environment), "demo", or a base URL
    QString demoScript;  ///< path of a script for upstream "demo"; empty: the built-in one
};

struct FinishOptions
{
    enum class Branch { Keep, Discard };
    Branch branch = Branch::Keep;
};

struct RemoveOptions
{
    /// Without it a session that still has work which is nowhere else is refused (WorktreeDirty).
    enum class Work { Protect, Discard };
    Work work = Work::Protect;
};

/// A row of the conversation: one protocol message, as it was stored. Value type.
struct ConversationEntry
{
    enum class Direction { ToAgent, FromAgent, Notice };
    qint64 sequence = 0; ///< grows by one in a session, over both directions
    Direction direction = Direction::Notice;
    QDateTime at;     ///< UTC
    QByteArray bytes; ///< one JSON-RPC message without newline; for Notice: JSON {"kind","text",…}
};

} // namespace paddock::sessions
