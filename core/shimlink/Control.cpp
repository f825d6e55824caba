// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/shimlink/Control.h"

#include "core/shimlink/Payload.h"

namespace paddock::shimlink {

namespace {

enum class CommandTag : std::uint8_t {
    Start = 1,
    Stop,
    CloseInput,
    Signal,
    OpenTerminal,
    CloseTerminal,
    Resize,
    AskStatus,
    WatchRefs,
};

enum class EventTag : std::uint8_t {
    Started = 1,
    StartFailed,
    Exited,
    TerminalOpened,
    TerminalFailed,
    Notice,
};

template <typename... Ts>
struct Overloaded : Ts...
{
    using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

PayloadWriter tagged(CommandTag tag)
{
    PayloadWriter writer;
    writer.u8(static_cast<std::uint8_t>(tag));
    return writer;
}

PayloadWriter tagged(EventTag tag)
{
    PayloadWriter writer;
    writer.u8(static_cast<std::uint8_t>(tag));
    return writer;
}

WindowSize readSize(PayloadReader &reader)
{
    WindowSize size;
    size.columns = reader.u16();
    size.rows = reader.u16();
    return size;
}

Start readStart(PayloadReader &reader)
{
    Start start;
    start.id = reader.text();
    const std::uint8_t mode = reader.u8();
    if (mode > static_cast<std::uint8_t>(Start::Mode::Terminal))
        reader.fail();
    start.mode = static_cast<Start::Mode>(mode);
    start.argv = reader.texts();
    start.environment = reader.texts();
    start.workingFolder = reader.text();
    start.size = readSize(reader);
    start.graceMilliseconds = reader.u32();
    if (start.id.empty() || start.id.size() > 128 || start.argv.empty())
        reader.fail();
    return start;
}

OpenTerminal readOpenTerminal(PayloadReader &reader)
{
    OpenTerminal open;
    open.channel = reader.u16();
    open.argv = reader.texts();
    open.environment = reader.texts();
    open.workingFolder = reader.text();
    open.size = readSize(reader);
    if (open.channel < kFirstTerminal || open.channel > kLastTerminal || open.argv.empty())
        reader.fail();
    return open;
}

} // namespace

std::string encodeCommand(const Command &command)
{
    return std::visit(
        Overloaded{
            [](const Start &start) {
                return tagged(CommandTag::Start)
                    .text(start.id)
                    .u8(static_cast<std::uint8_t>(start.mode))
                    .texts(start.argv)
                    .texts(start.environment)
                    .text(start.workingFolder)
                    .u16(start.size.columns)
                    .u16(start.size.rows)
                    .u32(start.graceMilliseconds)
                    .take();
            },
            [](const Stop &stop) {
                return tagged(CommandTag::Stop).u32(stop.graceMilliseconds).take();
            },
            [](const CloseInput &) { return tagged(CommandTag::CloseInput).take(); },
            [](const Signal &signal) {
                return tagged(CommandTag::Signal).u16(signal.channel).i32(signal.number).take();
            },
            [](const OpenTerminal &open) {
                return tagged(CommandTag::OpenTerminal)
                    .u16(open.channel)
                    .texts(open.argv)
                    .texts(open.environment)
                    .text(open.workingFolder)
                    .u16(open.size.columns)
                    .u16(open.size.rows)
                    .take();
            },
            [](const CloseTerminal &close) {
                return tagged(CommandTag::CloseTerminal).u16(close.channel).take();
            },
            [](const Resize &resize) {
                return tagged(CommandTag::Resize)
                    .u16(resize.channel)
                    .u16(resize.size.columns)
                    .u16(resize.size.rows)
                    .take();
            },
            [](const AskStatus &) { return tagged(CommandTag::AskStatus).take(); },
            [](const WatchRefs &watch) {
                return tagged(CommandTag::WatchRefs).text(watch.gitDir).take();
            },
        },
        command);
}

std::optional<Command> decodeCommand(std::string_view payload)
{
    PayloadReader reader(payload);
    std::optional<Command> command;
    switch (static_cast<CommandTag>(reader.u8())) {
    case CommandTag::Start:
        command = readStart(reader);
        break;
    case CommandTag::Stop:
        command = Stop{.graceMilliseconds = reader.u32()};
        break;
    case CommandTag::CloseInput:
        command = CloseInput{};
        break;
    case CommandTag::Signal: {
        Signal signal;
        signal.channel = reader.u16();
        signal.number = reader.i32();
        command = signal;
        break;
    }
    case CommandTag::OpenTerminal:
        command = readOpenTerminal(reader);
        break;
    case CommandTag::CloseTerminal:
        command = CloseTerminal{.channel = reader.u16()};
        break;
    case CommandTag::Resize: {
        Resize resize;
        resize.channel = reader.u16();
        resize.size = readSize(reader);
        command = resize;
        break;
    }
    case CommandTag::AskStatus:
        command = AskStatus{};
        break;
    case CommandTag::WatchRefs: {
        WatchRefs watch{.gitDir = reader.text()};
        if (watch.gitDir.empty() || watch.gitDir.front() != '/' || watch.gitDir.size() > 4000 ||
            watch.gitDir.find('\0') != std::string::npos)
            reader.fail();
        command = watch;
        break;
    }
    default:
        return std::nullopt;
    }
    if (!reader.atEnd())
        return std::nullopt;
    return command;
}

std::string encodeEvent(const Event &event)
{
    const std::string payload = std::visit(
        Overloaded{
            [](const Started &started) {
                return tagged(EventTag::Started)
                    .text(started.id)
                    .u16(started.channel)
                    .i32(started.pid)
                    .take();
            },
            [](const StartFailed &failed) {
                return tagged(EventTag::StartFailed)
                    .text(failed.id)
                    .u16(failed.channel)
                    .i32(failed.error)
                    .text(failed.what)
                    .take();
            },
            [](const Exited &exited) {
                return tagged(EventTag::Exited)
                    .text(exited.id)
                    .u16(exited.channel)
                    .i32(exited.code)
                    .i32(exited.signal)
                    .u64(exited.outputEnd)
                    .u64(exited.stderrEnd)
                    .take();
            },
            [](const TerminalOpened &opened) {
                return tagged(EventTag::TerminalOpened).u16(opened.channel).i32(opened.pid).take();
            },
            [](const TerminalFailed &failed) {
                return tagged(EventTag::TerminalFailed)
                    .u16(failed.channel)
                    .i32(failed.error)
                    .text(failed.what)
                    .take();
            },
            [](const Notice &notice) {
                return tagged(EventTag::Notice)
                    .u8(static_cast<std::uint8_t>(notice.kind))
                    .u16(notice.channel)
                    .u64(notice.value)
                    .text(notice.text)
                    .take();
            },
        },
        event);
    PayloadWriter record;
    return record.text(payload).take();
}

std::optional<Event> decodeEvent(std::string_view payload)
{
    PayloadReader reader(payload);
    std::optional<Event> event;
    switch (static_cast<EventTag>(reader.u8())) {
    case EventTag::Started: {
        Started started;
        started.id = reader.text();
        started.channel = reader.u16();
        started.pid = reader.i32();
        event = started;
        break;
    }
    case EventTag::StartFailed: {
        StartFailed failed;
        failed.id = reader.text();
        failed.channel = reader.u16();
        failed.error = reader.i32();
        failed.what = reader.text();
        event = failed;
        break;
    }
    case EventTag::Exited: {
        Exited exited;
        exited.id = reader.text();
        exited.channel = reader.u16();
        exited.code = reader.i32();
        exited.signal = reader.i32();
        exited.outputEnd = reader.u64();
        exited.stderrEnd = reader.u64();
        event = exited;
        break;
    }
    case EventTag::TerminalOpened: {
        TerminalOpened opened;
        opened.channel = reader.u16();
        opened.pid = reader.i32();
        event = opened;
        break;
    }
    case EventTag::TerminalFailed: {
        TerminalFailed failed;
        failed.channel = reader.u16();
        failed.error = reader.i32();
        failed.what = reader.text();
        event = failed;
        break;
    }
    case EventTag::Notice: {
        Notice notice;
        notice.kind = static_cast<Notice::Kind>(reader.u8());
        notice.channel = reader.u16();
        notice.value = reader.u64();
        notice.text = reader.text();
        if (notice.kind < Notice::Kind::Paused || notice.kind > Notice::Kind::InputUnread)
            reader.fail();
        event = notice;
        break;
    }
    default:
        return std::nullopt;
    }
    if (!reader.atEnd())
        return std::nullopt;
    return event;
}

std::string SpoolStatus::encode() const
{
    PayloadWriter writer;
    writer.u64(memoryBytes).u64(diskBytes).u64(waitingInput).u8(paused ? 1 : 0);
    return writer.take();
}

std::optional<SpoolStatus> SpoolStatus::decode(std::string_view payload)
{
    PayloadReader reader(payload);
    SpoolStatus status;
    status.memoryBytes = reader.u64();
    status.diskBytes = reader.u64();
    status.waitingInput = reader.u64();
    status.paused = reader.u8() != 0;
    if (!reader.atEnd())
        return std::nullopt;
    return status;
}

} // namespace paddock::shimlink
