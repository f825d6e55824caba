// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#ifndef PADDOCK_VERSION
#error "PADDOCK_VERSION comes from the build"
#endif

namespace paddock::shim {

inline constexpr char kVersion[] = "paddock-shim " PADDOCK_VERSION;

} // namespace paddock::shim
