// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <compare>
#include <optional>

namespace paddock {

/// What a caller can branch on. The user interface chooses icon and offered action by it.
enum class Category {
    Cancelled,
    Timeout,
    Unreachable,
    PermissionDenied,
    NotFound,
    Conflict,
    InvalidArgument,
    Unsupported,
    RefusedByPolicy,
    Protocol,
    Io,
    Internal,
};

/// What exactly went wrong. Names on the wire are the kebab-case forms of errorKindName().
enum class ErrorKind {
    // Engine and sandbox.
    DockerUnavailable,
    ConnectionLost,
    EngineTooOld,
    ImagePullFailed,
    ImageBuildFailed,
    ContainerCreateFailed,
    ContainerStartFailed,
    NetworkFailed,
    StatsUnavailable,
    RemoveInProgress,
    InvalidConfig,
    ImageNotFound,
    ContainerNotFound,
    PermissionDenied,
    SecurityViolation,
    MountFailed,
    ResourceLimitExceeded,
    DiskFull,
    CommandNotFound,
    CommandTimeout,
    FileNotFound,
    FileTooLarge,
    NotInitialized,
    AlreadyInitialized,
    Destroyed,
    UnsupportedOption,
    Cancelled,
    Timeout,
    ProtocolError,
    InvalidArgument,
    NotFound,
    Conflict,
    IoFailed,
    Internal,
    // Agents.
    AgentExited,
    AgentProtocol,
    AgentSilent,
    AgentRefused,
    // Git.
    NotARepository,
    UnsupportedRepository,
    BranchExists,
    GitFailed,
    ImportRefused,
    MergeConflict,
    WorktreeDirty,
    // Store and owner.
    StoreLocked,
    StoreCorrupt,
    StoreNewer,
    StoreReadOnly,
    StoreFailed,
    OwnerRunning,
    OwnerUnreachable,
    RuntimeFolderMissing,
    // Secrets and gateway.
    SecretMissing,
    KeychainUnavailable,
    GatewayUnavailable,
    ProviderFailed,
};

struct ErrorKindInfo
{
    ErrorKind kind;
    const char *name; ///< kebab-case, stable: part of the JSON contract
    Category category;
    bool retryable;
};

/// The row of the one table that gives name, default category and retryability of \a kind.
[[nodiscard]] const ErrorKindInfo &errorKindInfo(ErrorKind kind);
[[nodiscard]] std::optional<ErrorKind> errorKindFromName(QStringView name);
/// Kebab-case name of \a category, for example "permission-denied".
[[nodiscard]] QString categoryName(Category category);

/// A failure in words for a person: what happened (message), the exact cause in the words of
/// whoever reported it (detail), and what to do (remedy). Value type, any thread.
struct Error
{
    ErrorKind kind = ErrorKind::Internal;
    Category category = Category::Internal;
    QString message;
    QString detail;
    QString remedy;
    QString operation; ///< what was being done, for example "container create"; may be empty

    Error() = default;
    /// Category is the table's default for \a errorKind.
    explicit Error(ErrorKind errorKind, QString text);

    [[nodiscard]] Error withDetail(QString text) const;
    [[nodiscard]] Error withRemedy(QString text) const;
    [[nodiscard]] Error withOperation(QString text) const;
    [[nodiscard]] Error withCategory(Category value) const;

    [[nodiscard]] bool isRetryable() const { return errorKindInfo(kind).retryable; }
    [[nodiscard]] bool isCancelled() const { return category == Category::Cancelled; }
    [[nodiscard]] QString kindName() const;
    /// One line for logs: "operation: message (detail)".
    [[nodiscard]] QString toString() const;

    bool operator==(const Error &) const = default;
};

} // namespace paddock
