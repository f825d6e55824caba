// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gateway/HttpTypes.h"

#include <memory>

namespace paddock::gateway {

/// Reads one HTTP/1.1 request of an agent, stricter than the standard asks for: whatever two
/// parsers could read differently is refused (RFC 9112 section 11.2): CL with TE, two CL, folded
/// lines, a bare LF or CR, NUL and other control bytes, spaces before a colon, absolute-form
/// targets, targets that are not in their plain form, a Host that is not this machine's loopback.
/// The head is checked byte by byte here first and then read by Boost.Beast, whose parser also
/// decodes the body. Pure; one object per request.
class RequestReader
{
public:
    enum class State {
        Head,     ///< more bytes are needed for the head
        Body,     ///< head() is complete, the body is not
        Complete, ///< bytes that follow are not looked at
        Refused,  ///< refusal() says why; the connection is to be closed after the answer
    };

    explicit RequestReader(const HttpLimits &limits = {});
    ~RequestReader();

    void feed(const QByteArray &bytes);
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const RequestHead &head() const { return m_head; }
    [[nodiscard]] const HttpRefusal &refusal() const { return m_refusal; }
    /// The decoded body since the last call.
    [[nodiscard]] QByteArray takeBody();

private:
    class Decoder;

    void refuse(int status, const char *reason);
    void readHead();
    [[nodiscard]] bool checkBytes(qsizetype size);
    [[nodiscard]] bool readRequestLine(const QByteArray &line);
    [[nodiscard]] bool readTarget(const QByteArray &target);
    [[nodiscard]] bool readHeader(const QByteArray &line);
    [[nodiscard]] bool checkHeaders();
    void decode(const QByteArray &bytes);

    HttpLimits m_limits;
    State m_state = State::Head;
    RequestHead m_head;
    HttpRefusal m_refusal;
    QByteArray m_buffer;     // undecoded
    qsizetype m_checked = 0; // bytes of the head that were looked at
    QByteArray m_body;
    std::unique_ptr<Decoder> m_decoder;
};

} // namespace paddock::gateway
