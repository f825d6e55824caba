// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/Endpoint.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QUrl>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qint64 kMaxConfigBytes = 1024 * 1024;

QString translated(const char *text)
{
    return QCoreApplication::translate("DockerEndpoint", text);
}

/// The socket path of "unix:///path" or "/path".
Result<QString> socketPathFromAddress(const QString &address, const QString &what)
{
    const auto invalid = [&] {
        return fail(Error(ErrorKind::InvalidArgument,
                          translated("%1 is not the address of an engine: %2").arg(what, address))
                        .withRemedy(translated("Set it to a unix socket, for example "
                                               "unix:///var/run/docker.sock.")));
    };
    if (address.contains(QChar(u'\0')))
        return invalid();
    if (address.startsWith(u'/'))
        return QDir::cleanPath(address);
    const qsizetype colon = address.indexOf(u"://"_s);
    if (colon <= 0)
        return invalid();
    const QString scheme = address.left(colon).toLower();
    const QString rest = address.mid(colon + 3);
    if (scheme == u"unix") {
        if (!rest.startsWith(u'/'))
            return invalid();
        return QDir::cleanPath(rest);
    }
    constexpr std::array kKnown = {u"tcp", u"ssh", u"http", u"https", u"npipe", u"fd"};
    for (const char16_t *known : kKnown) {
        if (scheme == QStringView(known)) {
            return fail(
                Error(ErrorKind::UnsupportedOption,
                      translated("%1 names an engine that is not on this machine (%2). Only "
                                 "unix sockets are supported.")
                          .arg(what, address))
                    .withRemedy(translated("Forward the socket of that engine to this "
                                           "machine and set DOCKER_HOST to it:\n"
                                           "ssh -nNT -L /tmp/docker.sock:/var/run/"
                                           "docker.sock USER@HOST")));
        }
    }
    return invalid();
}

/// The address in the metadata of a docker context, nullopt for the built-in context "default".
Result<std::optional<QString>> contextAddress(const EndpointEnvironment &environment,
                                              QString *contextName)
{
    const QString folder = environment.dockerConfig.isEmpty() ? environment.home + u"/.docker"_s
                                                              : environment.dockerConfig;
    if (!environment.readFile || (environment.home.isEmpty() && environment.dockerConfig.isEmpty()))
        return std::optional<QString>();
    QString name = environment.dockerContext;
    if (name.isEmpty()) {
        const auto bytes = environment.readFile(folder + u"/config.json"_s);
        if (!bytes)
            return std::optional<QString>();
        // A broken file of another program's settings is no reason to refuse the default sockets.
        const auto config = parseJsonObject(*bytes, {.maxBytes = kMaxConfigBytes});
        if (!config)
            return std::optional<QString>();
        name = config->value(u"currentContext"_s).toString();
    }
    if (name.isEmpty() || name == u"default")
        return std::optional<QString>();
    *contextName = name;
    const QString digest = QString::fromLatin1(
        QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha256).toHex());
    const QString path = folder + u"/contexts/meta/"_s + digest + u"/meta.json"_s;
    const auto bytes = environment.readFile(path);
    const auto remedy = [] {
        return translated("Choose another context:\ndocker context use default");
    };
    if (!bytes) {
        return fail(
            Error(ErrorKind::InvalidConfig,
                  translated("The docker context \"%1\" is chosen but does not exist.").arg(name))
                .withDetail(path)
                .withRemedy(remedy()));
    }
    const auto meta = parseJsonObject(*bytes, {.maxBytes = kMaxConfigBytes});
    const QString host = meta ? meta->value(u"Endpoints"_s)
                                    .toObject()
                                    .value(u"docker"_s)
                                    .toObject()
                                    .value(u"Host"_s)
                                    .toString()
                              : QString();
    if (host.isEmpty()) {
        return fail(Error(ErrorKind::InvalidConfig,
                          translated("The docker context \"%1\" names no engine.").arg(name))
                        .withDetail(path)
                        .withRemedy(remedy()));
    }
    return std::optional<QString>(host);
}

Error absentError(const Endpoint &endpoint)
{
    if (endpoint.origin == EndpointOrigin::PodmanSocket) {
        return Error(ErrorKind::DockerUnavailable,
                     translated("There is no engine socket at %1.").arg(endpoint.socketPath))
            .withCategory(Category::NotFound)
            .withRemedy(translated("Start Podman's socket:\n"
                                   "systemctl --user enable --now podman.socket"));
    }
    return Error(ErrorKind::DockerUnavailable,
                 translated("There is no engine socket at %1 (from %2).")
                     .arg(endpoint.socketPath, endpoint.originDetail))
        .withCategory(Category::NotFound)
        .withRemedy(translated("Install Docker Engine if it is not there (apt install docker.io) "
                               "and start it:\nsudo systemctl enable --now docker"));
}

Error refusedError(const Endpoint &endpoint, const QString &detail)
{
    return Error(ErrorKind::DockerUnavailable,
                 translated("Nothing answers at the engine socket %1.").arg(endpoint.socketPath))
        .withDetail(detail)
        .withRemedy(translated("The engine has stopped and left its socket behind. Start it "
                               "again:\nsudo systemctl restart docker"));
}

Error permissionError(const Endpoint &endpoint, const QString &detail)
{
    return Error(ErrorKind::PermissionDenied,
                 translated("You may not use the engine socket %1.").arg(endpoint.socketPath))
        .withDetail(detail)
        .withRemedy(translated("Become a member of the group that owns the socket, then log out "
                               "and in again:\nsudo usermod -aG docker $USER"));
}

/// Larger tells a person more about what to do.
int tellingRank(const Error &error)
{
    if (error.kind == ErrorKind::PermissionDenied)
        return 3;
    if (error.category == Category::Unreachable)
        return 2;
    if (error.category == Category::InvalidArgument)
        return 1;
    return 0;
}

} // namespace

EndpointEnvironment EndpointEnvironment::fromProcess(const QString &setting)
{
    EndpointEnvironment environment;
    environment.setting = setting;
    environment.dockerSocket = qEnvironmentVariable("DOCKER_SOCKET");
    environment.dockerHost = qEnvironmentVariable("DOCKER_HOST");
    environment.dockerContext = qEnvironmentVariable("DOCKER_CONTEXT");
    environment.dockerConfig = qEnvironmentVariable("DOCKER_CONFIG");
    environment.home = QDir::homePath();
    environment.runtimeFolder = qEnvironmentVariable("XDG_RUNTIME_DIR");
    environment.readFile = [](const QString &path) -> std::optional<QByteArray> {
        struct stat info = {};
        // A FIFO in the place of a configuration file would block the reader.
        if (::stat(QFile::encodeName(path).constData(), &info) != 0 || !S_ISREG(info.st_mode))
            return std::nullopt;
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return std::nullopt;
        return file.read(kMaxConfigBytes);
    };
    return environment;
}

Result<QList<Endpoint>> endpointCandidates(const EndpointEnvironment &environment)
{
    struct Choice
    {
        QString address;
        EndpointOrigin origin;
        QString what;
    };
    QList<Choice> choices;
    if (!environment.setting.isEmpty())
        choices.append({environment.setting, EndpointOrigin::Setting, translated("The setting")});
    else if (!environment.dockerSocket.isEmpty())
        choices.append(
            {environment.dockerSocket, EndpointOrigin::DockerSocket, u"DOCKER_SOCKET"_s});
    else if (!environment.dockerHost.isEmpty())
        choices.append({environment.dockerHost, EndpointOrigin::DockerHost, u"DOCKER_HOST"_s});
    if (choices.isEmpty()) {
        QString name;
        const auto address = contextAddress(environment, &name);
        if (!address)
            return fail(address.error());
        if (*address) {
            choices.append({**address,
                            EndpointOrigin::Context,
                            translated("The docker context \"%1\"").arg(name)});
        }
    }
    if (!choices.isEmpty()) {
        const Choice &choice = choices.first();
        const auto path = socketPathFromAddress(choice.address, choice.what);
        if (!path)
            return fail(path.error());
        return QList<Endpoint>{{*path, choice.origin, choice.what}};
    }

    QList<Endpoint> candidates;
    const auto add = [&](const QString &path, EndpointOrigin origin) {
        candidates.append({path, origin, path});
    };
    add(u"/var/run/docker.sock"_s, EndpointOrigin::SystemSocket);
    if (environment.runtimeFolder.startsWith(u'/'))
        add(environment.runtimeFolder + u"/docker.sock"_s, EndpointOrigin::RootlessSocket);
    if (environment.home.startsWith(u'/'))
        add(environment.home + u"/.docker/desktop/docker.sock"_s, EndpointOrigin::DesktopSocket);
    if (environment.runtimeFolder.startsWith(u'/'))
        add(environment.runtimeFolder + u"/podman/podman.sock"_s, EndpointOrigin::PodmanSocket);
    return candidates;
}

Result<Done> probeEndpoint(const Endpoint &endpoint)
{
    const QByteArray path = QFile::encodeName(endpoint.socketPath);
    sockaddr_un address = {};
    if (static_cast<size_t>(path.size()) >= sizeof(address.sun_path)) {
        return fail(
            Error(ErrorKind::DockerUnavailable,
                  translated("The path of the engine socket is longer than the %1 bytes a "
                             "socket can have: %2")
                      .arg(sizeof(address.sun_path) - 1)
                      .arg(endpoint.socketPath))
                .withCategory(Category::InvalidArgument)
                .withRemedy(translated("Make a link with a short path and set DOCKER_SOCKET "
                                       "to it:\nln -s %1 /tmp/engine.sock")
                                .arg(endpoint.socketPath)));
    }
    const auto words = [](int code) { return QString::fromLocal8Bit(std::strerror(code)); };
    struct stat info = {};
    if (::stat(path.constData(), &info) != 0) {
        const int code = errno;
        if (code == EACCES)
            return fail(permissionError(endpoint, words(code)));
        return fail(absentError(endpoint).withDetail(words(code)));
    }
    if (!S_ISSOCK(info.st_mode)) {
        return fail(Error(ErrorKind::DockerUnavailable,
                          translated("%1 is not a socket.").arg(endpoint.socketPath))
                        .withCategory(Category::InvalidArgument)
                        .withRemedy(translated("Set DOCKER_SOCKET to the socket of the engine, or "
                                               "see what is there:\nls -l %1")
                                        .arg(endpoint.socketPath)));
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return fail(Error(ErrorKind::IoFailed, translated("No socket could be made."))
                        .withDetail(words(errno)));
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.constData(), static_cast<size_t>(path.size()));
    const int connected =
        ::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof(address));
    const int code = connected == 0 ? 0 : errno;
    ::close(descriptor);
    // A full queue (EAGAIN) is a busy engine, which is there.
    if (code == 0 || code == EAGAIN || code == EINPROGRESS)
        return Done{};
    if (code == EACCES || code == EPERM)
        return fail(permissionError(endpoint, words(code)));
    if (code == ENOENT)
        return fail(absentError(endpoint).withDetail(words(code)));
    return fail(refusedError(endpoint, words(code)));
}

Result<Endpoint> discoverEndpoint(const EndpointEnvironment &environment)
{
    const auto candidates = endpointCandidates(environment);
    if (!candidates)
        return fail(candidates.error());
    std::optional<Error> best;
    for (const Endpoint &candidate : *candidates) {
        const auto probed = probeEndpoint(candidate);
        if (probed)
            return candidate;
        if (!best || tellingRank(probed.error()) > tellingRank(*best))
            best = probed.error();
    }
    return fail(*best);
}

QString remedyCommand(const Error &error)
{
    const qsizetype lineEnd = error.remedy.lastIndexOf(u'\n');
    return lineEnd < 0 ? QString() : error.remedy.mid(lineEnd + 1);
}

QString endpointOriginName(EndpointOrigin origin)
{
    switch (origin) {
    case EndpointOrigin::Setting:
        return u"setting"_s;
    case EndpointOrigin::DockerSocket:
        return u"docker-socket"_s;
    case EndpointOrigin::DockerHost:
        return u"docker-host"_s;
    case EndpointOrigin::Context:
        return u"context"_s;
    case EndpointOrigin::SystemSocket:
        return u"system-socket"_s;
    case EndpointOrigin::RootlessSocket:
        return u"rootless-socket"_s;
    case EndpointOrigin::DesktopSocket:
        return u"desktop-socket"_s;
    case EndpointOrigin::PodmanSocket:
        return u"podman-socket"_s;
    }
    Q_UNREACHABLE();
}

} // namespace paddock::docker
