// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/ExecApi.h"
#include "core/policy/PolicyCheck.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace paddock::sandbox {

inline constexpr char16_t kLabelInstance[] = u"dev.paddock.instance";
inline constexpr char16_t kLabelSession[] = u"dev.paddock.session";
inline constexpr char16_t kLabelSpecHash[] = u"dev.paddock.spec-hash";
inline constexpr char16_t kLabelSchema[] = u"dev.paddock.schema";
inline constexpr char16_t kSchema[] = u"1";

/// "paddock-<session>".
[[nodiscard]] QString containerName(const SessionId &session);

/// A compiled sandbox: the body of POST /containers/create and its hash.
struct CreateRequest
{
    QString name;     ///< of the container
    QJsonObject body; ///< complete, with the hash among its labels
    QString specHash; ///< SHA-256, hex, of the body without that label, as canonical JSON
};

/// The only place that decides what a container gets. Pure; every field that weakens a container
/// is written out, so that an engine's default cannot. UnsupportedOption for an architecture
/// without a system call profile.
[[nodiscard]] Result<CreateRequest> compile(const policy::CheckedSpec &checked);

/// One command in a running container.
struct Command
{
    QStringList argv;
    QStringList environment{};  ///< NAME=value, on top of the container's
    QString workingDirectory{}; ///< empty: the container's
    bool terminal = false;
    bool input = false; ///< a standard input is attached
};

/// The exec of \a command: always as the container's user, never privileged (the engine's client
/// has no word for it). Refuses (InvalidArgument) an empty argv and NUL, and (SecurityViolation)
/// anything that looks like a secret: an engine shows arguments of exec to everyone who reads its
/// events.
[[nodiscard]] Result<docker::ExecOptions> compileExec(const Command &command,
                                                      const policy::SandboxSpec &spec);

} // namespace paddock::sandbox
