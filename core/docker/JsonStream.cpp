// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/JsonStream.h"

#include "core/docker/Transport.h"

#include <QPointer>

namespace paddock::docker {

// --- JsonStream
// -----------------------------------------------------------------------------------

JsonStream::JsonStream(Transport &transport, ApiCall call, QObject *parent)
    : QObject(parent)
    , m_call(std::make_unique<StreamCall>(transport, std::move(call)))
{
    connect(m_call.get(), &StreamCall::accepted, this, &JsonStream::accepted);
    connect(m_call.get(), &StreamCall::bytes, this, [this](const QByteArray &bytes) {
        const QList<QJsonObject> objects = m_lines.feed(bytes);
        if (report(objects) && m_lines.error())
            m_call->end(fail(*m_lines.error()));
    });
    connect(m_call.get(), &StreamCall::finished, this, [this](const Result<Done> &result) {
        Result<Done> answer = result;
        if (answer) {
            if (!report(m_lines.finish()))
                return;
            if (m_lines.error())
                answer = fail(*m_lines.error());
        }
        Q_EMIT finished(answer);
    });
}

JsonStream::~JsonStream() = default;

bool JsonStream::report(const QList<QJsonObject> &objects)
{
    const QPointer<JsonStream> alive(this);
    for (const QJsonObject &item : objects) {
        Q_EMIT object(item);
        if (!alive)
            return false;
    }
    return true;
}

} // namespace paddock::docker
