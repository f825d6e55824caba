// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Porcelain.h"

#include "core/git/NulFields.h"

#include <QCoreApplication>

#include <optional>

namespace paddock::git {

tl::unexpected<Error> detail::malformed(const char *command, QByteArrayView near)
{
    return fail(
        Error(ErrorKind::ProtocolError,
              QCoreApplication::translate("Porcelain", "The answer of git %1 could not be read.")
                  .arg(QLatin1String(command)))
            .withDetail(QString::fromUtf8(near.first(std::min<qsizetype>(near.size(), 80)))));
}

namespace {

using detail::malformed;
using detail::NulFields;

/// The part of \a record behind its \a count-th space; nothing if it has fewer or the rest is
/// empty.
std::optional<QByteArray> afterSpaces(const QByteArray &record, int count)
{
    qsizetype at = -1;
    for (int i = 0; i < count; ++i) {
        at = record.indexOf(' ', at + 1);
        if (at < 0)
            return std::nullopt;
    }
    if (at + 1 >= record.size())
        return std::nullopt;
    return record.mid(at + 1);
}

bool isStatusLetter(char c)
{
    return QByteArrayView(".MTADRCU").contains(c);
}

std::optional<qint64> lineCount(const QByteArray &text)
{
    if (text == "-")
        return -1;
    bool ok = false;
    const qint64 value = text.toLongLong(&ok);
    return ok && value >= 0 ? std::optional(value) : std::nullopt;
}

} // namespace

Result<QList<StatusEntry>> parseStatus(const QByteArray &text, Tail tail)
{
    QList<StatusEntry> entries;
    NulFields fields(text);
    while (!fields.atEnd()) {
        const auto record = fields.next();
        if (!record) {
            if (tail == Tail::MayBeCut)
                break;
            return malformed("status",
                             QByteArrayView(text).last(std::min<qsizetype>(80, text.size())));
        }
        if (record->size() < 3 || record->at(1) != ' ')
            return malformed("status", *record);
        StatusEntry entry;
        std::optional<QByteArray> path;
        switch (record->at(0)) {
        case '#': // headers are not asked for
            continue;
        case '?':
        case '!':
            entry.index = entry.worktree = record->at(0);
            path = record->mid(2);
            break;
        case '1':
            path = afterSpaces(*record, 8);
            break;
        case '2':
            path = afterSpaces(*record, 9);
            break;
        case 'u':
            path = afterSpaces(*record, 10);
            break;
        default:
            return malformed("status", *record);
        }
        if (!path || path->isEmpty())
            return malformed("status", *record);
        entry.path = *path;
        if (record->at(0) == '1' || record->at(0) == '2' || record->at(0) == 'u') {
            if (record->size() < 4 || !isStatusLetter(record->at(2)) ||
                !isStatusLetter(record->at(3)))
                return malformed("status", *record);
            entry.index = record->at(2);
            entry.worktree = record->at(3);
        }
        if (record->at(0) == '2') {
            const auto old = fields.next();
            if (!old && tail == Tail::MayBeCut)
                break;
            if (!old || old->isEmpty())
                return malformed("status", *record);
            entry.oldPath = *old;
        }
        entries.append(entry);
    }
    return entries;
}

Result<QList<NumstatEntry>> parseNumstat(const QByteArray &text, Tail tail)
{
    QList<NumstatEntry> entries;
    NulFields fields(text);
    while (!fields.atEnd()) {
        const auto record = fields.next();
        if (!record) {
            if (tail == Tail::MayBeCut)
                break;
            return malformed("diff",
                             QByteArrayView(text).last(std::min<qsizetype>(80, text.size())));
        }
        const qsizetype first = record->indexOf('\t');
        const qsizetype second = first < 0 ? -1 : record->indexOf('\t', first + 1);
        if (second < 0)
            return malformed("diff", *record);
        const auto added = lineCount(record->left(first));
        const auto removed = lineCount(record->mid(first + 1, second - first - 1));
        if (!added || !removed)
            return malformed("diff", *record);
        NumstatEntry entry{.path = record->mid(second + 1), .added = *added, .removed = *removed};
        if (entry.path.isEmpty()) { // a rename: both names follow
            const auto oldPath = fields.next();
            const auto newPath = fields.next();
            if ((!oldPath || !newPath) && tail == Tail::MayBeCut)
                break;
            if (!oldPath || !newPath || oldPath->isEmpty() || newPath->isEmpty())
                return malformed("diff", *record);
            entry.oldPath = *oldPath;
            entry.path = *newPath;
        }
        entries.append(entry);
    }
    return entries;
}

Result<QList<RawDiffEntry>> parseRawDiff(const QByteArray &text)
{
    QList<RawDiffEntry> entries;
    NulFields fields(text);
    while (!fields.atEnd()) {
        const auto record = fields.next();
        const auto path = fields.next();
        if (!record || !path || path->isEmpty() || !record->startsWith(':'))
            return malformed("diff-tree", record.value_or(text.left(80)));
        const auto parts = record->mid(1).split(' ');
        if (parts.size() != 5 || parts[4].size() != 1)
            return malformed("diff-tree", *record);
        bool oldOk = false;
        bool newOk = false;
        RawDiffEntry entry{.oldMode = parts[0].toUInt(&oldOk, 8),
                           .newMode = parts[1].toUInt(&newOk, 8),
                           .status = parts[4].at(0),
                           .path = *path};
        const auto oldId = Oid::fromHex(parts[2]);
        const auto newId = Oid::fromHex(parts[3]);
        if (!oldOk || !newOk || !oldId || !newId)
            return malformed("diff-tree", *record);
        entry.oldId = *oldId;
        entry.newId = *newId;
        entries.append(entry);
    }
    return entries;
}

Result<QList<RefLine>> parseRefLines(const QByteArray &text, int limit)
{
    QList<RefLine> lines;
    for (qsizetype at = 0; at < text.size();) {
        const qsizetype end = text.indexOf('\n', at);
        if (end < 0)
            return malformed("show-ref", QByteArrayView(text).sliced(at));
        const QByteArray line = text.mid(at, end - at);
        at = end + 1;
        const qsizetype space = line.indexOf(' ');
        const auto id = Oid::fromHex(line.left(std::max<qsizetype>(space, 0)));
        if (!id || id->isNull() || space + 1 >= line.size())
            return malformed("show-ref", line);
        if (lines.size() >= limit)
            return fail(ErrorKind::FileTooLarge,
                        QCoreApplication::translate("Porcelain", "There are more than %1 refs.")
                            .arg(limit));
        lines.append({.name = line.mid(space + 1), .id = *id});
    }
    return lines;
}

} // namespace paddock::git
