// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

namespace paddock {

inline constexpr qint64 kKiB = 1024;
inline constexpr qint64 kMiB = 1024 * kKiB;
inline constexpr qint64 kGiB = 1024 * kMiB;

/// Reads "512m", "1.5g", "4 GiB", "1048576": suffixes k, m, g, t (optionally followed by b or ib),
/// any case, powers of 1024. Fractions are allowed with a suffix. Anything else is InvalidArgument.
[[nodiscard]] Result<qint64> parseByteSize(const QString &text);
/// "4 GiB", "512 MiB", "1.5 GiB", "700 B".
[[nodiscard]] QString formatByteSize(qint64 bytes);

} // namespace paddock
