// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/JobQueue.h"

namespace paddock::store {

namespace {
/// So that the first of a crowd does not wait for all of it.
constexpr qsizetype kMostTogether = 64;
} // namespace

void JobQueue::add(std::shared_ptr<Job> job)
{
    const std::lock_guard lock(m_mutex);
    m_waiting.append(std::move(job));
}

JobQueue::Jobs JobQueue::take()
{
    const std::lock_guard lock(m_mutex);
    qsizetype count = 0;
    while (count < m_waiting.size() && count < kMostTogether &&
           m_waiting.at(count)->kind() == Job::Kind::Write)
        ++count;
    const Jobs taken = m_waiting.mid(0, qMax<qsizetype>(count, 1));
    m_waiting.remove(0, taken.size());
    return taken;
}

QList<std::shared_ptr<Job>> JobQueue::runNext(Connection &connection)
{
    const Jobs jobs = take();
    if (jobs.isEmpty())
        return jobs;
    if (jobs.first()->kind() == Job::Kind::Read) {
        const bool done = jobs.first()->run(connection);
        Q_UNUSED(done)
        return jobs;
    }
    // Where the transaction itself fails (a full disk, for instance) each has its own try.
    if (jobs.size() == 1 || !runTogether(connection, jobs)) {
        for (const std::shared_ptr<Job> &job : jobs)
            runAlone(connection, *job);
    }
    return jobs;
}

bool JobQueue::runTogether(Connection &connection, const Jobs &jobs)
{
    bool fine = connection.begin().has_value();
    for (auto job = jobs.cbegin(); fine && job != jobs.cend(); ++job) {
        fine = connection.execute("SAVEPOINT job").has_value();
        // SQLite may have ended the whole transaction with what failed.
        if (fine && !(*job)->run(connection))
            fine =
                connection.isInTransaction() && connection.execute("ROLLBACK TO job").has_value();
        fine = fine && connection.execute("RELEASE job").has_value();
    }
    fine = fine && connection.commit().has_value();
    if (!fine)
        connection.rollback();
    return fine;
}

void JobQueue::runAlone(Connection &connection, Job &job)
{
    if (auto begun = connection.begin(); !begun) {
        job.failWith(begun.error());
        return;
    }
    if (!job.run(connection)) {
        connection.rollback();
        return;
    }
    if (auto committed = connection.commit(); !committed) {
        connection.rollback();
        job.failWith(committed.error());
    }
}

} // namespace paddock::store
