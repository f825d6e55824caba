// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/LinkListener.h"

#include "core/base/Ids.h"

#include <QFile>
#include <QScopeGuard>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::sandbox::link {

namespace {

constexpr int kBacklog = 16;
constexpr int kAcceptsPerTurn = 32;

tl::unexpected<Error> socketError(const QString &folder, const QString &step)
{
    const QString cause = qt_error_string(errno);
    return fail(Error(ErrorKind::IoFailed,
                      u"The socket for the session's helper cannot be made in %1."_s.arg(folder))
                    .withDetail(u"%1: %2"_s.arg(step, cause))
                    .withRemedy(u"Check that the folder exists and belongs to you, then start the "
                                "session again."_s));
}

} // namespace

LinkListener::LinkListener(QObject *parent)
    : QObject(parent)
{
}

LinkListener::~LinkListener()
{
    close();
}

Result<Done> LinkListener::listen(const QString &folder,
                                  const QByteArray &name,
                                  const std::optional<PeerCredentials> &owner)
{
    close();
    auto cleanUp = qScopeGuard([this] { close(); });
    m_folder = ::open(QFile::encodeName(folder).constData(),
                      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (m_folder < 0)
        return socketError(folder, u"open"_s);
    m_fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m_fd < 0)
        return socketError(folder, u"socket"_s);

    // Under another name first: the shim must not find a socket that does not listen yet or is not
    // its to use.
    const QByteArray temporary = '.' + name + '.' + randomShortId().toLatin1();
    const QByteArray path = "/proc/self/fd/" + QByteArray::number(m_folder) + '/' + temporary;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (static_cast<std::size_t>(path.size()) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return socketError(folder, u"bind"_s);
    }
    std::memcpy(address.sun_path, path.constData(), static_cast<std::size_t>(path.size()) + 1);
    if (::bind(m_fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return socketError(folder, u"bind"_s);
    auto removeTemporary =
        qScopeGuard([this, &temporary] { ::unlinkat(m_folder, temporary.constData(), 0); });
    if (::fchmodat(m_folder, temporary.constData(), 0600, 0) != 0)
        return socketError(folder, u"chmod"_s);
    if (owner &&
        ::fchownat(m_folder, temporary.constData(), owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) !=
            0) {
        return socketError(folder, u"chown"_s);
    }
    if (::listen(m_fd, kBacklog) != 0)
        return socketError(folder, u"listen"_s);
    if (::fstatat(m_folder, temporary.constData(), &m_identity, AT_SYMLINK_NOFOLLOW) != 0)
        return socketError(folder, u"stat"_s);
    if (::renameat(m_folder, temporary.constData(), m_folder, name.constData()) != 0)
        return socketError(folder, u"rename"_s);
    removeTemporary.dismiss();
    m_name = name;

    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &LinkListener::acceptWaiting);
    cleanUp.dismiss();
    return Done();
}

void LinkListener::close()
{
    m_notifier.reset();
    if (!m_name.isEmpty()) {
        struct stat now = {};
        if (::fstatat(m_folder, m_name.constData(), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
            now.st_ino == m_identity.st_ino && now.st_dev == m_identity.st_dev) {
            ::unlinkat(m_folder, m_name.constData(), 0);
        }
        m_name.clear();
    }
    for (int *fd : {&m_fd, &m_folder}) {
        if (*fd >= 0)
            ::close(*fd);
        *fd = -1;
    }
}

void LinkListener::acceptWaiting()
{
    for (int i = 0; i < kAcceptsPerTurn && m_fd >= 0; ++i) {
        const int fd = ::accept4(m_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        ucred credentials{};
        socklen_t size = sizeof credentials;
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
            ::close(fd);
            continue;
        }
        Q_EMIT dialled(fd, {credentials.pid, credentials.uid, credentials.gid});
    }
}

} // namespace paddock::sandbox::link
