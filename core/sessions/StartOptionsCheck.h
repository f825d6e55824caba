// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/sessions/Session.h"

namespace paddock::sessions {

/// Whether the options go together, before anything is made. InvalidArgument for those that exclude
/// one another, that mean nothing without another, and for a pattern that is none; each with a
/// remedy. What depends on the repository is found out by the steps of the start.
[[nodiscard]] Result<Done> checkStartOptions(const StartOptions &options);

/// For the audit: the files of the person's that a start hands over although they may be secret;
/// empty when there are none.
[[nodiscard]] QString confirmedSecrets(const StartOptions &options);

} // namespace paddock::sessions
