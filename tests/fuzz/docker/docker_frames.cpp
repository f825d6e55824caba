// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Frames of attach, exec and logs, fed whole and in pieces: no crash, the same output however it is
// cut. The first byte says how.

#include "core/docker/StreamDemuxer.h"

#include <cstdlib>

using namespace paddock::docker;

namespace {

struct Outcome
{
    QByteArray channels[3];
    bool failed = false;
    bool finished = false;

    bool operator==(const Outcome &) const = default;
};

Outcome demux(QByteArrayView bytes, qsizetype piece)
{
    StreamDemuxer demuxer;
    Outcome outcome;
    while (!bytes.isEmpty()) {
        const qsizetype size = std::min(piece, bytes.size());
        for (const StreamDemuxer::Piece &part : demuxer.feed(bytes.first(size)))
            outcome.channels[static_cast<int>(part.channel)] += part.bytes;
        bytes = bytes.sliced(size);
    }
    outcome.failed = demuxer.error().has_value();
    outcome.finished = demuxer.finish().has_value();
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const QByteArrayView bytes(data + 1, static_cast<qsizetype>(size - 1));
    const Outcome whole = demux(bytes, bytes.size());
    if (!(whole == demux(bytes, 1 + data[0] % 32)))
        std::abort();
    qsizetype total = 0;
    for (const QByteArray &channel : whole.channels)
        total += channel.size();
    if (total > bytes.size())
        std::abort();
    return 0;
}
