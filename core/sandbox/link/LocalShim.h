// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QList>
#include <QProcess>
#include <QProcessEnvironment>
#include <QString>

#include <chrono>
#include <memory>
#include <optional>

namespace paddock::sandbox::link {

struct LocalShimOptions
{
    enum class Lifetime {
        WithParent, ///< gets SIGTERM when the thread that started it ends
        Detached,   ///< goes on without us
    };

    struct Forward
    {
        quint16 port = 0;
        QString socketName;
    };

    QString program;
    /// With link.sock and the forwarded sockets.
    QString runFolder;
    /// Empty: no spool file.
    QString spoolFolder;
    std::optional<quint64> spoolMemory;
    std::optional<quint64> spoolDisk;
    QList<Forward> forwards;
    std::chrono::milliseconds stopGrace = std::chrono::seconds(7);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    Lifetime lifetime = Lifetime::WithParent;
};

/// The real shim as an ordinary process of this machine, without a container around it: for
/// sessions that run locally, and for tests.
class LocalShim
{
public:
    explicit LocalShim(LocalShimOptions options);
    /// Ends it, unless it is detached.
    ~LocalShim();
    Q_DISABLE_COPY_MOVE(LocalShim)

    [[nodiscard]] Result<Done> start();
    [[nodiscard]] qint64 pid() const { return m_pid; }
    /// Nothing when detached.
    [[nodiscard]] QProcess *process() const { return m_process.get(); }

private:
    LocalShimOptions m_options;
    std::unique_ptr<QProcess> m_process;
    qint64 m_pid = 0;
};

} // namespace paddock::sandbox::link
