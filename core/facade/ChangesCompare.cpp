// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ChangesCompare.h"

#include "core/base/Chain.h"
#include "core/facade/ChangesView.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::facade {

using worktrees::ReviewAgainst;
using worktrees::ReviewMarks;
using worktrees::ReviewRange;
using worktrees::SessionTree;

namespace {

/// Of text for one answer: it goes over a socket as JSON.
constexpr qint64 kMaxDiffBytes = 4 * kMiB;

worktrees::DiffOptions optionsOf(const DiffQuery &query)
{
    worktrees::DiffOptions options;
    options.contextLines = query.contextLines;
    options.maxBytes = kMaxDiffBytes;
    options.paths = query.paths;
    if (!query.paths.isEmpty()) // who names a file wants to see it
        options.maxFileBytes = kMaxDiffBytes;
    options.whitespace =
        query.ignoreWhitespace ? worktrees::Whitespace::Ignore : worktrees::Whitespace::Compare;
    return options;
}

QString textOf(const git::Oid &id)
{
    return id.isNull() ? QString() : id.toString();
}

/// A file whose text is too long to be shown: it is there all the same.
git::FilePatch withoutText(const worktrees::DiffFile &file)
{
    const QByteArray old = file.oldPath.isEmpty() ? file.path : file.oldPath;
    return {.oldPath = file.status == 'A' ? QByteArray() : old,
            .newPath = file.status == 'D' ? QByteArray() : file.path,
            .oldMode = file.oldMode,
            .newMode = file.newMode,
            .oldId = file.oldId,
            .newId = file.newId,
            .similarity = file.status == 'R' ? 50 : 0,
            .cut = true};
}

/// The names come from the agent, and there may be any number.
QStringList namesOfLeftOut(const QList<QByteArray> &paths)
{
    constexpr qsizetype kNamed = 20;
    QStringList notices;
    for (const QByteArray &path : paths.first(std::min(kNamed, paths.size())))
        notices += ChangesCompare::tr("%1 is too large or no plain file, and not compared.")
                       .arg(QString::fromUtf8(path));
    if (paths.size() > kNamed)
        notices +=
            ChangesCompare::tr("So are %n more.", nullptr, static_cast<int>(paths.size() - kNamed));
    return notices;
}

/// What of a comparison is not reviewed.
int openIn(const git::Patch &patch, const ReviewMarks &marks)
{
    int open = 0;
    for (const git::FilePatch &file : patch.files) {
        for (const QByteArray &key : ReviewMarks::keysOf(file))
            open += marks.isReviewed(key) && !file.cut ? 0 : 1;
    }
    return open;
}

} // namespace

ChangesCompare::ChangesCompare(const sessions::SessionServices &services)
    : m_services(services)
{
}

Pending<ChangesCompare::Compared> ChangesCompare::compare(const SessionTree &tree,
                                                          const DiffQuery &query)
{
    worktrees::DiffOptions options = optionsOf(query);
    switch (query.comparison) {
    case Comparison::Staged:
    case Comparison::Unstaged:
        return ofStaging(tree, query);
    case Comparison::LastTurn:
    case Comparison::LastLook:
        return ofSnapshots(tree, query);
    case Comparison::Everything:
        if (tree.isWritable())
            return ofSnapshots(tree, query);
        options.range = worktrees::DiffRange::BaseToFiles;
        break;
    case Comparison::Commits:
        options.range = worktrees::DiffRange::BaseToHead;
        break;
    }
    return ofFiles(tree, options);
}

Pending<ChangesCompare::Compared> ChangesCompare::ofFiles(const SessionTree &tree,
                                                          const worktrees::DiffOptions &options)
{
    const auto read = [this](const worktrees::DiffReport &report) {
        return m_services.pool.run<Compared>([report](const CancelToken &) -> Result<Compared> {
            auto patch = git::parsePatch(
                report.text, report.truncated ? git::Tail::MayBeCut : git::Tail::Complete);
            if (!patch)
                return fail(patch.error());
            patch->cut = patch->cut || report.truncated;
            for (const worktrees::DiffFile &file : report.files) {
                if (file.isLeftOut)
                    patch->files.append(withoutText(file));
            }
            return Compared{.patch = *patch, .from = textOf(report.from), .to = textOf(report.to)};
        });
    };
    return chained<Compared>(this, m_services.diffs.diff(tree, options), read);
}

Pending<ChangesCompare::Compared> ChangesCompare::ofStaging(const SessionTree &tree,
                                                            const DiffQuery &query)
{
    return mapped<Compared>(
        this,
        m_services.staging.view(tree,
                                {.contextLines = query.contextLines, .maxBytes = kMaxDiffBytes}),
        [query](const worktrees::StagingView &view) {
            const bool staged = query.comparison == Comparison::Staged;
            Compared compared{.patch = staged ? view.staged : view.unstaged,
                              .from = staged ? view.head.toString() : QString()};
            compared.patch.files.removeIf([&query](const git::FilePatch &file) {
                return !ChangesView::isAmong(file, query.paths);
            });
            return Result<Compared>(compared);
        });
}

// Before a turn has ended, or the person has called something seen, all there is counts as new.
Pending<ReviewRange> ChangesCompare::rangeOf(const SessionTree &tree,
                                             Comparison comparison,
                                             const std::shared_ptr<bool> &isFromBase)
{
    if (comparison == Comparison::Everything)
        return m_services.review.range(tree, ReviewAgainst::Base);
    Promise<ReviewRange> promise;
    auto first = m_services.review.range(
        tree,
        comparison == Comparison::LastTurn ? ReviewAgainst::LastTurn : ReviewAgainst::LastLooked);
    promise.onCancel([first]() mutable { first.cancel(); });
    first.then(this, [this, tree, promise, isFromBase](const Result<ReviewRange> &range) {
        if (range || range.error().kind != ErrorKind::NotFound) {
            promise.resolve(range);
            return;
        }
        *isFromBase = true;
        auto second = m_services.review.range(tree, ReviewAgainst::Base);
        promise.onCancel([second]() mutable { second.cancel(); });
        second.then(this,
                    [promise](const Result<ReviewRange> &answer) { promise.resolve(answer); });
    });
    return promise.pending();
}

Pending<ChangesCompare::Compared> ChangesCompare::ofSnapshots(const SessionTree &tree,
                                                              const DiffQuery &query)
{
    auto isFromBase = std::make_shared<bool>(false);
    const auto compare = [this, tree, query, isFromBase](const ReviewRange &range) {
        worktrees::DiffOptions options = optionsOf(query);
        options.range = worktrees::DiffRange::Commits;
        options.from = range.from;
        options.to = range.to;
        QStringList notices = namesOfLeftOut(range.leftOut);
        if (*isFromBase)
            notices.prepend(query.comparison == Comparison::LastTurn
                                ? tr("No turn of the agent has ended yet; this is all since the "
                                     "base.")
                                : tr("Nothing has been called seen yet; this is all since the "
                                     "base."));
        return mapped<Compared>(this, ofFiles(tree, options), [notices](Compared compared) {
            compared.notices = notices;
            return Result<Compared>(std::move(compared));
        });
    };
    return chained<Compared>(this, rangeOf(tree, query.comparison, isFromBase), compare);
}

Pending<ChangesDiff> ChangesCompare::diff(const SessionTree &tree, const DiffQuery &query)
{
    return chained<ChangesDiff>(this, compare(tree, query), [this, tree](const Compared &compared) {
        return m_services.pool.run<ChangesDiff>(
            [tree, compared](const CancelToken &) -> Result<ChangesDiff> {
                const auto marks = ReviewMarks::load(tree.sessionFolder);
                ChangesDiff diff =
                    ChangesView::fromPatch(compared.patch, marks.value_or(ReviewMarks()));
                diff.from = compared.from;
                diff.to = compared.to;
                diff.notices = compared.notices;
                if (!marks)
                    diff.notices += marks.error().message;
                else if (!marks->notice().isEmpty())
                    diff.notices += marks->notice();
                return diff;
            });
    });
}

// In the whole comparison, so that renames are what they were when it was shown. Only where that is
// too long the files that are meant are compared by themselves.
Pending<ReviewAnswer> ChangesCompare::review(const SessionTree &tree, const ReviewRequest &request)
{
    const auto decide = [this, tree, request](const Compared &all) {
        const auto &files = all.patch.files;
        const auto isShown = [&files](const FileSelection &wish) {
            return std::any_of(files.begin(), files.end(), [&wish](const git::FilePatch &file) {
                return !file.cut && ChangesView::isAmong(file, {wish.path});
            });
        };
        const bool isCut =
            all.patch.cut ||
            std::any_of(files.begin(), files.end(), [](const auto &file) { return file.cut; });
        if (!isCut || std::all_of(request.files.begin(), request.files.end(), isShown))
            return mark(tree, request, all, all);
        DiffQuery query{.comparison = request.comparison};
        for (const FileSelection &wish : request.files)
            query.paths += wish.path;
        return chained<ReviewAnswer>(
            this, compare(tree, query), [this, tree, request, all](const Compared &some) {
                return mark(tree, request, some, all);
            });
    };
    return chained<ReviewAnswer>(this, compare(tree, {.comparison = request.comparison}), decide);
}

Pending<ReviewAnswer> ChangesCompare::mark(const SessionTree &tree,
                                           const ReviewRequest &request,
                                           const Compared &shown,
                                           const Compared &all)
{
    using Keys = QByteArrayList;
    const auto find = m_services.pool.run<Keys>([request, shown](const CancelToken &) {
        return ChangesView::reviewKeys(request.files, shown.patch);
    });
    return chained<ReviewAnswer>(this, find, [this, tree, request, all](const Keys &keys) {
        const auto count = [this, all, marked = keys.size()](const ReviewMarks &marks) {
            return m_services.pool.run<ReviewAnswer>([all, marked, marks](const CancelToken &) {
                ReviewAnswer answer{.marked = static_cast<int>(marked),
                                    .open = openIn(all.patch, marks),
                                    .isCut = all.patch.cut,
                                    .notices = all.notices};
                if (!marks.notice().isEmpty())
                    answer.notices += marks.notice();
                return Result<ReviewAnswer>(answer);
            });
        };
        return chained<ReviewAnswer>(
            this, m_services.review.mark(tree, keys, request.reviewed), count);
    });
}

Pending<Done> ChangesCompare::looked(const SessionTree &tree, const QString &state)
{
    if (state.isEmpty()) {
        return chained<Done>(this,
                             m_services.review.range(tree, ReviewAgainst::Base),
                             [this, tree](const ReviewRange &range) {
                                 return m_services.review.looked(tree, range.to);
                             });
    }
    const auto id = git::Oid::fromHex(state.toLatin1());
    if (!id || id->isNull()) {
        return Pending<Done>::ready(
            fail(Error(ErrorKind::InvalidArgument, tr("\"%1\" names no state.").arg(state.left(80)))
                     .withRemedy(tr("Take what a comparison calls \"to\", or none for the files as "
                                    "they are now."))));
    }
    return m_services.review.looked(tree, *id);
}

} // namespace paddock::facade
