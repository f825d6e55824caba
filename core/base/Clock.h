// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>

#include <chrono>

namespace paddock {

/// Where the time comes from, so that tests can set it. Main thread.
class Clock
{
public:
    virtual ~Clock() = default;
    /// Wall-clock time in UTC; may jump.
    [[nodiscard]] virtual QDateTime now() const = 0;
    /// Never goes back; unrelated to the wall clock.
    [[nodiscard]] virtual std::chrono::nanoseconds monotonic() const = 0;
};

class SystemClock final : public Clock
{
public:
    [[nodiscard]] QDateTime now() const override;
    [[nodiscard]] std::chrono::nanoseconds monotonic() const override;
};

} // namespace paddock
