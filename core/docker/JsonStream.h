// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/JsonLines.h"
#include "core/docker/StreamCall.h"

#include <QObject>

#include <memory>

namespace paddock::docker {

/// JSON objects, one a line. finished() comes once, last, from the event loop.
class JsonStream final : public QObject
{
    Q_OBJECT

public:
    JsonStream(Transport &transport, ApiCall call, QObject *parent = nullptr);
    ~JsonStream() override;

    /// Ends with \a result, if it has not ended.
    void end(const Result<Done> &result) { m_call->end(result); }

Q_SIGNALS:
    void accepted();
    void object(const QJsonObject &object);
    void finished(const paddock::Result<paddock::Done> &result);

private:
    /// False when this is gone.
    bool report(const QList<QJsonObject> &objects);

    std::unique_ptr<StreamCall> m_call;
    JsonLines m_lines;
};

} // namespace paddock::docker
