// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace paddock::worktrees {

/// Where a session works.
enum class Checkout {
    Worktree,     ///< a worktree of its own, writable
    MainReadOnly, ///< the main checkout, read-only (explore)
    /// The main checkout, writable: the person's own files. Its HEAD and index stay the person's;
    /// the agent's commits go to the session's branch, and the session has an index of its own.
    MainReadWrite,
};

/// In the store and in JSON.
[[nodiscard]] inline QString checkoutName(Checkout checkout)
{
    switch (checkout) {
    case Checkout::Worktree:
        return QStringLiteral("worktree");
    case Checkout::MainReadOnly:
        return QStringLiteral("main-read-only");
    case Checkout::MainReadWrite:
        return QStringLiteral("main-read-write");
    }
    Q_UNREACHABLE();
}

[[nodiscard]] inline std::optional<Checkout> checkoutFromName(QStringView name)
{
    for (const Checkout checkout :
         {Checkout::Worktree, Checkout::MainReadOnly, Checkout::MainReadWrite}) {
        if (name == checkoutName(checkout))
            return checkout;
    }
    return std::nullopt;
}

} // namespace paddock::worktrees
