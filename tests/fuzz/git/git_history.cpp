// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What git prints about history, and lines of an agent's files, through every reader. The first
// byte says which.

#include "core/git/Blame.h"
#include "core/git/DiffStream.h"
#include "core/git/Graph.h"
#include "core/git/Log.h"
#include "core/git/Refs.h"
#include "core/git/WordDiff.h"

#include <algorithm>
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

/// Ascending, apart, inside of the line.
void requireRanges(const QList<WordRange> &ranges, qsizetype size)
{
    qsizetype end = -1;
    for (const WordRange &range : ranges) {
        require(range.start > end && range.length > 0);
        end = range.start + range.length;
        require(end <= size);
    }
}

/// What is left of a line without the ranges.
QByteArray without(QByteArrayView line, const QList<WordRange> &ranges)
{
    QByteArray rest = line.toByteArray();
    for (auto range = ranges.crbegin(); range != ranges.crend(); ++range)
        rest.remove(range->start, range->length);
    return rest;
}

void log(const QByteArray &text)
{
    const auto whole = parseLog(text);
    const auto cut = parseLog(text, Tail::MayBeCut);
    if (!whole)
        return;
    require(cut && *cut == *whole);
    for (const Commit &commit : *whole)
        require(!commit.id.isNull() && commit.subject.size() <= 500);
    const auto rows = layOutGraph(*whole, 8);
    require(rows.size() == whole->size());
    for (const GraphRow &row : rows) {
        require(row.lane >= 0 && row.lane < 8 && row.width <= 8);
        for (const GraphLine &line : row.lines)
            require(line.from >= 0 && line.from < row.width && line.to >= 0 && line.to < row.width);
    }
}

void diff(const QByteArray &text)
{
    const DiffLimits limits{.text = 500, .fileText = 200, .files = 10};
    DiffStream whole(limits);
    const bool isRead = whole.feed(text);
    const auto content = whole.finish(Tail::Complete);
    DiffStream pieces(limits);
    bool areRead = true;
    for (qsizetype at = 0; at < text.size() && areRead; at += 5)
        areRead =
            pieces.feed(QByteArrayView(text).sliced(at, std::min<qsizetype>(5, text.size() - at)));
    require(!isRead || areRead);
    const auto same = pieces.finish(Tail::Complete);
    require(content.has_value() == same.has_value());
    if (!content)
        return;
    require(*content == *same);
    require(content->text.size() <= limits.text && content->entries.size() <= limits.files);
    for (const DiffEntry &entry : content->entries)
        require(!entry.path.isEmpty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const QByteArray text(reinterpret_cast<const char *>(data + 1),
                          static_cast<qsizetype>(size - 1));
    switch (data[0] % 5) {
    case 0:
        log(text);
        break;
    case 1:
        if (const auto blame = parseBlame(text, 1000)) {
            for (const BlameRange &range : blame->ranges) {
                require(range.line >= 1 && range.count >= 1 && range.line + range.count <= 1001);
                require(blame->at(range.line) == &range && blame->commits.contains(range.commit));
            }
        }
        break;
    case 2:
        if (const auto refs = parseRefs(text)) {
            for (const Ref &ref : *refs)
                require(ref.name.startsWith("refs/") && !ref.id.isNull());
            require(parseRefs(text, Tail::MayBeCut) == refs);
        }
        break;
    case 3:
        diff(text);
        break;
    default: {
        const QByteArrayView all(text);
        const qsizetype middle = text.contains('\n') ? text.indexOf('\n') : text.size() / 2;
        const QByteArrayView before = all.first(middle);
        const QByteArrayView after = all.sliced(middle);
        const WordDiff diff = diffWords(before, after);
        requireRanges(diff.removed, before.size());
        requireRanges(diff.added, after.size());
        require(without(before, diff.removed) == without(after, diff.added));
        break;
    }
    }
    return 0;
}
