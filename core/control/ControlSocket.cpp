// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlSocket.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::control {

namespace {

tl::unexpected<Error> failed(const QString &path, int code)
{
    const ErrorKind kind = code == ENOSPC                    ? ErrorKind::DiskFull
                           : code == EACCES || code == EPERM ? ErrorKind::PermissionDenied
                                                             : ErrorKind::IoFailed;
    return fail(
        Error(kind,
              QCoreApplication::translate("Control", "The socket %1 could not be made.").arg(path))
            .withDetail(QString::fromLocal8Bit(std::strerror(code)))
            .withRemedy(QCoreApplication::translate("Control", "Check the permissions of %1.")
                            .arg(QFileInfo(path).path())));
}

} // namespace

void Descriptor::reset()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    m_descriptor = -1;
}

Result<ShortSocketPath> shortSocketPath(const QString &path)
{
    const QFileInfo info(path);
    Descriptor folder(
        ::open(QFile::encodeName(info.path()).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isValid())
        return failed(path, errno);
    QString shortPath =
        u"/proc/self/fd/"_s + QString::number(folder.get()) + u'/' + info.fileName();
    return ShortSocketPath{std::move(folder), std::move(shortPath)};
}

Result<Descriptor> bindControlSocket(const QString &path)
{
    auto place = shortSocketPath(path);
    if (!place)
        return fail(place.error());
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(place->path);
    if (name.size() >= static_cast<qsizetype>(sizeof(address.sun_path)))
        return failed(path, ENAMETOOLONG);
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));

    Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener.isValid())
        return failed(path, errno);
    if (::unlink(name.constData()) != 0 && errno != ENOENT)
        return failed(path, errno);
    // The folder is 0700, so nobody comes between bind and chmod.
    if (::bind(listener.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) !=
            0 ||
        ::chmod(name.constData(), 0600) != 0 || ::listen(listener.get(), 64) != 0) {
        return failed(path, errno);
    }
    return listener;
}

std::optional<quint32> peerUser(qintptr descriptor)
{
    ucred credentials = {};
    socklen_t length = sizeof(credentials);
    if (::getsockopt(
            static_cast<int>(descriptor), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
        return std::nullopt;
    }
    return credentials.uid;
}

} // namespace paddock::control
