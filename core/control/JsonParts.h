// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonReader.h"

#include <QByteArray>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>

/// What the JSON forms of control.sock are put together from.
namespace paddock::control::json {

/// ISO 8601 with milliseconds, UTC; empty for no time.
[[nodiscard]] QString timeText(const QDateTime &time);
[[nodiscard]] QDateTime readTime(JsonReader &reader, QStringView key);

[[nodiscard]] inline QJsonArray textArray(const QStringList &list)
{
    return QJsonArray::fromStringList(list);
}

/// Text where the bytes are UTF-8 (they nearly always are), else base64 under another name.
void insertBytes(QJsonObject &json, const QString &key, const QByteArray &bytes);
[[nodiscard]] QByteArray readBytes(JsonReader &reader, const QString &key);
/// The same where nothing means no bytes.
[[nodiscard]] QByteArray readOptionalBytes(JsonReader &reader, const QString &key);

/// [{"path"} or {"pathBase64"}]: names of files need not be text.
[[nodiscard]] QJsonArray pathArray(const QList<QByteArray> &paths);
[[nodiscard]] QList<QByteArray> readOptionalPaths(JsonReader &reader, QStringView key);

/// \a value, or the reader's error.
template <typename T>
[[nodiscard]] Result<T> ended(const JsonReader &reader, T value)
{
    if (auto error = reader.error())
        return fail(*error);
    return value;
}

} // namespace paddock::control::json
