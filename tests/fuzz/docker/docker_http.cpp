// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// An HTTP answer, fed whole and in pieces: no crash, one meaning however it is cut, within bounds.
// The first byte says how it is cut.

#include "core/docker/HttpParser.h"

#include <cstdlib>

using namespace paddock::docker;

namespace {

constexpr qint64 kMaxBody = 1 << 20;

struct Outcome
{
    bool ok = true;
    bool complete = false;
    int status = 0;
    QByteArray body;
    QByteArray rest;

    bool operator==(const Outcome &) const = default;
};

Outcome parse(QByteArrayView bytes, qsizetype piece)
{
    HttpParser parser({.maxHeaderBytes = 8192, .maxBodyBytes = kMaxBody});
    Outcome outcome;
    while (!bytes.isEmpty() && outcome.ok) {
        const qsizetype size = std::min(piece, bytes.size());
        outcome.ok = parser.feed(bytes.first(size)).has_value();
        bytes = bytes.sliced(size);
        outcome.body += parser.takeBody();
        outcome.rest += parser.takeRest();
    }
    if (outcome.ok)
        outcome.ok = parser.finish().has_value();
    outcome.body += parser.takeBody();
    outcome.complete = parser.isComplete();
    outcome.status = parser.hasHead() ? parser.head().status : 0;
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const qsizetype piece = 1 + data[0] % 64;
    const QByteArrayView bytes(data + 1, static_cast<qsizetype>(size - 1));
    const Outcome pieces = parse(bytes, piece);
    const Outcome whole = parse(bytes, bytes.size());
    if (whole.ok && whole.status < 400 && whole.body.size() > kMaxBody)
        std::abort();
    // What is good is the same however it came; what is bad is bad.
    if (whole.ok != pieces.ok || (whole.ok && !(whole == pieces)))
        std::abort();
    return 0;
}
