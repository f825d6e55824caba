// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/MemoryMerge.h"

#include "core/base/Bytes.h"
#include "core/base/XdgPaths.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <functional>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kMergeTime = std::chrono::minutes(3);
constexpr qint64 kMaxAnswer = 64 * kMiB;
constexpr qint64 kMaxCommit = 4 * kMiB;
constexpr qint64 kMaxTreeList = kGiB; // streamed, not kept
constexpr qint64 kMaxAttributes = kMiB;
constexpr int kMaxAttributeFiles = 500;
constexpr int kMaxTexts = 20;
constexpr qint64 kMaxText = 64 * kKiB;

QString tr(const char *text)
{
    return QCoreApplication::translate("MemoryMerge", text);
}

struct AttributesFile
{
    QByteArray path;
    QByteArray id;
};

/// A name that can be made below a folder without leaving it. The tree may be older than any check.
bool isPlainPath(const QByteArray &path)
{
    if (QFile::encodeName(QFile::decodeName(path)) != path)
        return false;
    const auto parts = path.split('/');
    return std::none_of(parts.begin(), parts.end(), [](const QByteArray &part) {
        return part.isEmpty() || part == "." || part == ".." || part.toLower() == ".git";
    });
}

/// Calls \a take for every record "<mode> <type> <id>\t<path>" of ls-tree -z.
class TreeRecords
{
public:
    explicit TreeRecords(std::function<void(const QByteArray &)> take)
        : m_take(std::move(take))
    {
    }
    bool operator()(QByteArrayView bytes)
    {
        m_rest.append(bytes.data(), bytes.size());
        qsizetype at = 0;
        for (qsizetype end = 0; (end = m_rest.indexOf('\0', at)) >= 0; at = end + 1)
            m_take(m_rest.mid(at, end - at));
        m_rest.remove(0, at);
        return m_rest.size() < kMiB;
    }

private:
    std::function<void(const QByteArray &)> m_take;
    QByteArray m_rest;
};

Result<QList<AttributesFile>> findAttributes(const git::GitProcess &git,
                                             const HostView &view,
                                             const git::Oid &commit,
                                             const CancelToken &cancel)
{
    QList<AttributesFile> files;
    TreeRecords records([&](const QByteArray &record) {
        const qsizetype tab = record.indexOf('\t');
        const QByteArray path = record.mid(tab + 1);
        if ((path != ".gitattributes" && !path.endsWith("/.gitattributes")) ||
            !record.startsWith("100") || files.size() >= kMaxAttributeFiles || !isPlainPath(path))
            return;
        const auto parts = record.left(std::max<qsizetype>(tab, 0)).split(' ');
        if (parts.size() == 3)
            files.append({.path = path, .id = parts[2]});
    });
    auto request =
        view.objectRequest({u"ls-tree"_s, u"-r"_s, u"-z"_s, u"--full-tree"_s, commit.toString()});
    request.sink = [&](QByteArrayView bytes) { return records(bytes); };
    request.maxOutput = kMaxTreeList;
    request.timeout = kMergeTime;
    request.what = tr("Looking for attributes");
    if (auto listed = git.check(request, cancel); !listed)
        return fail(listed.error());
    return files;
}

} // namespace

MemoryMerge::MemoryMerge(const git::GitProcess &git,
                         const HostView &view,
                         const CancelToken &cancel)
    : m_git(git)
    , m_view(view)
    , m_cancel(cancel)
{
}

MemoryMerge::MemoryMerge(MemoryMerge &&other) noexcept
    : m_git(other.m_git)
    , m_view(other.m_view)
    , m_cancel(other.m_cancel)
    , m_folder(std::exchange(other.m_folder, QString()))
    , m_notices(std::move(other.m_notices))
    , m_namesFilter(other.m_namesFilter)
{
}

MemoryMerge::~MemoryMerge()
{
    if (m_folder.isEmpty())
        return;
    const auto removed = removeTree(m_folder, std::nullopt);
    Q_UNUSED(removed)
}

Result<MemoryMerge> MemoryMerge::open(const git::GitProcess &git,
                                      const HostView &view,
                                      const git::Oid &into,
                                      const CancelToken &cancel)
{
    const auto version = git.version(cancel);
    if (!version)
        return fail(version.error());
    if (*version < git::GitVersion{.major = 2, .minor = 38, .text = {}})
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("Git %1 cannot merge without touching files; 2.38 or newer is needed.")
                              .arg(version->text))
                        .withRemedy(tr("Update the package git, or merge the branch yourself.")));
    MemoryMerge merge(git, view, cancel);
    merge.m_folder = view.gitDir() + u"/merge-"_s + randomShortId();
    if (auto made = makePrivateFolder(merge.m_folder); !made)
        return fail(made.error());
    if (auto written = merge.writeAttributes(into); !written)
        return fail(written.error());
    return merge;
}

Result<Done> MemoryMerge::writeAttributes(const git::Oid &into)
{
    const auto files = findAttributes(m_git, m_view, into, m_cancel);
    if (!files)
        return fail(files.error());
    bool namesDriver = false;
    for (const AttributesFile &file : *files) {
        auto request =
            m_view.objectRequest({u"cat-file"_s, u"blob"_s, QString::fromLatin1(file.id)});
        request.maxOutput = kMaxAttributes;
        request.what = tr("Reading the attributes");
        const auto content = m_git.check(request, m_cancel);
        if (!content)
            return fail(content.error());
        const qsizetype slash = file.path.lastIndexOf('/');
        if (slash > 0) {
            const QString folder = m_folder + u'/' + QFile::decodeName(file.path.left(slash));
            if (auto made = makePrivateFolder(folder); !made)
                return made;
        }
        if (auto written = writeFileBeneath(m_folder, file.path, *content, 0600); !written)
            return written;
        for (const QByteArray &word : content->simplified().split(' ')) {
            if (word.startsWith("merge=") && word != "merge=text" && word != "merge=binary" &&
                word != "merge=union")
                namesDriver = true;
            m_namesFilter = m_namesFilter || word.startsWith("filter=");
        }
    }
    if (namesDriver)
        m_notices += tr("The project names a merge program of its own for some files. It was not "
                        "run; they were merged as text.");
    return Done{};
}

Result<git::MergeAnswer> MemoryMerge::mergeTree(const git::Oid &ours, const git::Oid &theirs)
{
    auto request = m_view.objectRequest({u"merge-tree"_s,
                                         u"--write-tree"_s,
                                         u"-z"_s,
                                         u"--messages"_s,
                                         ours.toString(),
                                         theirs.toString()});
    request.workTree = m_folder;
    request.directory = m_folder;
    request.timeout = kMergeTime;
    request.maxOutput = kMaxAnswer;
    request.what = tr("Merging");
    const auto output = m_git.run(request, m_cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode == 0 || output->exitCode == 1) {
        auto answer = git::parseMergeAnswer(output->output);
        if (answer && output->exitCode == 0)
            answer->conflicts.clear();
        return answer;
    }
    if (output->errors.contains("unrelated histories"))
        return fail(Error(ErrorKind::Conflict, tr("The two branches have no history in common."))
                        .withRemedy(tr("Apply the changes as a patch instead."))
                        .withOperation(request.what));
    return fail(orDiskFull(git::GitProcess::failure(request, *output), m_view.gitDir()));
}

Result<git::MergeAnswer> MemoryMerge::merge(const git::Oid &ours, const git::Oid &theirs)
{
    return mergeTree(ours, theirs);
}

Result<git::MergeAnswer> MemoryMerge::pick(const git::Oid &commit, const git::Oid &onto)
{
    const auto picked = read(commit);
    if (!picked)
        return fail(picked.error());
    const auto target = read(onto);
    if (!target)
        return fail(target.error());
    // A stand-in for the target whose only parent is that of the commit: the base of the merge is
    // then that parent, whatever the histories are (merge-tree has no --merge-base before 2.40).
    const QByteArray nobody = "Paddock <paddock@localhost> 0 +0000";
    git::CommitText standIn{.tree = target->tree, .author = nobody, .committer = nobody};
    if (!picked->parents.isEmpty()) {
        standIn.parents = {picked->parents.first()};
        const auto ours = write(standIn);
        return ours ? mergeTree(*ours, commit) : fail(ours.error());
    }
    auto empty = m_view.objectRequest({u"mktree"_s});
    empty.what = tr("Merging");
    const auto emptyTree = oneId(empty);
    if (!emptyTree)
        return fail(emptyTree.error());
    const auto root =
        write({.tree = *emptyTree, .author = nobody, .committer = nobody, .message = "\n"});
    if (!root)
        return fail(root.error());
    standIn.parents = {*root};
    git::CommitText other = standIn;
    other.tree = picked->tree;
    const auto ours = write(standIn);
    const auto theirs = write(other);
    if (!ours || !theirs)
        return fail(ours ? theirs.error() : ours.error());
    return mergeTree(*ours, *theirs);
}

Result<git::Oid> MemoryMerge::oneId(const git::GitRequest &request)
{
    const auto text = m_git.check(request, m_cancel);
    if (!text)
        return fail(orDiskFull(text.error(), m_view.gitDir()));
    return git::Oid::fromHex(text->trimmed());
}

Result<git::CommitText> MemoryMerge::read(const git::Oid &commit)
{
    auto request = m_view.objectRequest({u"cat-file"_s, u"commit"_s, commit.toString()});
    request.maxOutput = kMaxCommit;
    request.what = tr("Reading a commit");
    const auto text = m_git.check(request, m_cancel);
    return text ? git::parseCommit(*text) : fail(text.error());
}

Result<git::Oid> MemoryMerge::write(const git::CommitText &commit)
{
    auto request =
        m_view.objectRequest({u"hash-object"_s, u"-t"_s, u"commit"_s, u"-w"_s, u"--stdin"_s});
    request.input = commit.toBytes();
    request.what = tr("Writing a commit");
    return oneId(request);
}

Result<Done> readConflictTexts(const git::GitProcess &git,
                               const HostView &view,
                               git::MergeAnswer &answer,
                               const QByteArray &ourName,
                               const QByteArray &theirName,
                               const CancelToken &cancel)
{
    int texts = 0;
    for (git::MergeConflict &conflict : answer.conflicts) {
        if (texts >= kMaxTexts)
            break;
        if (conflict.kind != git::MergeConflict::Kind::Content &&
            conflict.kind != git::MergeConflict::Kind::AddAdd)
            continue;
        ++texts;
        auto find = view.objectRequest(
            {u"ls-tree"_s, u"-z"_s, u"--full-tree"_s, answer.tree.toString(), u"--"_s});
        find.arguments += QFile::decodeName(conflict.path);
        find.what = tr("Reading the conflicts");
        const auto entry = git.check(find, cancel);
        if (!entry)
            return fail(entry.error());
        const auto parts = entry->left(std::max<qsizetype>(entry->indexOf('\t'), 0)).split(' ');
        if (parts.size() != 3 || parts[1] != "blob")
            continue;
        auto show = view.objectRequest({u"cat-file"_s, u"blob"_s, QString::fromLatin1(parts[2])});
        show.maxOutput = kMaxText;
        show.overLimit = git::GitRequest::OverLimit::Truncate;
        show.what = find.what;
        const auto text = git.run(show, cancel);
        if (!text)
            return fail(text.error());
        // git puts what it was given at the marks: the ids.
        conflict.text = text->output;
        qsizetype at = 0;
        for (const auto &[mark, name] : {std::pair(QByteArray("<<<<<<< "), ourName),
                                         std::pair(QByteArray(">>>>>>> "), theirName)}) {
            at = 0;
            while ((at = conflict.text.indexOf(mark, at)) >= 0) {
                const qsizetype label = at + mark.size();
                const bool atLineStart = at == 0 || conflict.text.at(at - 1) == '\n';
                at = label;
                if (!atLineStart || !git::Oid::fromHex(conflict.text.mid(label, 40)))
                    continue;
                conflict.text.replace(label, 40, name);
            }
        }
        conflict.textTruncated = text->truncated;
    }
    return Done{};
}

} // namespace paddock::worktrees
