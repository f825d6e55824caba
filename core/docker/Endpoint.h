// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <functional>
#include <optional>

namespace paddock::docker {

/// Where the path of an engine's socket comes from, in order of precedence.
enum class EndpointOrigin {
    Setting,        ///< the person's setting in Paddock
    DockerSocket,   ///< DOCKER_SOCKET
    DockerHost,     ///< DOCKER_HOST
    Context,        ///< DOCKER_CONTEXT, or currentContext of ~/.docker/config.json
    SystemSocket,   ///< /var/run/docker.sock
    RootlessSocket, ///< $XDG_RUNTIME_DIR/docker.sock
    DesktopSocket,  ///< ~/.docker/desktop/docker.sock
    PodmanSocket,   ///< $XDG_RUNTIME_DIR/podman/podman.sock
};

/// A unix socket of an engine and how it was found. Value type.
struct Endpoint
{
    QString socketPath; ///< absolute
    EndpointOrigin origin = EndpointOrigin::Setting;
    QString originDetail; ///< "DOCKER_HOST", "context work", "/var/run/docker.sock": for a person

    bool operator==(const Endpoint &) const = default;
};

/// Everything the choice depends on, so that it is a function of values. Empty means not set.
struct EndpointEnvironment
{
    QString setting; ///< a path or a unix:// address
    QString dockerSocket;
    QString dockerHost;
    QString dockerContext;
    QString dockerConfig; ///< DOCKER_CONFIG; default <home>/.docker
    QString home;
    QString runtimeFolder; ///< XDG_RUNTIME_DIR
    /// Content of a small file, nullopt when it cannot be read.
    std::function<std::optional<QByteArray>(const QString &path)> readFile;

    /// The environment of this process, with \a setting from Paddock's own settings.
    [[nodiscard]] static EndpointEnvironment fromProcess(const QString &setting = {});
};

/// The sockets to try, best first. What somebody chose (setting, variable, context) is the only
/// candidate: falling back to another engine behind a person's back would be worse than an error.
/// Unsupported for ssh and tcp addresses, InvalidArgument for what is no address.
[[nodiscard]] Result<QList<Endpoint>> endpointCandidates(const EndpointEnvironment &environment);

/// Looks at the socket and connects once, without blocking and without sending anything.
/// Errors: DockerUnavailable (category NotFound: absent; InvalidArgument: not a socket;
/// Unreachable: refused), PermissionDenied. Each has a remedy whose last line is a command.
[[nodiscard]] Result<Done> probeEndpoint(const Endpoint &endpoint);

/// The first candidate that answers; else the error that tells most (permission before refused
/// before not a socket before absent).
[[nodiscard]] Result<Endpoint> discoverEndpoint(const EndpointEnvironment &environment);

/// The command of a remedy that ends in one (on a line of its own), for a Copy button; or empty.
[[nodiscard]] QString remedyCommand(const Error &error);

/// Stable name for JSON and logs: "docker-host".
[[nodiscard]] QString endpointOriginName(EndpointOrigin origin);

} // namespace paddock::docker
