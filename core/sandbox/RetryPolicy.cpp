// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/RetryPolicy.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace paddock::sandbox {

std::chrono::milliseconds RetryPolicy::delayBefore(int next, double random) const
{
    const double doubled = static_cast<double>(firstDelay.count()) *
                           std::pow(2.0, static_cast<double>(std::clamp(next - 2, 0, 30)));
    const double capped = std::min(doubled, static_cast<double>(longestDelay.count()));
    return std::chrono::milliseconds(
        static_cast<qint64>(capped * (1.0 + jitter * (2.0 * random - 1.0))));
}

Error detail::afterAttempts(const Error &last, int attempts)
{
    const QString tried =
        QCoreApplication::translate("RetryPolicy", "Tried %1 times.").arg(attempts);
    return last.withDetail(last.detail.isEmpty() ? tried : last.detail + QChar(u' ') + tried);
}

} // namespace paddock::sandbox
