// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/IndexFile.h"

#include "core/git/Library.h"

#include <git2.h>

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <memory>
#include <sys/stat.h>

namespace paddock::git {

namespace {

constexpr int kAttempts = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("IndexFile", text);
}

struct IndexFreer
{
    void operator()(git_index *index) const { git_index_free(index); }
};

bool isUnusual(const git_index_entry &entry)
{
    return git_index_entry_stage(&entry) != 0 || (entry.flags & GIT_INDEX_ENTRY_VALID) != 0 ||
           (entry.flags_extended &
            (GIT_INDEX_ENTRY_INTENT_TO_ADD | GIT_INDEX_ENTRY_SKIP_WORKTREE)) != 0 ||
           entry.mode == GIT_FILEMODE_COMMIT;
}

IndexEntry entryOf(const git_index_entry &entry)
{
    QByteArray hex(GIT_OID_HEXSZ, '0');
    git_oid_fmt(hex.data(), &entry.id);
    return {.path = QByteArray(entry.path),
            .id = Oid::fromHex(hex).value_or(Oid()),
            .mode = entry.mode,
            .modifiedSeconds = static_cast<quint32>(entry.mtime.seconds),
            .modifiedNanoseconds = entry.mtime.nanoseconds,
            .changedSeconds = static_cast<quint32>(entry.ctime.seconds),
            .changedNanoseconds = entry.ctime.nanoseconds,
            .inode = entry.ino,
            .uid = entry.uid,
            .gid = entry.gid,
            .size = entry.file_size};
}

bool isSameFile(const struct stat &a, const struct stat &b)
{
    return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Result<IndexFile> readOnce(const QByteArray &path)
{
    git_index *opened = nullptr;
    const int code = git_index_open(&opened, path.constData());
    const std::unique_ptr<git_index, IndexFreer> index(code == 0 ? opened : nullptr);
    if (!index) {
        Error error = detail::libraryError(code, tr("The index could not be read."));
        error.kind = ErrorKind::UnsupportedRepository;
        return fail(error);
    }
    IndexFile file;
    const std::size_t count = git_index_entrycount(index.get());
    file.entries.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const git_index_entry *entry = git_index_get_byindex(index.get(), i);
        if (isUnusual(*entry))
            file.isUnusual = true;
        file.entries.push_back(entryOf(*entry));
    }
    const auto byPath = [](const IndexEntry &a, const IndexEntry &b) { return a.path < b.path; };
    if (!std::is_sorted(file.entries.begin(), file.entries.end(), byPath))
        std::sort(file.entries.begin(), file.entries.end(), byPath);
    return file;
}

} // namespace

Result<IndexFile> readIndexFile(const QString &path)
{
    detail::ensureLibrary();
    const QByteArray name = QFile::encodeName(path);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        struct stat before
        {
        };
        struct stat after
        {
        };
        const bool existed = ::stat(name.constData(), &before) == 0;
        auto file = readOnce(name);
        if (!file)
            return file;
        const bool exists = ::stat(name.constData(), &after) == 0;
        // Replaced while it was read: what was read has no time of its own.
        if (existed != exists || (exists && !isSameFile(before, after)))
            continue;
        file->writtenSeconds = after.st_mtim.tv_sec;
        file->writtenNanoseconds = after.st_mtim.tv_nsec;
        file->inode = after.st_ino;
        file->bytes = after.st_size;
        return file;
    }
    return fail(Error(ErrorKind::Conflict, tr("The index changes all the time."))
                    .withDetail(path)
                    .withRemedy(tr("Wait until the other git program has finished.")));
}

} // namespace paddock::git
