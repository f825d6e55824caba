// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Console.h"
#include "core/base/Pending.h"
#include "core/base/XdgPaths.h"
#include "core/control/ControlClient.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <chrono>
#include <memory>

namespace paddock::ctl {

/// Reaches the owner: connects to control.sock and, where nobody listens, starts
/// `paddock-owner serve` in the background (own session, own log) and waits until it says that it
/// is ready, or why it is not. Main thread.
class OwnerConnection : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OwnerConnection)

public:
    enum class Start { IfNeeded, Never };

    explicit OwnerConnection(Console &console, QObject *parent = nullptr);
    ~OwnerConnection() override;

    /// RuntimeFolderMissing, OwnerUnreachable, or what the owner said when it could not start.
    [[nodiscard]] Pending<Done> open(Start start = Start::IfNeeded);
    [[nodiscard]] control::ControlClient &client() { return *m_client; }
    [[nodiscard]] const XdgPaths &paths() const { return m_paths; }

    /// How long the owner may take to become ready.
    static constexpr std::chrono::milliseconds kStartTimeout{10'000};

private:
    void tryConnect();
    void onConnectFailed(const Error &error);
    [[nodiscard]] Result<Done> startOwner();
    void onReadyPipe();
    void waitForSocket();
    void fail(const Error &error);
    void done();

    Console &m_console;
    XdgPaths m_paths;
    std::unique_ptr<control::ControlClient> m_client;
    Promise<Done> m_promise;
    Start m_start = Start::IfNeeded;
    bool m_ended = false;
    QByteArray m_said; // by the owner on its ready pipe
    std::unique_ptr<QSocketNotifier> m_pipe;
    QFileSystemWatcher m_watcher;
    QTimer m_deadline;
    QTimer m_again;
    std::chrono::milliseconds m_pause{50}; // before the next look
};

/// Where the program with the whole core in it is: beside this one, or in libexec.
[[nodiscard]] QString ownerProgram();
/// $XDG_STATE_HOME/paddock/log/serve.log
[[nodiscard]] QString ownerLog(const XdgPaths &paths);

} // namespace paddock::ctl
