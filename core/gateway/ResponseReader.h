// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/gateway/HttpTypes.h"

#include <memory>

namespace paddock::gateway {

enum class ResponseBody {
    AsFramed,
    None, ///< the answer to HEAD has none, whatever its head says
};

/// Reads the answer of a provider with Boost.Beast's parser: head, then the decoded body as it
/// comes. Interim answers (1xx) are skipped. Pure; one object per answer.
class ResponseReader
{
public:
    explicit ResponseReader(ResponseBody body, const HttpLimits &limits = {});
    ~ResponseReader();

    /// ProviderFailed for what is no HTTP/1.x answer.
    [[nodiscard]] Result<Done> feed(const QByteArray &bytes);
    /// The connection ended: fails if the answer is not complete.
    [[nodiscard]] Result<Done> feedEnd();
    [[nodiscard]] bool hasHead() const { return m_hasHead; }
    [[nodiscard]] bool isComplete() const { return m_isComplete; }
    [[nodiscard]] const ResponseHead &head() const { return m_head; }
    [[nodiscard]] QByteArray takeBody();

private:
    class Decoder;

    ResponseBody m_kind;
    HttpLimits m_limits;
    ResponseHead m_head;
    QByteArray m_buffer;
    QByteArray m_body;
    bool m_hasHead = false;
    bool m_isComplete = false;
    std::unique_ptr<Decoder> m_decoder;
};

} // namespace paddock::gateway
