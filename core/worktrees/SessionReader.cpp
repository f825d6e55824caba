// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/SessionReader.h"

#include "core/git/Porcelain.h"
#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxStatus = 8 * kMiB;
constexpr qint64 kMaxNumstat = 8 * kMiB;
constexpr auto kStatusTime = std::chrono::seconds(20);
constexpr int kMaxAhead = 10'000;

QString tr(const char *text)
{
    return QCoreApplication::translate("SessionDiff", text);
}

/// Git opens these by name and waits for ever when one is a FIFO.
bool isReadByGit(const QByteArray &name)
{
    return name == ".gitignore" || name == ".gitattributes" || name == ".mailmap" ||
           name == ".gitmodules";
}

/// Adds to a timeout which file of the tree is to blame, if one is found.
Error explained(const Error &error, const SessionTree &tree, const CancelToken &cancel)
{
    if (error.kind != ErrorKind::CommandTimeout)
        return error;
    QStringList found;
    const auto walked = walkTree(
        tree.workPath,
        [&](const WalkedEntry &entry) {
            if (!S_ISREG(entry.status.st_mode) && !S_ISDIR(entry.status.st_mode) &&
                !S_ISLNK(entry.status.st_mode) && isReadByGit(entry.name))
                found += QString::fromUtf8(entry.path);
            return found.size() < 5;
        },
        {.entries = 200'000},
        cancel);
    if (!walked || found.isEmpty())
        return error.withRemedy(
            tr("The folder may be very large. Ask the agent what it made there."));
    return error.withDetail(found.join(u", "_s))
        .withRemedy(tr("The agent made a special file that stops git: %1. Delete it, or ask the "
                       "agent to.")
                        .arg(found.join(u", "_s)));
}

QStringList diffArguments()
{
    return {u"diff"_s,
            u"--no-ext-diff"_s,
            u"--no-textconv"_s,
            u"--no-color"_s,
            u"--find-renames"_s,
            u"--src-prefix=a/"_s,
            u"--dst-prefix=b/"_s};
}

} // namespace

Result<TreeStatus> readStatus(const git::GitProcess &git,
                              const SessionTree &tree,
                              const git::RepositoryInfo &project,
                              const CancelToken &cancel)
{
    TreeStatus status{.head = hostHead(tree, project)};
    const auto view = HostView::ensure(tree, project, status.head);
    if (!view)
        return fail(view.error());
    if (const auto repository = git::Repository::open(project.commonDir);
        repository && !tree.branch.isEmpty()) {
        if (const auto ahead = repository->countCommits(status.head, tree.baseCommit, kMaxAhead))
            status.ahead = *ahead;
    }
    auto request = view->fileRequest({u"status"_s,
                                      u"--porcelain=v2"_s,
                                      u"-z"_s,
                                      u"--ignore-submodules=all"_s,
                                      u"--untracked-files=normal"_s,
                                      u"--no-renames"_s});
    request.maxOutput = kMaxStatus;
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    request.timeout = kStatusTime;
    request.what = tr("Reading the state of the files");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(explained(output.error(), tree, cancel));
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(request, *output));
    status.truncated = output->truncated;
    const auto entries = git::parseStatus(
        output->output, output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
    if (!entries)
        return fail(entries.error());
    for (const git::StatusEntry &entry : *entries) {
        if (entry.index == '!')
            continue;
        const bool untracked = entry.index == '?';
        status.files.append({.path = entry.path,
                             .oldPath = entry.oldPath,
                             .index = untracked ? '.' : entry.index,
                             .worktree = untracked ? '?' : entry.worktree,
                             .untracked = untracked});
    }
    return status;
}

Result<DiffReport> readDiff(const git::GitProcess &git,
                            const SessionTree &tree,
                            const git::RepositoryInfo &project,
                            const DiffOptions &options,
                            const CancelToken &cancel)
{
    const git::Oid head = hostHead(tree, project);
    const auto view = HostView::ensure(tree, project, head);
    if (!view)
        return fail(view.error());
    DiffReport report;
    report.from = options.range == DiffRange::HeadToFiles ? head : tree.baseCommit;
    if (report.from.isNull())
        report.from = head;
    const bool onlyCommits = options.range == DiffRange::BaseToHead;
    if (onlyCommits)
        report.to = head;

    const auto request = [&](const QStringList &format) {
        QStringList arguments = diffArguments() + format;
        // Between two commits nothing of a submodule is opened, and a planted one must be seen.
        arguments += onlyCommits ? u"--ignore-submodules=none"_s : u"--ignore-submodules=all"_s;
        arguments += report.from.toString();
        if (onlyCommits)
            arguments += report.to.toString();
        arguments += u"--"_s;
        auto made = onlyCommits ? view->objectRequest(arguments) : view->fileRequest(arguments);
        made.timeout = options.time;
        made.overLimit = git::GitRequest::OverLimit::Truncate;
        made.what = tr("Comparing");
        return made;
    };

    auto numbers = request({u"--numstat"_s, u"-z"_s});
    numbers.maxOutput = kMaxNumstat;
    const auto counted = git.run(numbers, cancel);
    if (!counted)
        return fail(explained(counted.error(), tree, cancel));
    if (counted->exitCode != 0 && !counted->truncated)
        return fail(git::GitProcess::failure(numbers, *counted));
    const auto entries = git::parseNumstat(
        counted->output, counted->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
    if (!entries)
        return fail(entries.error());
    for (const git::NumstatEntry &entry : *entries)
        report.files.append({.path = entry.path,
                             .oldPath = entry.oldPath,
                             .added = entry.added,
                             .removed = entry.removed});

    auto text = request({u"--patch"_s, u"--unified=%1"_s.arg(options.contextLines)});
    text.maxOutput = options.maxBytes;
    const auto patch = git.run(text, cancel);
    if (!patch)
        return fail(explained(patch.error(), tree, cancel));
    if (patch->exitCode != 0 && !patch->truncated)
        return fail(git::GitProcess::failure(text, *patch));
    report.text = patch->output;
    report.truncated = patch->truncated || counted->truncated;
    if (patch->truncated) // up to the last whole line
        report.text.truncate(report.text.lastIndexOf('\n') + 1);
    return report;
}

Result<QList<CommitSummary>> readLog(const git::GitProcess &git,
                                     const SessionTree &tree,
                                     const git::RepositoryInfo &project,
                                     int limit,
                                     const CancelToken &cancel)
{
    const git::Oid head = hostHead(tree, project);
    const auto view = HostView::ensure(tree, project, head);
    if (!view)
        return fail(view.error());
    QStringList arguments{u"log"_s,
                          u"-z"_s,
                          u"--no-show-signature"_s,
                          u"--no-mailmap"_s,
                          u"--no-color"_s,
                          u"--encoding=UTF-8"_s,
                          QString::fromLatin1(kSummaryFormat),
                          u"--max-count=%1"_s.arg(limit),
                          head.toString()};
    if (!tree.baseCommit.isNull())
        arguments += u'^' + tree.baseCommit.toString();
    arguments += u"--"_s;
    auto request = view->objectRequest(arguments);
    request.timeout = kStatusTime;
    request.what = tr("Reading the history");
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());
    return parseSummaries(*output);
}

Result<QList<CommitSummary>> parseSummaries(const QByteArray &text)
{
    QList<CommitSummary> commits;
    for (const QByteArray &record : text.split('\0')) {
        if (record.isEmpty())
            continue;
        // The subject comes last: it may hold any character but NUL.
        const qsizetype first = record.indexOf('\x1f');
        const qsizetype second = record.indexOf('\x1f', first + 1);
        const qsizetype third = record.indexOf('\x1f', second + 1);
        const auto id = git::Oid::fromHex(record.left(std::max<qsizetype>(first, 0)));
        if (!id || second < 0 || third < 0)
            return fail(ErrorKind::ProtocolError, tr("The answer of git log could not be read."));
        commits.append(
            {.id = *id,
             .author = QString::fromUtf8(record.mid(second + 1, third - second - 1)).trimmed(),
             .time = record.mid(first + 1, second - first - 1).toLongLong(),
             .subject = QString::fromUtf8(record.mid(third + 1)).trimmed()});
    }
    return commits;
}

} // namespace paddock::worktrees
