// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/BodyStream.h"

#include "core/docker/FinishLater.h"
#include "core/docker/Transport.h"

namespace paddock::docker {

// --- BodyStream
// -----------------------------------------------------------------------------------

BodyStream::BodyStream(Transport &transport, ApiCall call)
    : m_call(std::make_unique<StreamCall>(transport, std::move(call)))
{
    connect(m_call.get(), &StreamCall::bytes, this, &ByteStream::bytes);
    connect(m_call.get(), &StreamCall::finished, this, &ByteStream::finished);
}

BodyStream::BodyStream(const Error &error)
{
    finishLater(static_cast<ByteStream *>(this), Result<Done>(fail(error)));
}

BodyStream::~BodyStream() = default;

void BodyStream::pause()
{
    if (m_call)
        m_call->pause();
}

void BodyStream::resume()
{
    if (m_call)
        m_call->resume();
}

} // namespace paddock::docker
