// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"
#include "core/git/Porcelain.h"

#include <QByteArray>
#include <QList>

namespace paddock::git {

enum class PatchLineKind { Context, Added, Removed };

/// One line of a hunk. Untrusted bytes.
struct PatchLine
{
    PatchLineKind kind = PatchLineKind::Context;
    QByteArray text{};           ///< without the line feed; a carriage return before it is kept
    bool noNewlineAtEnd = false; ///< the last line of its file, which ends without a line feed
    qint64 oldNumber = 0;        ///< counted from 1; 0: not in the old file
    qint64 newNumber = 0;        ///< likewise
    bool operator==(const PatchLine &) const = default;
};

struct Hunk
{
    qint64 oldStart = 0; ///< as printed: with oldLines 0 it is the line before the hunk
    qint64 oldLines = 0;
    qint64 newStart = 0;
    qint64 newLines = 0;
    QByteArray section{}; ///< what git prints behind the second @@: a guess at the function
    QList<PatchLine> lines{};
    bool operator==(const Hunk &) const = default;
};

/// What a patch says about one file.
struct FilePatch
{
    QByteArray oldPath{}; ///< empty: the file is new
    QByteArray newPath{}; ///< empty: the file is gone
    quint32 oldMode = 0;  ///< as git's (0100644, 0120000 ...); 0: absent, or not said (see below)
    quint32 newMode = 0;  ///< a rename or copy without another change says neither mode nor id
    Oid oldId{};          ///< null: absent, or not said
    Oid newId{};
    int similarity = 0;    ///< per cent, of a rename or copy
    bool copied = false;   ///< a copy: oldPath is still there
    bool binary = false;   ///< no hunks: git says so, or a line holds a NUL
    bool unmerged = false; ///< no hunks: the index holds several versions of it
    bool cut = false;      ///< hunks are missing at the end (see Patch::cut)
    QList<Hunk> hunks{};

    [[nodiscard]] const QByteArray &path() const { return newPath.isEmpty() ? oldPath : newPath; }
    [[nodiscard]] bool isNew() const { return oldPath.isEmpty(); }
    [[nodiscard]] bool isDeleted() const { return newPath.isEmpty(); }
    [[nodiscard]] bool isRenamed() const { return similarity > 0 && !copied; }
    bool operator==(const FilePatch &) const = default;
};

struct Patch
{
    QList<FilePatch> files{};
    bool cut = false; ///< the text, or what a limit leaves of it, ends before the patch does
    bool operator==(const Patch &) const = default;
};

struct PatchLimits
{
    qsizetype files = 50'000;
    qsizetype lines = 500'000; ///< of all hunks together; about 100 bytes of memory each
};

/// Reads a unified diff as the git program prints it in our form: -p --full-index --no-color with
/// the prefixes a/ and b/, without --binary. Pure. The text comes from an agent's files: names and
/// lines are bytes, whatever git would not print is ErrorKind::ProtocolError.
///
/// With Tail::MayBeCut, and at a limit, the patch ends with the last hunk (or the last file without
/// hunks) that is known to be whole because of what follows it, and Patch::cut is set: a hunk at
/// the very end of a cut text may have lost the mark for a missing line feed.
[[nodiscard]] Result<Patch>
parsePatch(const QByteArray &text, Tail tail = Tail::Complete, const PatchLimits &limits = {});

} // namespace paddock::git
