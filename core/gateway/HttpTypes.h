// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace paddock::gateway {

struct HttpHeader
{
    QByteArray name;
    QByteArray value;
    bool operator==(const HttpHeader &) const = default;
};

struct RequestHead
{
    QByteArray method;
    QByteArray path;  ///< as received; checked to be plain: no escapes, no empty or dot segments
    QByteArray query; ///< without '?'; may be empty
    QList<HttpHeader> headers;
    std::optional<qint64> contentLength;
    bool isChunked = false;
    bool expectsContinue = false;

    [[nodiscard]] bool hasBody() const { return isChunked || contentLength.value_or(0) > 0; }
    bool operator==(const RequestHead &) const = default;
};

struct ResponseHead
{
    int status = 0;
    QByteArray reason;
    QList<HttpHeader> headers;
    std::optional<qint64> contentLength; ///< absent: chunked or until the end of the connection
};

/// Why a request is not taken, as it is answered.
struct HttpRefusal
{
    int status = 400;
    QString reason; ///< a sentence
    bool operator==(const HttpRefusal &) const = default;
};

struct HttpLimits
{
    qint64 maxHeadBytes = 64 * 1024;
    qint64 maxBodyBytes = 32 * 1024 * 1024;
    int maxHeaders = 128;
};

/// Beast 1.74 asserts that it never sees the last chunk of a message in fewer bytes than it has,
/// and aborts when that chunk comes byte by byte. As what is left of a message in chunks is never
/// shorter than this, waiting for so many bytes costs nothing.
inline constexpr qsizetype kShortestChunkedRest = 5; // "0", CR LF, CR LF

/// Value of the first header of that name (any case); empty where there is none.
[[nodiscard]] QByteArray headerValue(const QList<HttpHeader> &headers, const QByteArray &name);

} // namespace paddock::gateway
