// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/MethodHelpers.h"

namespace paddock::control {

/// The methods for source control of a session: "changes.status" and so on.
[[nodiscard]] const methods::MethodTable &changesMethods();

} // namespace paddock::control
