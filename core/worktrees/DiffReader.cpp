// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/DiffStream.h"
#include "core/worktrees/SessionReader.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxOutput = kGiB; // looked at as it comes; what is kept is far less

QString tr(const char *text)
{
    return QCoreApplication::translate("SessionDiff", text);
}

bool readsFiles(DiffRange range)
{
    return range == DiffRange::HeadToFiles || range == DiffRange::BaseToFiles ||
           range == DiffRange::IndexToFiles;
}

/// Sets the ends of the report and answers how git is told them.
Result<QStringList> endsOf(const SessionTree &tree,
                           const DiffOptions &options,
                           const git::Oid &head,
                           DiffReport &report)
{
    const git::Oid base = tree.baseCommit.isNull() ? head : tree.baseCommit;
    switch (options.range) {
    case DiffRange::BaseToHead:
        report.from = base;
        report.to = head;
        break;
    case DiffRange::Commits:
        if (options.from.isNull() || options.to.isNull())
            return fail(ErrorKind::InvalidArgument, tr("Two commits are needed to compare."));
        report.from = options.from;
        report.to = options.to;
        break;
    case DiffRange::HeadToFiles:
        report.from = head;
        break;
    case DiffRange::BaseToFiles:
        report.from = base;
        break;
    case DiffRange::HeadToIndex:
        report.from = head;
        return QStringList{u"--cached"_s, head.toString()};
    case DiffRange::IndexToFiles:
        return QStringList();
    }
    QStringList ends{report.from.toString()};
    if (!report.to.isNull())
        ends += report.to.toString();
    return ends;
}

git::GitRequest
requestFor(const HostView &view, const DiffOptions &options, const QStringList &ends)
{
    QStringList arguments = git::diffStreamArguments();
    arguments += u"--unified=%1"_s.arg(std::clamp(options.contextLines, 0, 100'000));
    if (options.whitespace == Whitespace::IgnoreAmount)
        arguments += u"--ignore-space-change"_s;
    else if (options.whitespace == Whitespace::Ignore)
        arguments += u"--ignore-all-space"_s;
    // Between two commits nothing of a submodule is opened, and a planted one must be seen.
    arguments +=
        readsFiles(options.range) ? u"--ignore-submodules=all"_s : u"--ignore-submodules=none"_s;
    arguments += ends;
    arguments += u"--"_s;
    auto request =
        readsFiles(options.range) ? view.fileRequest(arguments) : view.objectRequest(arguments);
    if (options.range == DiffRange::HeadToIndex)
        request.indexFile = view.worktreeIndex();
    request.settings = {{"core.quotePath", "false"}}; // as DiffStream expects names
    request.paths = options.paths;
    request.maxOutput = kMaxOutput;
    request.overLimit = git::GitRequest::OverLimit::Truncate;
    request.timeout = options.time;
    request.what = tr("Comparing");
    return request;
}

} // namespace

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
    for (const QByteArray &path : options.paths) {
        if (path.isEmpty() || path.startsWith('/') || path.contains('\0'))
            return fail(ErrorKind::InvalidArgument, tr("This is not the path of a file."));
    }
    DiffReport report;
    const auto ends = endsOf(tree, options, head, report);
    if (!ends)
        return fail(ends.error());
    const git::DiffLimits limits{.text = options.maxBytes, .fileText = options.maxFileBytes};
    git::DiffStream stream(limits);
    auto request = requestFor(*view, options, *ends);
    request.sink = [&stream](QByteArrayView bytes) { return stream.feed(bytes); };
    const auto again = [&stream, limits] { stream = git::DiffStream(limits); };
    const auto output = readsFiles(options.range) ? runOnFiles(git, tree, request, cancel, again)
                                                  : git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(request, *output));
    auto content = stream.finish(output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
    if (!content)
        return fail(content.error());
    for (const git::DiffEntry &entry : content->entries) {
        // Differs in nothing but what is ignored.
        if (!entry.hasPatch && options.whitespace != Whitespace::Compare && !content->truncated)
            continue;
        report.files.append({.path = entry.path,
                             .oldPath = entry.oldPath,
                             .added = entry.added,
                             .removed = entry.removed,
                             .status = entry.status,
                             .oldMode = entry.oldMode,
                             .newMode = entry.newMode,
                             .oldId = entry.oldId,
                             .newId = entry.newId,
                             .isLeftOut = entry.isLeftOut});
    }
    report.text = std::move(content->text);
    report.truncated = content->truncated;
    return report;
}

} // namespace paddock::worktrees
