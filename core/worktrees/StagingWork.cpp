// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagingWork.h"

#include "core/worktrees/FileTree.h"
#include "core/worktrees/StagedBlobs.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxLinesContent = 32 * kMiB; // above, git calls a file binary (bigFileThreshold)
constexpr qint64 kMaxList = 64 * kMiB;

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

/// Git checks names once more, and in more ways.
bool isPath(QByteArrayView path)
{
    if (path.isEmpty() || path.contains('\0'))
        return false;
    const QByteArray bytes = path.toByteArray();
    const auto parts = bytes.split('/');
    return std::all_of(parts.begin(), parts.end(), [](const QByteArray &part) {
        return !part.isEmpty() && part != "." && part != ".." &&
               part.compare(".git", Qt::CaseInsensitive) != 0;
    });
}

QByteArray withoutSlash(const QByteArray &path)
{
    return path.endsWith('/') ? path.chopped(1) : path;
}

} // namespace

Error refusal(const QString &text, const QByteArray &path)
{
    return Error(ErrorKind::InvalidArgument, text).withDetail(QString::fromUtf8(path));
}

Result<Done> checkHasStaging(const SessionTree &tree)
{
    if (tree.checkout == Checkout::Worktree)
        return Done{};
    if (tree.checkout == Checkout::MainReadWrite)
        return fail(
            Error(ErrorKind::UnsupportedOption,
                  tr("This session works in your own checkout: it has no staging area of its own."))
                .withRemedy(tr("Stage and commit there with git, as usual. To have the agent's "
                               "commits on your branch, merge the session.")));
    return fail(Error(ErrorKind::UnsupportedOption,
                      tr("This session only reads the project: it has no staging area of its own."))
                    .withRemedy(tr("Start a session that may write.")));
}

std::optional<git::StagedEntry> stagedEntry(const IndexState &state, const QByteArray &path)
{
    const auto entries = state.value(path);
    if (entries.size() != 1 || entries.constFirst().stage != 0 || entries.constFirst().intentToAdd)
        return std::nullopt;
    return entries.constFirst();
}

bool isUnmerged(const IndexState &state, const QByteArray &path)
{
    const auto entries = state.value(path);
    return !entries.isEmpty() && entries.constFirst().stage != 0;
}

IndexState difference(const IndexState &before, const IndexState &after)
{
    IndexState changes;
    for (auto entry = after.begin(); entry != after.end(); ++entry) {
        if (before.value(entry.key()) != entry.value())
            changes.insert(entry.key(), entry.value());
    }
    for (auto entry = before.begin(); entry != before.end(); ++entry) {
        if (!after.contains(entry.key()))
            changes.insert(entry.key(), {});
    }
    return changes;
}

Result<Done> checkSeen(const FileSelection &selection,
                       const std::optional<git::StagedEntry> &oldEntry,
                       const std::optional<git::StagedEntry> &newEntry)
{
    const auto id = [](const auto &entry) { return entry ? entry->id : git::Oid(); };
    if (!selection.seen)
        return Done{};
    const bool sameContent = selection.seen->oldId.isNull() && selection.seen->newId.isNull();
    if (sameContent
            ? id(oldEntry) == id(newEntry)
            : selection.seen->oldId == id(oldEntry) && selection.seen->newId == id(newEntry))
        return Done{};
    return fail(Error(ErrorKind::Conflict, tr("The file is not the one that was shown any more."))
                    .withDetail(QString::fromUtf8(selection.path))
                    .withRemedy(tr("Look at the changes again and repeat the selection.")));
}

StagingWork::StagingWork(const git::GitProcess &program,
                         const SessionTree &session,
                         const HostView &host,
                         ProjectLock held,
                         StagingScratch folder,
                         const IndexCopy &copy,
                         const IndexState &state,
                         const CancelToken &token)
    : git(program)
    , tree(session)
    , view(host)
    , lock(std::move(held))
    , scratch(std::move(folder))
    , index(copy)
    , before(state)
    , cancel(token)
{
}

Result<StagingWork>
StagingWork::begin(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel)
{
    if (auto possible = checkHasStaging(tree); !possible)
        return fail(possible.error());
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    // Against imports, which move the index too.
    auto lock = ProjectLock::take(project->commonDir, cancel);
    if (!lock)
        return fail(lock.error());
    const auto view = HostView::ensure(tree, *project, hostHead(tree, *project));
    if (!view)
        return fail(view.error());
    auto scratch = StagingScratch::make(*view);
    if (!scratch)
        return fail(scratch.error());
    const auto index = IndexCopy::make(*view, scratch->path(u"index"_s));
    if (!index)
        return fail(index.error());
    const auto before = index->read();
    if (!before)
        return fail(before.error());
    return StagingWork(
        git, tree, *view, *std::move(lock), *std::move(scratch), *index, *before, cancel);
}

Result<QList<QByteArray>> StagingWork::changedFiles(bool withUnknown)
{
    auto request =
        view.fileRequest({u"ls-files"_s, u"-z"_s, u"--modified"_s, u"--exclude-standard"_s});
    if (withUnknown)
        request.arguments += u"--others"_s;
    request.maxOutput = kMaxList;
    request.what = tr("Looking for changed files");
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());
    QList<QByteArray> paths;
    QSet<QByteArray> seen;
    for (const QByteArray &path : output->split('\0')) {
        if (path.endsWith('/'))
            notices +=
                tr("%1 is a repository of its own and was left out.").arg(QString::fromUtf8(path));
        else if (!path.isEmpty() && !seen.contains(path))
            paths += path;
        seen += path;
    }
    return paths;
}

Result<QList<FileSelection>> StagingWork::expand(StagingAction action,
                                                 const QList<FileSelection> &files)
{
    QList<QByteArray> folders; // with a slash; empty: everything
    QList<FileSelection> expanded;
    QSet<QByteArray> known;
    const auto add = [&](const FileSelection &file) {
        known += file.path;
        expanded += file;
    };
    for (const FileSelection &file : files) {
        if (!isPath(withoutSlash(file.path)))
            return fail(refusal(tr("This is not a path of a file in the worktree."), file.path));
        if (file.path.endsWith('/')) {
            folders += file.path;
            continue;
        }
        if (known.contains(file.path))
            return fail(refusal(tr("The file was selected twice."), file.path));
        const auto entries = before.value(file.path);
        if (!entries.isEmpty() && entries.constFirst().mode == kGitlinkMode)
            return fail(refusal(tr("This is a submodule, which cannot be staged in a session."),
                                file.path));
        if (file.part == FileSelection::Part::Lines && (!file.seen || file.hunks.isEmpty()))
            return fail(refusal(tr("The selection does not fit the changes."), file.path));
        add(file);
    }
    if (files.isEmpty())
        folders += QByteArray();
    if (folders.isEmpty())
        return expanded;
    QList<QByteArray> changed;
    if (action == StagingAction::Unstage) {
        const auto found = staged();
        if (!found)
            return fail(found.error());
        changed = found->keys();
        for (auto entry = before.begin(); entry != before.end(); ++entry) {
            if (entry->constFirst().intentToAdd && !found->contains(entry.key()))
                changed += entry.key();
        }
    } else {
        // A whole worktree is put back to what git knows; new files only by name or folder.
        const auto found = changedFiles(action == StagingAction::Stage || !files.isEmpty());
        if (!found)
            return fail(found.error());
        changed = *found;
    }
    for (const QByteArray &path : std::as_const(changed)) {
        const auto entries = before.value(path);
        const bool isSubmodule = !entries.isEmpty() && entries.constFirst().mode == kGitlinkMode;
        const bool isBelow =
            std::any_of(folders.begin(), folders.end(), [&](const QByteArray &folder) {
                return path.startsWith(folder);
            });
        if (isBelow && !isSubmodule && !known.contains(path))
            add({.path = path});
    }
    return expanded;
}

Result<IndexState> StagingWork::clean(const QList<FileSelection> &files)
{
    const auto copy = index.duplicate(scratch.path(u"clean.index"_s));
    if (!copy)
        return fail(copy.error());
    auto request = scratch.request(
        {u"update-index"_s, u"--add"_s, u"--remove"_s, u"--replace"_s, u"-z"_s, u"--stdin"_s});
    for (const FileSelection &file : files)
        request.input += file.path + '\0';
    request.indexFile = copy->path();
    request.what = tr("Taking over the content of files");
    if (!request.input.isEmpty()) {
        if (const auto done = git.check(request, cancel); !done)
            return fail(orDiskFull(done.error(), scratch.files()));
    }
    return copy->read();
}

Result<QHash<QByteArray, git::RawDiffEntry>> StagingWork::staged()
{
    auto request = view.objectRequest({u"diff-index"_s,
                                       u"--cached"_s,
                                       u"--raw"_s,
                                       u"-z"_s,
                                       u"--no-renames"_s,
                                       u"--no-abbrev"_s,
                                       u"--ita-invisible-in-index"_s,
                                       view.head().toString(),
                                       u"--"_s});
    request.indexFile = index.path();
    request.maxOutput = kMaxList;
    request.what = tr("Looking at what is staged");
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());
    const auto entries = git::parseRawDiff(*output);
    if (!entries)
        return fail(entries.error());
    QHash<QByteArray, git::RawDiffEntry> found;
    for (const git::RawDiffEntry &entry : *entries)
        found.insert(entry.path, entry);
    return found;
}

Result<QList<QByteArray>> StagingWork::combine(const QList<Sides> &sides, Combine function)
{
    QList<StagingScratch::Blob> blobs;
    for (const Sides &file : sides) {
        for (const auto &entry : {file.oldEntry, file.newEntry}) {
            if (entry && entry->mode == kLinkMode)
                return fail(refusal(tr("A link can only be taken as a whole."), file.path));
            if (entry)
                blobs.append({.id = entry->id});
        }
    }
    const QString folder = u"sides"_s;
    if (auto read = scratch.readBlobs(git, blobs, folder, cancel); !read)
        return fail(read.error());
    int number = 0;
    const auto content = [&](const auto &entry) -> Result<QByteArray> {
        if (!entry)
            return QByteArray();
        return readFileBeneath(
            scratch.path(folder), QByteArray::number(number++), kMaxLinesContent);
    };
    QList<QByteArray> results;
    for (const Sides &file : sides) {
        const auto oldContent = content(file.oldEntry);
        const auto newContent = oldContent ? content(file.newEntry) : oldContent;
        if (!newContent)
            return fail(newContent.error());
        const auto result = function(*oldContent, *newContent, file.hunks);
        if (!result)
            return fail(result.error().withDetail(QString::fromUtf8(file.path)));
        results += *result;
    }
    return results;
}

Result<Done> StagingWork::publish(const IndexState &entries)
{
    QSet<git::Oid> ids;
    for (const auto &list : entries) {
        for (const git::StagedEntry &entry : list) {
            if (!entry.intentToAdd && entry.mode != kGitlinkMode)
                ids += entry.id;
        }
    }
    return publishBlobs(git, view, ids.values(), cancel);
}

StagingRecord StagingWork::record(StagingAction action) const
{
    return {.action = action, .time = QDateTime::currentMSecsSinceEpoch(), .head = view.head()};
}

Result<StagingReport> StagingWork::finish(StagingRecord record, const IndexState &changes)
{
    StagingReport report{.notices = notices};
    StagingJournal journal(tree.sessionFolder);
    report.canUndo = journal.last().has_value();
    if (changes.isEmpty())
        return report;
    if (auto set = index.set(git, changes, cancel); !set)
        return fail(set.error());
    // As it really became: a name that became a folder takes others with it.
    const auto after = index.read();
    if (!after)
        return fail(after.error());
    const IndexState moved = difference(before, *after);
    for (auto change = moved.begin(); change != moved.end(); ++change) {
        record.index.append(
            {.path = change.key(), .before = before.value(change.key()), .after = change.value()});
        report.changed += change.key();
    }
    std::sort(report.changed.begin(), report.changed.end());
    if (moved.isEmpty())
        return report;
    if (auto published = publish(moved); !published)
        return fail(published.error());
    // First the record: an index that moved without one could not be taken back.
    if (auto kept = journal.append(record); !kept)
        return fail(kept.error());
    if (auto installed = index.install(cancel); !installed) {
        const auto dropped = journal.removeLast();
        Q_UNUSED(dropped)
        return fail(installed.error());
    }
    report.canUndo = true;
    return report;
}

} // namespace paddock::worktrees
