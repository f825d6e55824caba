// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Patch.h"

#include <QByteArrayList>
#include <QSet>
#include <QString>

namespace paddock::worktrees {

/// What a person has marked as reviewed in one session. A mark belongs to content: the path and the
/// lines that a hunk takes away and adds. So it stays when lines move, and is gone when the content
/// changes. Value type; load() and save() on worker threads.
class ReviewMarks
{
public:
    /// From the session's folder; empty if there is nothing. A damaged file is put aside (see
    /// notice()). StoreNewer if a newer Paddock wrote it.
    [[nodiscard]] static Result<ReviewMarks> load(const QString &sessionFolder);
    [[nodiscard]] Result<Done> save(const QString &sessionFolder) const;

    /// One key for each hunk of \a file, in order, and one more for a rename, a change of mode or a
    /// new file that is more than plain; a binary file or one without hunks has that one only.
    [[nodiscard]] static QByteArrayList keysOf(const git::FilePatch &file);

    [[nodiscard]] bool isReviewed(const QByteArray &key) const { return m_known.contains(key); }
    /// Every hunk is.
    [[nodiscard]] bool isReviewed(const git::FilePatch &file) const;
    /// Only keys as keysOf() makes them are taken. The oldest marks go beyond 50,000.
    void mark(const QByteArrayList &keys, bool reviewed);
    [[nodiscard]] qsizetype count() const { return m_order.size(); }
    /// A sentence for the person about what load() found; mostly empty.
    [[nodiscard]] const QString &notice() const { return m_notice; }

private:
    QSet<QByteArray> m_known;
    QByteArrayList m_order; // oldest first
    QString m_notice;
};

} // namespace paddock::worktrees
