// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/shimlink/Control.h"
#include "core/shimlink/Frame.h"
#include "core/shimlink/Hello.h"
#include "core/shimlink/Payload.h"
#include "core/shimlink/Streams.h"

#include <QRandomGenerator>
#include <QTest>

#include <cstring>

using namespace paddock::shimlink;

namespace {

struct Seen
{
    FrameHeader header;
    std::string payload;
};

/// Feeds the pieces one after the other and collects what comes out.
std::vector<Seen> decode(const std::vector<std::string_view> &pieces, std::string *error = nullptr)
{
    FrameDecoder decoder;
    std::vector<Seen> seen;
    for (std::string_view piece : pieces) {
        do {
            piece.remove_prefix(decoder.feed(piece));
            Frame frame;
            FrameDecoder::Status status = FrameDecoder::Status::NeedMore;
            while ((status = decoder.next(frame)) == FrameDecoder::Status::Ready)
                seen.push_back({frame.header, std::string(frame.payload)});
            if (status == FrameDecoder::Status::Broken) {
                if (error != nullptr)
                    *error = decoder.error();
                return seen;
            }
        } while (!piece.empty());
    }
    return seen;
}

std::vector<Command> someCommands()
{
    Start start;
    start.id = "start-1";
    start.mode = Start::Mode::Terminal;
    start.argv = {"/bin/sh", "-c", "true"};
    start.environment = {"A=b", "C="};
    start.workingFolder = "/workspace";
    start.size = {120, 40};
    OpenTerminal open;
    open.channel = 17;
    open.argv = {"bash"};
    return {start,
            Stop{.graceMilliseconds = 7},
            CloseInput{},
            Signal{.channel = kAcpChannel, .number = 2},
            open,
            CloseTerminal{.channel = 17},
            Resize{.channel = 17, .size = {1, 2}},
            AskStatus{},
            WatchRefs{.gitDir = "/paddock/git"}};
}

std::vector<Event> someEvents()
{
    return {Started{"start-1", kAcpChannel, 42},
            StartFailed{"start-1", kAcpChannel, 2, "program"},
            Exited{"start-1", kAcpChannel, -1, 9, 1ULL << 40, 7},
            TerminalOpened{17, 43},
            TerminalFailed{17, 12, "fork"},
            Notice{Notice::Kind::InputUnread, kAcpChannel, 99, "text"}};
}

} // namespace

class tst_LinkFrames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesCutAtEveryPosition()
    {
        const std::string bytes =
            encodeFrame({.type = FrameType::Data, .channel = 16, .position = 0x1122334455667788},
                        "hello") +
            encodeFrame({.type = FrameType::Ack, .position = 5}) +
            encodeFrame({.type = FrameType::Message, .flags = kFirstPiece, .channel = 1}, "x");
        std::vector<std::string_view> single;
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            const std::string_view all = bytes;
            const std::vector<Seen> seen = decode({all.substr(0, cut), all.substr(cut)});
            QCOMPARE(seen.size(), std::size_t{3});
            QCOMPARE(seen[0].payload, std::string("hello"));
            QCOMPARE(seen[0].header.position, std::uint64_t{0x1122334455667788});
            QCOMPARE(seen[0].header.channel, Channel{16});
            QVERIFY(seen[1].header.type == FrameType::Ack);
            QCOMPARE(seen[1].header.position, std::uint64_t{5});
            QCOMPARE(seen[2].header.flags, kFirstPiece);
            QCOMPARE(seen[2].payload, std::string("x"));
            if (cut < bytes.size())
                single.push_back(all.substr(cut, 1));
        }
        QCOMPARE(decode(single).size(), std::size_t{3});
    }

    void fullFramesInARow()
    {
        std::string bytes;
        for (int i = 0; i < 40; ++i) {
            bytes += encodeFrame({.type = FrameType::Data, .position = std::uint64_t(i)},
                                 std::string(kMaxPayload, static_cast<char>('a' + i % 26)));
        }
        const std::vector<Seen> seen = decode({bytes});
        QCOMPARE(seen.size(), std::size_t{40});
        for (std::size_t i = 0; i < seen.size(); ++i) {
            QCOMPARE(seen[i].header.position, std::uint64_t{i});
            QCOMPARE(seen[i].payload, std::string(kMaxPayload, static_cast<char>('a' + i % 26)));
        }
    }

    void aFrameThatIsTooLongNamesItsSize()
    {
        char bytes[kHeaderSize];
        encodeHeader({.length = kMaxPayload + 1, .type = FrameType::Data}, bytes);
        std::string error;
        QVERIFY(decode({std::string_view(bytes, sizeof bytes)}, &error).empty());
        QVERIFY2(error.find("65537") != std::string::npos, error.c_str());
        encodeHeader({.length = UINT32_MAX, .type = FrameType::Data}, bytes);
        decode({std::string_view(bytes, sizeof bytes)}, &error);
        QVERIFY2(error.find("4294967311") != std::string::npos, error.c_str());
    }

    void anUnknownTypeBreaksTheStreamForGood()
    {
        std::string bytes = encodeFrame({.type = FrameType::Ack});
        bytes[4] = 0x7f;
        FrameDecoder decoder;
        Frame frame;
        decoder.feed(bytes);
        QVERIFY(decoder.next(frame) == FrameDecoder::Status::Broken);
        QVERIFY(decoder.writable().empty());
        QVERIFY(decoder.next(frame) == FrameDecoder::Status::Broken);
        decoder.reset();
        decoder.feed(encodeFrame({.type = FrameType::Ack}));
        QVERIFY(decoder.next(frame) == FrameDecoder::Status::Ready);
    }

    void messagesOfEverySize_data()
    {
        QTest::addColumn<std::size_t>("size");
        for (const std::size_t size : {std::size_t{0},
                                       std::size_t{1},
                                       kMaxPayload - 5,
                                       kMaxPayload - 4,
                                       kMaxPayload - 3,
                                       2 * kMaxPayload - 4,
                                       2 * kMaxPayload - 3,
                                       kMaxMessage}) {
            QTest::addRow("%zu", size) << size;
        }
    }
    void messagesOfEverySize()
    {
        QFETCH(std::size_t, size);
        std::string message(size, 'm');
        if (size > 0)
            message.back() = 'e';
        std::string bytes;
        appendMessageFrames(kAcpChannel, 7, message, bytes);
        MessageAssembler assembler;
        std::size_t complete = 0;
        for (const Seen &seen : decode({bytes})) {
            QVERIFY(kHeaderSize + seen.payload.size() <= kMaxFrame);
            const auto status = assembler.add({seen.header, seen.payload});
            QVERIFY(status != MessageAssembler::Status::Broken);
            complete += status == MessageAssembler::Status::Complete ? 1 : 0;
        }
        QCOMPARE(complete, std::size_t{1});
        QCOMPARE(assembler.number(), std::uint64_t{7});
        QCOMPARE(assembler.channel(), kAcpChannel);
        QVERIFY(assembler.takeMessage() == message);
    }

    void aMessageThatIsTooLongNamesItsSize()
    {
        std::string payload = PayloadWriter().u32(kMaxMessage + 1).take();
        MessageAssembler assembler;
        const FrameHeader header{.type = FrameType::Message, .flags = kFirstPiece};
        QVERIFY(assembler.add({header, payload}) == MessageAssembler::Status::Broken);
        QVERIFY2(assembler.error().find("16777217") != std::string::npos,
                 assembler.error().c_str());
    }

    void piecesThatDoNotFit_data()
    {
        QTest::addColumn<int>("wrong");
        QTest::newRow("no beginning") << 0;
        QTest::newRow("begins twice") << 1;
        QTest::newRow("another number") << 2;
        QTest::newRow("another channel") << 3;
        QTest::newRow("more than announced") << 4;
        QTest::newRow("empty piece") << 5;
        QTest::newRow("no size") << 6;
    }
    void piecesThatDoNotFit()
    {
        QFETCH(int, wrong);
        const std::string begin = PayloadWriter().u32(6).take() + "abc";
        const FrameHeader first{.type = FrameType::Message, .flags = kFirstPiece, .position = 1};
        FrameHeader next{.type = FrameType::Message, .position = 1};
        MessageAssembler assembler;
        if (wrong != 0 && wrong != 6)
            QVERIFY(assembler.add({first, begin}) == MessageAssembler::Status::Incomplete);
        std::string piece = "def";
        if (wrong == 1) {
            next = first;
            piece = begin;
        } else if (wrong == 2) {
            next.position = 2;
        } else if (wrong == 3) {
            next.channel = 1;
        } else if (wrong == 4) {
            piece = "defg";
        } else if (wrong == 5) {
            piece.clear();
        } else if (wrong == 6) {
            next = first;
            piece = "ab";
        }
        QVERIFY(assembler.add({next, piece}) == MessageAssembler::Status::Broken);
        QVERIFY(!assembler.error().empty());
        assembler.reset();
        QVERIFY(assembler.add({first, begin}) == MessageAssembler::Status::Incomplete);
    }

    void garbageIsRefusedAndReadsNothingItShouldNot()
    {
        QRandomGenerator random(1);
        for (int round = 0; round < 2000; ++round) {
            std::string bytes(std::size_t(random.bounded(400)), '\0');
            for (char &byte : bytes)
                byte = static_cast<char>(random.bounded(256));
            // Often something that looks like a header, so that the insides are reached.
            if (bytes.size() > kHeaderSize && round % 2 == 0)
                encodeHeader({.length = std::uint32_t(random.bounded(200)),
                              .type = static_cast<FrameType>(1 + random.bounded(9)),
                              .flags = std::uint8_t(random.bounded(2))},
                             bytes.data());
            MessageAssembler assembler;
            for (const Seen &seen : decode({bytes})) {
                (void)assembler.add({seen.header, seen.payload});
                (void)ShimHello::decode(seen.payload);
                (void)HostHello::decode(seen.payload);
                (void)decodeCommand(seen.payload);
                (void)decodeEvent(seen.payload);
                (void)SpoolStatus::decode(seen.payload);
            }
        }
    }

    void hellos()
    {
        ShimHello hello;
        hello.epoch = std::string(kEpochSize, 'e');
        hello.program = "paddock-shim 1";
        hello.received = 5;
        hello.handedOn = 4;
        hello.startId = "s";
        hello.agentRuns = true;
        hello.lastTerminal = 20;
        hello.streams = {{kAcpChannel, true, 10, 20}, {17, false, 3, 3}};
        const std::string bytes = hello.encode();
        const auto read = ShimHello::decode(bytes);
        QVERIFY(read);
        QCOMPARE(read->encode(), bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QVERIFY(!ShimHello::decode(std::string_view(bytes).substr(0, size)));
        QVERIFY(!ShimHello::decode(bytes + "x"));
        hello.streams[0].base = 21;
        QVERIFY(!ShimHello::decode(hello.encode()));
        hello.streams.clear();
        hello.epoch = "short";
        QVERIFY(!ShimHello::decode(hello.encode()));

        // One of another version may look different behind the versions, and is still told apart.
        const std::string newer = PayloadWriter().text(kMagic).u16(90).u16(91).text("new").take();
        const auto other = ShimHello::decode(newer);
        QVERIFY(other);
        QCOMPARE(other->minVersion, std::uint16_t{90});

        HostHello answer;
        answer.streams = {{kAcpChannel, 5, 8}};
        const auto answerRead = HostHello::decode(answer.encode());
        QVERIFY(answerRead);
        QCOMPARE(answerRead->encode(), answer.encode());
        answer.streams[0].from = 4;
        QVERIFY(!HostHello::decode(answer.encode()));
    }

    void commandsAndEvents()
    {
        for (const Command &command : someCommands()) {
            const std::string bytes = encodeCommand(command);
            const auto read = decodeCommand(bytes);
            QVERIFY(read);
            QCOMPARE(read->index(), command.index());
            QCOMPARE(encodeCommand(*read), bytes);
            for (std::size_t size = 0; size < bytes.size(); ++size)
                QVERIFY(!decodeCommand(std::string_view(bytes).substr(0, size)));
            QVERIFY(!decodeCommand(bytes + "x"));
        }
        for (const Event &event : someEvents()) {
            const std::string bytes = encodeEvent(event).substr(sizeof(std::uint32_t));
            const auto read = decodeEvent(bytes);
            QVERIFY(read);
            QCOMPARE(read->index(), event.index());
            QCOMPARE(encodeEvent(*read).substr(sizeof(std::uint32_t)), bytes);
            for (std::size_t size = 0; size < bytes.size(); ++size)
                QVERIFY(!decodeEvent(std::string_view(bytes).substr(0, size)));
            QVERIFY(!decodeEvent(bytes + "x"));
        }
    }

    void onlyAnAbsolutePathIsWatched()
    {
        for (const std::string &path :
             {std::string(), std::string("git"), std::string("/a\0b", 4), std::string(5000, '/')})
            QVERIFY(!decodeCommand(encodeCommand(WatchRefs{.gitDir = path})));
    }

    void aListThatClaimsMoreThanThereIsTakesNoMemory()
    {
        const std::string bytes = PayloadWriter().u32(UINT32_MAX).text("x").take();
        PayloadReader reader(bytes);
        QVERIFY(reader.texts().empty());
        QVERIFY(!reader.ok());
    }

    void linesCutAtEveryPosition()
    {
        const std::string bytes = "one\n\ntwo\r\nand three\nrest";
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            LineSplitter splitter;
            std::vector<std::string> lines;
            for (std::string_view piece :
                 {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)}) {
                std::string_view line;
                while (splitter.next(piece, line) == LineSplitter::Status::Line)
                    lines.emplace_back(line);
                QVERIFY(piece.empty());
            }
            QVERIFY((lines == std::vector<std::string>{"one", "", "two\r", "and three"}));
            QCOMPARE(splitter.size(), std::uint64_t{4});
        }
    }

    void aLineOverTheLimitIsMeasuredAndThrownAway()
    {
        for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
            LineSplitter splitter(10);
            const std::string bytes = "0123456789\n0123456789a\nshort\n";
            std::vector<std::string> lines;
            std::vector<std::uint64_t> sizes;
            for (std::size_t at = 0; at < bytes.size(); at += step) {
                std::string_view piece = std::string_view(bytes).substr(at, step);
                std::string_view line;
                for (;;) {
                    const auto status = splitter.next(piece, line);
                    if (status == LineSplitter::Status::NeedMore)
                        break;
                    if (status == LineSplitter::Status::Line)
                        lines.emplace_back(line);
                    else
                        sizes.push_back(splitter.size());
                }
            }
            QVERIFY((lines == std::vector<std::string>{"0123456789", "short"}));
            QVERIFY((sizes == std::vector<std::uint64_t>{11}));
        }
        LineSplitter splitter(10);
        std::string_view piece = "0123456789a";
        std::string_view line;
        QVERIFY(splitter.next(piece, line) == LineSplitter::Status::NeedMore);
        QVERIFY(splitter.isDiscarding());
    }

    void recordsCutAtEveryPosition()
    {
        std::string bytes;
        for (const Event &event : someEvents())
            bytes += encodeEvent(event);
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            RecordSplitter splitter;
            std::size_t count = 0;
            for (std::string_view piece :
                 {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)}) {
                std::string_view record;
                while (splitter.next(piece, record) == RecordSplitter::Status::Record) {
                    QVERIFY(decodeEvent(record));
                    ++count;
                }
            }
            QCOMPARE(count, someEvents().size());
        }
        RecordSplitter splitter;
        const std::string huge = PayloadWriter().u32(RecordSplitter::kMaxRecord + 1).take();
        std::string_view piece = huge;
        std::string_view record;
        QVERIFY(splitter.next(piece, record) == RecordSplitter::Status::Broken);
    }

    void aCursorTakesEachByteOnce()
    {
        ReceiveCursor cursor(10);
        std::string_view bytes = "abc";
        QVERIFY(cursor.accept(10, bytes) == ReceiveCursor::Status::Fresh);
        QCOMPARE(cursor.position(), std::uint64_t{13});
        bytes = "abc";
        QVERIFY(cursor.accept(10, bytes) == ReceiveCursor::Status::Known);
        bytes = "bcde";
        QVERIFY(cursor.accept(11, bytes) == ReceiveCursor::Status::Fresh);
        QCOMPARE(std::string(bytes), std::string("de"));
        bytes = "x";
        QVERIFY(cursor.accept(16, bytes) == ReceiveCursor::Status::Hole);
        QCOMPARE(cursor.position(), std::uint64_t{15});
        QCOMPARE(cursor.skipTo(20), std::uint64_t{5});
        QCOMPARE(cursor.skipTo(20), std::uint64_t{0});
        QVERIFY(cursor.accept(20, bytes) == ReceiveCursor::Status::Fresh);
    }
};

QTEST_APPLESS_MAIN(tst_LinkFrames)
#include "tst_LinkFrames.moc"
