// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Error.h"

#include <QStringList>

#include <array>
#include <utility>

namespace paddock {

namespace {

using C = Category;
using K = ErrorKind;

constexpr std::array kKinds = {
    ErrorKindInfo{K::DockerUnavailable, "docker-unavailable", C::Unreachable, true},
    ErrorKindInfo{K::ConnectionLost, "connection-lost", C::Unreachable, true},
    ErrorKindInfo{K::EngineTooOld, "engine-too-old", C::Unsupported, false},
    ErrorKindInfo{K::ImagePullFailed, "image-pull-failed", C::Unreachable, true},
    ErrorKindInfo{K::ImageBuildFailed, "image-build-failed", C::Io, false},
    ErrorKindInfo{K::ContainerCreateFailed, "container-create-failed", C::Io, true},
    ErrorKindInfo{K::ContainerStartFailed, "container-start-failed", C::Io, true},
    ErrorKindInfo{K::NetworkFailed, "network-failed", C::Unreachable, true},
    ErrorKindInfo{K::StatsUnavailable, "stats-unavailable", C::Unreachable, true},
    ErrorKindInfo{K::RemoveInProgress, "remove-in-progress", C::Conflict, true},
    ErrorKindInfo{K::InvalidConfig, "invalid-config", C::InvalidArgument, false},
    ErrorKindInfo{K::ImageNotFound, "image-not-found", C::NotFound, false},
    ErrorKindInfo{K::ContainerNotFound, "container-not-found", C::NotFound, false},
    ErrorKindInfo{K::PermissionDenied, "permission-denied", C::PermissionDenied, false},
    ErrorKindInfo{K::SecurityViolation, "security-violation", C::RefusedByPolicy, false},
    ErrorKindInfo{K::MountFailed, "mount-failed", C::Io, false},
    ErrorKindInfo{K::ResourceLimitExceeded, "resource-limit-exceeded", C::RefusedByPolicy, false},
    ErrorKindInfo{K::DiskFull, "disk-full", C::Io, false},
    ErrorKindInfo{K::CommandNotFound, "command-not-found", C::NotFound, false},
    ErrorKindInfo{K::CommandTimeout, "command-timeout", C::Timeout, false},
    ErrorKindInfo{K::FileNotFound, "file-not-found", C::NotFound, false},
    ErrorKindInfo{K::FileTooLarge, "file-too-large", C::RefusedByPolicy, false},
    ErrorKindInfo{K::NotInitialized, "not-initialized", C::Conflict, false},
    ErrorKindInfo{K::AlreadyInitialized, "already-initialized", C::Conflict, false},
    ErrorKindInfo{K::Destroyed, "destroyed", C::Conflict, false},
    ErrorKindInfo{K::UnsupportedOption, "unsupported-option", C::Unsupported, false},
    ErrorKindInfo{K::Cancelled, "cancelled", C::Cancelled, false},
    ErrorKindInfo{K::Timeout, "timeout", C::Timeout, true},
    ErrorKindInfo{K::ProtocolError, "protocol-error", C::Protocol, false},
    ErrorKindInfo{K::InvalidArgument, "invalid-argument", C::InvalidArgument, false},
    ErrorKindInfo{K::NotFound, "not-found", C::NotFound, false},
    ErrorKindInfo{K::Conflict, "conflict", C::Conflict, false},
    ErrorKindInfo{K::IoFailed, "io-failed", C::Io, false},
    ErrorKindInfo{K::Internal, "internal", C::Internal, false},
    ErrorKindInfo{K::AgentExited, "agent-exited", C::Io, false},
    ErrorKindInfo{K::AgentProtocol, "agent-protocol", C::Protocol, false},
    ErrorKindInfo{K::AgentSilent, "agent-silent", C::Timeout, true},
    ErrorKindInfo{K::AgentRefused, "agent-refused", C::Conflict, false},
    ErrorKindInfo{K::NotARepository, "not-a-repository", C::InvalidArgument, false},
    ErrorKindInfo{K::UnsupportedRepository, "unsupported-repository", C::Unsupported, false},
    ErrorKindInfo{K::BranchExists, "branch-exists", C::Conflict, false},
    ErrorKindInfo{K::GitFailed, "git-failed", C::Io, false},
    ErrorKindInfo{K::ImportRefused, "import-refused", C::RefusedByPolicy, false},
    ErrorKindInfo{K::MergeConflict, "merge-conflict", C::Conflict, false},
    ErrorKindInfo{K::WorktreeDirty, "worktree-dirty", C::Conflict, false},
    ErrorKindInfo{K::StoreLocked, "store-locked", C::Conflict, true},
    ErrorKindInfo{K::StoreCorrupt, "store-corrupt", C::Io, false},
    ErrorKindInfo{K::StoreNewer, "store-newer", C::Unsupported, false},
    ErrorKindInfo{K::StoreReadOnly, "store-read-only", C::PermissionDenied, false},
    ErrorKindInfo{K::StoreFailed, "store-failed", C::Io, false},
    ErrorKindInfo{K::OwnerRunning, "owner-running", C::Conflict, false},
    ErrorKindInfo{K::OwnerUnreachable, "owner-unreachable", C::Unreachable, true},
    ErrorKindInfo{K::RuntimeFolderMissing, "runtime-folder-missing", C::NotFound, false},
    ErrorKindInfo{K::SecretMissing, "secret-missing", C::NotFound, false},
    ErrorKindInfo{K::KeychainUnavailable, "keychain-unavailable", C::Unreachable, true},
    ErrorKindInfo{K::GatewayUnavailable, "gateway-unavailable", C::Unreachable, true},
    ErrorKindInfo{K::ProviderFailed, "provider-failed", C::Unreachable, true},
};

constexpr std::array kCategoryNames = {
    "cancelled",
    "timeout",
    "unreachable",
    "permission-denied",
    "not-found",
    "conflict",
    "invalid-argument",
    "unsupported",
    "refused-by-policy",
    "protocol",
    "io",
    "internal",
};

} // namespace

const ErrorKindInfo &errorKindInfo(ErrorKind kind)
{
    for (const ErrorKindInfo &info : kKinds) {
        if (info.kind == kind)
            return info;
    }
    Q_UNREACHABLE();
}

std::optional<ErrorKind> errorKindFromName(QStringView name)
{
    for (const ErrorKindInfo &info : kKinds) {
        if (name == QLatin1StringView(info.name))
            return info.kind;
    }
    return std::nullopt;
}

QString categoryName(Category category)
{
    return QString::fromLatin1(kCategoryNames.at(static_cast<std::size_t>(category)));
}

Error::Error(ErrorKind errorKind, QString text)
    : kind(errorKind)
    , category(errorKindInfo(errorKind).category)
    , message(std::move(text))
{
}

Error Error::withDetail(QString text) const
{
    Error copy = *this;
    copy.detail = std::move(text);
    return copy;
}

Error Error::withRemedy(QString text) const
{
    Error copy = *this;
    copy.remedy = std::move(text);
    return copy;
}

Error Error::withOperation(QString text) const
{
    Error copy = *this;
    copy.operation = std::move(text);
    return copy;
}

Error Error::withCategory(Category value) const
{
    Error copy = *this;
    copy.category = value;
    return copy;
}

QString Error::kindName() const
{
    return QString::fromLatin1(errorKindInfo(kind).name);
}

QString Error::toString() const
{
    QString text;
    if (!operation.isEmpty())
        text += operation + QStringLiteral(": ");
    text += message;
    if (!detail.isEmpty())
        text += QStringLiteral(" (") + detail + QLatin1Char(')');
    return text;
}

} // namespace paddock
