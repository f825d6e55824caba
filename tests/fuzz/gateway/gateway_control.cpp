// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Frames on the gateway's control connection, and the objects in them.
#include "core/gateway/ControlProtocol.h"
#include "core/gateway/FrameSocket.h"
#include "core/gateway/RequestRules.h"

#include <cstdint>

using namespace paddock::gateway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FrameReader reader;
    (void)reader.feed(std::as_bytes(std::span(data, size)));
    while (const auto frame = reader.next()) {
        const QJsonObject params = frame->object.value(u"params").toObject();
        if (const auto door = doorFromJson(params))
            (void)problemWith(door->upstream);
        (void)statusFromJson(params);
        (void)recordFromJson(params);
        (void)errorFromJson(params);
    }
    return 0;
}
