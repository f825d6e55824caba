// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"

#include <QByteArray>

#include <vector>

namespace paddock::git {

/// For the C library below git: keep memory rather than hand it back and ask for it again.
/// pack-objects frees and takes the state of zlib for every object, and where that happens to be
/// the end of the heap each costs two calls of the kernel and the clearing of 300 kB. A library
/// other than glibc does not look at it.
inline constexpr char kKeepMemory[] = "MALLOC_TOP_PAD_=4194304";

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
