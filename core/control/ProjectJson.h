// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/facade/Services.h"

#include <QJsonObject>

/// The JSON form of what can be looked at in a project before a session starts, as in Json.h.
namespace paddock::control {

[[nodiscard]] QJsonObject toJson(const facade::IgnoredFile &file);
[[nodiscard]] Result<facade::IgnoredFile> ignoredFileFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::PatternPreview &preview);
[[nodiscard]] Result<facade::PatternPreview> patternPreviewFromJson(const QJsonValue &json);

} // namespace paddock::control
