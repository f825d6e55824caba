// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Connection.h"

#include <sqlite3.h>

#include <QCoreApplication>
#include <QFile>

#include <limits>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::store {

namespace {
QString translated(const char *text)
{
    return QCoreApplication::translate("Store", text);
}
} // namespace

Error storeError(sqlite3 *database, int code)
{
    const QString words =
        QString::fromUtf8(database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
    const auto make = [&](ErrorKind kind, const char *message, const char *remedy) {
        return Error(kind, translated(message)).withDetail(words).withRemedy(translated(remedy));
    };
    switch (code & 0xff) {
    case SQLITE_FULL:
        return make(ErrorKind::DiskFull,
                    "The disk is full: the database could not be written.",
                    "Free space in the data folder of Paddock. Nothing that was saved is lost.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return make(ErrorKind::StoreLocked,
                    "Another program holds the database.",
                    "End the program that has paddock.db open, then try again.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return make(ErrorKind::StoreReadOnly,
                    "The database cannot be written.",
                    "Give your user write permission on the data folder of Paddock.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return make(ErrorKind::StoreCorrupt,
                    "The database is damaged.",
                    "Move paddock.db away, or put a backup from the same folder in its place.");
    case SQLITE_CANTOPEN:
        return make(ErrorKind::StoreFailed,
                    "The database could not be opened.",
                    "Check the permissions of the data folder of Paddock.");
    case SQLITE_CONSTRAINT:
        return Error(ErrorKind::Conflict, translated("The database refused the change."))
            .withDetail(words);
    default:
        return make(ErrorKind::StoreFailed,
                    "The database could not be used.",
                    "Check the disk that holds the data folder of Paddock.");
    }
}

Statement::Statement(sqlite3 *database, sqlite3_stmt *statement, std::optional<Error> error)
    : m_database(database)
    , m_statement(statement)
    , m_error(std::move(error))
{
}

Statement::Statement(Statement &&other) noexcept
    : m_database(other.m_database)
    , m_statement(std::exchange(other.m_statement, nullptr))
    , m_error(std::move(other.m_error))
{
}

Statement::~Statement()
{
    sqlite3_finalize(m_statement);
}

void Statement::note(int code)
{
    if (code != SQLITE_OK && !m_error)
        m_error = storeError(m_database, code);
}

Statement &Statement::bind(int position, const QString &text)
{
    const QByteArray utf8 = text.toUtf8();
    if (!m_error)
        note(sqlite3_bind_text(m_statement,
                               position,
                               utf8.constData(),
                               static_cast<int>(utf8.size()),
                               SQLITE_TRANSIENT));
    return *this;
}

Statement &Statement::bind(int position, qint64 number)
{
    if (!m_error)
        note(sqlite3_bind_int64(m_statement, position, number));
    return *this;
}

Statement &Statement::bindBlob(int position, const QByteArray &bytes)
{
    if (!m_error)
        note(sqlite3_bind_blob64(m_statement,
                                 position,
                                 bytes.isNull() ? "" : bytes.constData(),
                                 static_cast<sqlite3_uint64>(bytes.size()),
                                 SQLITE_TRANSIENT));
    return *this;
}

Statement &Statement::bindNull(int position)
{
    if (!m_error)
        note(sqlite3_bind_null(m_statement, position));
    return *this;
}

Result<bool> Statement::step()
{
    if (m_error)
        return fail(*m_error);
    const int code = sqlite3_step(m_statement);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    m_error = storeError(m_database, code);
    return fail(*m_error);
}

Result<Done> Statement::run()
{
    auto stepped = step();
    if (m_statement)
        sqlite3_reset(m_statement);
    if (!stepped)
        return fail(stepped.error());
    return Done{};
}

QString Statement::text(int column) const
{
    const auto *data = reinterpret_cast<const char *>(sqlite3_column_text(m_statement, column));
    return QString::fromUtf8(data, sqlite3_column_bytes(m_statement, column));
}

qint64 Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement, column);
}

QByteArray Statement::blob(int column) const
{
    const auto *data = static_cast<const char *>(sqlite3_column_blob(m_statement, column));
    return QByteArray(data, sqlite3_column_bytes(m_statement, column));
}

Result<std::unique_ptr<Connection>> Connection::open(const Options &options)
{
    sqlite3 *database = nullptr;
    const int code =
        sqlite3_open_v2(QFile::encodeName(options.path).constData(),
                        &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW |
                            SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE,
                        nullptr);
    std::unique_ptr<Connection> connection(new Connection(database));
    if (code != SQLITE_OK)
        return fail(storeError(database, code).withOperation(options.path));
    sqlite3_busy_timeout(database, options.busyTimeoutMs);
    // https://www.sqlite.org/security.html, "Untrusted SQLite database files".
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    auto set = connection->execute("PRAGMA journal_mode=WAL;"
                                   "PRAGMA synchronous=FULL;"
                                   "PRAGMA foreign_keys=ON;"
                                   "PRAGMA cell_size_check=ON;"
                                   "PRAGMA mmap_size=0;");
    if (!set)
        return fail(set.error());
    return connection;
}

Connection::~Connection()
{
    sqlite3_close_v2(m_database);
}

Statement Connection::prepare(const char *sql)
{
    sqlite3_stmt *statement = nullptr;
    const int code = sqlite3_prepare_v2(m_database, sql, -1, &statement, nullptr);
    std::optional<Error> error;
    if (code != SQLITE_OK)
        error = storeError(m_database, code);
    return Statement(m_database, statement, std::move(error));
}

Result<Done> Connection::execute(const char *sql)
{
    const int code = sqlite3_exec(m_database, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(storeError(m_database, code));
    return Done{};
}

Result<qint64> Connection::queryInteger(const char *sql)
{
    Statement statement = prepare(sql);
    auto row = statement.step();
    if (!row)
        return fail(row.error());
    return *row ? statement.integer(0) : 0;
}

qint64 Connection::changes() const
{
    return sqlite3_changes64(m_database);
}

Result<Done> Connection::begin()
{
    return execute("BEGIN IMMEDIATE");
}

Result<Done> Connection::commit()
{
    return execute("COMMIT");
}

bool Connection::isInTransaction() const
{
    return sqlite3_get_autocommit(m_database) == 0;
}

void Connection::rollback()
{
    if (isInTransaction())
        sqlite3_exec(m_database, "ROLLBACK", nullptr, nullptr, nullptr);
}

} // namespace paddock::store
