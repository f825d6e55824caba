// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of an agent, fed to a client in the middle of a turn and to a transcript. What must hold:
// nothing but answers is sent, bounds are kept, and a client restored from the same messages is in
// the same state.
#include "core/acp/Client.h"
#include "core/acp/Transcript.h"

#include <cstdint>
#include <cstdlib>

using namespace paddock;
using namespace paddock::acp;

namespace {

void check(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    SystemClock clock;
    QList<StoredMessage> log;
    bool isOurs = true; // what we ask for, against what the agent makes us send
    ClientOptions options;
    options.limits.maxOpenRequests = 8;
    Client client(
        [&](const OutgoingMessage &message) {
            check(isOurs || message.kind == MessageKind::PermissionAnswer ||
                  message.kind == MessageKind::ErrorReply);
            check(!message.bytes.contains('\n'));
            log.append({.direction = Direction::ToAgent, .line = message.bytes, .at = {}});
        },
        clock,
        options);
    const auto hear = [&](const QByteArray &line) {
        log.append({.direction = Direction::FromAgent, .line = line, .at = {}});
        isOurs = false;
        client.receive(line);
        isOurs = true;
    };
    (void)client.initialize();
    hear(R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1}})");
    (void)client.newSession(QStringLiteral("/w"));
    hear(R"({"jsonrpc":"2.0","id":2,"result":{"sessionId":"s1"}})");
    (void)client.prompt(QStringLiteral("x"));
    for (const QByteArray &line : input.split('\n')) {
        // Two letters of our own: the person's part.
        if (line == "C")
            (void)client.cancel();
        else if (line == "A" && !client.state().permissions.isEmpty())
            (void)client.allow(client.state().permissions.first().requestId);
        else
            hear(line);
        check(client.state().permissions.size() <= 8);
    }
    Client restored([](const OutgoingMessage &) { std::abort(); }, clock, options);
    restored.restore(log);
    check(restored.state() == client.state());
    Transcript transcript({.maxRows = 50, .maxTextPerRow = 64, .maxTotalText = 4096});
    for (const StoredMessage &message : log) {
        const auto changed = transcript.append(message);
        check(changed >= 0 && changed <= transcript.rows().size());
        check(transcript.rows().size() <= 50);
    }
    return 0;
}
