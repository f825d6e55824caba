// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonReader.h"
#include "core/facade/Services.h"
#include "core/sessions/Session.h"

#include <QJsonObject>

/// The JSON form of every value that crosses control.sock; `paddockctl --json` prints the same
/// objects, so names here are a contract. Reading is strict about types and forgiving about fields
/// a newer or older side does not know.
namespace paddock::control {

/// {"kind","category","message","detail","remedy"}.
[[nodiscard]] QJsonObject toJson(const Error &error);
/// Never fails: an unknown kind becomes Internal, keeping the words and a known category.
[[nodiscard]] Error errorFromJson(const QJsonObject &json);

[[nodiscard]] QJsonObject toJson(const sessions::Session &session);
[[nodiscard]] Result<sessions::Session> sessionFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const sessions::StartOptions &options);
[[nodiscard]] Result<sessions::StartOptions> startOptionsFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const sessions::ConversationEntry &entry);
[[nodiscard]] Result<sessions::ConversationEntry> conversationEntryFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::ImageInfo &image);
[[nodiscard]] Result<facade::ImageInfo> imageFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::SessionDiff &diff);
[[nodiscard]] Result<facade::SessionDiff> diffFromJson(const QJsonValue &json);

/// Everything of Health; Health::toJson() is the short form for people and scripts.
[[nodiscard]] QJsonObject healthToJson(const facade::Health &health);
[[nodiscard]] Result<facade::Health> healthFromJson(const QJsonValue &json);

/// Compact, one line, without the line end.
[[nodiscard]] QByteArray compact(const QJsonObject &json);

} // namespace paddock::control
