// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"

#include <QByteArray>
#include <QList>

/// Readers of what the git program prints with -z. Pure; they never trust the text: anything
/// unexpected is ErrorKind::ProtocolError, names are bytes. A text that was cut (GitOutput::
/// truncated) is read up to its last whole record when Tail::MayBeCut is given.
namespace paddock::git {

enum class Tail { Complete, MayBeCut };

struct StatusEntry
{
    QByteArray path{};
    QByteArray oldPath{}; ///< of a rename or copy
    char index = '.';     ///< as in git-status(1): . M T A D R C U ? !
    char worktree = '.';
    bool operator==(const StatusEntry &) const = default;
};

/// git status --porcelain=v2 -z
[[nodiscard]] Result<QList<StatusEntry>> parseStatus(const QByteArray &text,
                                                     Tail tail = Tail::Complete);

struct NumstatEntry
{
    QByteArray path{};
    QByteArray oldPath{};
    qint64 added = 0; ///< -1: binary
    qint64 removed = 0;
    bool operator==(const NumstatEntry &) const = default;
};

/// git diff --numstat -z
[[nodiscard]] Result<QList<NumstatEntry>> parseNumstat(const QByteArray &text,
                                                       Tail tail = Tail::Complete);

struct RawDiffEntry
{
    quint32 oldMode = 0; ///< as git's: 0100644, 0120000 (symlink), 0160000 (gitlink); 0: absent
    quint32 newMode = 0;
    Oid oldId{};
    Oid newId{};
    char status = '?';
    QByteArray path{};
    bool operator==(const RawDiffEntry &) const = default;
};

/// git diff-tree -r -z --raw --no-renames --no-abbrev
[[nodiscard]] Result<QList<RawDiffEntry>> parseRawDiff(const QByteArray &text);

struct RefLine
{
    QByteArray name{}; ///< unchecked
    Oid id{};
    bool operator==(const RefLine &) const = default;
};

/// git show-ref --head: one "<id> <name>" a line.
[[nodiscard]] Result<QList<RefLine>> parseRefLines(const QByteArray &text, int limit);

} // namespace paddock::git
