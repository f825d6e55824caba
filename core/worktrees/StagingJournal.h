// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/git/IndexEntries.h"

#include <QList>
#include <QString>

#include <optional>

namespace paddock::worktrees {

enum class StagingAction { Stage, Unstage, Discard };

/// One operation of a person on the staging area, with all that is needed to take it back.
struct StagingRecord
{
    struct IndexChange
    {
        QByteArray path{};
        QList<git::StagedEntry> before{};
        QList<git::StagedEntry> after{};
        bool operator==(const IndexChange &) const = default;
    };
    /// What was and is at a path of the worktree.
    struct Content
    {
        quint32 mode = 0; ///< 0100644, 0100755, 0120000; 0: nothing
        git::Oid id{};    ///< of the content byte for byte; `before` is kept in the view's store
        bool operator==(const Content &) const = default;
    };
    struct FileChange
    {
        QByteArray path{};
        Content before{};
        Content after{};
        bool operator==(const FileChange &) const = default;
    };
    StagingAction action = StagingAction::Stage;
    qint64 time = 0; ///< milliseconds since 1970
    git::Oid head{}; ///< of the session's branch at that time
    QList<IndexChange> index{};
    QList<FileChange> files{};
    bool operator==(const StagingRecord &) const = default;
};

/// The last operations of a session, oldest first, in a file of the session folder: they outlive a
/// restart. Bounded: the oldest are forgotten. Worker threads only, one at a time for a session.
class StagingJournal
{
public:
    static constexpr qsizetype kMaxRecords = 50;
    static constexpr qint64 kMaxBytes = 16 * 1024 * 1024;

    /// A file that is missing or cannot be understood is an empty journal.
    explicit StagingJournal(const QString &sessionFolder);

    [[nodiscard]] std::optional<StagingRecord> last() const;
    /// FileTooLarge if it is too large even alone: then it is not in the journal.
    [[nodiscard]] Result<Done> append(const StagingRecord &record);
    [[nodiscard]] Result<Done> removeLast();

private:
    [[nodiscard]] Result<Done> save();

    QString m_folder;
    QList<StagingRecord> m_records;
};

} // namespace paddock::worktrees
