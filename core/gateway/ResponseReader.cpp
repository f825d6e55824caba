// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/ResponseReader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>

#include <QCoreApplication>

#include <array>
#include <limits>

namespace paddock::gateway {

namespace http = boost::beast::http;

namespace {

QByteArray bytesOf(boost::beast::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

tl::unexpected<Error> broken(const std::string &detail)
{
    return fail(
        Error(ErrorKind::ProviderFailed,
              QCoreApplication::translate("Gateway", "The model provider sent no proper answer."))
            .withDetail(QString::fromStdString(detail)));
}

} // namespace

class ResponseReader::Decoder
{
public:
    explicit Decoder(ResponseBody body, const HttpLimits &limits)
    {
        parser.header_limit(static_cast<std::uint32_t>(limits.maxHeadBytes));
        parser.body_limit((std::numeric_limits<std::uint64_t>::max)());
        parser.eager(true);
        parser.skip(body == ResponseBody::None);
    }
    http::response_parser<http::buffer_body> parser;
    std::array<char, 65536> chunk;
};

ResponseReader::ResponseReader(ResponseBody body, const HttpLimits &limits)
    : m_kind(body)
    , m_limits(limits)
    , m_decoder(std::make_unique<Decoder>(body, limits))
{
}

ResponseReader::~ResponseReader() = default;

QByteArray ResponseReader::takeBody()
{
    return std::exchange(m_body, {});
}

Result<Done> ResponseReader::feed(const QByteArray &bytes)
{
    m_buffer += bytes;
    while (!m_isComplete && !m_buffer.isEmpty()) {
        auto &parser = m_decoder->parser;
        auto &chunk = m_decoder->chunk;
        if (parser.is_header_done() && parser.chunked() && m_buffer.size() < kShortestChunkedRest)
            break;
        parser.get().body().data = chunk.data();
        parser.get().body().size = chunk.size();
        boost::beast::error_code error;
        const std::size_t used =
            parser.put(boost::asio::const_buffer(m_buffer.constData(),
                                                 static_cast<std::size_t>(m_buffer.size())),
                       error);
        m_buffer.remove(0, static_cast<qsizetype>(used));
        if (parser.is_header_done() && !m_hasHead) {
            const auto &message = parser.get();
            if (message.result_int() < 200) {
                if (message.result_int() == 101)
                    return broken("unasked change of protocol");
                m_decoder = std::make_unique<Decoder>(m_kind, m_limits);
                continue;
            }
            m_hasHead = true;
            m_head.status = static_cast<int>(message.result_int());
            m_head.reason = bytesOf(message.reason());
            for (const auto &field : message)
                m_head.headers.append({bytesOf(field.name_string()), bytesOf(field.value())});
            if (const auto length = parser.content_length())
                m_head.contentLength = static_cast<qint64>(*length);
        }
        m_body.append(chunk.data(),
                      static_cast<qsizetype>(chunk.size() - parser.get().body().size));
        m_isComplete = parser.is_done();
        if (error == http::error::need_buffer)
            continue;
        if (error && error != http::error::need_more)
            return broken(error.message());
        if (error == http::error::need_more || used == 0)
            break;
    }
    if (!m_hasHead && m_buffer.size() > m_limits.maxHeadBytes)
        return broken("head too long");
    return Done{};
}

Result<Done> ResponseReader::feedEnd()
{
    if (m_isComplete)
        return Done{};
    boost::beast::error_code error;
    std::array<char, 1> none{};
    m_decoder->parser.get().body().data = none.data();
    m_decoder->parser.get().body().size = 0;
    if (m_hasHead && m_decoder->parser.need_eof()) {
        m_decoder->parser.put_eof(error);
        if (!error) {
            m_isComplete = true;
            return Done{};
        }
    }
    return fail(Error(ErrorKind::ProviderFailed,
                      QCoreApplication::translate(
                          "Gateway", "The model provider ended the connection too early.")));
}

} // namespace paddock::gateway
