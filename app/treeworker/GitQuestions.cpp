// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/treeworker/GitQuestions.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace paddock::treeworker {

namespace {

// A FIFO in the place of .gitignore stops git for ever. The owner wants an answer within five
// seconds, with its name.
constexpr auto kRulesTime = std::chrono::seconds(3);
constexpr auto kIndexTime = std::chrono::seconds(10);
constexpr qint64 kMaxMemory = 2 * kGiB;
constexpr qint64 kMaxIgnored = 256 * kKiB;

QByteArrayList namesOf(const QByteArray &output)
{
    QByteArrayList names = output.split('\0');
    names.removeLast(); // what follows the last NUL: nothing, or a name that was cut
    return names;
}

} // namespace

git::GitRequest
GitQuestions::request(const QStringList &arguments, const QByteArrayList &paths, Index index) const
{
    const QString gitDir = QFile::decodeName(m_tree.gitDir);
    git::GitRequest made{.arguments = arguments,
                         .gitDir = gitDir,
                         .workTree = QFile::decodeName(m_tree.workPath),
                         .directory = gitDir,
                         .indexFile = index == Index::Real ? QFile::decodeName(m_tree.indexFile)
                                                           : gitDir + u"/no-index"_s};
    // This process may not take all of the address space.
    made.settings = {{"core.packedGitWindowSize", "16m"}, {"core.packedGitLimit", "256m"}};
    made.arguments += u"--"_s;
    made.paths = paths;
    made.maxOutput = worktrees::kMaxTreeAnswer;
    made.overLimit = git::GitRequest::OverLimit::Truncate;
    made.timeout = kRulesTime;
    made.maxMemory = kMaxMemory;
    made.what = u"Looking at the tree"_s;
    return made;
}

Result<QByteArrayList> GitQuestions::untracked(const QByteArrayList &paths, Index index) const
{
    const auto output = m_git.check(request({u"ls-files"_s,
                                             u"-z"_s,
                                             u"--others"_s,
                                             u"--exclude-standard"_s,
                                             u"--directory"_s,
                                             u"--no-empty-directory"_s},
                                            paths,
                                            index));
    return output ? Result<QByteArrayList>(namesOf(*output)) : fail(output.error());
}

Result<QByteArrayList> GitQuestions::ignoredFolders(const QByteArrayList &paths, Index index) const
{
    auto made = request({u"ls-files"_s,
                         u"-z"_s,
                         u"--others"_s,
                         u"--ignored"_s,
                         u"--exclude-standard"_s,
                         u"--directory"_s},
                        paths,
                        index);
    made.maxOutput = kMaxIgnored; // those that are missing are watched for nothing
    const auto output = m_git.check(made);
    if (!output)
        return fail(output.error());
    QByteArrayList names = namesOf(*output);
    if (output->size() >= kMaxIgnored && !names.isEmpty())
        names.removeLast(); // nobody knows what would have followed it
    // A folder that is not ignored itself but has only ignored files comes before these: there may
    // be others at any time.
    QByteArrayList folders;
    for (qsizetype at = 0; at < names.size(); ++at) {
        const QByteArray &name = names[at];
        if (name.endsWith('/') && (at + 1 == names.size() || !names[at + 1].startsWith(name)))
            folders.append(name.chopped(1));
    }
    return folders;
}

Result<QHash<QByteArray, char>> GitQuestions::staged(const QByteArray &head) const
{
    auto made = request({u"diff-index"_s,
                         u"--cached"_s,
                         u"--raw"_s,
                         u"-z"_s,
                         u"--no-renames"_s,
                         u"--no-abbrev"_s,
                         u"--ignore-submodules=all"_s,
                         QString::fromLatin1(head)},
                        {},
                        Index::Real);
    made.timeout = kIndexTime;
    made.overLimit = git::GitRequest::OverLimit::Fail;
    made.maxOutput = 64 * kMiB;
    const auto output = m_git.check(made);
    if (!output)
        return fail(output.error());
    const auto entries = git::parseRawDiff(*output);
    if (!entries)
        return fail(entries.error());
    QHash<QByteArray, char> letters;
    for (const git::RawDiffEntry &entry : *entries)
        letters.insert(entry.path, entry.status);
    return letters;
}

Result<QHash<QByteArray, char>> GitQuestions::changed(const QByteArrayList &paths) const
{
    auto made = request({u"status"_s,
                         u"--porcelain=v2"_s,
                         u"-z"_s,
                         u"--ignore-submodules=all"_s,
                         u"--untracked-files=no"_s,
                         u"--no-renames"_s},
                        paths,
                        Index::Real);
    made.timeout = kIndexTime;
    const auto output = m_git.check(made);
    if (!output)
        return fail(output.error());
    const auto entries = git::parseStatus(*output);
    if (!entries)
        return fail(entries.error());
    QHash<QByteArray, char> letters;
    for (const git::StatusEntry &entry : *entries)
        letters.insert(entry.path, entry.worktree);
    return letters;
}

Result<QList<git::StatusEntry>> GitQuestions::status(bool *truncated) const
{
    auto made = request({u"status"_s,
                         u"--porcelain=v2"_s,
                         u"-z"_s,
                         u"--ignore-submodules=all"_s,
                         u"--untracked-files=normal"_s,
                         u"--no-renames"_s},
                        {},
                        Index::Real);
    made.timeout = kIndexTime;
    const auto output = m_git.run(made);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(git::GitProcess::failure(made, *output));
    *truncated = output->truncated;
    return git::parseStatus(output->output,
                            output->truncated ? git::Tail::MayBeCut : git::Tail::Complete);
}

} // namespace paddock::treeworker
