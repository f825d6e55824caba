// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"

#include <QByteArray>
#include <QList>

namespace paddock::git {

/// One file that a merge could not decide. Names are bytes of the trees: untrusted.
struct MergeConflict
{
    enum class Kind {
        Content,       ///< both sides changed the same lines
        AddAdd,        ///< both sides added the file, differently
        ModifyDelete,  ///< one side changed it, the other deleted it
        RenameDelete,  ///< one side renamed it, the other deleted it
        RenameRename,  ///< both sides renamed it, differently
        Rename,        ///< renames that meet in one place, or a folder that was renamed
        FileDirectory, ///< a file on one side, a folder on the other
        Mode,          ///< a file, a link or a submodule on either side
        Binary,        ///< both sides changed it, and it is no text
        Submodule,
        Other,
    };
    Kind kind = Kind::Other;
    QByteArray path{};
    QByteArray message{}; ///< git's sentence
    Oid base{};           ///< the file as it was; null: it did not exist
    Oid ours{};           ///< as the branch has it that is merged into
    Oid theirs{};         ///< as the other side has it
    QByteArray text{};    ///< filled by whoever reads it: the file with conflict marks, bounded
    bool textTruncated = false;
    bool operator==(const MergeConflict &) const = default;
};

/// Kebab-case name for records and JSON: "modify-delete".
[[nodiscard]] QString mergeConflictName(MergeConflict::Kind kind);

struct MergeAnswer
{
    Oid tree{}; ///< with conflicts: files in it hold conflict marks
    QList<MergeConflict> conflicts{};
};

/// Reads git merge-tree --write-tree -z --messages. A file with several reasons is named once, by
/// the first. ProtocolError if it is something else.
[[nodiscard]] Result<MergeAnswer> parseMergeAnswer(const QByteArray &text);

} // namespace paddock::git
