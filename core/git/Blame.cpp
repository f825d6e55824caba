// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Blame.h"

#include "core/git/Alternates.h"
#include "core/git/NulFields.h"

#include <algorithm>
#include <optional>

namespace paddock::git {

namespace {

constexpr qsizetype kMaxText = 500;

/// "<id> <original line> <line> <count>"
std::optional<BlameRange> rangeOf(const QByteArray &line, int maxLines)
{
    const auto parts = line.split(' ');
    if (parts.size() != 4)
        return std::nullopt;
    const auto id = Oid::fromHex(parts[0]);
    BlameRange range;
    bool ok[3] = {};
    range.originalLine = parts[1].toInt(&ok[0]);
    range.line = parts[2].toInt(&ok[1]);
    range.count = parts[3].toInt(&ok[2]);
    if (!id || id->isNull() || !ok[0] || !ok[1] || !ok[2] || range.originalLine < 1 ||
        range.line < 1 || range.count < 1 || range.count > maxLines ||
        range.line > maxLines - range.count + 1)
        return std::nullopt;
    range.commit = *id;
    return range;
}

/// One "key value" line of a commit; false for a number that is none.
bool take(BlameCommit &commit, const QByteArray &key, const QByteArray &value)
{
    if (key == "author") {
        commit.author.name = QString::fromUtf8(value.left(kMaxText));
    } else if (key == "author-mail") {
        QByteArray email = value.left(kMaxText);
        if (email.startsWith('<') && email.endsWith('>'))
            email = email.mid(1, email.size() - 2);
        commit.author.email = QString::fromUtf8(email);
    } else if (key == "author-time") {
        bool ok = false;
        commit.author.time = value.toLongLong(&ok);
        return ok;
    } else if (key == "summary") {
        commit.subject = QString::fromUtf8(value.left(kMaxText));
    } else if (key == "boundary") {
        commit.isBoundary = true;
    }
    return true;
}

} // namespace

const BlameRange *Blame::at(int line) const
{
    auto after = std::upper_bound(
        ranges.begin(), ranges.end(), line, [](int wanted, const BlameRange &range) {
            return wanted < range.line;
        });
    if (after == ranges.begin())
        return nullptr;
    --after;
    return line < after->line + after->count ? &*after : nullptr;
}

Result<Blame> parseBlame(const QByteArray &text, int maxLines, Tail tail)
{
    Blame blame;
    std::optional<BlameRange> range;
    qint64 lines = 0;
    for (qsizetype at = 0; at < text.size();) {
        const qsizetype end = text.indexOf('\n', at);
        if (end < 0) {
            if (tail == Tail::MayBeCut)
                break;
            return detail::malformed("blame", QByteArrayView(text).sliced(at));
        }
        const QByteArray line = text.mid(at, end - at);
        at = end + 1;
        if (!range) {
            range = rangeOf(line, maxLines);
            if (!range)
                return detail::malformed("blame", line);
            lines += range->count;
            if (lines > maxLines) // git names each line once
                return detail::malformed("blame", line);
            continue;
        }
        const qsizetype space = line.indexOf(' ');
        const QByteArray key = space < 0 ? line : line.left(space);
        const QByteArray value = space < 0 ? QByteArray() : line.mid(space + 1);
        if (key == "filename") { // the last line of each
            range->originalPath = unquotePath(value);
            if (range->originalPath.isEmpty())
                return detail::malformed("blame", line);
            blame.commits[range->commit]; // known, whatever was said about it
            blame.ranges += *range;
            range.reset();
        } else if (!take(blame.commits[range->commit], key, value)) {
            return detail::malformed("blame", line);
        }
    }
    if (range && tail == Tail::Complete)
        return detail::malformed("blame", text.right(80));
    blame.truncated = tail == Tail::MayBeCut;
    std::sort(blame.ranges.begin(), blame.ranges.end(), [](const auto &a, const auto &b) {
        return a.line < b.line;
    });
    for (qsizetype i = 1; i < blame.ranges.size(); ++i) {
        const BlameRange &before = blame.ranges[i - 1];
        if (before.line + before.count > blame.ranges[i].line)
            return detail::malformed("blame", "overlap");
    }
    return blame;
}

} // namespace paddock::git
