// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/JsonHelpers.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::docker::detail {

Labels readLabels(JsonReader &reader, QStringView key)
{
    Labels labels;
    auto object = reader.optionalObject(key);
    if (!object)
        return labels;
    for (auto it = object->raw().begin(); it != object->raw().end(); ++it)
        labels.insert(it.key(), object->text(it.key()));
    return labels;
}

QJsonObject labelsToJson(const Labels &labels)
{
    QJsonObject object;
    for (auto it = labels.begin(); it != labels.end(); ++it)
        object.insert(it.key(), it.value());
    return object;
}

QByteArray filtersJson(const QList<std::pair<QString, QStringList>> &filters)
{
    QJsonObject object;
    for (const auto &[name, values] : filters) {
        if (!values.isEmpty())
            object.insert(name, QJsonArray::fromStringList(values));
    }
    return object.isEmpty() ? QByteArray() : QJsonDocument(object).toJson(QJsonDocument::Compact);
}

ImageId imageIdFromText(const QString &text)
{
    return ImageId{text.size() == 64 && !text.contains(u':') ? u"sha256:"_s + text : text};
}

} // namespace paddock::docker::detail
