// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/Door.h"

#include "app/gateway/ProviderLink.h"
#include "app/gateway/ScriptLink.h"
#include "core/gateway/ControlProtocol.h"
#include "core/gateway/RequestRules.h"

#include <QCoreApplication>
#include <QFile>
#include <QTimer>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr std::chrono::milliseconds kPause{500};

QString tr(const char *text)
{
    return QCoreApplication::translate("Gateway", text);
}

/// The folder was made by the owner: it belongs to us, or was given to the container's user, and
/// nobody else may write into it.
Result<Done> checkFolder(const Descriptor &folder, const DoorOptions &options)
{
    struct stat info
    {
    };
    if (::fstat(folder.get(), &info) != 0)
        return fail(ErrorKind::IoFailed, tr("The folder of the session cannot be read."));
    const bool isOurs = info.st_uid == ::geteuid();
    const bool isGiven = ::geteuid() == 0 && info.st_uid == options.uid;
    if ((!isOurs && !isGiven) || (info.st_mode & 022) != 0) {
        return fail(Error(ErrorKind::PermissionDenied,
                          tr("The folder of the session can be changed by others."))
                        .withDetail(options.runFolder));
    }
    return Done{};
}

quint64 inodeOf(const Descriptor &folder)
{
    struct stat info
    {
    };
    const QByteArray name = kModelSocket.toLatin1();
    if (::fstatat(folder.get(), name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return info.st_ino;
}

} // namespace

Door::Door(QObject *parent)
    : QObject(parent)
{
}

Door::~Door()
{
    m_notifier.reset();
    m_exchanges.clear();
    // Only what is ours: the next gateway may have put its own there already.
    if (m_socketInode != 0 && inodeOf(m_folder) == m_socketInode) {
        const QByteArray name = kModelSocket.toLatin1();
        ::unlinkat(m_folder.get(), name.constData(), 0);
    }
}

Result<Done> Door::useUpstream(const DoorOptions &options)
{
    if (const auto problem = problemWith(options.upstream))
        return fail(ErrorKind::InvalidArgument, *problem);
    if (options.upstream.kind == UpstreamKind::Demo) {
        if (options.upstream.scripts.isEmpty()) {
            m_scripts = std::make_shared<const ScriptedProvider>();
        } else {
            auto scripts = ScriptedProvider::fromFolder(options.upstream.scripts);
            if (!scripts)
                return fail(scripts.error());
            m_scripts = std::make_shared<const ScriptedProvider>(std::move(*scripts));
        }
    }
    m_options = options;
    return Done{};
}

Result<Done> Door::open(const DoorOptions &options)
{
    auto folder = openFolder(options.runFolder);
    if (!folder)
        return fail(folder.error());
    if (const auto checked = checkFolder(*folder, options); !checked)
        return fail(checked.error());
    if (const auto used = useUpstream(options); !used)
        return fail(used.error());
    auto listener = listenUnix(
        *folder, kModelSocket.toString(), SocketOwner{.uid = options.uid, .gid = options.gid});
    if (!listener)
        return fail(listener.error());
    m_folder = std::move(*folder);
    m_listener = std::move(*listener);
    m_socketInode = inodeOf(m_folder);
    m_notifier = std::make_unique<QSocketNotifier>(m_listener.get(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Door::onConnection);
    return Done{};
}

Result<Done> Door::change(const DoorOptions &options)
{
    return useUpstream(options);
}

DoorStatus Door::status() const
{
    DoorStatus status = m_status;
    status.id = m_options.id;
    status.runFolder = m_options.runFolder;
    status.protocol = m_options.protocol;
    status.upstream = m_options.upstream;
    status.hasKey = !m_key.isEmpty();
    status.active = forwardingCount();
    return status;
}

int Door::forwardingCount() const
{
    return static_cast<int>(
        std::count_if(m_exchanges.cbegin(), m_exchanges.cend(), [](const auto &exchange) {
            return exchange->isForwarding();
        }));
}

bool Door::isAllowed(const Peer &peer) const
{
    if (m_status.container.isEmpty())
        return true;
    QFile file(u"/proc/%1/cgroup"_s.arg(peer.pid));
    return peer.pid > 0 && file.open(QIODevice::ReadOnly) &&
           cgroupNames(file.read(64 * 1024), m_status.container.value);
}

void Door::onConnection()
{
    while (true) {
        Descriptor descriptor(
            ::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!descriptor.isValid()) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
                // The connection stays in the queue and would be told of for ever.
                qWarning("There are no descriptors left for the door of %s.",
                         qPrintable(m_options.id.value));
                m_notifier->setEnabled(false);
                QTimer::singleShot(kPause, this, [this] { m_notifier->setEnabled(true); });
            }
            return;
        }
        if (m_exchanges.size() >= kMaxConnections) {
            ++m_status.refused;
            continue; // closed
        }
        take(std::move(descriptor));
    }
}

void Door::take(Descriptor descriptor)
{
    const auto peer = peerOf(descriptor.get()).value_or(Peer{});
    auto socket = std::make_unique<QLocalSocket>();
    if (!socket->setSocketDescriptor(descriptor.take()))
        return;
    auto exchange = std::make_unique<Exchange>(
        std::move(socket),
        ExchangePolicy{.protocol = m_options.protocol, .open = [this] { return openLink(); }},
        peer);
    Exchange *added = exchange.get();
    connect(added, &Exchange::recorded, this, [this](RequestRecord record) {
        record.session = m_options.id;
        ++m_status.requests;
        // What the gateway itself turned down has words.
        if (!record.reason.isEmpty() && record.status >= 400)
            ++m_status.refused;
        m_status.bytesUp += record.bytesUp;
        m_status.bytesDown += record.bytesDown;
        Q_EMIT recorded(record);
    });
    connect(added, &Exchange::over, this, [this, added] {
        const auto it = std::find_if(m_exchanges.begin(),
                                     m_exchanges.end(),
                                     [added](const auto &e) { return e.get() == added; });
        if (it == m_exchanges.end())
            return;
        it->release()->deleteLater();
        m_exchanges.erase(it);
    });
    m_exchanges.push_back(std::move(exchange));
    if (!isAllowed(peer))
        added->refuseAtOnce(tr("This process does not belong to the session."));
}

tl::expected<std::unique_ptr<UpstreamLink>, HttpRefusal> Door::openLink()
{
    if (forwardingCount() >= kMaxRequests) {
        return tl::unexpected(
            HttpRefusal{.status = 429, .reason = tr("Too many requests run at once.")});
    }
    if (m_options.upstream.kind == UpstreamKind::Demo)
        return std::make_unique<ScriptLink>(m_scripts);
    if (m_key.isEmpty()) {
        return tl::unexpected(HttpRefusal{
            .status = 503,
            .reason = tr("There is no key for the model provider. Open Paddock on the host and "
                         "store one.")});
    }
    return std::make_unique<ProviderLink>(m_options.upstream, m_key.clone());
}

} // namespace paddock::gateway
