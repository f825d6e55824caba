// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "core/health/HealthMonitor.h"

namespace paddock::facade {

/// What the monitor found, as the doors see it. Borrows the monitor.
class HealthFacade final : public HealthService
{
    Q_OBJECT

public:
    explicit HealthFacade(health::HealthMonitor &monitor);

    [[nodiscard]] Health current() const override;
    [[nodiscard]] Pending<Health> check() override;

private:
    health::HealthMonitor &m_monitor;
};

} // namespace paddock::facade
