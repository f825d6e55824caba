// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/store/Connection.h"
#include "core/store/JobQueue.h"

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
    /// nothing is. Work that waits at the same time shares the transaction, not its fate. \a work
    /// captures values only and may be called a second time after what it did was rolled back.
    template <typename T>
    [[nodiscard]] Pending<T> write(std::function<Result<T>(Connection &)> work)
    {
        return ask<T>(Job::Kind::Write, std::move(work));
    }

    /// Runs \a work on the store's thread without a transaction of its own.
    template <typename T>
    [[nodiscard]] Pending<T> read(std::function<Result<T>(Connection &)> work)
    {
        return ask<T>(Job::Kind::Read, std::move(work));
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

    template <typename T>
    [[nodiscard]] Pending<T> ask(Job::Kind kind, std::function<Result<T>(Connection &)> work)
    {
        auto job = std::make_shared<PromisedJob<T>>(kind, std::move(work));
        Pending<T> pending = job->pending();
        add(std::move(job));
        return pending;
    }
    void add(std::shared_ptr<Job> job);

    QString m_path;
    std::shared_ptr<Connection> m_connection;
    std::shared_ptr<JobQueue> m_queue;
    std::unique_ptr<QObject> m_context; // of the answers; lives in the main thread
    WorkerPool m_pool;
};

} // namespace paddock::store
