// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/JsonLines.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>

namespace paddock::docker {

void JsonLines::parseLine(QByteArrayView line, QList<QJsonObject> &objects)
{
    const QByteArrayView trimmed = line.trimmed();
    if (trimmed.isEmpty())
        return;
    auto object = parseJsonObject(trimmed.toByteArray(), {.maxBytes = m_maxLineBytes});
    if (!object) {
        m_error = object.error();
        return;
    }
    objects.append(std::move(*object));
}

QList<QJsonObject> JsonLines::feed(QByteArrayView bytes)
{
    QList<QJsonObject> objects;
    while (!m_error) {
        const qsizetype end = bytes.indexOf('\n');
        if (m_partial.size() + (end < 0 ? bytes.size() : end) > m_maxLineBytes) {
            m_error = Error(ErrorKind::ProtocolError,
                            QCoreApplication::translate(
                                "Docker", "The engine sent a line of more than %1 bytes.")
                                .arg(m_maxLineBytes));
            m_partial.clear();
            break;
        }
        if (end < 0) {
            m_partial.append(bytes);
            break;
        }
        if (m_partial.isEmpty()) {
            parseLine(bytes.first(end), objects);
        } else {
            m_partial.append(bytes.first(end));
            parseLine(m_partial, objects);
            m_partial.clear();
        }
        bytes = bytes.sliced(end + 1);
    }
    return objects;
}

QList<QJsonObject> JsonLines::finish()
{
    QList<QJsonObject> objects;
    if (m_error)
        return objects;
    parseLine(m_partial, objects);
    m_partial.clear();
    if (m_error) {
        m_error = Error(ErrorKind::ConnectionLost,
                        QCoreApplication::translate("Docker",
                                                    "The engine's stream broke off inside a line."))
                      .withDetail(m_error->toString());
    }
    return objects;
}

} // namespace paddock::docker
