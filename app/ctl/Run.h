// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

#include <functional>

namespace paddock::ctl {

using CommandMaker =
    std::function<std::unique_ptr<Command>(const Arguments &arguments, Console &console)>;

/// What both programs' main() does: understands the command line, answers help and version, runs
/// the command and returns the exit code. \a make gives null for what the other program does; then
/// \a elsewhere is called.
[[nodiscard]] int runProgram(int argc,
                             char **argv,
                             const CommandMaker &make,
                             const std::function<int(const Arguments &, Console &)> &elsewhere);

} // namespace paddock::ctl
