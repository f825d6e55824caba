// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/WorkspacePatterns.h"

#include "core/base/Bytes.h"
#include "core/base/XdgPaths.h"
#include "core/git/Repository.h"
#include "core/worktrees/BranchPlan.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/PathPattern.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr char kCovered[] = "covered-paths";
constexpr qsizetype kMaxNamed = 1000;
constexpr auto kListTime = std::chrono::minutes(1);

QString tr(const char *text)
{
    return QCoreApplication::translate("WorkspacePatterns", text);
}

struct Judge
{
    QList<PathPattern> include;
    QList<PathPattern> exclude;

    [[nodiscard]] bool shows(const QByteArray &path) const
    {
        const auto covers = [&](const PathPattern &pattern) { return pattern.covers(path, false); };
        return (include.isEmpty() || std::any_of(include.begin(), include.end(), covers)) &&
               std::none_of(exclude.begin(), exclude.end(), covers);
    }
};

Result<Judge> judgeFor(const WorkspacePatterns &patterns)
{
    const auto include = parsePatterns(patterns.include);
    if (!include)
        return fail(include.error());
    const auto exclude = parsePatterns(patterns.exclude);
    if (!exclude)
        return fail(exclude.error());
    return Judge{.include = *include, .exclude = *exclude};
}

} // namespace

Result<Done> checkPatterns(const WorkspacePatterns &patterns)
{
    const auto judge = judgeFor(patterns);
    return judge ? Result<Done>(Done{}) : fail(judge.error());
}

bool areConcrete(const WorkspacePatterns &patterns)
{
    const auto exclude = parsePatterns(patterns.exclude);
    return patterns.include.isEmpty() && exclude &&
           std::all_of(exclude->begin(), exclude->end(), [](const PathPattern &pattern) {
               return pattern.isConcrete();
           });
}

Result<Done> checkCoverable(const WorkspacePatterns &patterns)
{
    if (auto fine = checkPatterns(patterns); !fine)
        return fine;
    if (areConcrete(patterns))
        return Done{};
    return fail(Error(ErrorKind::InvalidArgument,
                      tr("In the main checkout only single paths can be left out."))
                    .withRemedy(tr("Write each path from the top (/docs/draft.md), or start a "
                                   "session that may write.")));
}

QByteArray sparseCheckout(const WorkspacePatterns &patterns)
{
    if (patterns.isEmpty())
        return {};
    // The last line that fits counts, so what is excluded comes last.
    QByteArray text;
    const auto include = parsePatterns(patterns.include).value_or(QList<PathPattern>());
    const auto exclude = parsePatterns(patterns.exclude).value_or(QList<PathPattern>());
    if (include.isEmpty())
        text += "/*\n";
    for (const PathPattern &pattern : include)
        text += pattern.text() + '\n';
    for (const PathPattern &pattern : exclude)
        text += '!' + pattern.text() + '\n';
    return text;
}

Result<Done> recordPatterns(const SessionTree &tree, const WorkspacePatterns &patterns)
{
    if (patterns.isEmpty())
        return Done{};
    if (auto made = makePrivateFolder(tree.hostViewDir() + u"/info"_s); !made)
        return made;
    if (tree.checkout == Checkout::Worktree)
        return writeFileBeneath(
            tree.hostViewDir(), kSparseCheckout, sparseCheckout(patterns), 0600);
    const auto exclude = parsePatterns(patterns.exclude);
    if (!exclude)
        return fail(exclude.error());
    QByteArray paths;
    for (const PathPattern &pattern : *exclude)
        paths += pattern.concretePath() + '\0';
    return writeFileBeneath(tree.hostViewDir(), kCovered, paths, 0600);
}

QList<QByteArray> coveredPaths(const SessionTree &tree)
{
    auto paths =
        readFileBeneath(tree.hostViewDir(), kCovered, kMiB).value_or(QByteArray()).split('\0');
    paths.removeAll(QByteArray());
    return paths;
}

Result<PatternPreview> previewPatterns(const git::GitProcess &git,
                                       const PatternPreviewOptions &options,
                                       const CancelToken &cancel)
{
    const auto judge = judgeFor(options.patterns);
    if (!judge)
        return fail(judge.error());
    const auto project = git::inspectRepository(options.projectPath);
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto start = findStart(*repository, *project, options.base);
    if (!start)
        return fail(start.error());
    PatternPreview preview{.canCover = areConcrete(options.patterns)};
    if (start->commit.isNull())
        return preview;
    auto request = projectRequest(
        *project,
        {u"ls-tree"_s, u"-r"_s, u"-z"_s, u"--long"_s, u"--full-tree"_s, start->commit.toString()});
    request.timeout = kListTime;
    request.maxOutput = std::numeric_limits<qint64>::max(); // only an entry is kept at a time
    request.what = tr("Listing the files");
    QByteArray rest;
    request.sink = [&](QByteArrayView bytes) {
        rest += bytes;
        qsizetype begin = 0;
        for (qsizetype end = 0; (end = rest.indexOf('\0', begin)) >= 0; begin = end + 1) {
            // "<mode> <type> <id> <size, in seven columns>\t<path>"
            const QByteArray entry = rest.mid(begin, end - begin);
            const qsizetype tab = entry.indexOf('\t');
            const qint64 size =
                entry.left(tab).mid(entry.left(tab).lastIndexOf(' ') + 1).toLongLong();
            const QByteArray path = entry.mid(tab + 1);
            if (judge->shows(path)) {
                ++preview.shownFiles;
                preview.shownBytes += size;
                continue;
            }
            ++preview.hiddenFiles;
            preview.hiddenBytes += size;
            if (preview.hidden.size() < kMaxNamed)
                preview.hidden += path;
        }
        rest.remove(0, begin);
        return true;
    };
    if (const auto listed = git.check(request, cancel); !listed)
        return fail(listed.error());
    return preview;
}

} // namespace paddock::worktrees
