// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HistoryReader.h"

#include "core/base/Bytes.h"
#include "core/git/Repository.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kTime = std::chrono::seconds(20);
constexpr qint64 kMaxBlob = 16 * kMiB;
constexpr int kMaxPage = 5000;
constexpr int kMaxRefs = 2000;
constexpr int kMaxCompared = 50; // refs that are counted against the branch
constexpr int kMaxCounted = 1000;
constexpr int kMaxBlamedLines = 200'000;

QString tr(const char *text)
{
    return QCoreApplication::translate("SessionHistory", text);
}

struct Place
{
    git::RepositoryInfo project{};
    HostView view{};
    git::Oid head{};
};

Result<Place> placeOf(const SessionTree &tree)
{
    auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    Place place{.project = *project, .head = hostHead(tree, *project)};
    auto view = HostView::ensure(tree, *project, place.head);
    if (!view)
        return fail(view.error());
    place.view = *view;
    return place;
}

/// Other sessions are nobody's business here.
bool concerns(const git::Ref &ref, const SessionTree &tree)
{
    switch (ref.kind) {
    case git::Ref::Kind::SessionBranch:
        return ref.name == tree.branchRef().toUtf8();
    case git::Ref::Kind::Session:
        return ref.name.startsWith(tree.refsPrefix().toUtf8()) &&
               !ref.name.endsWith("/last-import");
    case git::Ref::Kind::Backup:
        return ref.name.startsWith(tree.backupPrefix().toUtf8());
    case git::Ref::Kind::Other:
        return false;
    default:
        return true;
    }
}

Result<RefList> listRefs(const git::GitProcess &git,
                         const SessionTree &tree,
                         const git::RepositoryInfo &project,
                         const CancelToken &cancel)
{
    auto request = projectRequest(project, git::refsArguments(kMaxRefs));
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    request.timeout = kTime;
    request.what = tr("Listing branches and tags");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(request, *output));
    auto refs = git::parseRefs(output->output,
                               output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
    if (!refs)
        return fail(refs.error());
    RefList list{.truncated = output->truncated || refs->size() >= kMaxRefs};
    std::copy_if(refs->begin(),
                 refs->end(),
                 std::back_inserter(list.refs),
                 [&](const git::Ref &ref) { return concerns(ref, tree); });
    return list;
}

git::LogOptions logOptions(const SessionTree &tree,
                           const HistoryOptions &options,
                           const git::Oid &head,
                           const RefList &refs)
{
    git::LogOptions log{.path = options.path,
                        .count = std::clamp(options.count, 1, kMaxPage) + 1, // is there more?
                        .skip = std::max(options.skip, 0)};
    log.from += options.start.isNull() ? head : options.start;
    if (options.scope == HistoryOptions::Scope::Session && !tree.baseCommit.isNull())
        log.notIn += tree.baseCommit;
    if (options.scope == HistoryOptions::Scope::All && options.start.isNull()) {
        for (const git::Ref &ref : refs.refs) {
            if (!ref.commit.isNull() && !log.from.contains(ref.commit))
                log.from += ref.commit;
        }
    }
    return log;
}

} // namespace

Result<HistoryPage> readHistory(const git::GitProcess &git,
                                const SessionTree &tree,
                                const HistoryOptions &options,
                                const CancelToken &cancel)
{
    const auto place = placeOf(tree);
    if (!place)
        return fail(place.error());
    const auto refs = listRefs(git, tree, place->project, cancel);
    if (!refs)
        return fail(refs.error());
    const auto log = logOptions(tree, options, place->head, *refs);
    auto request = place->view.objectRequest(git::logArguments(log));
    if (!log.path.isEmpty())
        request.paths = {log.path};
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    request.timeout = kTime;
    request.what = tr("Reading the history");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(request, *output));
    auto commits = git::parseLog(output->output,
                                 output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
    if (!commits)
        return fail(commits.error());
    HistoryPage page{.commits = std::move(*commits), .truncated = output->truncated};
    page.hasMore = page.truncated || page.commits.size() >= log.count;
    if (page.commits.size() >= log.count)
        page.commits.removeLast();
    page.graph = git::layOutGraph(page.commits);
    QHash<git::Oid, QList<git::Ref>> named;
    for (const git::Ref &ref : refs->refs) {
        if (!ref.commit.isNull())
            named[ref.commit] += ref;
    }
    for (const git::Commit &commit : page.commits) {
        if (const auto found = named.constFind(commit.id); found != named.cend())
            page.names.insert(commit.id, *found);
    }
    return page;
}

Result<BlameReport> readBlame(const git::GitProcess &git,
                              const SessionTree &tree,
                              const QByteArray &path,
                              const git::Oid &commit,
                              const CancelToken &cancel)
{
    const auto place = placeOf(tree);
    if (!place)
        return fail(place.error());
    BlameReport report{.commit = commit.isNull() ? place->head : commit};
    if (path.isEmpty() || path.contains('\0') || path.startsWith('/'))
        return fail(ErrorKind::InvalidArgument, tr("This is not the path of a file."));
    // How large it is, before anything reads it.
    auto question = place->view.objectRequest(
        {u"ls-tree"_s, u"-z"_s, u"-l"_s, u"--full-tree"_s, report.commit.toString(), u"--"_s});
    question.paths = {path};
    question.what = tr("Looking for the file");
    const auto entry = git.check(question, cancel);
    if (!entry)
        return fail(entry.error());
    const auto words =
        entry->left(std::max<qsizetype>(entry->indexOf('\t'), 0)).simplified().split(' ');
    if (words.size() != 4 || words[1] != "blob")
        return fail(Error(ErrorKind::NotFound, tr("The file is not in this commit."))
                        .withDetail(QString::fromUtf8(path)));
    if (words[3].toLongLong() > kMaxBlob)
        return fail(Error(ErrorKind::FileTooLarge,
                          tr("The file is larger than %1.").arg(formatByteSize(kMaxBlob)))
                        .withDetail(QString::fromUtf8(path)));
    auto request = place->view.objectRequest(
        {u"blame"_s, u"--incremental"_s, u"--root"_s, report.commit.toString(), u"--"_s});
    request.paths = {path};
    request.maxOutput = 64 * kMiB;
    request.timeout = kTime;
    request.what = tr("Finding out who wrote the lines");
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());
    auto blame = git::parseBlame(*output, kMaxBlamedLines);
    if (!blame)
        return fail(blame.error());
    report.blame = std::move(*blame);
    return report;
}

Result<RefList>
readRefs(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel)
{
    const auto place = placeOf(tree);
    if (!place)
        return fail(place.error());
    auto list = listRefs(git, tree, place->project, cancel);
    if (!list)
        return list;
    const auto repository = git::Repository::open(place->project.commonDir);
    if (!repository)
        return fail(repository.error());
    int compared = 0;
    for (git::Ref &ref : list->refs) {
        if (cancel.isCancelled())
            return fail(ErrorKind::Cancelled, tr("Cancelled."));
        if (ref.commit.isNull() || ref.kind == git::Ref::Kind::Tag || ++compared > kMaxCompared)
            continue;
        const auto ahead = repository->countCommits(ref.commit, place->head, kMaxCounted);
        const auto behind = repository->countCommits(place->head, ref.commit, kMaxCounted);
        if (ahead && behind) {
            ref.ahead = *ahead;
            ref.behind = *behind;
        }
    }
    return list;
}

} // namespace paddock::worktrees
