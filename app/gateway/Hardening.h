// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

namespace paddock::gateway {

/// Makes this process one that may hold keys: no core file, not readable by other processes of the
/// same user (ptrace, /proc/PID/mem, environ), no new privileges, only the three standard
/// descriptors, a private umask. To be called first in main().
[[nodiscard]] Result<Done> hardenProcess();

} // namespace paddock::gateway
