// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"
#include "core/git/Porcelain.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::git {

/// Who made a commit, and when, by their own account: untrusted.
struct Signature
{
    QString name{};
    QString email{};
    qint64 time = 0; ///< seconds since 1970
    bool operator==(const Signature &) const = default;
};

struct Commit
{
    Oid id{};
    QList<Oid> parents{};
    Signature author{};
    Signature committer{};
    QString subject{};  ///< untrusted; at most some hundred characters
    QString body{};     ///< what follows it; untrusted
    bool isCut = false; ///< the message was longer than is kept
    QByteArray path{};  ///< of a history of one file: its name in this commit, untrusted bytes
    bool operator==(const Commit &) const = default;
};

struct LogOptions
{
    QList<Oid> from{};  ///< tips; what they reach
    QList<Oid> notIn{}; ///< without what these reach
    QByteArray path{};  ///< only commits that change it, followed through renames
    int count = 200;
    int skip = 0; ///< for the next page of the same list
};

/// Arguments of git log for parseLog(); the path goes into GitRequest::paths. Topological order,
/// children first.
[[nodiscard]] QStringList logArguments(const LogOptions &options);

/// Reads what git log printed for logArguments(). Pure; trusts nothing of it. ProtocolError.
[[nodiscard]] Result<QList<Commit>> parseLog(const QByteArray &text, Tail tail = Tail::Complete);

} // namespace paddock::git
