// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/gateway/GatewayTypes.h"

#include <QJsonArray>
#include <QJsonObject>

/// The messages between owner and gateway, as JSON objects in frames (FrameSocket). Pure.
///
/// The owner begins with {"hello":{"versions":[1]}}; the gateway answers {"hello":{"version":1,
/// "pid":..., "program":"0.1.0"}} or an error and closes. Then requests {"id":n,"method":"...",
/// "params":{...}}, each answered by {"id":n,"result":{...}} or {"id":n,"error":{...}}. A key
/// travels as the secret of the frame, never in the JSON.
namespace paddock::gateway {

inline constexpr int kControlVersion = 1;
inline constexpr QStringView kControlSocket = u"control.sock";
inline constexpr QStringView kModelSocket = u"model.sock";

[[nodiscard]] QJsonObject toJson(const Error &error);
[[nodiscard]] Error errorFromJson(const QJsonObject &object);

[[nodiscard]] QJsonObject toJson(const DoorOptions &options);
[[nodiscard]] Result<DoorOptions> doorFromJson(const QJsonObject &object);

[[nodiscard]] QJsonObject toJson(const DoorStatus &status);
[[nodiscard]] Result<DoorStatus> statusFromJson(const QJsonObject &object);

[[nodiscard]] QJsonObject toJson(const RequestRecord &record);
[[nodiscard]] Result<RequestRecord> recordFromJson(const QJsonObject &object);

} // namespace paddock::gateway
