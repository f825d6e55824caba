// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/UnixSocket.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr int kBacklog = 128;

tl::unexpected<Error> failed(const char *message, const QString &what)
{
    const int code = errno;
    const ErrorKind kind = code == EACCES || code == EPERM ? ErrorKind::PermissionDenied
                           : code == ENOENT                ? ErrorKind::NotFound
                                                           : ErrorKind::IoFailed;
    return fail(Error(kind, QCoreApplication::translate("Gateway", message).arg(what))
                    .withDetail(QString::fromLocal8Bit(std::strerror(code))));
}

/// The address of \a name below an open folder: short, whatever the path of the folder is.
bool addressBelow(int folder, const QString &name, sockaddr_un &address)
{
    const QByteArray path =
        QByteArray("/proc/self/fd/") + QByteArray::number(folder) + '/' + QFile::encodeName(name);
    address = {};
    address.sun_family = AF_UNIX;
    if (name.isEmpty() || name.contains(u'/') ||
        path.size() >= static_cast<qsizetype>(sizeof address.sun_path))
        return false;
    std::memcpy(address.sun_path, path.constData(), static_cast<std::size_t>(path.size()));
    return true;
}

} // namespace

Descriptor::~Descriptor()
{
    if (m_value >= 0)
        ::close(m_value);
}

Descriptor &Descriptor::operator=(Descriptor &&other) noexcept
{
    if (this != &other) {
        if (m_value >= 0)
            ::close(m_value);
        m_value = std::exchange(other.m_value, -1);
    }
    return *this;
}

std::optional<Peer> peerOf(int descriptor)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return std::nullopt;
    return Peer{.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
}

Result<Descriptor> openFolder(const QString &folder)
{
    Descriptor descriptor(::open(QFile::encodeName(folder).constData(),
                                 O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!descriptor.isValid())
        return failed("The folder %1 cannot be opened.", folder);
    return descriptor;
}

bool isDeleted(const Descriptor &folder)
{
    struct stat info
    {
    };
    return ::fstat(folder.get(), &info) != 0 || info.st_nlink == 0;
}

Result<Descriptor>
listenUnix(const Descriptor &folder, const QString &name, std::optional<SocketOwner> owner)
{
    const QByteArray file = QFile::encodeName(name);
    sockaddr_un address{};
    if (!addressBelow(folder.get(), name, address))
        return fail(
            ErrorKind::InvalidArgument,
            QCoreApplication::translate("Gateway", "\"%1\" is no name of a socket.").arg(name));
    struct stat before
    {
    };
    if (::fstatat(folder.get(), file.constData(), &before, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISSOCK(before.st_mode)) {
            return fail(ErrorKind::Conflict,
                        QCoreApplication::translate(
                            "Gateway", "There is something else where the socket %1 should be.")
                            .arg(name));
        }
        if (::unlinkat(folder.get(), file.constData(), 0) != 0)
            return failed("The old socket %1 cannot be removed.", name);
    }
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.isValid())
        return failed("The socket %1 cannot be made.", name);
    // The mode is right from the first moment: nobody can connect in between.
    const mode_t mask = ::umask(0177);
    const int bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    ::umask(mask);
    if (bound != 0)
        return failed("The socket %1 cannot be bound.", name);
    if (owner && ::geteuid() == 0 &&
        ::fchownat(folder.get(), file.constData(), owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) !=
            0)
        return failed("The socket %1 cannot be given to the user of the container.", name);
    if (::listen(socket.get(), kBacklog) != 0)
        return failed("The socket %1 cannot listen.", name);
    return socket;
}

Result<Descriptor> connectUnix(const QString &folder, const QString &name)
{
    auto opened = openFolder(folder);
    if (!opened)
        return fail(opened.error());
    sockaddr_un address{};
    if (!addressBelow(opened->get(), name, address))
        return fail(
            ErrorKind::InvalidArgument,
            QCoreApplication::translate("Gateway", "\"%1\" is no name of a socket.").arg(name));
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.isValid() ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return failed("Nobody answers on the socket %1.", name);
    return socket;
}

} // namespace paddock::gateway
