// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/MergeView.h"

#include "core/base/JsonReader.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::facade {

namespace {

constexpr qsizetype kShownPaths = 5;

worktrees::IntegrationMethod methodOf(MergeMethod method)
{
    using worktrees::IntegrationMethod;
    switch (method) {
    case MergeMethod::Merge:
        return IntegrationMethod::Auto;
    case MergeMethod::FastForward:
        return IntegrationMethod::FastForward;
    case MergeMethod::Squash:
        return IntegrationMethod::Squash;
    case MergeMethod::Rebase:
        return IntegrationMethod::Rebase;
    case MergeMethod::CherryPick:
        return IntegrationMethod::CherryPick;
    }
    Q_UNREACHABLE();
}

QString someOf(const QList<QByteArray> &paths)
{
    QStringList names;
    for (const QByteArray &path : paths.first(qMin(paths.size(), kShownPaths)))
        names.append(QString::fromUtf8(path));
    if (paths.size() > kShownPaths)
        names.append(u"…"_s);
    return names.join(u", "_s);
}

char letterOf(const worktrees::DiffFile &file)
{
    return file.oldPath.isEmpty() ? 'M' : 'R';
}

} // namespace

worktrees::IntegrationOptions MergeView::options(const MergeRequest &request,
                                                 const QString &baseBranch)
{
    worktrees::IntegrationOptions options;
    options.target = request.target.isEmpty() ? baseBranch : request.target;
    options.method = methodOf(request.method);
    options.message = request.message;
    for (const QString &commit : request.commits) {
        if (const auto id = git::Oid::fromHex(commit))
            options.commits.append(*id);
    }
    return options;
}

QList<PathConflict> MergeView::conflicts(const QList<git::MergeConflict> &conflicts)
{
    QList<PathConflict> shown;
    for (const git::MergeConflict &conflict : conflicts)
        shown.append({.path = conflict.path, .kind = git::mergeConflictName(conflict.kind)});
    return shown;
}

MergeAnswer MergeView::fromPreview(const QString &target,
                                   const worktrees::IntegrationPreview &preview)
{
    MergeAnswer answer{.target = target,
                       .before =
                           preview.targetTip.isNull() ? QString() : preview.targetTip.toString(),
                       .after = preview.head.toString(),
                       .commits = static_cast<int>(preview.commits.size()),
                       .conflicts = conflicts(preview.conflicts),
                       .notices = preview.notices};
    for (const worktrees::DiffFile &file : preview.files)
        answer.files.append({.path = file.path, .oldPath = file.oldPath, .index = letterOf(file)});
    if (preview.filesTruncated)
        answer.notices.append(
            tr("%n file(s) would change; not all of them are listed.", nullptr, preview.fileCount));
    if (preview.isProtected)
        answer.blockers.append(tr("%1 is a protected branch.").arg(target));
    for (const worktrees::CheckoutReport &checkout : preview.checkouts) {
        const QString &place = checkout.checkout.path;
        const worktrees::CheckoutClash &clash = checkout.clash;
        if (checkout.checkout.ofSession)
            answer.blockers.append(
                tr("An agent works in %1, where that branch is checked out.").arg(place));
        if (checkout.checkout.busy != worktrees::BranchCheckout::Busy::No)
            answer.blockers.append(
                tr("A merge, rebase or the like is not ended in %1.").arg(place));
        if (clash.isLocked)
            answer.blockers.append(tr("Another git program is at work in %1.").arg(place));
        if (!clash.changed.isEmpty())
            answer.blockers.append(tr("%1 has changes that would be overwritten: %2")
                                       .arg(place, someOf(clash.changed)));
        if (!clash.untracked.isEmpty())
            answer.blockers.append(tr("%1 has files in the way that git does not know: %2")
                                       .arg(place, someOf(clash.untracked)));
        if (!clash.unmerged.isEmpty())
            answer.blockers.append(tr("%1 has conflicts that are not resolved: %2")
                                       .arg(place, someOf(clash.unmerged)));
    }
    for (const worktrees::ImportFlag &flag : preview.flags)
        answer.notices.append(
            tr("Look at this closely: %1 (%2)")
                .arg(QString::fromUtf8(flag.path), worktrees::importFlagName(flag.kind)));
    return answer;
}

MergeAnswer MergeView::fromTakeOverPreview(const QString &target,
                                           const worktrees::IntegrationPreview &preview)
{
    worktrees::IntegrationPreview own = preview;
    for (worktrees::CheckoutReport &checkout : own.checkouts) {
        checkout.checkout.ofSession = false;
        checkout.clash = {};
    }
    return fromPreview(target, own);
}

MergeAnswer MergeView::fromTakeOver(const worktrees::TakeOverReport &report)
{
    MergeAnswer answer{
        .target = report.branch, .before = report.from.toString(), .after = report.to.toString()};
    if (report.from != report.to)
        answer.notices.append(
            tr("The files in your checkout are what the agent left. Take it back with: git reset "
               "--mixed %1")
                .arg(report.from.toString()));
    return answer;
}

Error MergeView::agentMoved()
{
    return Error(ErrorKind::Conflict, tr("The agent has committed meanwhile. Nothing was changed."))
        .withRemedy(tr("Look at what it did, then try again."));
}

MergeAnswer MergeView::fromReport(const QString &target, const worktrees::IntegrationReport &report)
{
    MergeAnswer answer{.target = target,
                       .before = report.record.before.toString(),
                       .after = report.record.after.toString(),
                       .commits = static_cast<int>(report.taken.size()),
                       .conflicts = conflicts(report.conflicts),
                       .notices = report.notices};
    for (const QString &place : report.movedCheckouts)
        answer.notices.append(tr("The files in %1 followed.").arg(place));
    if (!report.dropped.isEmpty())
        answer.notices.append(tr("%n commit(s) brought nothing new and were left out.",
                                 nullptr,
                                 static_cast<int>(report.dropped.size())));
    return answer;
}

QByteArray MergeView::recordBytes(const worktrees::IntegrationRecord &record)
{
    return QJsonDocument(QJsonObject{{u"target"_s, record.target},
                                     {u"before"_s, QString::fromLatin1(record.before.toHex())},
                                     {u"after"_s, QString::fromLatin1(record.after.toHex())},
                                     {u"backupRef"_s, record.backupRef}})
        .toJson(QJsonDocument::Compact);
}

std::optional<worktrees::IntegrationRecord> MergeView::recordFromBytes(const QByteArray &bytes)
{
    const auto object = parseJsonObject(bytes, {.maxBytes = 64 * 1024, .maxDepth = 4});
    if (!object)
        return std::nullopt;
    JsonReader reader{*object};
    worktrees::IntegrationRecord record{.target = reader.text(u"target"),
                                        .backupRef = reader.optionalText(u"backupRef")};
    const auto before = git::Oid::fromHex(reader.text(u"before"));
    const auto after = git::Oid::fromHex(reader.text(u"after"));
    if (!reader.isOk() || !before || !after || record.target.isEmpty())
        return std::nullopt;
    record.before = *before;
    record.after = *after;
    return record;
}

} // namespace paddock::facade
