// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonReader.h"
#include "core/control/ControlConnection.h"
#include "core/facade/Services.h"

#include <QHash>

#include <optional>
#include <utility>

/// What the handlers of control methods share.
namespace paddock::control::methods {

using Handler = void (*)(JsonReader &params, const ControlRequest &request);
using MethodTable = QHash<QString, Handler>;

[[nodiscard]] QString translated(const char *text);
/// Who asks: the person, by paddockctl.
[[nodiscard]] facade::Actor actor();
[[nodiscard]] const facade::Services &services(const ControlRequest &request);

/// Answers with what \a pending gives, turned into JSON by \a convert. For what changes something:
/// it goes on when the client goes away.
template <typename T, typename Convert>
void forward(Pending<T> pending, const ControlRequest &request, Convert convert)
{
    pending.then(request.connection(), [request, convert](const Result<T> &result) {
        if (result)
            request.answer(convert(*result));
        else
            request.refuse(result.error());
    });
}

/// The same for what only looks: not worth going on with when nobody waits for it.
template <typename T, typename Convert>
void forwardQuery(Pending<T> pending, const ControlRequest &request, Convert convert)
{
    request.onCancel([pending]() mutable { pending.cancel(); });
    forward(std::move(pending), request, std::move(convert));
}

void forward(Pending<Done> pending, const ControlRequest &request);

/// Refuses the request when a parameter was wrong; then the handler returns.
[[nodiscard]] bool areWrong(const JsonReader &params, const ControlRequest &request);

/// The session that "id" names; nothing: the request is refused already.
[[nodiscard]] std::optional<SessionId> sessionParam(JsonReader &params,
                                                    const ControlRequest &request);

} // namespace paddock::control::methods
