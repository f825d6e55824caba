// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagingDiscard.h"

#include "core/worktrees/FileTree.h"

#include <QCoreApplication>

#include <algorithm>
#include <ranges>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

using Part = FileSelection::Part;
using Kind = TreeFile::Kind;

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

mode_t withExecutable(mode_t mode, bool executable)
{
    const mode_t bits = mode & 07777;
    return executable ? bits | ((bits & 0444) >> 2) : bits & ~mode_t(0111);
}

quint32 gitMode(const TreeFile &file)
{
    switch (file.kind) {
    case Kind::Regular:
        return file.isExecutable() ? kExecutableMode : kFileMode;
    case Kind::Link:
        return kLinkMode;
    case Kind::Absent:
    case Kind::Folder:
    case Kind::Special:
        return 0;
    }
    Q_UNREACHABLE();
}

/// What is to become of one file.
struct Plan
{
    enum class Source {
        Nothing, ///< the file goes away
        Out,     ///< it becomes what is in the scratch folder's out()
        Mode,    ///< only its executable bit changes
    };
    QByteArray path{};
    TreeFile there{};
    std::optional<git::StagedEntry> entry{}; ///< what is staged
    Source source = Source::Out;
    StagingRecord::Content before{};
    StagingRecord::Content after{};
};

/// The contents of selections of lines, as entries that git shall write into the worktree: with the
/// ends of lines and the encoding that it gives to files.
Result<Done> revertLines(StagingWork &work,
                         const QList<FileSelection> &files,
                         const IndexState &clean,
                         QList<Plan> &plans,
                         IndexState &converted)
{
    QList<StagingWork::Sides> sides;
    QList<qsizetype> numbers;
    for (qsizetype i = 0; i < files.size(); ++i) {
        if (files[i].part != Part::Lines)
            continue;
        sides.append({.path = files[i].path,
                      .hunks = files[i].hunks,
                      .oldEntry = plans[i].entry,
                      .newEntry = stagedEntry(clean, files[i].path)});
        numbers += i;
    }
    const auto contents = work.combine(sides, git::revertSelected);
    if (!contents)
        return fail(contents.error());
    const auto ids = work.scratch.writeBlobs(work.git, *contents, work.cancel);
    if (!ids)
        return fail(ids.error());
    for (qsizetype i = 0; i < sides.size(); ++i) {
        Plan &plan = plans[numbers[i]];
        const bool isThere = plan.there.kind == Kind::Regular;
        if (!plan.entry && contents->at(i).isEmpty()) {
            plan.source = Plan::Source::Nothing;
            continue;
        }
        const quint32 mode = isThere ? gitMode(plan.there) : plan.entry->mode;
        converted.insert(plan.path, {{.path = plan.path, .mode = mode, .id = ids->at(i)}});
    }
    return Done{};
}

/// Lets git write what is staged (or in \a converted) into out().
Result<Done>
checkOut(StagingWork &work, const QList<QByteArray> &paths, const IndexState &converted)
{
    if (paths.isEmpty())
        return Done{};
    auto source = work.index.duplicate(work.scratch.path(u"out.index"_s));
    if (!source)
        return fail(source.error());
    if (!converted.isEmpty()) {
        if (auto set = source->set(work.git, converted, work.cancel); !set)
            return set;
    }
    auto request = work.scratch.request({u"checkout-index"_s,
                                         u"--force"_s,
                                         u"-z"_s,
                                         u"--stdin"_s,
                                         u"--prefix="_s + work.scratch.out() + u'/'});
    for (const QByteArray &path : paths)
        request.input += path + '\0';
    request.indexFile = source->path();
    request.timeout = std::chrono::minutes(10);
    request.what = tr("Writing files as they are staged");
    const auto written = work.git.check(request, work.cancel);
    return written ? Result<Done>(Done{}) : fail(orDiskFull(written.error(), work.scratch.out()));
}

/// Keeps what is about to be replaced as blobs in the view's store.
Result<Done> keepContents(StagingWork &work, QList<Plan> &plans)
{
    QList<QByteArray> regular;
    QList<QByteArray> links;
    for (const Plan &plan : plans) {
        if (plan.there.kind == Kind::Regular)
            regular += plan.path;
        if (plan.there.kind == Kind::Link) {
            const auto target = readLinkBeneath(work.scratch.files(), plan.path);
            if (!target)
                return fail(target.error());
            links += *target;
        }
    }
    const auto files = work.scratch.writeRaw(work.git, regular, work.cancel);
    if (!files)
        return fail(files.error());
    const auto targets = work.scratch.writeBlobs(work.git, links, work.cancel);
    if (!targets)
        return fail(targets.error());
    qsizetype file = 0;
    qsizetype link = 0;
    for (Plan &plan : plans) {
        plan.before.mode = gitMode(plan.there);
        if (plan.there.kind == Kind::Regular)
            plan.before.id = files->at(file++);
        if (plan.there.kind == Kind::Link)
            plan.before.id = targets->at(link++);
    }
    return Done{};
}

Result<Done> planAfter(StagingWork &work, QList<Plan> &plans)
{
    for (Plan &plan : plans) {
        if (plan.source == Plan::Source::Nothing)
            continue;
        if (plan.source == Plan::Source::Mode) {
            plan.after = {.mode = plan.entry->mode, .id = plan.before.id};
            continue;
        }
        const auto made = lookBeneath(work.scratch.out(), plan.path);
        if (!made)
            return fail(made.error());
        const auto id = rawBlobId(work.scratch.out(), plan.path, work.cancel);
        if (!id)
            return fail(id.error());
        plan.after = {.mode = gitMode(*made), .id = *id};
        if (plan.after.mode == 0)
            return fail(Error(ErrorKind::GitFailed, tr("Git did not write the file."))
                            .withDetail(QString::fromUtf8(plan.path)));
    }
    plans.removeIf([](const Plan &plan) { return plan.before == plan.after; });
    return Done{};
}

Result<QList<Plan>> planFiles(StagingWork &work, const QList<FileSelection> &files)
{
    QList<Plan> plans;
    for (const FileSelection &file : files) {
        const auto there = work.scratch.copy(work.tree.workPath, file.path, work.cancel);
        if (!there)
            return fail(there.error());
        Plan plan{.path = file.path, .there = *there, .entry = stagedEntry(work.before, file.path)};
        if (isUnmerged(work.before, file.path))
            return fail(refusal(tr("The index holds several versions of the file after a merge."),
                                file.path)
                            .withRemedy(tr("Resolve the conflict and stage the file first.")));
        if (there->kind == Kind::Folder)
            return fail(refusal(tr("This is a folder."), file.path)
                            .withRemedy(tr("Delete what is in it first, or put a slash at its end "
                                           "to discard what is in it.")));
        if (file.part == Part::Mode) {
            if (!plan.entry || plan.entry->mode == kLinkMode || there->kind != Kind::Regular)
                return fail(
                    refusal(tr("Only the mode of a file that is staged can change."), file.path));
            plan.source = Plan::Source::Mode;
        } else if (file.part == Part::Whole && !plan.entry) {
            plan.source = Plan::Source::Nothing;
        }
        plans += plan;
    }
    return plans;
}

} // namespace

Result<Done> ReplacedFiles::replace(const QByteArray &path,
                                    const TreeFile &expected,
                                    const QString &sourceRoot,
                                    const QByteArray &source)
{
    auto replaced =
        replaceBeneath(m_work.tree.workPath,
                       path,
                       expected,
                       {.sourceRoot = sourceRoot, .source = source, .owner = m_work.tree.owner},
                       m_work.cancel);
    if (replaced)
        replaced = note(path, expected, false);
    if (!replaced)
        rollBack();
    return replaced;
}

Result<Done>
ReplacedFiles::setExecutable(const QByteArray &path, const TreeFile &expected, bool executable)
{
    auto set = setModeBeneath(
        m_work.tree.workPath, path, expected, withExecutable(expected.status.st_mode, executable));
    if (set)
        set = note(path, expected, true);
    if (!set)
        rollBack();
    return set;
}

Result<Done> ReplacedFiles::note(const QByteArray &path, const TreeFile &before, bool modeOnly)
{
    const auto after = lookBeneath(m_work.tree.workPath, path);
    if (!after)
        return fail(after.error());
    m_steps.append({.path = path, .before = before, .after = *after, .modeOnly = modeOnly});
    return Done{};
}

void ReplacedFiles::rollBack()
{
    for (const Step &step : m_steps | std::views::reverse) {
        const bool wasThere = step.before.kind != Kind::Absent;
        const auto undone =
            step.modeOnly
                ? setModeBeneath(m_work.tree.workPath,
                                 step.path,
                                 step.after,
                                 step.before.status.st_mode & 07777)
                : replaceBeneath(m_work.tree.workPath,
                                 step.path,
                                 step.after,
                                 {.sourceRoot = wasThere ? m_work.scratch.files() : QString(),
                                  .source = step.path,
                                  .owner = m_work.tree.owner});
        Q_UNUSED(undone) // whoever has written it since, his is newer
    }
    m_steps.clear();
}

Result<StagingReport> discardChanges(StagingWork &work, const QList<FileSelection> &files)
{
    auto plans = planFiles(work, files);
    if (!plans)
        return fail(plans.error());
    IndexState converted;
    const bool looksInside = std::any_of(files.begin(), files.end(), [](const auto &file) {
        return file.seen && file.part != Part::Mode;
    });
    if (looksInside) {
        const auto clean = work.clean(files);
        if (!clean)
            return fail(clean.error());
        for (qsizetype i = 0; i < files.size(); ++i) {
            if (files[i].part == Part::Mode)
                continue;
            const auto newEntry = stagedEntry(*clean, files[i].path);
            if (auto same = checkSeen(files[i], plans->at(i).entry, newEntry); !same)
                return fail(same.error());
        }
        if (auto reverted = revertLines(work, files, *clean, *plans, converted); !reverted)
            return fail(reverted.error());
    }
    QList<QByteArray> wanted;
    IndexState dropped;
    for (qsizetype i = 0; i < files.size(); ++i) {
        const Plan &plan = plans->at(i);
        const bool isWhole = files[i].part == Part::Whole;
        if (converted.contains(plan.path) || (isWhole && plan.source == Plan::Source::Out))
            wanted += plan.path;
        if (plan.source == Plan::Source::Nothing && work.before.contains(plan.path))
            dropped.insert(plan.path, {}); // only named: with its file the name goes
    }
    if (auto written = checkOut(work, wanted, converted); !written)
        return fail(written.error());
    if (auto kept = keepContents(work, *plans); !kept)
        return fail(kept.error());
    if (auto planned = planAfter(work, *plans); !planned)
        return fail(planned.error());

    StagingRecord record = work.record(StagingAction::Discard);
    StagingReport report{.notices = work.notices};
    for (const Plan &plan : std::as_const(*plans)) {
        record.files.append({.path = plan.path, .before = plan.before, .after = plan.after});
        report.changed += plan.path;
    }
    if (!dropped.isEmpty()) {
        if (auto set = work.index.set(work.git, dropped, work.cancel); !set)
            return fail(set.error());
    }
    for (auto change = dropped.begin(); change != dropped.end(); ++change)
        record.index.append({.path = change.key(), .before = work.before.value(change.key())});
    StagingJournal journal(work.tree.sessionFolder);
    report.canUndo = journal.last().has_value();
    if (record.files.isEmpty() && record.index.isEmpty())
        return report;
    // First the record: a crash in between leaves files that are as before or as after.
    if (auto kept = journal.append(record); !kept)
        return fail(kept.error());
    ReplacedFiles replaced(work);
    const auto apply = [&]() -> Result<Done> {
        for (const Plan &plan : std::as_const(*plans)) {
            const bool isGone = plan.source == Plan::Source::Nothing;
            const auto done = plan.source == Plan::Source::Mode
                                  ? replaced.setExecutable(
                                        plan.path, plan.there, plan.entry->mode == kExecutableMode)
                                  : replaced.replace(plan.path,
                                                     plan.there,
                                                     isGone ? QString() : work.scratch.out(),
                                                     plan.path);
            if (!done)
                return done;
        }
        if (dropped.isEmpty())
            return Done{};
        auto installed = work.index.install(work.cancel);
        if (!installed)
            replaced.rollBack();
        return installed;
    };
    if (const auto done = apply(); !done) {
        const auto forgotten = journal.removeLast();
        Q_UNUSED(forgotten)
        return fail(done.error());
    }
    report.canUndo = true;
    return report;
}

Result<ReplacedFiles> restoreFiles(StagingWork &work,
                                   const QList<StagingRecord::FileChange> &changes)
{
    struct Restored
    {
        QByteArray path{};
        TreeFile there{};
        QByteArray number{}; ///< of its blob; empty: nothing was there
    };
    QList<Restored> files;
    QList<StagingScratch::Blob> blobs;
    for (const auto &change : changes) {
        const auto there = work.scratch.copy(work.tree.workPath, change.path, work.cancel);
        if (!there)
            return fail(there.error());
        StagingRecord::Content now{.mode = gitMode(*there)};
        if (now.mode != 0) {
            const auto id = rawBlobId(work.scratch.files(), change.path, work.cancel);
            if (!id)
                return fail(id.error());
            now.id = *id;
        }
        if (now == change.before)
            continue;
        if (now != change.after || there->kind == Kind::Folder)
            return fail(Error(ErrorKind::Conflict,
                              tr("This cannot be taken back: the file was changed since."))
                            .withDetail(QString::fromUtf8(change.path)));
        Restored file{.path = change.path, .there = *there};
        if (change.before.mode != 0) {
            file.number = QByteArray::number(blobs.size());
            blobs.append({.id = change.before.id, .mode = change.before.mode});
        }
        files += file;
    }
    const QString folder = u"kept"_s;
    if (auto read = work.scratch.readBlobs(work.git, blobs, folder, work.cancel); !read)
        return fail(read.error());
    ReplacedFiles replaced(work);
    for (const Restored &file : std::as_const(files)) {
        auto done = replaced.replace(file.path,
                                     file.there,
                                     file.number.isEmpty() ? QString() : work.scratch.path(folder),
                                     file.number);
        if (!done)
            return fail(done.error());
    }
    return replaced;
}

} // namespace paddock::worktrees
