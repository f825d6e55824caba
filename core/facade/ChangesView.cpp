// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ChangesView.h"

#include <QCryptographicHash>
#include <QHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::facade {

namespace {

constexpr qsizetype kIdLength = 12;

HunkLine::Kind kindOf(git::PatchLineKind kind)
{
    switch (kind) {
    case git::PatchLineKind::Context:
        return HunkLine::Kind::Context;
    case git::PatchLineKind::Added:
        return HunkLine::Kind::Added;
    case git::PatchLineKind::Removed:
        return HunkLine::Kind::Removed;
    }
    Q_UNREACHABLE();
}

Hunk hunkOf(const git::Hunk &hunk, const QString &id)
{
    Hunk shown{.id = id, .section = hunk.section};
    shown.lines.reserve(hunk.lines.size());
    for (const git::PatchLine &line : hunk.lines) {
        shown.lines.append({.kind = kindOf(line.kind),
                            .text = line.text,
                            .hasEnd = !line.noNewlineAtEnd,
                            .oldNumber = static_cast<int>(line.oldNumber),
                            .newNumber = static_cast<int>(line.newNumber)});
    }
    return shown;
}

FileChange fileOf(const git::FilePatch &file, const worktrees::ReviewMarks &marks)
{
    FileChange change{.path = file.path(),
                      .oldPath = file.isRenamed() ? file.oldPath : QByteArray(),
                      .oldMode = file.oldMode,
                      .newMode = file.newMode,
                      .truncated = file.cut,
                      .isReviewed = marks.isReviewed(file),
                      .token = ChangesView::token(file)};
    if (file.binary)
        change.added = change.removed = -1;
    const QStringList ids = ChangesView::hunkIds(file);
    const QByteArrayList keys = worktrees::ReviewMarks::keysOf(file);
    for (qsizetype i = 0; i < file.hunks.size(); ++i) {
        const git::Hunk &hunk = file.hunks.at(i);
        change.hunks.append(hunkOf(hunk, ids.at(i)));
        change.hunks.last().isReviewed = marks.isReviewed(keys.at(i));
        if (file.binary)
            continue;
        for (const git::PatchLine &line : hunk.lines) {
            change.added += line.kind == git::PatchLineKind::Added ? 1 : 0;
            change.removed += line.kind == git::PatchLineKind::Removed ? 1 : 0;
        }
    }
    return change;
}

/// Indices into the lines of \a hunk of its changed lines, in order.
QList<int> changedLines(const git::Hunk &hunk)
{
    QList<int> indices;
    for (qsizetype i = 0; i < hunk.lines.size(); ++i) {
        if (hunk.lines.at(i).kind != git::PatchLineKind::Context)
            indices.append(static_cast<int>(i));
    }
    return indices;
}

} // namespace

QStringList ChangesView::hunkIds(const git::FilePatch &file)
{
    QStringList ids;
    QHash<QString, int> seen;
    for (const git::Hunk &hunk : file.hunks) {
        QCryptographicHash hash(QCryptographicHash::Sha256);
        for (const git::PatchLine &line : hunk.lines) {
            const char head[] = {static_cast<char>('0' + static_cast<int>(line.kind)),
                                 line.noNewlineAtEnd ? '-' : '+'};
            hash.addData(QByteArrayView(head, sizeof head));
            hash.addData(line.text);
            hash.addData(QByteArrayView("\n", 1)); // a line has none in it
        }
        const QString id = QString::fromLatin1(hash.result().toHex().left(kIdLength));
        const int number = ++seen[id];
        ids.append(number == 1 ? id : id + u'-' + QString::number(number));
    }
    return ids;
}

QString ChangesView::token(const git::FilePatch &file)
{
    return file.oldId.toString() + u'-' + file.newId.toString();
}

ChangesDiff ChangesView::fromPatch(const git::Patch &patch, const worktrees::ReviewMarks &marks)
{
    ChangesDiff diff;
    diff.truncated = patch.cut;
    diff.files.reserve(patch.files.size());
    for (const git::FilePatch &file : patch.files)
        diff.files.append(fileOf(file, marks));
    return diff;
}

Error ChangesView::movedOn(const QByteArray &path)
{
    return Error(ErrorKind::Conflict,
                 tr("%1 is no longer what was shown.").arg(QString::fromUtf8(path)))
        .withRemedy(tr("Look at its changes again, then choose from what is there now."));
}

const git::FilePatch *ChangesView::find(const FileSelection &wish, const git::Patch &shown)
{
    const auto file =
        std::find_if(shown.files.begin(), shown.files.end(), [&wish](const auto &candidate) {
            return candidate.path() == wish.path;
        });
    if (file == shown.files.end() || (!wish.token.isEmpty() && token(*file) != wish.token))
        return nullptr;
    return &*file;
}

Result<QList<worktrees::FileSelection>> ChangesView::select(const QList<FileSelection> &files,
                                                            const git::Patch &shown)
{
    QList<worktrees::FileSelection> selected;
    for (const FileSelection &wish : files) {
        worktrees::FileSelection selection{.path = wish.path};
        if (wish.parts.isEmpty() && wish.token.isEmpty()) {
            selected.append(selection);
            continue;
        }
        const git::FilePatch *file = find(wish, shown);
        if (file == nullptr)
            return fail(movedOn(wish.path));
        selection.seen = {.oldId = file->oldId, .newId = file->newId};
        const QStringList ids = hunkIds(*file);
        for (const FileSelection::Part &part : wish.parts) {
            const qsizetype index = ids.indexOf(part.hunk);
            if (index < 0)
                return fail(movedOn(wish.path));
            const git::Hunk &hunk = file->hunks.at(index);
            git::HunkSelection chosen{.hunk = hunk};
            if (!part.lines.isEmpty()) {
                const QList<int> changed = changedLines(hunk);
                QList<int> lines;
                for (const int line : part.lines) {
                    if (line < 0 || line >= changed.size()) {
                        return fail(Error(ErrorKind::InvalidArgument,
                                          tr("That part of %1 has %n changed line(s).",
                                             nullptr,
                                             static_cast<int>(changed.size()))
                                              .arg(QString::fromUtf8(wish.path))));
                    }
                    lines.append(changed.at(line));
                }
                chosen.lines = lines;
            }
            selection.part = worktrees::FileSelection::Part::Lines;
            selection.hunks.append(chosen);
        }
        selected.append(selection);
    }
    return selected;
}

bool ChangesView::isAmong(const git::FilePatch &file, const QList<QByteArray> &paths)
{
    const auto isWanted = [&paths](const QByteArray &path) {
        return std::any_of(paths.begin(), paths.end(), [&path](const QByteArray &prefix) {
            return path == prefix || path.startsWith(prefix + '/') ||
                   (prefix.endsWith('/') && path.startsWith(prefix));
        });
    };
    return paths.isEmpty() || isWanted(file.path()) || (file.isRenamed() && isWanted(file.oldPath));
}

Result<QByteArrayList> ChangesView::reviewKeys(const QList<FileSelection> &files,
                                               const git::Patch &shown)
{
    // Nobody has seen what is not shown.
    const auto keysOf = [](const git::FilePatch &file) {
        return file.cut && file.hunks.isEmpty() ? QByteArrayList()
                                                : worktrees::ReviewMarks::keysOf(file);
    };
    QByteArrayList keys;
    if (files.isEmpty()) {
        for (const git::FilePatch &file : shown.files)
            keys += keysOf(file);
    }
    for (const FileSelection &wish : files) {
        if (wish.token.isEmpty() && wish.parts.isEmpty()) { // a file, or all in a folder
            bool isThere = false;
            for (const git::FilePatch &file : shown.files) {
                if (!isAmong(file, {wish.path}))
                    continue;
                isThere = true;
                keys += keysOf(file);
            }
            if (!isThere)
                return fail(Error(ErrorKind::NotFound,
                                  tr("%1 has no change in this comparison.")
                                      .arg(QString::fromUtf8(wish.path)))
                                .withRemedy(tr("See which files have: paddockctl session diff "
                                               "--stat")));
            continue;
        }
        const git::FilePatch *file = find(wish, shown);
        if (file == nullptr)
            return fail(movedOn(wish.path));
        const QByteArrayList all = keysOf(*file);
        if (wish.parts.isEmpty())
            keys += all;
        const QStringList ids = hunkIds(*file);
        for (const FileSelection::Part &part : wish.parts) {
            const qsizetype index = ids.indexOf(part.hunk);
            if (index < 0)
                return fail(movedOn(wish.path));
            keys += all.at(index);
        }
    }
    return keys;
}

} // namespace paddock::facade
