// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/ByteStream.h"
#include "core/docker/StreamCall.h"

#include <memory>

namespace paddock::docker {

/// The body of an answer as it comes.
class BodyStream final : public ByteStream
{
    Q_OBJECT

public:
    BodyStream(Transport &transport, ApiCall call);
    explicit BodyStream(const Error &error);
    ~BodyStream() override;

    void pause() override;
    void resume() override;

private:
    std::unique_ptr<StreamCall> m_call;
};

} // namespace paddock::docker
