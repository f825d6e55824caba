// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <memory>

namespace paddock::docker {

struct HttpHeader
{
    QByteArray name;
    QByteArray value;

    bool operator==(const HttpHeader &) const = default;
};

/// Status line and header of a response.
struct HttpHead
{
    int status = 0;
    QByteArray reason;
    QList<HttpHeader> headers;

    /// The value of the first header \a name (any case), trimmed; empty when there is none.
    [[nodiscard]] QByteArray header(QByteArrayView name) const;
};

struct HttpLimits
{
    qint64 maxHeaderBytes = qint64{64} * 1024;
    qint64 maxBodyBytes = -1;  ///< of a successful answer; -1: no limit (a stream)
    int maxInformational = 16; ///< answers of 100 to 199 before the real one
};

/// Error::detail of an answer whose body is longer than HttpLimits::maxBodyBytes.
inline const QString kBodyLimitDetail = QStringLiteral("the body is longer than allowed");

/// Whether an answer to this request has a body at all (HEAD has none).
enum class HttpBody { Expected, None };

/// HTTP/1.1 response parser (RFC 9112), incremental and without input or output of its own.
/// Boost.Beast's parser does the grammar; this adds limits, skipping of 1xx answers and the
/// hand-over of the bytes after a 101. Any thread, one at a time. One object a response.
///
/// Errors: ProtocolError for what is no HTTP or over a limit, ConnectionLost from finish() when the
/// message was not complete. An error is final.
class HttpParser
{
public:
    explicit HttpParser(HttpLimits limits = {}, HttpBody body = HttpBody::Expected);
    ~HttpParser();
    Q_DISABLE_COPY_MOVE(HttpParser)

    [[nodiscard]] Result<Done> feed(QByteArrayView bytes);
    /// The peer closed its side.
    [[nodiscard]] Result<Done> finish();

    [[nodiscard]] bool hasHead() const;
    [[nodiscard]] const HttpHead &head() const;
    /// The whole message is there. Never true for a body that ends with the connection, until
    /// finish().
    [[nodiscard]] bool isComplete() const;
    /// A 101 arrived: everything after the head belongs to another protocol.
    [[nodiscard]] bool isUpgraded() const;
    /// Decoded body bytes since the last call.
    [[nodiscard]] QByteArray takeBody();
    /// Bytes after the message, since the last call.
    [[nodiscard]] QByteArray takeRest();

private:
    class Grammar;
    Result<Done> refuse(const QString &detail);

    HttpLimits m_limits;
    HttpBody m_expectation;
    std::unique_ptr<Grammar> m_grammar;
    QByteArray m_unparsed;
    QByteArray m_rest;
    int m_informational = 0;
    bool m_started = false;
    bool m_failed = false;
};

} // namespace paddock::docker
