// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"
#include "core/git/Porcelain.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

#include <optional>

namespace paddock::git {

struct Ref
{
    enum class Kind {
        Branch,
        RemoteBranch,
        Tag,
        SessionBranch, ///< refs/heads/paddock/…
        Session,       ///< refs/paddock/<session>/…: what an agent has besides
        Backup,        ///< refs/paddock/backup/…: replaced tips
        Other,
    };
    Kind kind = Kind::Other;
    QByteArray name{};     ///< full; untrusted bytes below refs/paddock/<session>/
    Oid id{};              ///< of the ref itself
    Oid commit{};          ///< where it leads, an annotated tag peeled; null: not to a commit
    QByteArray symbolic{}; ///< the ref it stands for; else empty
    qint64 time = 0;       ///< of the commit or tag, seconds since 1970
    QString subject{};     ///< untrusted
    std::optional<int>
        ahead{}; ///< commits that the one compared with has not; filled by the reader
    std::optional<int> behind{};
    bool operator==(const Ref &) const = default;
    /// The name without "refs/heads/" and the like.
    [[nodiscard]] QByteArray shortName() const;
};

/// Arguments of git for-each-ref for parseRefs(), newest first, at most \a count.
[[nodiscard]] QStringList refsArguments(int count);

/// Reads what it printed. Refs that only keep objects alive are left out. Pure; trusts nothing of
/// it. ProtocolError.
[[nodiscard]] Result<QList<Ref>> parseRefs(const QByteArray &text, Tail tail = Tail::Complete);

} // namespace paddock::git
