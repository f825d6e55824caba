// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/RequestReader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>

#include <QCoreApplication>

#include <array>

namespace paddock::gateway {

namespace http = boost::beast::http;

namespace {

constexpr qsizetype kMaxTarget = 4096;

bool isTokenByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

/// Letters of a path that need no escape and that no server gives a meaning of its own.
bool isPlainPathByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           QByteArrayView("/-._~:@").contains(c);
}

bool isQueryByte(char c)
{
    return isPlainPathByte(c) || QByteArrayView("=&%+,?!$'()*;").contains(c);
}

/// The agent reaches the gateway under its own loopback address and under no other name.
bool isLoopbackHost(QByteArray host)
{
    const qsizetype colon = host.lastIndexOf(':');
    if (colon > 0 && host.indexOf(']', colon) < 0) {
        const QByteArray port = host.mid(colon + 1);
        if (port.isEmpty() || port.size() > 5)
            return false;
        for (const char c : port) {
            if (c < '0' || c > '9')
                return false;
        }
        host.truncate(colon);
    }
    return host == "127.0.0.1" || host.compare("localhost", Qt::CaseInsensitive) == 0 ||
           host == "[::1]";
}

} // namespace

QByteArray headerValue(const QList<HttpHeader> &headers, const QByteArray &name)
{
    for (const HttpHeader &header : headers) {
        if (header.name.compare(name, Qt::CaseInsensitive) == 0)
            return header.value;
    }
    return {};
}

class RequestReader::Decoder
{
public:
    explicit Decoder(const HttpLimits &limits)
    {
        parser.header_limit(static_cast<std::uint32_t>(limits.maxHeadBytes));
        parser.body_limit(static_cast<std::uint64_t>(limits.maxBodyBytes));
        parser.eager(true);
    }
    http::request_parser<http::buffer_body> parser;
    std::array<char, 65536> chunk;
};

RequestReader::RequestReader(const HttpLimits &limits)
    : m_limits(limits)
{
}

RequestReader::~RequestReader() = default;

void RequestReader::refuse(int status, const char *reason)
{
    m_state = State::Refused;
    m_refusal = {.status = status, .reason = QCoreApplication::translate("Gateway", reason)};
    m_buffer.clear();
    m_body.clear();
}

QByteArray RequestReader::takeBody()
{
    return std::exchange(m_body, {});
}

void RequestReader::feed(const QByteArray &bytes)
{
    switch (m_state) {
    case State::Head:
        m_buffer += bytes;
        readHead();
        break;
    case State::Body:
        decode(bytes);
        break;
    case State::Complete:
    case State::Refused:
        break;
    }
}

void RequestReader::readHead()
{
    // Only what is new is looked at: byte by byte must not cost the square.
    const qsizetype end = m_buffer.indexOf("\r\n\r\n", qMax(m_checked - 3, qsizetype(0)));
    const qsizetype size = end < 0 ? m_buffer.size() : end + 4;
    if (size > m_limits.maxHeadBytes)
        return refuse(400, "The head of the request is too long.");
    if (!checkBytes(size))
        return;
    if (end < 0)
        return;
    QList<QByteArray> lines;
    qsizetype from = 0;
    while (from < end) {
        const qsizetype next = m_buffer.indexOf("\r\n", from);
        lines.append(m_buffer.mid(from, next - from));
        from = next + 2;
    }
    if (lines.isEmpty() || !readRequestLine(lines.takeFirst())) {
        if (m_state != State::Refused)
            refuse(400, "The request has no request line.");
        return;
    }
    if (lines.size() > m_limits.maxHeaders)
        return refuse(400, "The request has too many headers.");
    for (const QByteArray &line : lines) {
        if (!readHeader(line))
            return;
    }
    if (!checkHeaders())
        return;
    m_state = State::Body;
    m_decoder = std::make_unique<Decoder>(m_limits);
    decode(std::exchange(m_buffer, {}));
}

/// Control bytes are refused as soon as they come: a head ended by bare line feeds would otherwise
/// be waited for.
bool RequestReader::checkBytes(qsizetype size)
{
    for (qsizetype i = m_checked; i < size; ++i) {
        const char c = m_buffer.at(i);
        if (i > 0 && m_buffer.at(i - 1) == '\r' && c != '\n') {
            refuse(400, "The request has a carriage return without a line feed.");
            return false;
        }
        if (c == '\n') {
            if (i == 0 || m_buffer.at(i - 1) != '\r') {
                refuse(400, "The request has a line feed without a carriage return.");
                return false;
            }
        } else if (c != '\r' && ((static_cast<unsigned char>(c) < 0x20 && c != '\t') ||
                                 static_cast<unsigned char>(c) >= 0x7f)) {
            refuse(400, "The head of the request has a byte that does not belong there.");
            return false;
        }
    }
    m_checked = size;
    return true;
}

bool RequestReader::readRequestLine(const QByteArray &line)
{
    const QList<QByteArray> parts = line.split(' ');
    if (parts.size() != 3 || parts.at(0).isEmpty()) {
        refuse(400, "The request line is not in three parts.");
        return false;
    }
    for (const char c : parts.at(0)) {
        if (c < 'A' || c > 'Z') {
            refuse(400, "The method of the request is no name.");
            return false;
        }
    }
    if (parts.at(2) != "HTTP/1.1") {
        refuse(400, "The gateway speaks HTTP/1.1 only.");
        return false;
    }
    m_head.method = parts.at(0);
    return readTarget(parts.at(1));
}

bool RequestReader::readTarget(const QByteArray &target)
{
    if (target.size() > kMaxTarget || target.isEmpty()) {
        refuse(400, "The target of the request is empty or too long.");
        return false;
    }
    if (!target.startsWith('/')) {
        refuse(403, "The gateway is no proxy: the target has to be a path.");
        return false;
    }
    const qsizetype question = target.indexOf('?');
    m_head.path = question < 0 ? target : target.left(question);
    m_head.query = question < 0 ? QByteArray() : target.mid(question + 1);
    for (const char c : m_head.path) {
        if (!isPlainPathByte(c)) {
            refuse(403, "The path has an escape or a letter that is not allowed.");
            return false;
        }
    }
    const QList<QByteArray> segments = m_head.path.mid(1).split('/');
    for (qsizetype i = 0; i < segments.size(); ++i) {
        const bool isEmptyInside = segments.at(i).isEmpty() && segments.size() > 1;
        if (isEmptyInside || segments.at(i) == "." || segments.at(i) == "..") {
            refuse(403, "The path has an empty or a dot segment.");
            return false;
        }
    }
    for (const char c : m_head.query) {
        if (!isQueryByte(c)) {
            refuse(400, "The query has a letter that is not allowed.");
            return false;
        }
    }
    return true;
}

bool RequestReader::readHeader(const QByteArray &line)
{
    if (line.startsWith(' ') || line.startsWith('\t')) {
        refuse(400, "The request has a folded header.");
        return false;
    }
    const qsizetype colon = line.indexOf(':');
    if (colon <= 0) {
        refuse(400, "The request has a header without a name.");
        return false;
    }
    const QByteArray name = line.left(colon);
    for (const char c : name) {
        if (!isTokenByte(c)) {
            refuse(400, "The request has a header whose name is none.");
            return false;
        }
    }
    m_head.headers.append({.name = name, .value = line.mid(colon + 1).trimmed()});
    return true;
}

bool RequestReader::checkHeaders()
{
    int hosts = 0;
    int lengths = 0;
    int encodings = 0;
    for (const HttpHeader &header : std::as_const(m_head.headers)) {
        const QByteArray name = header.name.toLower();
        if (name == "host") {
            ++hosts;
            if (!isLoopbackHost(header.value)) {
                refuse(403, "The host of the request is not the gateway.");
                return false;
            }
        } else if (name == "content-length") {
            ++lengths;
            bool isNumber = false;
            const qint64 length = header.value.toLongLong(&isNumber);
            bool isDigits = !header.value.isEmpty() && header.value.size() <= 15;
            for (const char c : header.value)
                isDigits = isDigits && c >= '0' && c <= '9';
            if (!isNumber || !isDigits) {
                refuse(400, "The length of the request is no number.");
                return false;
            }
            m_head.contentLength = length;
        } else if (name == "transfer-encoding") {
            ++encodings;
            if (header.value.compare("chunked", Qt::CaseInsensitive) != 0) {
                refuse(400, "The encoding of the request is not known.");
                return false;
            }
            m_head.isChunked = true;
        } else if (name == "expect") {
            if (header.value.compare("100-continue", Qt::CaseInsensitive) != 0) {
                refuse(417, "The request expects what the gateway does not do.");
                return false;
            }
            m_head.expectsContinue = true;
        } else if (name == "upgrade") {
            refuse(403, "The gateway does not change the protocol.");
            return false;
        }
    }
    if (hosts != 1) {
        refuse(400, "The request has not exactly one host.");
        return false;
    }
    if (lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0)) {
        refuse(400, "The length of the request is said more than once.");
        return false;
    }
    if (m_head.contentLength.value_or(0) > m_limits.maxBodyBytes) {
        refuse(413, "The request is too large.");
        return false;
    }
    return true;
}

void RequestReader::decode(const QByteArray &bytes)
{
    m_buffer += bytes;
    auto &parser = m_decoder->parser;
    auto &chunk = m_decoder->chunk;
    while (!m_buffer.isEmpty() || parser.is_header_done()) {
        if (parser.is_header_done() && parser.chunked() && !parser.is_done() &&
            m_buffer.size() < kShortestChunkedRest)
            return;
        if (parser.is_done()) {
            m_state = State::Complete;
            m_buffer.clear();
            return;
        }
        parser.get().body().data = chunk.data();
        parser.get().body().size = chunk.size();
        boost::beast::error_code error;
        const std::size_t used =
            parser.put(boost::asio::const_buffer(m_buffer.constData(),
                                                 static_cast<std::size_t>(m_buffer.size())),
                       error);
        m_buffer.remove(0, static_cast<qsizetype>(used));
        m_body.append(chunk.data(),
                      static_cast<qsizetype>(chunk.size() - parser.get().body().size));
        if (error == http::error::need_buffer)
            continue;
        if (error == http::error::body_limit)
            return refuse(413, "The request is too large.");
        if (error && error != http::error::need_more)
            return refuse(400, "The request is not HTTP/1.1.");
        if (parser.is_done()) {
            m_state = State::Complete;
            m_buffer.clear();
            return;
        }
        if (error == http::error::need_more || used == 0)
            return;
    }
}

} // namespace paddock::gateway
