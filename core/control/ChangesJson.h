// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonReader.h"
#include "core/facade/ChangesService.h"

#include <QJsonArray>
#include <QJsonObject>

/// The JSON forms of source control; see Json.h for what holds for all of them. Bytes that are not
/// UTF-8 are under the name with "Base64" behind it.
namespace paddock::control {

[[nodiscard]] QJsonObject toJson(const facade::ChangesStatus &status);
[[nodiscard]] Result<facade::ChangesStatus> changesStatusFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::DiffQuery &query);
[[nodiscard]] Result<facade::DiffQuery> diffQueryFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::ChangesDiff &diff);
[[nodiscard]] Result<facade::ChangesDiff> changesDiffFromJson(const QJsonValue &json);

[[nodiscard]] QJsonArray toJson(const QList<facade::FileSelection> &files);
[[nodiscard]] QList<facade::FileSelection> readSelections(JsonReader &reader, QStringView key);

[[nodiscard]] QJsonObject toJson(const facade::StagingAnswer &answer);
[[nodiscard]] Result<facade::StagingAnswer> stagingAnswerFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::ReviewRequest &request);
[[nodiscard]] Result<facade::ReviewRequest> reviewRequestFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::ReviewAnswer &answer);
[[nodiscard]] Result<facade::ReviewAnswer> reviewAnswerFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::CommitAnswer &answer);
[[nodiscard]] Result<facade::CommitAnswer> commitAnswerFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::MergeRequest &request);
[[nodiscard]] Result<facade::MergeRequest> mergeRequestFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::MergeAnswer &answer);
[[nodiscard]] Result<facade::MergeAnswer> mergeAnswerFromJson(const QJsonValue &json);

[[nodiscard]] QJsonObject toJson(const facade::CommitInfo &commit);
[[nodiscard]] Result<facade::CommitInfo> commitInfoFromJson(const QJsonValue &json);

} // namespace paddock::control
