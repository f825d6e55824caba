// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/git/RepositoryInfo.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace paddock::worktrees {

/// Changes to refs of a project that happen all or not at all (git update-ref --stdin).
class RefTransaction
{
public:
    enum class Durability {
        Synced, ///< on the disk when commit() answers
        Lazy,   ///< may be lost when the machine stops
    };

    /// Sets \a name, whatever it was.
    void set(const QString &name, const git::Oid &value);
    /// Sets \a name if it is still \a expected; null: if it does not exist.
    void compareAndSet(const QString &name, const git::Oid &value, const git::Oid &expected);
    void remove(const QString &name);
    /// Removes \a name if it is still \a expected.
    void compareAndRemove(const QString &name, const git::Oid &expected);
    /// What the reflogs say; one line. "paddock" if it is not set.
    void setReason(const QString &reason) { m_reason = reason; }

    [[nodiscard]] bool isEmpty() const { return m_commands.isEmpty(); }
    /// Conflict if a compareAndSet() did not hold. Worker thread.
    [[nodiscard]] Result<Done> commit(const git::GitProcess &git,
                                      const git::RepositoryInfo &project,
                                      const CancelToken &cancel = {},
                                      Durability durability = Durability::Synced) const;

private:
    QByteArray m_commands;
    QString m_reason = QStringLiteral("paddock");
};

} // namespace paddock::worktrees
