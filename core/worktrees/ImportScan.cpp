// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Porcelain.h"
#include "core/worktrees/ImportJobs.h"

#include <QCoreApplication>
#include <QHash>
#include <QStringDecoder>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr quint32 kSymlinkMode = 0120000;
constexpr quint32 kGitlinkMode = 0160000;
constexpr qint64 kMaxRead = 64 * kKiB; // of one blob that is looked into
constexpr qint64 kMaxScan = 256 * kMiB;
// Half a million changed files. A few trees in each other can list a thousand million, and git
// keeps the whole list in memory before it writes the first line.
constexpr qint64 kMaxList = 64 * kMiB;
constexpr qint64 kMaxListMemory = 512 * kMiB;
constexpr qsizetype kMaxFlags = 1000;
constexpr qsizetype kMaxPath = 1024;
constexpr qsizetype kMaxComponent = 255;
constexpr auto kScanTime = std::chrono::minutes(2);

/// Files that common programs run or obey as soon as a folder is opened.
bool isAutoRun(const QByteArray &path)
{
    static const QList<QByteArray> files{".envrc",
                                         ".mcp.json",
                                         ".pre-commit-config.yaml",
                                         ".vscode/tasks.json",
                                         ".vscode/settings.json",
                                         ".vscode/launch.json"};
    static const QList<QByteArray> folders{".claude/",
                                           ".codex/",
                                           ".gemini/",
                                           ".husky/",
                                           ".idea/",
                                           ".devcontainer/",
                                           ".github/workflows/"};
    return files.contains(path) ||
           std::any_of(folders.begin(), folders.end(), [&](const QByteArray &folder) {
               return path.startsWith(folder);
           });
}

bool hasControlCharacters(const QByteArray &path)
{
    const auto isPlain = [](char c) { return c >= 0x20 && c < 0x7f; };
    if (std::all_of(path.begin(), path.end(), isPlain))
        return false;
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder.decode(path);
    if (decoder.hasError())
        return true;
    return std::any_of(text.begin(), text.end(), [](QChar c) {
        // Format characters turn the direction of text around or hide.
        return c.category() == QChar::Other_Control || c.category() == QChar::Other_Format;
    });
}

bool hasLongName(const QByteArray &path)
{
    if (path.size() > kMaxPath)
        return true;
    qsizetype begin = 0;
    for (qsizetype end = 0; (end = path.indexOf('/', begin)) >= 0; begin = end + 1) {
        if (end - begin > kMaxComponent)
            return true;
    }
    return path.size() - begin > kMaxComponent;
}

/// True if a line of a .gitattributes file names a program's driver.
bool namesDriver(const QByteArray &content)
{
    for (const QByteArray &line : content.split('\n')) {
        if (line.trimmed().startsWith('#'))
            continue;
        for (const QByteArray &word : line.simplified().split(' ')) {
            if (word.startsWith("filter=") || word.startsWith("diff=") || word.startsWith("merge="))
                return true;
        }
    }
    return false;
}

/// The contents of small blobs; what is larger than kMaxRead is not in the answer.
Result<QHash<git::Oid, QByteArray>> readBlobs(const git::GitProcess &git,
                                              const HostView &view,
                                              const QString &objectDirectory,
                                              const QList<git::Oid> &ids,
                                              const CancelToken &cancel)
{
    QHash<git::Oid, QByteArray> blobs;
    if (ids.isEmpty())
        return blobs;
    const auto ask = [&](const QString &how, const QList<git::Oid> &which) {
        auto request = view.objectRequest({u"cat-file"_s, how});
        request.objectDirectory = objectDirectory;
        for (const git::Oid &id : which)
            request.input += id.toHex() + '\n';
        request.timeout = kScanTime;
        request.maxOutput = kMaxScan;
        request.what = QCoreApplication::translate("Importer", "Looking at the new files");
        return git.check(request, cancel);
    };
    const auto sizes = ask(u"--batch-check=%(objectname) %(objecttype) %(objectsize)"_s, ids);
    if (!sizes)
        return fail(sizes.error());
    QList<git::Oid> small;
    for (const QByteArray &line : sizes->split('\n')) {
        const auto parts = line.split(' ');
        if (parts.size() == 3 && parts[1] == "blob" && parts[2].toLongLong() <= kMaxRead)
            small += git::Oid::fromHex(parts[0]).value_or(git::Oid());
    }
    if (small.isEmpty())
        return blobs;
    const auto contents = ask(u"--batch"_s, small);
    if (!contents)
        return fail(contents.error());
    qsizetype at = 0;
    for (const git::Oid &id : small) {
        const qsizetype end = contents->indexOf('\n', at);
        const auto parts = contents->mid(at, std::max<qsizetype>(end - at, 0)).split(' ');
        if (end < 0 || parts.size() != 3 || parts[0] != id.toHex())
            return fail(ErrorKind::ProtocolError,
                        QCoreApplication::translate("Importer",
                                                    "The answer of git cat-file could not be "
                                                    "read."));
        const qsizetype size = parts[2].toLongLong();
        blobs.insert(id, contents->mid(end + 1, size));
        at = end + 1 + size + 1;
    }
    return blobs;
}

} // namespace

std::optional<ImportFlag::Kind> judgeSymlink(const QByteArray &path, const QByteArray &target)
{
    if (target.startsWith('/'))
        return ImportFlag::Kind::AbsoluteSymlink;
    auto parts = path.split('/');
    parts.removeLast();
    for (const QByteArray &part : target.split('/')) {
        if (part.isEmpty() || part == ".")
            continue;
        if (part == "..") {
            if (parts.isEmpty())
                return ImportFlag::Kind::EscapingSymlink;
            parts.removeLast();
        } else {
            parts.append(part);
        }
    }
    // Into the git directory is outside as well.
    if (!parts.isEmpty() && parts.first().toLower() == ".git")
        return ImportFlag::Kind::EscapingSymlink;
    return std::nullopt;
}

Result<QList<ImportFlag>> scanCommit(const git::GitProcess &git,
                                     const HostView &view,
                                     const QString &objectDirectory,
                                     const git::Oid &base,
                                     const git::Oid &tip,
                                     const CancelToken &cancel)
{
    auto request = view.objectRequest({u"diff-tree"_s,
                                       u"-r"_s,
                                       u"-z"_s,
                                       u"--raw"_s,
                                       u"--no-renames"_s,
                                       u"--no-abbrev"_s,
                                       u"--no-ext-diff"_s,
                                       u"--ignore-submodules=none"_s,
                                       base.toString(),
                                       tip.toString()});
    request.objectDirectory = objectDirectory;
    request.timeout = kScanTime;
    request.maxOutput = kMaxList;
    request.maxMemory = kMaxListMemory;
    request.what = QCoreApplication::translate("Importer", "Looking at the new files");
    const auto raw = git.check(request, cancel);
    if (!raw)
        return fail(raw.error());
    const auto entries = git::parseRawDiff(*raw);
    if (!entries)
        return fail(entries.error());

    const auto isAttributes = [](const git::RawDiffEntry &entry) {
        return entry.path == ".gitattributes" || entry.path.endsWith("/.gitattributes");
    };
    QList<git::Oid> toRead;
    for (const git::RawDiffEntry &entry : *entries) {
        if (entry.newMode == kSymlinkMode || (entry.newMode != 0 && isAttributes(entry)))
            toRead += entry.newId;
    }
    const auto blobs = readBlobs(git, view, objectDirectory, toRead, cancel);
    if (!blobs)
        return fail(blobs.error());

    QList<ImportFlag> flags;
    for (const git::RawDiffEntry &entry : *entries) {
        if (entry.newMode == 0 || flags.size() >= kMaxFlags)
            continue;
        const auto flag = [&](ImportFlag::Kind kind, const QByteArray &detail = {}) {
            flags.append({.kind = kind, .path = entry.path, .detail = QString::fromUtf8(detail)});
        };
        if (entry.newMode == kGitlinkMode)
            flag(ImportFlag::Kind::Gitlink, entry.newId.toHex());
        if (entry.newMode == kSymlinkMode) {
            const auto target = blobs->constFind(entry.newId);
            if (target == blobs->constEnd())
                flag(ImportFlag::Kind::LongName);
            else if (const auto kind = judgeSymlink(entry.path, *target))
                flag(*kind, target->left(kMaxPath));
        } else if (isAttributes(entry)) {
            const auto content = blobs->constFind(entry.newId);
            if (content == blobs->constEnd() || namesDriver(*content))
                flag(ImportFlag::Kind::AttributesFilter);
        }
        if (entry.path == ".gitmodules")
            flag(ImportFlag::Kind::GitModules);
        if (hasControlCharacters(entry.path))
            flag(ImportFlag::Kind::ControlCharacters);
        if (hasLongName(entry.path))
            flag(ImportFlag::Kind::LongName);
        if (isAutoRun(entry.path))
            flag(ImportFlag::Kind::AutoRun);
    }
    return flags;
}

} // namespace paddock::worktrees
