// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <optional>

struct sqlite3;
struct sqlite3_stmt;

namespace paddock::store {

class Connection;

/// One prepared statement (https://www.sqlite.org/c3ref/stmt.html). Move-only; must not outlive its
/// Connection; used on the thread that has the connection. Binding positions begin at 1, columns at
/// 0. The first failure sticks and is what step() and run() answer.
class Statement
{
public:
    ~Statement();
    Statement(Statement &&other) noexcept;
    Statement &operator=(Statement &&) = delete;
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;

    Statement &bind(int position, const QString &text);
    Statement &bind(int position, const char *text) = delete;
    Statement &bind(int position, qint64 number);
    Statement &bindBlob(int position, const QByteArray &bytes);
    Statement &bindNull(int position);

    /// True while there is a row to read.
    [[nodiscard]] Result<bool> step();
    /// For statements without rows; resets, so that the statement can be bound and run again.
    [[nodiscard]] Result<Done> run();

    [[nodiscard]] QString text(int column) const;
    [[nodiscard]] qint64 integer(int column) const;
    [[nodiscard]] QByteArray blob(int column) const;

private:
    friend class Connection;
    Statement(sqlite3 *database, sqlite3_stmt *statement, std::optional<Error> error);
    void note(int code);

    sqlite3 *m_database;
    sqlite3_stmt *m_statement;
    std::optional<Error> m_error;
};

/// The SQLite connection. There is exactly one in the process and it alone writes and checkpoints:
/// SQLite before 3.51.3 can corrupt a WAL when two connections do so at once. Not thread-safe: it
/// belongs to the store's thread.
class Connection
{
public:
    struct Options
    {
        QString path;
        int busyTimeoutMs = 5000;
    };
    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const Options &options);
    ~Connection();
    Q_DISABLE_COPY_MOVE(Connection)

    [[nodiscard]] Statement prepare(const char *sql);
    /// Runs every statement of \a sql.
    [[nodiscard]] Result<Done> execute(const char *sql);
    /// First column of the first row.
    [[nodiscard]] Result<qint64> queryInteger(const char *sql);
    [[nodiscard]] qint64 changes() const;

    [[nodiscard]] Result<Done> begin();
    [[nodiscard]] Result<Done> commit();
    void rollback();
    [[nodiscard]] bool isInTransaction() const;

    [[nodiscard]] sqlite3 *handle() const { return m_database; }

private:
    explicit Connection(sqlite3 *database)
        : m_database(database)
    {
    }
    sqlite3 *m_database;
};

/// The failure of \a code as a person can use it: disk full, locked, read-only, corrupt each
/// differ.
[[nodiscard]] Error storeError(sqlite3 *database, int code);

} // namespace paddock::store
