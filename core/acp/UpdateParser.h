// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/ToolCalls.h"
#include "core/acp/Types.h"
#include "core/base/Result.h"

namespace paddock::acp {

/// Reads the update of a session/update. \a toolCalls and \a settings are the state that sparse
/// updates are merged into; both stay as they are on failure (AgentProtocol). Answers nothing for
/// a kind of update that this version does not know.
[[nodiscard]] Result<std::optional<Update::What>> parseUpdate(const QJsonObject &update,
                                                              const Limits &limits,
                                                              ToolCalls &toolCalls,
                                                              SessionSettings &settings);

} // namespace paddock::acp
