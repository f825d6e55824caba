// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace paddock::shim {

/// One line on standard error, which is the container's log. Dropped rather than waited for: a log
/// that is not read must not stop the shim.
void logLine(std::string line);

} // namespace paddock::shim
