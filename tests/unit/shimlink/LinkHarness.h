// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sandbox/link/AgentLink.h"
#include "core/sandbox/link/LocalShim.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QHash>

#include <memory>

namespace paddock::test {

/// The real shim as a child of the test, and an owner that acknowledges (unless told not to) and
/// remembers everything.
class LinkHarness : public QObject
{
    Q_OBJECT

public:
    LinkHarness()
    {
        for (const QString &folder : {QStringLiteral("run"), QStringLiteral("spool")})
            QDir().mkpath(environment.path(folder));
        shimOptions.program = builtProgram(QStringLiteral("paddock-shim"));
        shimOptions.runFolder = environment.path(QStringLiteral("run"));
        shimOptions.spoolFolder = environment.path(QStringLiteral("spool"));
        linkOptions.runFolder = shimOptions.runFolder;
        linkOptions.nextOutbound = [this](const QByteArray &, quint64 after) {
            std::optional<sandbox::link::OutboundMessage> next;
            for (const sandbox::link::OutboundMessage &message : std::as_const(outbound)) {
                if (message.number > after) {
                    next = message;
                    break;
                }
            }
            return next;
        };
    }

    [[nodiscard]] Result<Done> startShim()
    {
        shim = std::make_unique<sandbox::link::LocalShim>(shimOptions);
        return shim->start();
    }

    [[nodiscard]] Result<Done> startLink()
    {
        using sandbox::link::AgentLink;
        link = std::make_unique<AgentLink>(linkOptions);
        AgentLink *l = link.get();
        connect(l, &AgentLink::helloReceived, this, [this](const sandbox::link::ShimInfo &info) {
            hellos.append(info);
        });
        connect(l,
                &AgentLink::message,
                this,
                [this](sandbox::link::Channel channel, quint64 seq, const QByteArray &bytes) {
                    messages.append(bytes);
                    settle(channel, seq);
                });
        connect(l,
                &AgentLink::terminalOutput,
                this,
                [this](sandbox::link::Channel channel, quint64 seq, const QByteArray &bytes) {
                    output[channel] += bytes;
                    settle(channel, seq);
                });
        connect(l,
                &AgentLink::outputDropped,
                this,
                [this](sandbox::link::Channel channel, quint64 from, quint64 seq) {
                    dropped[channel] += seq - from;
                    settle(channel, seq);
                });
        connect(l,
                &AgentLink::messageTooLong,
                this,
                [this](sandbox::link::Channel channel, quint64 seq, quint64 size) {
                    tooLong.append(size);
                    settle(channel, seq);
                });
        connect(l,
                &AgentLink::processStarted,
                this,
                [this](quint64 seq, const sandbox::link::ProcessStart &start) {
                    started.append(start);
                    settle(shimlink::kControlChannel, seq);
                });
        connect(l,
                &AgentLink::processFailed,
                this,
                [this](quint64 seq, const sandbox::link::ProcessFailure &failure) {
                    failed.append(failure);
                    settle(shimlink::kControlChannel, seq);
                });
        connect(l,
                &AgentLink::processExited,
                this,
                [this](quint64 seq, const sandbox::link::ProcessExit &exit) {
                    exited.append(exit);
                    settle(shimlink::kControlChannel, seq);
                });
        connect(l,
                &AgentLink::notice,
                this,
                [this](quint64 seq, const sandbox::link::LinkNotice &notice) {
                    notices.append(notice);
                    settle(shimlink::kControlChannel, seq);
                });
        connect(l, &AgentLink::outboundAcknowledged, this, [this](quint64 number) {
            acknowledged = number;
        });
        connect(l, &AgentLink::statusReceived, this, [this](const sandbox::link::LinkStatus &s) {
            statuses.append(s);
        });
        connect(l, &AgentLink::refsChanged, this, [this] { ++refsChanges; });
        connect(l, &AgentLink::protocolError, this, [this](const QString &reason) {
            errors.append(reason);
        });
        connect(l, &AgentLink::linkDown, this, [this](const QString &) { ++downs; });
        connect(l,
                &AgentLink::secondLinkRefused,
                this,
                [this](const sandbox::link::PeerCredentials &peer, int count) {
                    refusedPeer = peer;
                    refused += count;
                });
        return link->listen();
    }

    /// As a message of the store.
    quint64 send(sandbox::link::Channel channel, const QByteArray &bytes)
    {
        const quint64 number = outbound.isEmpty() ? 1 : outbound.last().number + 1;
        outbound.append({number, channel, bytes});
        if (link) {
            const Result<Done> sent = link->sendMessage(channel, number, bytes);
            if (!sent)
                errors.append(sent.error().toString());
        }
        return number;
    }

    quint64
    startAgent(const QStringList &argv,
               const QString &id = QStringLiteral("one"),
               sandbox::link::StartRequest::Mode mode = sandbox::link::StartRequest::Mode::Lines)
    {
        sandbox::link::StartRequest request;
        request.id = id;
        request.mode = mode;
        request.argv = argv;
        request.workingFolder = workingFolder;
        request.environment.insert(QStringLiteral("FROM_START"), QStringLiteral("yes"));
        return send(shimlink::kControlChannel, sandbox::link::AgentLink::encodeStart(request));
    }

    /// A notice of this kind came.
    [[nodiscard]] int count(sandbox::link::LinkNotice::Kind kind) const
    {
        int result = 0;
        for (const sandbox::link::LinkNotice &notice : notices)
            result += notice.kind == kind ? 1 : 0;
        return result;
    }

    TestEnvironment environment;
    QString workingFolder = environment.path();
    sandbox::link::LocalShimOptions shimOptions;
    sandbox::link::LinkOptions linkOptions;
    std::unique_ptr<sandbox::link::LocalShim> shim;
    std::unique_ptr<sandbox::link::AgentLink> link;

    QList<sandbox::link::OutboundMessage> outbound;
    QList<sandbox::link::ShimInfo> hellos;
    QList<QByteArray> messages;
    QHash<sandbox::link::Channel, QByteArray> output;
    QHash<sandbox::link::Channel, quint64> dropped;
    QHash<sandbox::link::Channel, quint64> stored;
    QList<quint64> tooLong;
    QList<sandbox::link::ProcessStart> started;
    QList<sandbox::link::ProcessFailure> failed;
    QList<sandbox::link::ProcessExit> exited;
    QList<sandbox::link::LinkNotice> notices;
    QList<sandbox::link::LinkStatus> statuses;
    QStringList errors;
    sandbox::link::PeerCredentials refusedPeer;
    quint64 acknowledged = 0;
    int refused = 0;
    int downs = 0;
    int refsChanges = 0;
    bool acknowledges = true;

private:
    void settle(sandbox::link::Channel channel, quint64 seq)
    {
        stored[channel] = seq;
        if (acknowledges)
            link->acknowledge(channel, seq);
    }
};

} // namespace paddock::test
