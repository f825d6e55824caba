// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/HttpParser.h"

#include <boost/beast/http/basic_parser.hpp>

#include <QCoreApplication>

#include <limits>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

/// "0\r\n\r\n": nothing shorter can follow where the line of a chunk is due.
constexpr qsizetype kShortestLastChunk = 5;

QByteArray bytesOf(beast::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

QByteArray HttpHead::header(QByteArrayView name) const
{
    for (const HttpHeader &header : headers) {
        if (header.name.compare(name, Qt::CaseInsensitive) == 0)
            return header.value.trimmed();
    }
    return {};
}

/// What Beast reports, collected.
class HttpParser::Grammar final : public http::basic_parser<false>
{
public:
    Grammar(const HttpLimits &limits, HttpBody expectation)
        : m_maxBody(limits.maxBodyBytes)
    {
        header_limit(static_cast<std::uint32_t>(limits.maxHeaderBytes));
        eager(true);
        skip(expectation == HttpBody::None);
        // Not boost::none: Beast of Boost 1.74 then finds every Content-Length too long.
        body_limit(std::numeric_limits<std::uint64_t>::max());
    }

    /// The next bytes are the line of a chunk, not its content.
    [[nodiscard]] bool isBetweenChunks() const
    {
        return headDone && !is_done() && chunked() && m_chunkLeft == 0;
    }

    HttpHead head;
    bool headDone = false;
    QByteArray body;

private:
    void on_request_impl(
        http::verb, beast::string_view, beast::string_view, int, beast::error_code &) override
    {
    }
    void on_response_impl(int status, beast::string_view reason, int, beast::error_code &) override
    {
        head.status = status;
        head.reason = bytesOf(reason);
    }
    void on_field_impl(http::field,
                       beast::string_view name,
                       beast::string_view value,
                       beast::error_code &error) override
    {
        // Trailers come here too, after the head; nothing in them is of use.
        if (headDone)
            return;
        HttpHeader header{bytesOf(name), bytesOf(value)};
        // Any other coding than plain "chunked" would be read as a body that ends with the
        // connection, that is, wrongly.
        if (header.name.compare("transfer-encoding", Qt::CaseInsensitive) == 0 &&
            header.value.trimmed().compare("chunked", Qt::CaseInsensitive) != 0)
            error = http::error::bad_transfer_encoding;
        head.headers.append(std::move(header));
    }
    void on_header_impl(beast::error_code &error) override
    {
        headDone = true;
        // The text of a refusal is bounded by whoever collects it; here it must not hide the
        // status.
        if (m_maxBody < 0 || head.status >= 400)
            return;
        const auto limit = static_cast<std::uint64_t>(m_maxBody);
        if (const auto length = content_length(); length && *length > limit)
            error = http::error::body_limit;
        body_limit(limit);
    }
    void on_body_init_impl(const boost::optional<std::uint64_t> &, beast::error_code &) override {}
    std::size_t on_body_impl(beast::string_view piece, beast::error_code &) override
    {
        body.append(piece.data(), static_cast<qsizetype>(piece.size()));
        return piece.size();
    }
    void on_chunk_header_impl(std::uint64_t size, beast::string_view, beast::error_code &) override
    {
        m_chunkLeft = size;
    }
    std::size_t
    on_chunk_body_impl(std::uint64_t, beast::string_view piece, beast::error_code &) override
    {
        body.append(piece.data(), static_cast<qsizetype>(piece.size()));
        m_chunkLeft -= piece.size();
        return piece.size();
    }
    void on_finish_impl(beast::error_code &) override {}

    qint64 m_maxBody;
    std::uint64_t m_chunkLeft = 0;
};

HttpParser::HttpParser(HttpLimits limits, HttpBody body)
    : m_limits(limits)
    , m_expectation(body)
    , m_grammar(std::make_unique<Grammar>(limits, body))
{
}

HttpParser::~HttpParser() = default;

Result<Done> HttpParser::refuse(const QString &detail)
{
    m_failed = true;
    return fail(
        Error(ErrorKind::ProtocolError,
              QCoreApplication::translate("Docker", "The engine gave an answer that is not valid."))
            .withDetail(detail)
            .withRemedy(QCoreApplication::translate(
                "Docker", "Check that the socket belongs to a Docker Engine.")));
}

Result<Done> HttpParser::feed(QByteArrayView bytes)
{
    if (m_failed)
        return refuse(u"after an error"_s);
    if (bytes.isEmpty())
        return Done{};
    m_started = true;
    if (isComplete()) {
        m_rest.append(bytes);
        return Done{};
    }
    m_unparsed.append(bytes);
    qsizetype used = 0;
    while (used < m_unparsed.size()) {
        if (m_grammar->is_done()) {
            const int status = m_grammar->head.status;
            if (status == 101 || status / 100 != 1) {
                m_rest.append(QByteArrayView(m_unparsed).sliced(used));
                m_unparsed.clear();
                return Done{};
            }
            if (++m_informational > m_limits.maxInformational)
                return refuse(u"too many answers of status 1xx"_s);
            m_grammar = std::make_unique<Grammar>(m_limits, m_expectation);
        }
        // Beast of Boost 1.74 asserts when the last chunk is the only one and comes in pieces.
        if (m_grammar->isBetweenChunks() && m_unparsed.size() - used < kShortestLastChunk)
            break;
        beast::error_code error;
        const auto taken =
            m_grammar->put(boost::asio::buffer(m_unparsed.constData() + used,
                                               static_cast<std::size_t>(m_unparsed.size() - used)),
                           error);
        used += static_cast<qsizetype>(taken);
        if (error == http::error::need_more)
            break;
        if (error == http::error::body_limit)
            return refuse(kBodyLimitDetail);
        if (error)
            return refuse(QString::fromStdString(error.message()));
        if (taken == 0 && !m_grammar->is_done())
            break;
    }
    m_unparsed.remove(0, used);
    // What Beast wants to see whole (a line of the header, a chunk's line with its extension, the
    // trailers) has the limit of the header.
    if (m_unparsed.size() > m_limits.maxHeaderBytes)
        return refuse(u"a header or chunk line is too long"_s);
    return Done{};
}

Result<Done> HttpParser::finish()
{
    if (m_failed)
        return refuse(u"after an error"_s);
    if (isComplete())
        return Done{};
    const auto lost = [this](const QString &detail) {
        m_failed = true;
        return fail(
            Error(
                ErrorKind::ConnectionLost,
                QCoreApplication::translate("Docker",
                                            "The engine closed the connection in the middle of an "
                                            "answer."))
                .withDetail(detail)
                .withRemedy(QCoreApplication::translate("Docker",
                                                        "Try again; if it happens again, look at "
                                                        "the engine's log:\n"
                                                        "journalctl -u docker -n 50")));
    };
    if (!m_started || !m_grammar->got_some())
        return lost(u"no answer"_s);
    if (!m_grammar->headDone)
        return lost(u"inside the header"_s);
    beast::error_code error;
    m_grammar->put_eof(error);
    if (error)
        return lost(u"inside the body"_s);
    if (!isComplete())
        return lost(u"after status %1"_s.arg(m_grammar->head.status));
    return Done{};
}

bool HttpParser::hasHead() const
{
    const int status = m_grammar->head.status;
    return m_grammar->headDone && (status == 101 || status / 100 != 1);
}

const HttpHead &HttpParser::head() const
{
    return m_grammar->head;
}

bool HttpParser::isComplete() const
{
    return hasHead() && m_grammar->is_done();
}

bool HttpParser::isUpgraded() const
{
    return hasHead() && m_grammar->head.status == 101;
}

QByteArray HttpParser::takeBody()
{
    return std::exchange(m_grammar->body, {});
}

QByteArray HttpParser::takeRest()
{
    return std::exchange(m_rest, {});
}

} // namespace paddock::docker
