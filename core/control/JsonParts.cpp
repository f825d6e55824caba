// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/JsonParts.h"

#include <QStringDecoder>

using namespace Qt::StringLiterals;

namespace paddock::control::json {

QString timeText(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(Qt::ISODateWithMs) : QString();
}

QDateTime readTime(JsonReader &reader, QStringView key)
{
    const QString text = reader.optionalText(key);
    if (text.isEmpty())
        return {};
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!time.isValid())
        reader.refuse(key, u"is not a time"_s);
    return time.toUTC();
}

void insertBytes(QJsonObject &json, const QString &key, const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    // A NUL survives JSON, a byte order mark at the start would not.
    if (!decoder.hasError() && !bytes.startsWith("\xEF\xBB\xBF"))
        json.insert(key, text);
    else
        json.insert(key + u"Base64"_s, QString::fromLatin1(bytes.toBase64()));
}

QByteArray readBytes(JsonReader &reader, const QString &key)
{
    const QString encoded = key + u"Base64"_s;
    if (!reader.has(encoded))
        return reader.text(key).toUtf8();
    const auto result = QByteArray::fromBase64Encoding(reader.text(encoded).toLatin1(),
                                                       QByteArray::AbortOnBase64DecodingErrors);
    if (!result)
        reader.refuse(encoded, u"is not base64"_s);
    return *result;
}

QByteArray readOptionalBytes(JsonReader &reader, const QString &key)
{
    return reader.has(key) || reader.has(key + u"Base64"_s) ? readBytes(reader, key) : QByteArray();
}

QJsonArray pathArray(const QList<QByteArray> &paths)
{
    QJsonArray array;
    for (const QByteArray &path : paths) {
        QJsonObject json;
        insertBytes(json, u"path"_s, path);
        array.append(json);
    }
    return array;
}

QList<QByteArray> readOptionalPaths(JsonReader &reader, QStringView key)
{
    QList<QByteArray> paths;
    for (JsonReader &entry : reader.optionalObjects(key))
        paths.append(readBytes(entry, u"path"_s));
    return paths;
}

} // namespace paddock::control::json
