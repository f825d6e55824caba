// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QSet>
#include <QStringDecoder>

#include <cmath>

using namespace Qt::StringLiterals;

namespace paddock {

namespace {

tl::unexpected<Error> protocol(const QString &what)
{
    return fail(ErrorKind::ProtocolError, what);
}

// One pass over the raw bytes: depth and duplicate keys. QJsonDocument keeps the last of two equal
// keys silently, and recurses, so both are checked before it sees the text.
Result<Done> scan(const QByteArray &bytes, int maxDepth)
{
    struct Level
    {
        bool isObject = false;
        bool expectKey = false;
        QSet<QByteArray> keys;
    };
    QList<Level> levels;
    const char *p = bytes.constData();
    const char *end = p + bytes.size();
    while (p < end) {
        const char c = *p;
        if (c == '"') {
            const char *start = ++p;
            bool escaped = false;
            while (p < end && *p != '"') {
                if (*p == '\\') {
                    escaped = true;
                    ++p;
                }
                ++p;
            }
            if (p >= end)
                return protocol(
                    QCoreApplication::translate("Json", "A text in the JSON has no end."));
            if (!levels.isEmpty() && levels.last().isObject && levels.last().expectKey) {
                QByteArray key(start, static_cast<qsizetype>(p - start));
                if (escaped) {
                    const auto document = QJsonDocument::fromJson("[\"" + key + "\"]");
                    key = document.array().at(0).toString().toUtf8();
                }
                if (levels.last().keys.contains(key)) {
                    return protocol(
                        QCoreApplication::translate("Json", "The JSON names \"%1\" twice.")
                            .arg(QString::fromUtf8(key.left(80))));
                }
                levels.last().keys.insert(key);
                levels.last().expectKey = false;
            }
        } else if (c == '{' || c == '[') {
            if (levels.size() >= maxDepth) {
                return protocol(
                    QCoreApplication::translate("Json", "The JSON is nested deeper than %1 levels.")
                        .arg(maxDepth));
            }
            levels.append(Level{.isObject = c == '{', .expectKey = c == '{', .keys = {}});
        } else if (c == '}' || c == ']') {
            if (!levels.isEmpty())
                levels.removeLast();
        } else if (c == ',' && !levels.isEmpty() && levels.last().isObject) {
            levels.last().expectKey = true;
        }
        ++p;
    }
    return Done{};
}

} // namespace

Result<QJsonValue> parseJson(const QByteArray &bytes, const JsonLimits &limits)
{
    if (bytes.size() > limits.maxBytes) {
        return protocol(
            QCoreApplication::translate("Json", "The JSON has %1 bytes; %2 are accepted.")
                .arg(bytes.size())
                .arg(limits.maxBytes));
    }
    if (auto scanned = scan(bytes, limits.maxDepth); !scanned)
        return fail(scanned.error());
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString decoded = decoder.decode(bytes);
    if (decoder.hasError() || (decoded.isEmpty() && !bytes.isEmpty()))
        return protocol(QCoreApplication::translate("Json", "The JSON is not valid UTF-8."));
    // QJsonDocument takes objects and arrays only; a one-element array takes any value.
    QJsonParseError parseError;
    const auto document = QJsonDocument::fromJson("[" + bytes + "]", &parseError);
    if (parseError.error != QJsonParseError::NoError || document.array().size() != 1) {
        return fail(Error(ErrorKind::ProtocolError,
                          QCoreApplication::translate("Json", "The text is not JSON."))
                        .withDetail(parseError.errorString() + u" at byte "_s +
                                    QString::number(parseError.offset - 1)));
    }
    return document.array().at(0);
}

Result<QJsonObject> parseJsonObject(const QByteArray &bytes, const JsonLimits &limits)
{
    auto value = parseJson(bytes, limits);
    if (!value)
        return fail(value.error());
    if (!value->isObject())
        return protocol(QCoreApplication::translate("Json", "The JSON is not an object."));
    return value->toObject();
}

JsonReader::JsonReader(const QJsonValue &value, QString what)
    : m_object(value.toObject())
    , m_path(std::move(what))
    , m_error(std::make_shared<std::optional<Error>>())
{
    if (!value.isObject()) {
        *m_error = Error(ErrorKind::ProtocolError,
                         QCoreApplication::translate("Json", "%1 is not an object.")
                             .arg(m_path.isEmpty() ? u"value"_s : m_path));
    }
}

JsonReader::JsonReader(QJsonObject object,
                       QString path,
                       std::shared_ptr<std::optional<Error>> error)
    : m_object(std::move(object))
    , m_path(std::move(path))
    , m_error(std::move(error))
{
}

QString JsonReader::pathOf(QStringView key) const
{
    return m_path.isEmpty() ? key.toString() : m_path + u'.' + key.toString();
}

bool JsonReader::isAbsent(QStringView key) const
{
    const QJsonValue value = m_object.value(key);
    return value.isUndefined() || value.isNull();
}

bool JsonReader::has(QStringView key) const
{
    return !isAbsent(key);
}

void JsonReader::refuse(QStringView key, const QString &why)
{
    if (m_error->has_value())
        return;
    *m_error = Error(ErrorKind::ProtocolError,
                     QCoreApplication::translate("Json", "%1 %2.").arg(pathOf(key), why));
}

QString JsonReader::text(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isString())
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not text"_s);
    return value.toString();
}

qint64 JsonReader::integer(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    // toInteger gives the fallback for a fraction or a number out of range.
    const bool whole = value.isDouble() && value.toInteger(1) == value.toInteger(2);
    if (!whole)
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not a whole number"_s);
    return whole ? value.toInteger() : 0;
}

double JsonReader::number(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isDouble())
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not a number"_s);
    return value.toDouble();
}

bool JsonReader::boolean(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isBool())
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not true or false"_s);
    return value.toBool();
}

JsonReader JsonReader::object(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isObject())
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not an object"_s);
    return JsonReader(value.toObject(), pathOf(key), m_error);
}

QList<JsonReader> JsonReader::objects(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isArray())
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not a list"_s);
    QList<JsonReader> readers;
    const QJsonArray array = value.toArray();
    for (qsizetype i = 0; i < array.size(); ++i) {
        const QString element = key.toString() + u'[' + QString::number(i) + u']';
        if (!array.at(i).isObject())
            refuse(element, u"is not an object"_s);
        readers.append(JsonReader(array.at(i).toObject(), pathOf(element), m_error));
    }
    return readers;
}

QStringList JsonReader::texts(QStringView key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isArray())
        refuse(key, value.isUndefined() ? u"is missing"_s : u"is not a list"_s);
    QStringList list;
    const QJsonArray array = value.toArray();
    for (qsizetype i = 0; i < array.size(); ++i) {
        if (!array.at(i).isString())
            refuse(key.toString() + u'[' + QString::number(i) + u']', u"is not text"_s);
        list.append(array.at(i).toString());
    }
    return list;
}

QString JsonReader::optionalText(QStringView key, const QString &fallback)
{
    return isAbsent(key) ? fallback : text(key);
}

qint64 JsonReader::optionalInteger(QStringView key, qint64 fallback)
{
    return isAbsent(key) ? fallback : integer(key);
}

double JsonReader::optionalNumber(QStringView key, double fallback)
{
    return isAbsent(key) ? fallback : number(key);
}

bool JsonReader::optionalBoolean(QStringView key, bool fallback)
{
    return isAbsent(key) ? fallback : boolean(key);
}

std::optional<JsonReader> JsonReader::optionalObject(QStringView key)
{
    if (isAbsent(key))
        return std::nullopt;
    return object(key);
}

QList<JsonReader> JsonReader::optionalObjects(QStringView key)
{
    return isAbsent(key) ? QList<JsonReader>() : objects(key);
}

QStringList JsonReader::optionalTexts(QStringView key)
{
    return isAbsent(key) ? QStringList() : texts(key);
}

} // namespace paddock
