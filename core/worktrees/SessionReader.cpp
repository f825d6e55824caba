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
constexpr auto kStatusTime = std::chrono::seconds(20);
constexpr int kMaxAhead = 10'000;
constexpr auto kPatience = std::chrono::seconds(3);
constexpr qsizetype kMaxNamed = 5;
constexpr qint64 kMaxWalked = 200'000;

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

/// Special files in the tree that git opens by name and then waits on.
QStringList findSpecialFiles(const SessionTree &tree, const CancelToken &cancel)
{
    QStringList found;
    const auto walked = walkTree(
        tree.workPath,
        [&](const WalkedEntry &entry) {
            if (!S_ISREG(entry.status.st_mode) && !S_ISDIR(entry.status.st_mode) &&
                !S_ISLNK(entry.status.st_mode) && isReadByGit(entry.name))
                found += QString::fromUtf8(entry.path);
            return found.size() < kMaxNamed;
        },
        {.entries = kMaxWalked},
        cancel);
    return walked ? found : QStringList();
}

} // namespace

Error stoppedBySpecialFiles(const QStringList &names)
{
    const QString list = names.first(std::min(names.size(), kMaxNamed)).join(u", "_s);
    return Error(ErrorKind::CommandTimeout, tr("Git waits for a special file in the worktree."))
        .withDetail(list)
        .withRemedy(tr("The agent made a special file that stops git: %1. Delete it, or ask the "
                       "agent to.")
                        .arg(list));
}

Result<git::GitOutput> runOnFiles(const git::GitProcess &git,
                                  const SessionTree &tree,
                                  git::GitRequest request,
                                  const CancelToken &cancel,
                                  const std::function<void()> &again)
{
    const auto whole = request.timeout;
    request.timeout = std::min<std::chrono::milliseconds>(whole, kPatience);
    auto output = git.run(request, cancel);
    if (output || output.error().kind != ErrorKind::CommandTimeout)
        return output;
    if (const QStringList special = findSpecialFiles(tree, cancel); !special.isEmpty())
        return fail(stoppedBySpecialFiles(special));
    if (whole > kPatience) {
        request.timeout = whole;
        if (again)
            again();
        output = git.run(request, cancel);
    }
    if (output || output.error().kind != ErrorKind::CommandTimeout)
        return output;
    return fail(output.error().withRemedy(
        tr("The folder may be very large. Ask the agent what it made there.")));
}

int commitsAhead(const SessionTree &tree, const git::RepositoryInfo &project, const git::Oid &head)
{
    if (tree.branch.isEmpty() || head == tree.baseCommit)
        return 0;
    const auto repository = git::Repository::open(project.commonDir);
    return repository ? repository->countCommits(head, tree.baseCommit, kMaxAhead).value_or(0) : 0;
}

Result<TreeStatus> readStatus(const git::GitProcess &git,
                              const SessionTree &tree,
                              const git::RepositoryInfo &project,
                              const CancelToken &cancel)
{
    TreeStatus status{.head = hostHead(tree, project)};
    const auto view = HostView::ensure(tree, project, status.head);
    if (!view)
        return fail(view.error());
    status.ahead = commitsAhead(tree, project, status.head);
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
    const auto output = runOnFiles(git, tree, request, cancel);
    if (!output)
        return fail(output.error());
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
        status.files.append(changedFileOf(entry));
    }
    return status;
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
