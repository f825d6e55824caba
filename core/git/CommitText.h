// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace paddock::git {

/// A commit object as text. Author, committer and message are bytes in the commit's own encoding;
/// they are untrusted and are carried over unchanged. Value type.
struct CommitText
{
    Oid tree{};
    QList<Oid> parents{};
    QByteArray author{};    ///< "Name <email> seconds zone"
    QByteArray committer{}; ///< likewise
    QByteArray encoding{};  ///< empty: UTF-8
    QByteArray message{};

    /// What hash-object -t commit takes.
    [[nodiscard]] QByteArray toBytes() const;
    /// The first line of the message, at most 500 characters; untrusted.
    [[nodiscard]] QString subject() const;
    bool operator==(const CommitText &) const = default;
};

/// Reads what cat-file prints for a commit. Signatures and other headers are left out: they would
/// not hold for a commit that is made anew. ProtocolError if it is none.
[[nodiscard]] Result<CommitText> parseCommit(const QByteArray &text);

/// "Name <email> seconds zone" with the present time; what would break the line is left out of the
/// names.
[[nodiscard]] QByteArray signatureLine(const QString &name, const QString &email);

} // namespace paddock::git
