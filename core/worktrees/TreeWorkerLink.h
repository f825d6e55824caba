// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/worktrees/TreeFrames.h"

#include <QLocalSocket>
#include <QObject>
#include <QProcess>
#include <QTimer>

#include <chrono>
#include <deque>
#include <memory>

namespace paddock::worktrees {

struct TreeWorkerOptions
{
    QString program{}; ///< empty: paddock-tree-worker beside the running program, else in libexec
    quint32 maxWatches = 60'000; ///< folders
    std::chrono::milliseconds lookTime{20'000};
    std::chrono::seconds sweep{30};                  ///< see TreeOpen::sweepSeconds
    std::chrono::milliseconds restartAfter{500};     ///< after a failure; doubles up to a minute
    std::chrono::milliseconds unwatchedEvery{5'000}; ///< how often a tree without watches is named
                                                     ///< as changed
};

/// One paddock-tree-worker: started with a socket as standard input, no environment, limits on
/// memory and descriptors, without a way to more privileges, in a process group of its own, ended
/// with this process. What takes longer than it may, or says what cannot be read, is killed and
/// started again after a while. Main thread.
class TreeWorkerLink : public QObject
{
    Q_OBJECT

public:
    explicit TreeWorkerLink(TreeWorkerOptions options, QObject *parent = nullptr);
    ~TreeWorkerLink() override;

    /// Starts the worker on a tree. A failure shows in look() and in ended().
    void start(const TreeOpen &tree);
    [[nodiscard]] bool isStarted() const { return m_wanted; }
    /// Running, or being started; false while it waits for the next attempt.
    [[nodiscard]] bool isUp() const { return m_process != nullptr; }
    [[nodiscard]] qint64 processId() const { return m_process ? m_process->processId() : 0; }
    void stop();

    /// SecurityViolation: special files, named in the detail, one a line, stand in the way.
    /// CommandTimeout, ProtocolError, ConnectionLost (the worker ended), NotInitialized (not up).
    [[nodiscard]] Pending<TreeAnswer> look(const QByteArray &head);

Q_SIGNALS:
    /// Something moved since the last answer. Once, until the next look.
    void changed();
    /// The worker is gone, against our will.
    void ended(const paddock::Error &why);

private:
    struct Request
    {
        quint32 number = 0;
        Promise<TreeAnswer> promise;
    };

    void startProcess();
    void receive();
    [[nodiscard]] Result<Done> handle(const TreeFrame &frame);
    void send(TreeFrameKind kind, quint32 request, const QByteArray &payload);
    void watchTheClock();
    void fail(const Error &why);
    void drop();

    TreeWorkerOptions m_options;
    TreeOpen m_tree;
    bool m_wanted = false;
    bool m_isOpen = false;
    bool m_mayTell = false;
    std::unique_ptr<QProcess> m_process;
    std::unique_ptr<QLocalSocket> m_socket;
    TreeFrameReader m_reader;
    std::deque<Request> m_requests;
    quint32 m_lastRequest = 0;
    QTimer m_clock;
    QTimer m_restart;
    std::chrono::milliseconds m_delay;
};

} // namespace paddock::worktrees
