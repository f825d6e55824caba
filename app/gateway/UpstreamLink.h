// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"
#include "core/gateway/HttpTypes.h"

#include <QObject>

namespace paddock::gateway {

/// What goes to the provider; the key is added by the link.
struct OutgoingRequest
{
    QByteArray method;
    QByteArray path;
    QByteArray query;
    QList<HttpHeader> headers;
    std::optional<qint64> contentLength; ///< absent and hasBody: sent in chunks
    bool hasBody = false;
};

/// One request to whatever answers for a model. Created, started once, deleted by its owner, which
/// may be at any time and then stops everything. Main thread.
class UpstreamLink : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    virtual void start(const OutgoingRequest &request) = 0;
    virtual void writeBody(const QByteArray &bytes) = 0;
    virtual void finishBody() = 0;
    /// Bytes of the body that were taken but not sent yet; drained() says when there are fewer.
    [[nodiscard]] virtual qint64 pendingBytes() const = 0;
    /// While paused nothing more is read, so that the provider is held back.
    virtual void setPaused(bool paused) = 0;

Q_SIGNALS:
    void drained();
    void headReceived(const paddock::gateway::ResponseHead &head);
    void bodyReceived(const QByteArray &bytes);
    /// The end, exactly one of these, unless the link is deleted before.
    void finished();
    void failed(const paddock::Error &error);
    /// The agent's connection is to be cut (scripts only).
    void cut();
};

} // namespace paddock::gateway
