// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/WordDiff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace paddock::git {

namespace {

constexpr qsizetype kMaxLine = 64 * 1024;
constexpr std::size_t kMaxWords = 2000;      // that differ, of one line
constexpr std::size_t kMaxCells = 1'000'000; // of the table of the longest common sequence
// Less than that in common is read better as a line that was replaced.
constexpr qsizetype kMinCommonPercent = 20;

enum class Kind { Word, Blank, Other };

Kind kindOf(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
        (byte >= 'A' && byte <= 'Z') || byte == '_')
        return Kind::Word;
    return byte == ' ' || byte == '\t' ? Kind::Blank : Kind::Other;
}

std::vector<QByteArrayView> wordsOf(QByteArrayView line)
{
    std::vector<QByteArrayView> words;
    for (qsizetype at = 0; at < line.size();) {
        const Kind kind = kindOf(line[at]);
        qsizetype end = at + 1;
        while (kind != Kind::Other && end < line.size() && kindOf(line[end]) == kind)
            ++end;
        words.push_back(line.sliced(at, end - at));
        at = end;
    }
    return words;
}

/// Adds \a word to the ranges, joined with the last one if it follows it.
void mark(QList<WordRange> &ranges, QByteArrayView line, QByteArrayView word)
{
    const qsizetype start = word.data() - line.data();
    if (!ranges.isEmpty() && ranges.last().start + ranges.last().length == start)
        ranges.last().length += word.size();
    else
        ranges.append({.start = start, .length = word.size()});
}

WordDiff whole(QByteArrayView before, QByteArrayView after)
{
    WordDiff diff{.isWholeLine = true};
    if (!before.isEmpty())
        diff.removed.append({.start = 0, .length = before.size()});
    if (!after.isEmpty())
        diff.added.append({.start = 0, .length = after.size()});
    return diff;
}

} // namespace

WordDiff diffWords(QByteArrayView before, QByteArrayView after)
{
    if (before == after)
        return {};
    if (before.size() > kMaxLine || after.size() > kMaxLine)
        return whole(before, after);
    const auto old = wordsOf(before);
    const auto now = wordsOf(after);
    std::size_t first = 0;
    while (first < old.size() && first < now.size() && old[first] == now[first])
        ++first;
    std::size_t last = 0;
    while (last < old.size() - first && last < now.size() - first &&
           old[old.size() - 1 - last] == now[now.size() - 1 - last])
        ++last;
    const std::size_t rows = old.size() - first - last;
    const std::size_t columns = now.size() - first - last;
    if (rows > kMaxWords || columns > kMaxWords || rows * columns > kMaxCells)
        return whole(before, after);

    // Longest common sequence of what is between: lengths for each pair of tails.
    const std::size_t stride = columns + 1;
    std::vector<std::uint16_t> lengths((rows + 1) * stride, 0);
    for (std::size_t i = rows; i-- > 0;) {
        for (std::size_t j = columns; j-- > 0;) {
            lengths[i * stride + j] =
                old[first + i] == now[first + j]
                    ? static_cast<std::uint16_t>(lengths[(i + 1) * stride + j + 1] + 1)
                    : std::max(lengths[(i + 1) * stride + j], lengths[i * stride + j + 1]);
        }
    }
    WordDiff diff;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < rows || j < columns) {
        if (i < rows && j < columns && old[first + i] == now[first + j]) {
            ++i;
            ++j;
        } else if (j >= columns ||
                   (i < rows && lengths[(i + 1) * stride + j] >= lengths[i * stride + j + 1])) {
            mark(diff.removed, before, old[first + i++]);
        } else {
            mark(diff.added, after, now[first + j++]);
        }
    }
    qsizetype removed = 0;
    for (const WordRange &range : diff.removed)
        removed += range.length;
    if (!before.isEmpty() && !after.isEmpty() &&
        (before.size() - removed) * 100 < before.size() * kMinCommonPercent)
        return whole(before, after);
    return diff;
}

} // namespace paddock::git
