// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/sandbox/link/LinkTypes.h"

#include <QObject>
#include <QSocketNotifier>

#include <memory>
#include <sys/stat.h>

namespace paddock::sandbox::link {

/// A listening unix socket in a session's run folder. The path may be longer than a socket address
/// allows, and the socket appears under its name only when it is ready and belongs to whom it
/// should.
class LinkListener : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LinkListener)

public:
    explicit LinkListener(QObject *parent = nullptr);
    ~LinkListener() override;

    /// Replaces a stale socket of that name.
    [[nodiscard]] Result<Done> listen(const QString &folder,
                                      const QByteArray &name,
                                      const std::optional<PeerCredentials> &owner);
    /// Removes the socket, unless another process has put its own there.
    void close();

Q_SIGNALS:
    /// The receiver owns `fd`, which is non-blocking.
    void dialled(int fd, const paddock::sandbox::link::PeerCredentials &peer);

private:
    void acceptWaiting();

    int m_fd = -1;
    int m_folder = -1;
    QByteArray m_name;
    struct stat m_identity = {};
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace paddock::sandbox::link
