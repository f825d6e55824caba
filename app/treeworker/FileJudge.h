// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/IndexFile.h"
#include "core/worktrees/Descriptor.h"

#include <QByteArray>

#include <optional>
#include <sys/stat.h>

namespace paddock::treeworker {

/// A tracked file: what the index knows, and what was found when it was looked at last.
struct Tracked
{
    git::IndexEntry entry{};
    char letter = '.'; ///< of the files against the index, as git status has it: . M T D
    bool isSeen = false;
    /// It may come to differ without inotify naming it: it has other names, or something that is no
    /// folder, perhaps a link, is in the place of one above it.
    bool mayMoveUntold = false;
    struct Stamp
    {
        qint64 modified = 0; ///< nanoseconds, as changed
        qint64 changed = 0;
        quint64 inode = 0;
        qint64 size = 0;
        quint32 mode = 0; ///< 0: not there
        bool operator==(const Stamp &) const = default;
    } stamp{};
};

/// Decides whether a tracked file differs from the index, by git's own rules (read-cache.c): type,
/// mode, size; the content only where the times differ or say nothing. Never opens anything but
/// regular files, never waits, opens nothing through a link. One thread.
class FileJudge
{
public:
    /// \a root: open descriptor of the tree, borrowed.
    FileJudge(int root, bool trustsFileMode)
        : m_root(root)
        , m_trustsFileMode(trustsFileMode)
    {
    }

    enum class Conversion {
        None,     ///< what is in the file is what git would store
        LineEnds, ///< unless there is a carriage return in it
        AskGit,
    };
    void setConversion(Conversion conversion) { m_conversion = conversion; }
    /// Folders that were open are looked up anew.
    void forgetFolders();

    enum class Look {
        Quick, ///< what has the times it had is as it was
        Close,
    };
    /// Sets letter and stamp. False: git must be asked, letter is as if it had changed.
    [[nodiscard]] bool judge(Tracked &tracked, const git::IndexFile &index, Look look);

    /// lstat() below the root; nothing if it is not there.
    [[nodiscard]] std::optional<struct stat> statusOf(const QByteArray &path);

private:
    enum class Content { Same, Different, AskGit };
    [[nodiscard]] int folderOf(const QByteArray &path);
    [[nodiscard]] bool isGone(const QByteArray &path) const;
    [[nodiscard]] Content compare(const Tracked &tracked, const struct stat &status);
    [[nodiscard]] Content compareFile(const Tracked &tracked, const struct stat &status);

    int m_root;
    bool m_trustsFileMode;
    Conversion m_conversion = Conversion::None;
    QByteArray m_folderName;
    worktrees::Descriptor m_folder;
    bool m_hasFolder = false;
    bool m_isFolderReplaced = false; ///< something else is in its place, or above it
};

} // namespace paddock::treeworker
