// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/treeworker/FileJudge.h"
#include "app/treeworker/FolderWatches.h"
#include "app/treeworker/GitQuestions.h"

#include <chrono>
#include <map>
#include <set>
#include <vector>

namespace paddock::treeworker {

/// The state of one tree, kept up by looking at what moved. A full look sets the watches and looks
/// at every tracked file; after that a look costs in proportion to what inotify named, and another
/// full one is made when inotify lost something, when rules changed (.gitignore, .gitattributes) or
/// when there were not enough watches. Answers what `git status` would.
///
/// Errors: SecurityViolation with the names of special files in the place of .gitignore and its
/// like; CommandTimeout; others.
class WatchedTree
{
public:
    explicit WatchedTree(const worktrees::TreeOpen &open);

    [[nodiscard]] Result<worktrees::TreeAnswer> look(const QByteArray &head);
    /// For poll(): readable when something may have moved; then call noticeMoves().
    [[nodiscard]] int descriptor() const { return m_watches.descriptor(); }
    /// True if there is something that the last look did not see.
    [[nodiscard]] bool noticeMoves() { return m_watches.read(); }

private:
    using Paths = std::set<QByteArray>;

    [[nodiscard]] Result<Done> lookAtAll();
    [[nodiscard]] Result<Done> lookAt(const Paths &moved);
    [[nodiscard]] Result<Done> lookAtUntold();
    [[nodiscard]] bool haveSharedRulesMoved();
    [[nodiscard]] Result<Done> readIndex();
    [[nodiscard]] Result<Done> adoptIndex(git::IndexFile file);
    [[nodiscard]] Result<Done> sweep();
    [[nodiscard]] Result<Done> readUntracked(const Paths &moved);
    [[nodiscard]] Result<Done> readAllUntracked();
    [[nodiscard]] Result<Done> settle(const QByteArrayList &undecided);
    [[nodiscard]] Result<Done> walk(const QByteArrayList &folders, Paths *seen);
    [[nodiscard]] Result<Done> walkNew(Paths &moved);
    [[nodiscard]] QByteArrayList specialAmong(const Paths &paths);
    [[nodiscard]] Error explained(const Error &error);
    void judge(Tracked &tracked, FileJudge::Look look, QByteArrayList &undecided);
    void chooseConversion(const Paths &attributes);

    [[nodiscard]] Tracked *tracked(const QByteArray &path);
    [[nodiscard]] std::vector<Tracked>::iterator firstBelow(const QByteArray &folder);
    [[nodiscard]] bool hasTrackedBelow(const QByteArray &folder);
    [[nodiscard]] QByteArray untrackedRoot(const QByteArray &path);
    [[nodiscard]] bool isIgnoredFolder(const QByteArray &folder) const;
    void dropUntracked(const QByteArray &path);
    [[nodiscard]] worktrees::TreeAnswer answer() const;
    [[nodiscard]] Result<worktrees::TreeAnswer> answerOfGit() const;

    worktrees::TreeOpen m_open;
    worktrees::Descriptor m_root;
    GitQuestions m_git;
    FileJudge m_judge;
    FolderWatches m_watches;

    git::IndexFile m_index; // its entries are in m_files
    std::vector<Tracked> m_files;
    bool m_isUnusual = false;
    QByteArray m_head;
    QHash<QByteArray, char> m_staged;
    Paths m_untracked; // as git names them: folders with a slash at the end
    Paths m_ignoredFolders;
    QByteArray m_exclude;
    bool m_hasNestedRepository = false;
    /// Rules that have other names, with the time of their last change: nobody may tell of the
    /// next.
    std::map<QByteArray, std::pair<qint64, qint64>> m_sharedRules;

    bool m_isComplete = false; // the last look succeeded, and all folders are watched
    bool m_isWatched = false;
    bool m_mayWatch = true;
    std::chrono::steady_clock::time_point m_lastSweep{};
    quint32 m_looked = 0;
};

} // namespace paddock::treeworker
