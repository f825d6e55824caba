// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Answers of a provider: whole and byte by byte give the same.
#include "core/gateway/RequestRules.h"
#include "core/gateway/ResponseReader.h"

#include <cstdint>
#include <cstdlib>

using namespace paddock::gateway;

namespace {

struct Outcome
{
    bool isGood = true;
    int status = 0;
    QByteArray body;
    bool operator==(const Outcome &) const = default;
};

Outcome read(const QByteArray &input, qsizetype step)
{
    ResponseReader reader(ResponseBody::AsFramed);
    Outcome outcome;
    for (qsizetype at = 0; at < input.size() && outcome.isGood; at += step) {
        outcome.isGood = reader.feed(input.mid(at, step)).has_value();
        outcome.body += reader.takeBody();
    }
    outcome.isGood = outcome.isGood && reader.feedEnd().has_value();
    if (!outcome.isGood)
        return {.isGood = false, .status = 0, .body = {}};
    outcome.status = reader.head().status;
    (void)returnedHeaders(reader.head());
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    if (!(read(input, qMax(input.size(), qsizetype(1))) == read(input, 1)))
        std::abort();
    return 0;
}
