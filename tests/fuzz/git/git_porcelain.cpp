// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What git prints about an agent's files, through every reader of it. The first byte says which.

#include "core/git/Alternates.h"
#include "core/git/Porcelain.h"
#include "core/git/RefName.h"

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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const QByteArray text(reinterpret_cast<const char *>(data + 1),
                          static_cast<qsizetype>(size - 1));
    switch (data[0] % 6) {
    case 0: {
        const auto whole = parseStatus(text);
        const auto cut = parseStatus(text, Tail::MayBeCut);
        // Whoever may be cut takes all that a strict reader takes, and reads the same.
        if (whole)
            require(cut && *cut == *whole);
        if (cut) {
            for (const StatusEntry &entry : *cut)
                require(!entry.path.isEmpty() && !entry.path.contains('\0'));
        }
        break;
    }
    case 1: {
        const auto whole = parseNumstat(text);
        const auto cut = parseNumstat(text, Tail::MayBeCut);
        if (whole)
            require(cut && *cut == *whole);
        break;
    }
    case 2:
        if (const auto entries = parseRawDiff(text)) {
            for (const RawDiffEntry &entry : *entries)
                require(!entry.path.isEmpty());
        }
        break;
    case 3:
        if (const auto refs = parseRefLines(text, 100)) {
            require(refs->size() <= 100);
            for (const RefLine &ref : *refs)
                require(!ref.id.isNull() && !ref.name.isEmpty() && !ref.name.contains('\n'));
        }
        break;
    case 4:
        if (isSafeRefName(text))
            require(text.startsWith("refs/") && !text.contains("..") && !text.contains('\n') &&
                    !text.contains(' ') && !text.endsWith('/') && text.size() <= 200);
        break;
    default:
        require(unquotePath(quotePath(text)) == text);
        break;
    }
    return 0;
}
