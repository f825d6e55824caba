// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A diff of an agent's files, whole, cut and against limits.

#include "core/git/Patch.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace paddock::git;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

qsizetype checkHunk(const Hunk &hunk)
{
    qint64 oldNumber = hunk.oldStart + (hunk.oldLines == 0 ? 1 : 0);
    qint64 newNumber = hunk.newStart + (hunk.newLines == 0 ? 1 : 0);
    const qint64 oldEnd = oldNumber + hunk.oldLines;
    const qint64 newEnd = newNumber + hunk.newLines;
    for (const PatchLine &line : hunk.lines) {
        require(!line.text.contains('\n') && !line.text.contains('\0'));
        require(line.oldNumber == (line.kind == PatchLineKind::Added ? 0 : oldNumber++));
        require(line.newNumber == (line.kind == PatchLineKind::Removed ? 0 : newNumber++));
    }
    require(oldNumber == oldEnd && newNumber == newEnd && !hunk.lines.isEmpty());
    return hunk.lines.size();
}

qsizetype checkPatch(const Patch &patch)
{
    qsizetype lines = 0;
    for (const FilePatch &file : patch.files) {
        require(!file.path().isEmpty());
        require(!file.oldPath.contains('\0') && !file.newPath.contains('\0'));
        require(file.hunks.isEmpty() || !(file.binary || file.unmerged));
        require(!file.cut || (patch.cut && &file == &patch.files.constLast()));
        for (const Hunk &hunk : file.hunks)
            lines += checkHunk(hunk);
    }
    return lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto whole = parsePatch(text);
    const auto cut = parsePatch(text, Tail::MayBeCut);
    const auto limited = parsePatch(text, Tail::Complete, {.files = 2, .lines = 4});
    if (whole) {
        // Whoever takes cut texts takes this one too, and sees no more in it.
        require(!whole->cut && cut && cut->cut && checkPatch(*cut) <= checkPatch(*whole));
        require(cut->files.size() <= whole->files.size());
    } else if (cut) {
        checkPatch(*cut);
    }
    if (limited)
        require(limited->files.size() <= 2 && checkPatch(*limited) <= 4);
    return 0;
}
