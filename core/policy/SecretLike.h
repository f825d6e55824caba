// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace paddock::policy {

/// True for text that contains what the large providers' keys and tokens look like, or a private
/// key. A net under the rule that no secret goes into a container, not the rule itself.
[[nodiscard]] bool looksLikeSecret(const QString &text);

} // namespace paddock::policy
