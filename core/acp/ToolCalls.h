// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Types.h"
#include "core/base/Result.h"

#include <QHash>

namespace paddock::acp {

/// The tool calls of a conversation by id, merged from sparse messages: an id may be seen first in
/// tool_call, tool_call_update or session/request_permission, and title, kind and input may come
/// late. Bounded: the oldest are forgotten. Value type.
class ToolCalls
{
public:
    explicit ToolCalls(const Limits &limits = {});

    /// Merges the tool call object of any of the three messages. Fails (AgentProtocol) without an
    /// id or with a field of a wrong type, and then changes nothing.
    [[nodiscard]] Result<ToolCallUpdate> merge(const QJsonObject &object);
    [[nodiscard]] const ToolCall *find(const QString &id) const;
    void clear();

private:
    void forgetOldest();

    Limits m_limits;
    QHash<QString, ToolCall> m_calls;
    QList<QString> m_order; // oldest first
    qsizetype m_weight = 0;
};

/// Characters that \a call holds in texts and JSON, roughly: for bounds.
[[nodiscard]] qsizetype weightOf(const ToolCall &call);

/// Newest output kept of one tool call, in characters.
inline constexpr qsizetype kMaxToolOutput = 256 * 1024;

} // namespace paddock::acp
