// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagingJobs.h"

#include "core/worktrees/StagingDiscard.h"
#include "core/worktrees/StagingWork.h"

#include <QCoreApplication>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

using Part = FileSelection::Part;

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

tl::unexpected<Error> unmerged(const QByteArray &path)
{
    return fail(refusal(tr("The index holds several versions of the file after a merge."), path)
                    .withRemedy(tr("Resolve the conflict and stage the file as a whole.")));
}

/// Writes what \a combine makes of line selections and puts the entries into \a changes. A file
/// that the other side does not have and of which nothing is left is no entry.
Result<Done> setContents(StagingWork &work,
                         const QList<StagingWork::Sides> &sides,
                         StagingWork::Combine combine,
                         IndexState &changes)
{
    const bool isStaging = combine == git::applySelected;
    const auto contents = work.combine(sides, combine);
    if (!contents)
        return fail(contents.error());
    const auto ids = work.scratch.writeBlobs(work.git, *contents, work.cancel);
    if (!ids)
        return fail(ids.error());
    for (qsizetype i = 0; i < sides.size(); ++i) {
        const auto &target = isStaging ? sides[i].newEntry : sides[i].oldEntry;
        const auto &source = isStaging ? sides[i].oldEntry : sides[i].newEntry;
        QList<git::StagedEntry> &entries = changes[sides[i].path];
        entries.clear();
        if (!target && contents->at(i).isEmpty())
            continue; // all of it was taken: the file is absent like on the other side
        git::StagedEntry entry = source ? *source : target.value_or(git::StagedEntry());
        entry.path = sides[i].path;
        entry.id = ids->at(i);
        entries.append(entry);
    }
    return Done{};
}

Result<IndexState> stageChanges(StagingWork &work, const QList<FileSelection> &files)
{
    QHash<QByteArray, TreeFile> found;
    QList<FileSelection> cleaned;
    for (const FileSelection &file : files) {
        const auto there = file.part == Part::Mode
                               ? lookBeneath(work.tree.workPath, file.path)
                               : work.scratch.copy(work.tree.workPath, file.path, work.cancel);
        if (!there)
            return fail(there.error());
        if (there->kind == TreeFile::Kind::Folder && !work.before.contains(file.path))
            return fail(refusal(tr("This is a folder."), file.path)
                            .withRemedy(tr("Put a slash at its end to stage what is in it.")));
        found.insert(file.path, *there);
        if (file.part != Part::Mode)
            cleaned += file;
    }
    const auto after = work.clean(cleaned);
    if (!after)
        return fail(after.error());
    IndexState changes = difference(work.before, *after);
    QList<StagingWork::Sides> sides;
    for (const FileSelection &file : files) {
        const auto oldEntry = stagedEntry(work.before, file.path);
        const auto newEntry = stagedEntry(*after, file.path);
        if (file.part != Part::Whole && isUnmerged(work.before, file.path))
            return unmerged(file.path);
        if (file.part == Part::Mode) {
            const TreeFile there = found.value(file.path);
            if (!oldEntry || there.kind != TreeFile::Kind::Regular || oldEntry->mode == kLinkMode)
                return fail(
                    refusal(tr("Only the mode of a file that is staged can change."), file.path));
            git::StagedEntry entry = *oldEntry;
            entry.mode = there.isExecutable() ? kExecutableMode : kFileMode;
            if (entry != *oldEntry)
                changes.insert(file.path, {entry});
            continue;
        }
        if (auto same = checkSeen(file, oldEntry, newEntry); !same)
            return fail(same.error());
        if (file.part == Part::Lines)
            sides.append({.path = file.path,
                          .hunks = file.hunks,
                          .oldEntry = oldEntry,
                          .newEntry = newEntry});
    }
    if (auto set = setContents(work, sides, git::applySelected, changes); !set)
        return fail(set.error());
    return changes;
}

Result<IndexState> unstageChanges(StagingWork &work, const QList<FileSelection> &files)
{
    const auto staged = work.staged();
    if (!staged)
        return fail(staged.error());
    IndexState changes;
    QList<StagingWork::Sides> sides;
    for (const FileSelection &file : files) {
        const auto raw = staged->constFind(file.path);
        const bool isChanged = raw != staged->constEnd();
        auto entry = stagedEntry(work.before, file.path);
        std::optional<git::StagedEntry> head;
        if (isChanged && raw->oldMode != 0)
            head = {.path = file.path, .mode = raw->oldMode, .id = raw->oldId};
        else if (!isChanged)
            head = entry;
        if (auto same = checkSeen(file, head, entry); !same)
            return fail(same.error());
        const auto entries = work.before.value(file.path);
        if (!isChanged && (entries.isEmpty() || !entries.constFirst().intentToAdd))
            continue;
        if (file.part == Part::Whole) {
            changes.insert(file.path,
                           head ? QList<git::StagedEntry>{*head} : QList<git::StagedEntry>());
            continue;
        }
        if (isUnmerged(work.before, file.path))
            return unmerged(file.path);
        if (file.part == Part::Lines) {
            sides.append(
                {.path = file.path, .hunks = file.hunks, .oldEntry = head, .newEntry = entry});
        } else if (!head || !entry || head->mode == kLinkMode || entry->mode == kLinkMode) {
            return fail(
                refusal(tr("Only the mode of a file that is staged can change."), file.path));
        } else {
            entry->mode = head->mode;
            changes.insert(file.path, {*entry});
        }
    }
    if (auto set = setContents(work, sides, git::revertSelected, changes); !set)
        return fail(set.error());
    return changes;
}

Result<git::Patch> readPatch(const git::GitProcess &git,
                             const HostView &view,
                             const QStringList &what,
                             const StagingOptions &options,
                             const CancelToken &cancel)
{
    auto request = view.fileRequest(QStringList{u"diff"_s,
                                                u"--patch"_s,
                                                u"--full-index"_s,
                                                u"--no-renames"_s,
                                                u"--no-ext-diff"_s,
                                                u"--no-textconv"_s,
                                                u"--no-color"_s,
                                                u"--src-prefix=a/"_s,
                                                u"--dst-prefix=b/"_s,
                                                u"--ignore-submodules=all"_s,
                                                u"--unified=%1"_s.arg(options.contextLines)} +
                                    what + QStringList{u"--"_s});
    request.maxOutput = options.maxBytes;
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    request.timeout = options.time;
    request.what = tr("Comparing");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(request, *output));
    return git::parsePatch(output->output,
                           output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
}

/// Conflict if the branch has changed one of the paths of \a record since.
Result<Done> checkHead(const StagingWork &work, const StagingRecord &record)
{
    if (record.head == work.view.head() || record.index.isEmpty())
        return Done{};
    auto request = work.view.objectRequest({u"diff-tree"_s,
                                            u"-r"_s,
                                            u"-z"_s,
                                            u"--raw"_s,
                                            u"--no-renames"_s,
                                            u"--no-abbrev"_s,
                                            record.head.toString(),
                                            work.view.head().toString()});
    request.maxOutput = 64 * kMiB;
    request.what = tr("Comparing");
    const auto output = work.git.check(request, work.cancel);
    if (!output)
        return fail(output.error());
    const auto changed = git::parseRawDiff(*output);
    if (!changed)
        return fail(changed.error());
    QSet<QByteArray> paths;
    for (const auto &change : record.index)
        paths += change.path;
    for (const git::RawDiffEntry &entry : *changed) {
        if (paths.contains(entry.path))
            return fail(Error(ErrorKind::Conflict,
                              tr("This cannot be taken back: the file has been committed since."))
                            .withDetail(QString::fromUtf8(entry.path)));
    }
    return Done{};
}

} // namespace

Result<StagingView> readStaging(const git::GitProcess &git,
                                const SessionTree &tree,
                                const StagingOptions &options,
                                const CancelToken &cancel)
{
    if (auto possible = checkHasStaging(tree); !possible)
        return fail(possible.error());
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    StagingView answer{.head = hostHead(tree, *project)};
    const auto view = HostView::ensure(tree, *project, answer.head);
    if (!view)
        return fail(view.error());
    const auto staged =
        readPatch(git, *view, {u"--cached"_s, answer.head.toString()}, options, cancel);
    if (!staged)
        return fail(staged.error());
    const auto unstaged = readPatch(git, *view, {}, options, cancel);
    if (!unstaged)
        return fail(unstaged.error());
    answer.staged = *staged;
    answer.unstaged = *unstaged;
    if (const auto last = StagingJournal(tree.sessionFolder).last())
        answer.undoable = last->action;
    return answer;
}

Result<StagingReport> changeStaging(const git::GitProcess &git,
                                    const SessionTree &tree,
                                    StagingAction action,
                                    const QList<FileSelection> &files,
                                    const CancelToken &cancel)
{
    auto work = StagingWork::begin(git, tree, cancel);
    if (!work)
        return fail(work.error());
    const auto selected = work->expand(action, files);
    if (!selected)
        return fail(selected.error());
    if (action == StagingAction::Discard)
        return discardChanges(*work, *selected);
    const auto changes = action == StagingAction::Stage ? stageChanges(*work, *selected)
                                                        : unstageChanges(*work, *selected);
    if (!changes)
        return fail(changes.error());
    return work->finish(work->record(action), *changes);
}

Result<StagingReport>
undoStaging(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel)
{
    auto work = StagingWork::begin(git, tree, cancel);
    if (!work)
        return fail(work.error());
    StagingJournal journal(tree.sessionFolder);
    const auto record = journal.last();
    if (!record)
        return fail(ErrorKind::NotFound, tr("There is nothing to take back."));
    if (auto same = checkHead(*work, *record); !same)
        return fail(same.error());
    IndexState changes;
    StagingReport report;
    for (const auto &change : record->index) {
        const auto now = work->before.value(change.path);
        if (now == change.before)
            continue;
        if (now != change.after)
            return fail(Error(ErrorKind::Conflict,
                              tr("This cannot be taken back: the file was staged otherwise since."))
                            .withDetail(QString::fromUtf8(change.path)));
        changes.insert(change.path, change.before);
        report.changed += change.path;
    }
    if (!changes.isEmpty()) {
        if (auto set = work->index.set(git, changes, cancel); !set)
            return fail(set.error());
        if (auto published = work->publish(changes); !published)
            return fail(published.error());
    }
    auto restored = restoreFiles(*work, record->files);
    if (!restored)
        return fail(restored.error());
    if (!changes.isEmpty()) {
        if (auto installed = work->index.install(cancel); !installed) {
            restored->rollBack();
            return fail(installed.error());
        }
    }
    for (const auto &change : record->files)
        report.changed += change.path;
    if (auto removed = journal.removeLast(); !removed)
        return fail(removed.error());
    report.canUndo = journal.last().has_value();
    return report;
}

} // namespace paddock::worktrees
