// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/worktrees/Descriptor.h"

#include <QByteArray>
#include <QHash>

#include <map>
#include <set>

namespace paddock::treeworker {

/// inotify on the folders of one tree and on the folder that holds its index. Folders are named by
/// their path relative to the tree, the tree itself by an empty name; they are opened without
/// following links. One thread.
class FolderWatches
{
public:
    /// \a root: open descriptor of the tree, borrowed. \a limit: most folders to watch.
    FolderWatches(int root, quint32 limit);

    /// What moved since the last call.
    struct Moved
    {
        std::set<QByteArray> paths{}; ///< files and folders, relative to the tree
        bool index = false;
        bool overflow = false; ///< more than the kernel or this class keeps: look at everything
    };

    [[nodiscard]] int descriptor() const { return m_inotify.get(); }
    /// The folder of the index, which only the host writes.
    [[nodiscard]] Result<Done> watchIndex(const QByteArray &indexFile);
    /// False if there are no more watches to have, or the folder cannot be watched: nothing of the
    /// tree can be relied on then. A folder that is gone is fine.
    [[nodiscard]] bool add(const QByteArray &folder);
    [[nodiscard]] bool isWatched(const QByteArray &folder) const;
    /// Forgets the folder and those below it.
    void remove(const QByteArray &folder);
    void removeAll();
    [[nodiscard]] quint32 count() const { return static_cast<quint32>(m_byPath.size()); }

    /// Takes what the kernel has; true if anything moved.
    bool read();
    [[nodiscard]] bool hasMoved() const
    {
        return m_moved.index || m_moved.overflow || !m_moved.paths.empty();
    }
    [[nodiscard]] Moved takeMoved() { return std::exchange(m_moved, {}); }

private:
    void forget(int watch);

    int m_root;
    quint32 m_limit;
    worktrees::Descriptor m_inotify;
    QHash<int, QByteArray> m_byWatch;
    std::map<QByteArray, int> m_byPath;
    int m_indexWatch = -1;
    QByteArray m_indexName;
    Moved m_moved;
};

} // namespace paddock::treeworker
