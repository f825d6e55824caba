// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ProviderProtocol.h"
#include "core/base/Result.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>

namespace paddock::adapters {

enum class AgentProtocol {
    Acp,      ///< newline-delimited JSON-RPC on stdin and stdout
    Terminal, ///< a program for a person, on a pseudo-terminal
};

/// How the conversation of an agent that ended is taken up again. core/acp asks the agent itself
/// (capabilities); this is what is known to work.
enum class Reopening {
    ResumeOrLoad, ///< session/resume, else session/load
    LoadOnly,
    None,
};

struct EnvironmentVariable
{
    QString name;
    QString value;
    bool operator==(const EnvironmentVariable &) const = default;
};

/// What differs from the protocol on paper, as measured on the pinned version.
struct Quirks
{
    /// A failed turn is answered as end_turn with "usage":null (acp::ClientOptions).
    bool nullUsageIsFailure = false;
    /// The agent never ends the turn after a cancel until held permissions are answered, or stops
    /// asking: always answer them (core/acp does so in any case).
    bool mustAnswerPermissions = false;
    /// allow_always writes into the workspace; core/acp never sends it.
    bool allowAlwaysWritesWorkspace = false;
    /// Settings in the workspace can preset permissions: shown as a warning for foreign projects.
    bool readsWorkspaceSettings = false;
    /// Time until which a load must not be tried after the session was made (gemini: its minute).
    std::chrono::seconds loadOnlyAfter{0};
    /// How long the agent takes to end by itself at the end of its input.
    std::chrono::milliseconds endsWithin{2000};
};

/// How one agent program is started and spoken to. Value type.
struct Adapter
{
    QString id;    ///< claude-code, custom
    QString title; ///< for a person
    AgentProtocol protocol = AgentProtocol::Acp;
    QStringList argv;                       ///< in the container; argv[0] by PATH or absolute
    QList<EnvironmentVariable> environment; ///< never a secret: only placeholders
    ProviderProtocol provider = ProviderProtocol::None;
    QString upstreamBase; ///< "https://api.anthropic.com"; empty without provider
    Reopening reopening = Reopening::None;
    Quirks quirks;
    /// Value of the image label dev.paddock.adapters that says the program is in the image.
    QString imageLabel;
    /// Programs the image must have on its PATH.
    QStringList imagePrograms;
    bool operator==(const Adapter &) const = default;
};

enum class ContainerUser {
    Person,       ///< uid and gid of the person, never 0
    RootlessZero, ///< 0:0 on a rootless engine, where container 0 is the person
};

struct AdapterOptions
{
    ContainerUser user = ContainerUser::Person;
    QString model; ///< empty: the agent's own default
};

/// Address inside the container where the shim forwards to the session's model.sock.
inline constexpr quint16 kModelPort = 3129;

/// The adapters known by name, for choosing.
[[nodiscard]] QStringList adapterIds();
/// A built-in adapter. NotFound names the ones there are; `custom` needs customAdapter().
[[nodiscard]] Result<Adapter> builtInAdapter(const QString &id, const AdapterOptions &options = {});

struct CustomCommand
{
    QString title;
    AgentProtocol protocol = AgentProtocol::Acp;
    QStringList argv;
    QList<EnvironmentVariable> environment;
    ProviderProtocol provider = ProviderProtocol::None;
    QString upstreamBase;
};
/// Any command as an agent. Refuses (InvalidArgument) an empty or overlong command, NUL bytes,
/// variable names that are none or that Paddock sets itself, and values that look like keys.
[[nodiscard]] Result<Adapter> customAdapter(const CustomCommand &command,
                                            const AdapterOptions &options = {});

} // namespace paddock::adapters
