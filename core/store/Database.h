// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/store/Connection.h"

#include <QString>

#include <functional>
#include <memory>

namespace paddock::store {

/// The database of one instance: opens, checks, migrates, and runs work on its one thread in the
/// order it was asked. Main thread; owned by the composition root and outlived by nobody who uses
/// it.
class Database
{
public:
    /// Opens \a path (made when missing, 0600). A file of a newer version is refused untouched
    /// (StoreNewer); a damaged one answers StoreCorrupt and is left as it is. Before a migration of
    /// an existing file a copy is made beside it. Blocks for a few milliseconds.
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const QString &path);
    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    /// Runs \a work in one transaction: everything it did is on disk when the answer comes, or
    /// nothing is. \a work captures values only.
    template <typename T>
    [[nodiscard]] Pending<T> write(std::function<Result<T>(Connection &)> work)
    {
        return m_pool.run<T>([connection = m_connection, work = std::move(work)]() -> Result<T> {
            if (auto begun = connection->begin(); !begun)
                return fail(begun.error());
            Result<T> answer = work(*connection);
            if (!answer) {
                connection->rollback();
                return answer;
            }
            if (auto committed = connection->commit(); !committed) {
                connection->rollback();
                return fail(committed.error());
            }
            return answer;
        });
    }

    /// Runs \a work on the store's thread without a transaction of its own.
    template <typename T>
    [[nodiscard]] Pending<T> read(std::function<Result<T>(Connection &)> work)
    {
        return m_pool.run<T>([connection = m_connection, work = std::move(work)]() -> Result<T> {
            return work(*connection);
        });
    }

    /// For start-up, before the event loop: the same work, waited for. Not on the GUI's path later.
    template <typename T>
    [[nodiscard]] Result<T> readNow(const std::function<Result<T>(Connection &)> &work)
    {
        return work(*m_connection);
    }

    [[nodiscard]] const QString &path() const { return m_path; }

private:
    Database(QString path, std::shared_ptr<Connection> connection);

    QString m_path;
    std::shared_ptr<Connection> m_connection;
    WorkerPool m_pool;
};

} // namespace paddock::store
