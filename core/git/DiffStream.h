// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/git/Porcelain.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace paddock::git {

struct DiffEntry
{
    char status = 'M'; ///< A C D M R T U
    QByteArray path{}; ///< untrusted bytes
    QByteArray oldPath{};
    quint32 oldMode = 0;
    quint32 newMode = 0;
    Oid oldId{};
    Oid newId{};      ///< null: the content is in the worktree
    qint64 added = 0; ///< lines; -1: binary
    qint64 removed = 0;
    bool isLeftOut = false; ///< its patch is longer than is kept for one file
    bool hasPatch = false;
    bool operator==(const DiffEntry &) const = default;
};

struct DiffContent
{
    QList<DiffEntry> entries{};
    QByteArray text{};      ///< patches of whole files, in order
    bool truncated = false; ///< some files have no patch because all together were too long, or the
                            ///< list of files is not whole
    bool operator==(const DiffContent &) const = default;
};

struct DiffLimits
{
    qint64 text = 16 * kMiB;
    qint64 fileText = kMiB;
    qsizetype files = 50'000;
};

/// Reads what diffStreamArguments() make git print, as it comes: the list of files, then the patch.
/// Lines are counted also where the patch is not kept; the memory used is bounded by the limits.
/// Trusts nothing of it.
class DiffStream
{
public:
    explicit DiffStream(const DiffLimits &limits = {})
        : m_limits(limits)
    {
    }

    /// False once nothing more need come: it cannot be read, or there are too many files.
    [[nodiscard]] bool feed(QByteArrayView bytes);
    /// \a tail: whether the stream ended before git did. ProtocolError.
    [[nodiscard]] Result<DiffContent> finish(Tail tail);

private:
    [[nodiscard]] bool readList();
    [[nodiscard]] bool readEntry(const QByteArray &record);
    void readPatch(QByteArrayView bytes);
    void readLine(QByteArrayView part, bool isStart);
    void beginFile(const QByteArray &header);
    void endFile();

    DiffLimits m_limits;
    DiffContent m_content;
    bool m_isBroken = false;
    bool m_isList = true;
    QByteArray m_list; // of the list: what is not read yet
    qsizetype m_listAt = 0;

    QByteArray m_line; // the beginning of a line that has not ended
    bool m_isInLine = false;
    qsizetype m_entry = -1; // that the patch is at
    QByteArray m_header;    // its first line
    QByteArray m_file;      // its text
    bool m_isLong = false;
    bool m_isInHunks = false;
};

/// "diff" and the options that DiffStream needs; more options, commits and "--" follow.
[[nodiscard]] QStringList diffStreamArguments();

} // namespace paddock::git
