// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/MethodHelpers.h"

namespace paddock::control {

/// The methods for projects: "project.list" and so on.
[[nodiscard]] const methods::MethodTable &projectMethods();

} // namespace paddock::control
