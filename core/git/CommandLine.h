// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"

#include <QByteArray>

#include <vector>

namespace paddock::git {

/// What the git program is started with.
struct CommandLine
{
    std::vector<QByteArray> arguments{};   ///< the program's name first
    std::vector<QByteArray> environment{}; ///< NAME=value, complete
};

/// The form of \a request's profile; GitProfile::Person takes this process's environment. Any
/// thread.
[[nodiscard]] CommandLine commandLineFor(const GitRequest &request);

} // namespace paddock::git
