// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

#include <memory>
#include <optional>

namespace paddock {

struct JsonLimits
{
    qint64 maxBytes = 16 * 1024 * 1024;
    int maxDepth = 64;
};

/// Parses one JSON document within \a limits. Refuses (ErrorKind::ProtocolError) what is too long
/// or too deep before building anything, invalid UTF-8 and duplicate keys in an object.
[[nodiscard]] Result<QJsonValue> parseJson(const QByteArray &bytes, const JsonLimits &limits = {});
[[nodiscard]] Result<QJsonObject> parseJsonObject(const QByteArray &bytes,
                                                  const JsonLimits &limits = {});

/// Reads fields of an object with one sticky error that names the path ("Mounts[2].Source is not
/// text"). Unknown fields are ignored; a required field that is missing or of another type sets the
/// error and gives a default value. Children share the error of their root. Any thread, one at a
/// time.
///
///   JsonReader reader(object, u"container"_s);
///   info.name = reader.text(u"Name");
///   if (auto error = reader.error()) return fail(*error);
class JsonReader
{
public:
    explicit JsonReader(const QJsonValue &value, QString what = {});

    [[nodiscard]] QString text(QStringView key);
    [[nodiscard]] qint64 integer(QStringView key);
    [[nodiscard]] double number(QStringView key);
    [[nodiscard]] bool boolean(QStringView key);
    [[nodiscard]] JsonReader object(QStringView key);
    /// Elements as readers, for arrays of objects.
    [[nodiscard]] QList<JsonReader> objects(QStringView key);
    [[nodiscard]] QStringList texts(QStringView key);

    /// Optional forms: absent or null gives the fallback, a wrong type sets the error.
    [[nodiscard]] QString optionalText(QStringView key, const QString &fallback = {});
    [[nodiscard]] qint64 optionalInteger(QStringView key, qint64 fallback = 0);
    [[nodiscard]] double optionalNumber(QStringView key, double fallback = 0);
    [[nodiscard]] bool optionalBoolean(QStringView key, bool fallback = false);
    [[nodiscard]] std::optional<JsonReader> optionalObject(QStringView key);
    [[nodiscard]] QList<JsonReader> optionalObjects(QStringView key);
    [[nodiscard]] QStringList optionalTexts(QStringView key);

    [[nodiscard]] bool has(QStringView key) const;
    [[nodiscard]] const QJsonObject &raw() const { return m_object; }
    [[nodiscard]] QJsonValue value(QStringView key) const { return m_object.value(key); }

    /// Records a failure of the caller's own check on \a key, keeping an earlier one.
    void refuse(QStringView key, const QString &why);
    [[nodiscard]] std::optional<Error> error() const { return *m_error; }
    [[nodiscard]] bool isOk() const { return !m_error->has_value(); }

private:
    JsonReader(QJsonObject object, QString path, std::shared_ptr<std::optional<Error>> error);
    [[nodiscard]] QString pathOf(QStringView key) const;
    [[nodiscard]] bool isAbsent(QStringView key) const;

    QJsonObject m_object;
    QString m_path;
    std::shared_ptr<std::optional<Error>> m_error; // shared by a root and its children
};

} // namespace paddock
