// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/AgentLink.h"

#include "core/sandbox/link/AgentLinkPrivate.h"
#include "core/shimlink/Control.h"

#include <QProcessEnvironment>

using namespace Qt::StringLiterals;

namespace paddock::sandbox::link {

namespace {

std::vector<std::string> toStrings(const QStringList &texts)
{
    std::vector<std::string> result;
    result.reserve(static_cast<std::size_t>(texts.size()));
    for (const QString &text : texts)
        result.push_back(text.toStdString());
    return result;
}

Error linkIsDown()
{
    return Error(ErrorKind::ConnectionLost,
                 u"The session's helper is not connected at the moment."_s)
        .withRemedy(u"Wait until the session is connected again, or start it again."_s);
}

} // namespace

AgentLink::AgentLink(LinkOptions options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, std::move(options)))
{
}

AgentLink::~AgentLink() = default;

Result<Done> AgentLink::listen()
{
    return d->listen();
}

void AgentLink::close()
{
    d->close();
}

bool AgentLink::isUp() const
{
    return d->isUp();
}

const ShimInfo &AgentLink::shim() const
{
    return d->shim();
}

void AgentLink::acknowledge(Channel channel, quint64 seq)
{
    d->acknowledge(channel, seq);
}

Result<Done> AgentLink::sendMessage(Channel channel, quint64 number, const QByteArray &bytes)
{
    return d->sendMessage({number, channel, bytes});
}

QByteArray AgentLink::encodeStart(const StartRequest &request)
{
    shimlink::Start start;
    start.id = request.id.toStdString();
    start.mode = request.mode == StartRequest::Mode::Terminal ? shimlink::Start::Mode::Terminal
                                                              : shimlink::Start::Mode::Lines;
    start.argv = toStrings(request.argv);
    start.environment = toStrings(request.environment.toStringList());
    start.workingFolder = request.workingFolder.toStdString();
    start.size = {request.columns, request.rows};
    start.graceMilliseconds = static_cast<std::uint32_t>(request.grace.count());
    return QByteArray::fromStdString(shimlink::encodeCommand(start));
}

QByteArray AgentLink::encodeStop(std::chrono::milliseconds grace)
{
    return QByteArray::fromStdString(shimlink::encodeCommand(
        shimlink::Stop{.graceMilliseconds = static_cast<std::uint32_t>(grace.count())}));
}

Result<Channel> AgentLink::openTerminal(const TerminalRequest &request)
{
    if (!d->isUp())
        return fail(linkIsDown());
    if (request.argv.isEmpty())
        return fail(ErrorKind::InvalidArgument, u"A terminal needs a program to run."_s);
    shimlink::OpenTerminal open;
    open.channel = d->takeTerminalNumber();
    open.argv = toStrings(request.argv);
    open.environment = toStrings(request.environment.toStringList());
    open.workingFolder = request.workingFolder.toStdString();
    open.size = {request.columns, request.rows};
    const Result<Done> sent = d->sendCommand(open);
    if (!sent)
        return fail(sent.error());
    return open.channel;
}

Result<Done> AgentLink::closeTerminal(Channel channel)
{
    return d->sendCommand(shimlink::CloseTerminal{.channel = channel});
}

Result<Done> AgentLink::writeTerminal(Channel channel, const QByteArray &keys)
{
    return d->sendKeys(channel, keys);
}

Result<Done> AgentLink::resizeTerminal(Channel channel, quint16 columns, quint16 rows)
{
    return d->sendCommand(shimlink::Resize{.channel = channel, .size = {columns, rows}});
}

Result<Done> AgentLink::sendSignal(Channel channel, int number)
{
    return d->sendCommand(shimlink::Signal{.channel = channel, .number = number});
}

Result<Done> AgentLink::closeAgentInput()
{
    return d->sendCommand(shimlink::CloseInput{});
}

Result<Done> AgentLink::stopAgent(std::chrono::milliseconds grace)
{
    return d->sendCommand(
        shimlink::Stop{.graceMilliseconds = static_cast<std::uint32_t>(grace.count())});
}

Result<Done> AgentLink::askStatus()
{
    return d->sendCommand(shimlink::AskStatus{});
}

Result<Done> AgentLink::Private::sendCommand(const shimlink::Command &command)
{
    if (!isUp())
        return fail(linkIsDown());
    const std::string payload = shimlink::encodeCommand(command);
    if (payload.size() > shimlink::kMaxPayload)
        return fail(ErrorKind::InvalidArgument,
                    u"The command is too long (%1 bytes)."_s.arg(payload.size()));
    return sendFrame({.type = shimlink::FrameType::Command}, payload);
}

Result<Done> AgentLink::Private::sendKeys(Channel channel, const QByteArray &keys)
{
    if (!isUp())
        return fail(linkIsDown());
    const std::string_view all(keys.constData(), static_cast<std::size_t>(keys.size()));
    for (std::size_t at = 0; at < all.size(); at += shimlink::kMaxPayload) {
        const Result<Done> sent =
            sendFrame({.type = shimlink::FrameType::Input, .channel = channel},
                      all.substr(at, shimlink::kMaxPayload));
        if (!sent)
            return sent;
    }
    return Done();
}

} // namespace paddock::sandbox::link
