// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Requests of an agent. What must hold: whole and byte by byte give the same, and what is forwarded
// is on the list and carries no credential.
#include "core/gateway/RequestReader.h"
#include "core/gateway/RequestRules.h"
#include "core/gateway/ScriptedProvider.h"

#include <cstdint>
#include <cstdlib>

using namespace paddock;
using namespace paddock::gateway;

namespace {

void check(bool holds)
{
    if (!holds)
        std::abort();
}

struct Outcome
{
    RequestReader::State state;
    RequestHead head;
    HttpRefusal refusal;
    QByteArray body;
};

Outcome read(const QByteArray &input, qsizetype step)
{
    RequestReader reader;
    QByteArray body;
    for (qsizetype at = 0; at < input.size(); at += step) {
        reader.feed(input.mid(at, step));
        body += reader.takeBody();
    }
    const bool isKnown = reader.state() == RequestReader::State::Complete;
    return {.state = reader.state(),
            .head = isKnown ? reader.head() : RequestHead{},
            .refusal = reader.refusal(),
            .body = isKnown ? body : QByteArray()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const ScriptedProvider provider;
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const Outcome whole = read(input, qMax(input.size(), qsizetype(1)));
    const Outcome pieces = read(input, 1);
    check(whole.state == pieces.state && whole.head == pieces.head && whole.body == pieces.body);
    if (whole.state == RequestReader::State::Refused) {
        check(whole.refusal.status >= 400 && !whole.refusal.reason.isEmpty());
        return 0;
    }
    if (whole.state != RequestReader::State::Complete)
        return 0;
    check(!(whole.head.path + '/').contains("/../") && !whole.head.path.contains("//") &&
          !whole.head.path.contains('%') && whole.head.path.startsWith('/'));
    for (const auto protocol : {ProviderProtocol::Anthropic, ProviderProtocol::Gemini}) {
        const Verdict verdict = judge(whole.head, protocol);
        const auto *forward = std::get_if<Forward>(&verdict);
        if (!forward)
            continue;
        check(forward->path.startsWith("/v1") && !forward->query.contains("key="));
        for (const HttpHeader &header : forwardedHeaders(whole.head)) {
            const QByteArray name = header.name.toLower();
            check(!name.contains("auth") && !name.contains("api-key") && name != "cookie" &&
                  name != "host" && name != "transfer-encoding" && name != "content-length");
            check(!header.value.contains('\r') && !header.value.contains('\n'));
        }
        (void)provider.answer(whole.head.method, forward->path, whole.body);
    }
    return 0;
}
