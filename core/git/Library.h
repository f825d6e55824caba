// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

namespace paddock::git::detail {

/// Starts libgit2 once per process; every entry into it calls this first. Its check of the owner of
/// a repository is off: Paddock opens repositories by their full path only, and runs nothing that
/// their configuration names. Any thread.
void ensureLibrary();

/// The error of the libgit2 call that just failed with \a code, taken on the same thread (libgit2
/// keeps it per thread). \a text says what could not be done.
[[nodiscard]] Error libraryError(int code, const QString &text);

} // namespace paddock::git::detail
