// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/MethodHelpers.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::control::methods {

QString translated(const char *text)
{
    return QCoreApplication::translate("Control", text);
}

facade::Actor actor()
{
    return facade::Actor::person(u"paddockctl"_s);
}

const facade::Services &services(const ControlRequest &request)
{
    return request.connection()->services();
}

void forward(Pending<Done> pending, const ControlRequest &request)
{
    forward(std::move(pending), request, [](const Done &) { return QJsonObject(); });
}

bool areWrong(const JsonReader &params, const ControlRequest &request)
{
    const auto error = params.error();
    if (error) {
        request.refuse(Error(ErrorKind::InvalidArgument, error->message).withDetail(error->detail),
                       RpcCode::InvalidParams);
    }
    return error.has_value();
}

std::optional<SessionId> sessionParam(JsonReader &params, const ControlRequest &request)
{
    const QString text = params.text(u"id");
    if (areWrong(params, request))
        return std::nullopt;
    const SessionId id{text};
    if (!services(request).sessions->find(id)) {
        request.refuse(
            Error(ErrorKind::NotFound, translated("There is no session %1.").arg(text.left(64)))
                .withRemedy(translated("See which there are: paddockctl session list")));
        return std::nullopt;
    }
    return id;
}

} // namespace paddock::control::methods
