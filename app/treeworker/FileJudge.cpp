// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/treeworker/FileJudge.h"

#include "core/base/Bytes.h"
#include "core/worktrees/FileTree.h"

#include <QCryptographicHash>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace paddock::treeworker {

namespace {

// A file of this size that was touched counts as changed: reading it would take seconds.
constexpr qint64 kMaxHashed = 512 * kMiB;
constexpr qsizetype kMaxLink = 64 * 1024;
constexpr quint32 kTypeMask = 0170000;
constexpr quint32 kRegular = 0100000;
constexpr quint32 kLink = 0120000;

qint64 nanoseconds(const timespec &time)
{
    return qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

Tracked::Stamp stampOf(const struct stat &status)
{
    return {.modified = nanoseconds(status.st_mtim),
            .changed = nanoseconds(status.st_ctim),
            .inode = status.st_ino,
            .size = status.st_size,
            .mode = status.st_mode};
}

/// Whether the index has the times and numbers of the file as it is now.
bool hasSameNumbers(const git::IndexEntry &entry, const struct stat &status)
{
    const auto isTime = [](quint32 seconds, quint32 fraction, const timespec &time) {
        return seconds == static_cast<quint32>(time.tv_sec) &&
               (fraction == 0 || fraction == static_cast<quint32>(time.tv_nsec));
    };
    return isTime(entry.modifiedSeconds, entry.modifiedNanoseconds, status.st_mtim) &&
           isTime(entry.changedSeconds, entry.changedNanoseconds, status.st_ctim) &&
           entry.inode == static_cast<quint32>(status.st_ino) && entry.uid == status.st_uid &&
           entry.gid == status.st_gid && entry.size == static_cast<quint32>(status.st_size);
}

/// A size of 0 in the index stands for "look at the content", unless that is what git has there.
bool hasSize(const git::IndexEntry &entry)
{
    static const QByteArray empty("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    return entry.size != 0 || entry.id.toHex() == empty;
}

/// Changed when the index was written or later: it may have changed again with the same times.
bool isRacy(const git::IndexEntry &entry, const git::IndexFile &index)
{
    if (index.writtenSeconds <= 0)
        return true;
    return std::tuple(qint64(entry.modifiedSeconds), qint64(entry.modifiedNanoseconds)) >=
           std::tuple(index.writtenSeconds,
                      entry.modifiedNanoseconds == 0 ? 0 : index.writtenNanoseconds);
}

/// The same by the second, as git sees it. The content is what it was, but git converts it once
/// more, perhaps by other attributes.
bool isLookedAtByGit(const git::IndexEntry &entry, const git::IndexFile &index)
{
    return qint64(entry.modifiedSeconds) >= index.writtenSeconds && entry.size <= kMaxHashed;
}

/// The name that git gives to content.
class BlobHash
{
public:
    explicit BlobHash(qint64 size)
    {
        const QByteArray header = "blob " + QByteArray::number(size);
        m_hash.addData(QByteArrayView(header.constData(), header.size() + 1)); // with its NUL
    }
    void add(QByteArrayView bytes) { m_hash.addData(bytes); }
    [[nodiscard]] QByteArray hex() const { return m_hash.result().toHex(); }

private:
    QCryptographicHash m_hash{QCryptographicHash::Sha1};
};

} // namespace

void FileJudge::forgetFolders()
{
    m_hasFolder = false;
    m_folder.reset();
}

int FileJudge::folderOf(const QByteArray &path)
{
    const qsizetype slash = path.lastIndexOf('/');
    const QByteArray name = slash < 0 ? QByteArray(".") : path.left(slash);
    if (!m_hasFolder || name != m_folderName) {
        const int opened = worktrees::openBeneath(m_root, name, O_PATH | O_DIRECTORY);
        m_isFolderReplaced = opened < 0 && (errno == ELOOP || errno == ENOTDIR);
        m_folder.reset(opened);
        m_folderName = name;
        m_hasFolder = true;
    }
    return m_folder.get();
}

std::optional<struct stat> FileJudge::statusOf(const QByteArray &path)
{
    const int folder = folderOf(path);
    struct stat status
    {
    };
    if (folder < 0 || ::fstatat(folder,
                                path.constData() + path.lastIndexOf('/') + 1,
                                &status,
                                AT_SYMLINK_NOFOLLOW) != 0)
        return std::nullopt;
    return status;
}

/// Whether git counts what is not in its place as deleted. It looks through links, and what it is
/// then not allowed to see, or finds in a circle of links, it does not name at all.
bool FileJudge::isGone(const QByteArray &path) const
{
    struct stat status
    {
    };
    return ::fstatat(m_root, path.constData(), &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) ==
               0 ||
           errno == ENOENT || errno == ENOTDIR;
}

bool FileJudge::judge(Tracked &tracked, const git::IndexFile &index, Look look)
{
    const auto status = statusOf(tracked.entry.path);
    const auto stamp = status ? stampOf(*status) : Tracked::Stamp();
    if (look == Look::Quick && tracked.isSeen && status && tracked.stamp == stamp)
        return true;
    tracked.isSeen = true;
    tracked.stamp = stamp;
    tracked.mayMoveUntold =
        status ? S_ISREG(status->st_mode) && status->st_nlink > 1 : m_isFolderReplaced;
    if (!status) {
        tracked.letter = isGone(tracked.entry.path) ? 'D' : '.';
        return true;
    }
    if (S_ISDIR(status->st_mode)) {
        tracked.letter = 'D';
        return true;
    }
    // Git takes everything that is no link for a regular file, as far as letters go.
    const quint32 type = S_ISLNK(status->st_mode) ? kLink : kRegular;
    if (type != (tracked.entry.mode & kTypeMask)) {
        tracked.letter = 'T';
        return true;
    }
    tracked.letter = 'M';
    if (type == kRegular) {
        if (!S_ISREG(status->st_mode))
            return true;
        if (m_trustsFileMode && ((tracked.entry.mode ^ status->st_mode) & 0100) != 0)
            return true;
    }
    if (hasSameNumbers(tracked.entry, *status) && hasSize(tracked.entry) &&
        !isRacy(tracked.entry, index) && !isLookedAtByGit(tracked.entry, index)) {
        tracked.letter = '.';
        return true;
    }
    if (tracked.entry.size != 0 && tracked.entry.size != static_cast<quint32>(status->st_size))
        return true;
    switch (compare(tracked, *status)) {
    case Content::Same:
        tracked.letter = '.';
        return true;
    case Content::Different:
        return true;
    case Content::AskGit:
        return false;
    }
    return true;
}

FileJudge::Content FileJudge::compare(const Tracked &tracked, const struct stat &status)
{
    if (!S_ISLNK(status.st_mode))
        return compareFile(tracked, status);
    const QByteArray &path = tracked.entry.path;
    QByteArray target(kMaxLink, Qt::Uninitialized);
    const ssize_t length = ::readlinkat(folderOf(path),
                                        path.constData() + path.lastIndexOf('/') + 1,
                                        target.data(),
                                        static_cast<std::size_t>(target.size()));
    if (length < 0)
        return Content::Different;
    BlobHash hash(length);
    hash.add(QByteArrayView(target).first(length));
    return hash.hex() == tracked.entry.id.toHex() ? Content::Same : Content::Different;
}

FileJudge::Content FileJudge::compareFile(const Tracked &tracked, const struct stat &status)
{
    if (m_conversion == Conversion::AskGit)
        return Content::AskGit;
    if (status.st_size > kMaxHashed)
        return Content::Different;
    const QByteArray &path = tracked.entry.path;
    const worktrees::Descriptor file(
        ::openat(folderOf(path),
                 path.constData() + path.lastIndexOf('/') + 1,
                 O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
    struct stat opened
    {
    };
    if (!file.isOpen() || ::fstat(file.get(), &opened) != 0 || !S_ISREG(opened.st_mode))
        return Content::Different;
    BlobHash hash(opened.st_size);
    std::vector<char> buffer(256 * 1024);
    for (qint64 left = opened.st_size; left > 0;) {
        const ssize_t got = ::read(
            file.get(),
            buffer.data(),
            static_cast<std::size_t>(std::min<qint64>(left, static_cast<qint64>(buffer.size()))));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) // it shrinks: there will be another event
            return Content::Different;
        const QByteArrayView bytes(buffer.data(), got);
        if (m_conversion == Conversion::LineEnds && bytes.contains('\r'))
            return Content::AskGit;
        hash.add(bytes);
        left -= got;
    }
    return hash.hex() == tracked.entry.id.toHex() ? Content::Same : Content::Different;
}

} // namespace paddock::treeworker
