// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/facade/Services.h"

#include <QJsonArray>
#include <QJsonObject>

/// The JSON form of projects and of what can be looked at in them before a session starts, as in
/// Json.h.
namespace paddock::control {

[[nodiscard]] QJsonObject toJson(const facade::ProjectInfo &project);
[[nodiscard]] Result<facade::ProjectInfo> projectFromJson(const QJsonValue &json);
[[nodiscard]] QJsonArray toJson(const QList<facade::ProjectInfo> &projects);

/// Only what is set; read back, only what is there is set.
[[nodiscard]] QJsonObject toJson(const facade::ProjectChange &change);
[[nodiscard]] Result<facade::ProjectChange> projectChangeFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::IgnoredFile &file);
[[nodiscard]] Result<facade::IgnoredFile> ignoredFileFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::PatternPreview &preview);
[[nodiscard]] Result<facade::PatternPreview> patternPreviewFromJson(const QJsonValue &json);

} // namespace paddock::control
