// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/HealthFacade.h"

#include "core/base/Chain.h"

namespace paddock::facade {

namespace {

HealthItem::Status statusOf(health::HealthLine::Status status)
{
    switch (status) {
    case health::HealthLine::Status::Checking:
        return HealthItem::Status::Checking;
    case health::HealthLine::Status::Good:
        return HealthItem::Status::Good;
    case health::HealthLine::Status::Missing:
        return HealthItem::Status::Missing;
    case health::HealthLine::Status::Broken:
        return HealthItem::Status::Broken;
    }
    Q_UNREACHABLE();
}

Health healthOf(const health::HealthReport &report)
{
    Health health;
    health.ok = report.ok;
    health.mode = report.mode;
    health.socketConnected = report.socketConnected;
    health.imageAvailable = report.imageAvailable;
    health.imageName = report.imageName;
    health.networkExists = report.networkExists;
    health.engineVersion = report.engineVersion;
    health.socketPath = report.socketPath;
    health.socketSource = report.socketSource;
    for (const health::HealthLine &line : report.lines) {
        health.items.append({.id = line.id,
                             .title = line.title,
                             .status = statusOf(line.status),
                             .error = line.error,
                             .action = line.action});
    }
    return health;
}

} // namespace

HealthFacade::HealthFacade(health::HealthMonitor &monitor)
    : m_monitor(monitor)
{
    connect(&m_monitor, &health::HealthMonitor::changed, this, &HealthService::changed);
}

Health HealthFacade::current() const
{
    return healthOf(m_monitor.report());
}

Pending<Health> HealthFacade::check()
{
    return mapped<Health>(this, m_monitor.check(), [](const health::HealthReport &report) {
        return Result<Health>(healthOf(report));
    });
}

} // namespace paddock::facade
