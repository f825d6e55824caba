// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/WorkerPool.h"

#include <QMetaObject>

namespace paddock {

WorkerPool::WorkerPool(int threads)
    : m_receiver(new QObject, [](QObject *object) { object->deleteLater(); })
{
    m_pool.setMaxThreadCount(threads);
    m_pool.setExpiryTimeout(30'000);
}

WorkerPool::~WorkerPool()
{
    m_pool.clear();
    m_pool.waitForDone();
}

void WorkerPool::start(std::function<void()> job)
{
    m_pool.start(std::move(job));
}

void WorkerPool::post(const std::shared_ptr<QObject> &receiver, std::function<void()> call)
{
    QMetaObject::invokeMethod(receiver.get(), std::move(call), Qt::QueuedConnection);
}

} // namespace paddock
