// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ChangesCompare.h"

#include "core/base/Chain.h"
#include "core/facade/ChangesView.h"

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
    options.whitespace =
        query.ignoreWhitespace ? worktrees::Whitespace::Ignore : worktrees::Whitespace::Compare;
    return options;
}

QString textOf(const git::Oid &id)
{
    return id.isNull() ? QString() : id.toString();
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
Pending<ChangesCompare::Compared> ChangesCompare::ofSnapshots(const SessionTree &tree,
                                                              const DiffQuery &query)
{
    const bool ofTurn = query.comparison == Comparison::LastTurn;
    Promise<ReviewRange> promise;
    auto first =
        m_services.review.range(tree, ofTurn ? ReviewAgainst::LastTurn : ReviewAgainst::LastLooked);
    promise.onCancel([first]() mutable { first.cancel(); });
    auto isFromBase = std::make_shared<bool>(false);
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
    return chained<Compared>(
        this, promise.pending(), [this, tree, query, ofTurn, isFromBase](const ReviewRange &range) {
            worktrees::DiffOptions options = optionsOf(query);
            options.range = worktrees::DiffRange::Commits;
            options.from = range.from;
            options.to = range.to;
            QStringList notices;
            if (*isFromBase)
                notices += ofTurn ? tr("No turn of the agent has ended yet; this is all since the "
                                       "base.")
                                  : tr("Nothing has been called seen yet; this is all since the "
                                       "base.");
            for (const QByteArray &path : range.leftOut)
                notices += tr("%1 is too large or no plain file, and not compared.")
                               .arg(QString::fromUtf8(path));
            return mapped<Compared>(this, ofFiles(tree, options), [notices](Compared compared) {
                compared.notices = notices;
                return Result<Compared>(std::move(compared));
            });
        });
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

Pending<ReviewAnswer> ChangesCompare::review(const SessionTree &tree, const ReviewRequest &request)
{
    DiffQuery query{.comparison = request.comparison};
    return chained<ReviewAnswer>(
        this, compare(tree, query), [this, tree, request](const Compared &compared) {
            const auto keys = ChangesView::reviewKeys(request.files, compared.patch);
            if (!keys)
                return Pending<ReviewAnswer>::ready(fail(keys.error()));
            return mapped<ReviewAnswer>(
                this,
                m_services.review.mark(tree, *keys, request.reviewed),
                [compared, count = keys->size()](const ReviewMarks &marks) {
                    ReviewAnswer answer{.marked = static_cast<int>(count),
                                        .notices = compared.notices};
                    for (const git::FilePatch &file : compared.patch.files) {
                        for (const QByteArray &key : ReviewMarks::keysOf(file))
                            answer.open += marks.isReviewed(key) ? 0 : 1;
                    }
                    if (compared.patch.cut)
                        answer.notices += tr("The comparison is cut; what was not shown is not "
                                             "marked.");
                    if (!marks.notice().isEmpty())
                        answer.notices += marks.notice();
                    return Result<ReviewAnswer>(answer);
                });
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
