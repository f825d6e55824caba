// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonObject>
#include <QList>

#include <optional>

namespace paddock::docker {

/// Splits a stream of JSON objects, one a line (pull, build, events, stats). Pure. A line longer
/// than \a maxLineBytes, or one that is no object, is a ProtocolError and ends it.
class JsonLines
{
public:
    explicit JsonLines(qint64 maxLineBytes = qint64{4} * 1024 * 1024)
        : m_maxLineBytes(maxLineBytes)
    {
    }

    [[nodiscard]] QList<QJsonObject> feed(QByteArrayView bytes);
    /// The stream ended; a last line may lack its line end. ConnectionLost when it is cut.
    [[nodiscard]] QList<QJsonObject> finish();
    [[nodiscard]] const std::optional<Error> &error() const { return m_error; }

private:
    void parseLine(QByteArrayView line, QList<QJsonObject> &objects);

    qint64 m_maxLineBytes;
    QByteArray m_partial;
    std::optional<Error> m_error;
};

} // namespace paddock::docker
