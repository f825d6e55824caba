// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonReader.h"
#include "core/docker/ContainerTypes.h"

namespace paddock::docker::detail {

/// An object of texts under \a key; absent and null are empty. A value that is no text is refused.
[[nodiscard]] Labels readLabels(JsonReader &reader, QStringView key);
[[nodiscard]] QJsonObject labelsToJson(const Labels &labels);
/// {"label": [...]} as the filters parameter wants it; empty lists are left out.
[[nodiscard]] QByteArray filtersJson(const QList<std::pair<QString, QStringList>> &filters);
/// "sha256:<64 hex>" from "sha256:..." or bare digits; as it is otherwise.
[[nodiscard]] ImageId imageIdFromText(const QString &text);

} // namespace paddock::docker::detail
