// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/treeworker/WatchedTree.h"

#include <chrono>
#include <memory>
#include <optional>

namespace paddock::treeworker {

/// Answers the owner on a socket until it goes: one tree, one request after the other. Blocks; one
/// thread.
class Worker
{
public:
    /// \a socket: connected stream socket, borrowed.
    explicit Worker(int socket)
        : m_socket(socket)
    {
    }

    /// Exit code: 0 when the owner is gone, 2 when it sends what cannot be read.
    [[nodiscard]] int run();

private:
    [[nodiscard]] bool receive();
    [[nodiscard]] bool handle(const worktrees::TreeFrame &frame);
    [[nodiscard]] bool
    send(worktrees::TreeFrameKind kind, quint32 request, const QByteArray &payload);
    void noticeMoves();
    [[nodiscard]] int patience() const;

    int m_socket;
    worktrees::TreeFrameReader m_reader;
    std::unique_ptr<WatchedTree> m_tree;
    bool m_isBroken = false;
    bool m_hasTold = true; ///< that something moved, since the last answer
    std::optional<std::chrono::steady_clock::time_point> m_tellAt;
};

} // namespace paddock::treeworker
