// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Database.h"

#include "core/store/Migrations.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::store {

Database::Database(QString path, std::shared_ptr<Connection> connection)
    : m_path(std::move(path))
    , m_connection(std::move(connection))
    , m_queue(std::make_shared<JobQueue>())
    , m_context(std::make_unique<QObject>())
    , m_pool(1)
{
}

Database::~Database() = default;

void Database::add(std::shared_ptr<Job> job)
{
    m_queue->add(std::move(job));
    // One call for each job: those that find the queue empty have nothing to do.
    using Jobs = QList<std::shared_ptr<Job>>;
    m_pool
        .run<Jobs>([queue = m_queue, connection = m_connection]() -> Result<Jobs> {
            return queue->runNext(*connection);
        })
        .then(m_context.get(), [](const Result<Jobs> &jobs) {
            for (const std::shared_ptr<Job> &answered : jobs.value_or(Jobs()))
                answered->answer();
        });
}

Result<std::unique_ptr<Database>> Database::open(const QString &path)
{
    // Made by us first, so that the file (and the WAL, which takes its mode) is private under any
    // umask.
    const int descriptor = ::open(
        QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor >= 0)
        ::close(descriptor);

    auto opened = Connection::open({.path = path});
    if (!opened)
        return fail(opened.error());
    std::shared_ptr<Connection> connection = std::move(*opened);

    // A clean end removes the WAL; one that is there tells of a crash (or of a first start).
    if (QFileInfo::exists(path + u"-wal"_s) && QFileInfo(path).size() > 0) {
        Statement check = connection->prepare("PRAGMA quick_check(1)");
        auto row = check.step();
        if (!row)
            return fail(row.error());
        if (*row && check.text(0) != u"ok") {
            return fail(Error(ErrorKind::StoreCorrupt,
                              QCoreApplication::translate("Store", "The database is damaged."))
                            .withDetail(check.text(0))
                            .withRemedy(QCoreApplication::translate(
                                            "Store",
                                            "Move %1 away, or put a backup from the same folder "
                                            "in its place.")
                                            .arg(path)));
        }
    }
    if (auto migrated = migrate(*connection, path); !migrated)
        return fail(migrated.error());
    return std::unique_ptr<Database>(new Database(path, std::move(connection)));
}

} // namespace paddock::store
