// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/Spool.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using namespace paddock::shim;
using namespace paddock::shimlink;
using namespace Qt::StringLiterals;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr Channel kTerminal = 20;

char byteAt(std::uint64_t position)
{
    return static_cast<char>((position * 2654435761U) >> 24);
}

/// Writes until `size` bytes are in or there is no room; returns how many went in.
std::uint64_t fill(Spool &spool, Channel channel, std::uint64_t size)
{
    std::uint64_t done = 0;
    while (done < size) {
        const Spool::Room room = spool.room(channel);
        if (room.size == 0)
            break;
        const std::uint64_t begin = spool.state(channel).end;
        const std::size_t piece = std::size_t(std::min<std::uint64_t>(room.size, size - done));
        for (std::size_t i = 0; i < piece; ++i)
            room.data[i] = byteAt(begin + i);
        spool.commit(channel, piece);
        done += piece;
    }
    return done;
}

/// Reads everything from `position` on; false when a byte is not the one that belongs there.
bool readsBack(Spool &spool, Channel channel, std::uint64_t position)
{
    while (position < spool.state(channel).end) {
        const Spool::Piece piece = spool.read(channel, position);
        if (piece.size == 0)
            return false;
        for (std::size_t i = 0; i < piece.size; ++i) {
            if (piece.data[i] != byteAt(position + i))
                return false;
        }
        position += piece.size;
    }
    return true;
}

} // namespace

class tst_ShimSpool : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void memoryThenDiskThenNoRoom()
    {
        const QTemporaryDir folder;
        Spool spool({kMiB, 4 * kMiB, kMiB, 0}, folder.path().toStdString());
        const std::uint64_t taken = fill(spool, kAcpChannel, 100 * kMiB);
        QVERIFY(taken > 49 * kMiB / 10);
        QVERIFY(taken <= 5 * kMiB);
        QVERIFY(spool.memoryBytes() <= kMiB);
        QVERIFY(spool.diskBytes() <= 4 * kMiB);
        QVERIFY(!spool.hasRecovered());
        // The file has no name that somebody else could open.
        QVERIFY(QDir(folder.path()).isEmpty());
        QVERIFY(readsBack(spool, kAcpChannel, 0));
        // In the middle, across chunks in memory and on disk.
        QVERIFY(readsBack(spool, kAcpChannel, taken / 3 + 17));

        spool.release(kAcpChannel, taken / 2);
        QVERIFY(spool.hasRecovered());
        const std::uint64_t more = fill(spool, kAcpChannel, 100 * kMiB);
        QVERIFY(more > 2 * kMiB);
        QVERIFY(readsBack(spool, kAcpChannel, taken / 2));
        spool.release(kAcpChannel, taken + more);
        QVERIFY(spool.isEmpty());
        QCOMPARE(spool.diskBytes(), std::uint64_t{0});
        QCOMPARE(spool.memoryBytes(), std::uint64_t{0});
    }

    void withoutAFileThereIsTheRing()
    {
        Spool spool({kMiB, 4 * kMiB, kMiB, 0}, {});
        const std::uint64_t taken = fill(spool, kAcpChannel, 100 * kMiB);
        QVERIFY(taken > kMiB * 9 / 10);
        QVERIFY(taken <= kMiB);
        QVERIFY(readsBack(spool, kAcpChannel, 0));
    }

    void aFolderThatIsGoneIsReportedOnce()
    {
        Spool spool({kMiB, 4 * kMiB, kMiB, 0}, "/nonexistent/spool");
        int failures = 0;
        spool.onFailed = [&failures](int error) {
            ++failures;
            QCOMPARE(error, ENOENT);
        };
        QVERIFY(fill(spool, kAcpChannel, 100 * kMiB) <= kMiB);
        QCOMPARE(failures, 1);
        QVERIFY(readsBack(spool, kAcpChannel, 0));
    }

    void aTerminalKeepsItsNewestBytes()
    {
        const QTemporaryDir folder;
        Spool spool({kMiB, 8 * kMiB, 2 * kMiB, 0}, folder.path().toStdString());
        QCOMPARE(fill(spool, kTerminal, 20 * kMiB), 20 * kMiB);
        const Spool::ChannelState state = spool.state(kTerminal);
        QCOMPARE(state.end, 20 * kMiB);
        QVERIFY(state.end - state.base <= 2 * kMiB);
        QVERIFY(state.end - state.base > 2 * kMiB - 2 * Spool::kChunk);
        QVERIFY(readsBack(spool, kTerminal, state.base));
    }

    void terminalsGiveWayButMessagesAreKept()
    {
        const QTemporaryDir folder;
        Spool spool({kMiB, 3 * kMiB, 64 * kMiB, 0}, folder.path().toStdString());
        QCOMPARE(fill(spool, kTerminal, 10 * kMiB), 10 * kMiB);
        // The terminal filled everything; messages may take what it has over its half.
        const std::uint64_t taken = fill(spool, kAcpChannel, 10 * kMiB);
        QVERIFY2(taken > kMiB * 3 / 2, qPrintable(QString::number(taken)));
        QVERIFY(taken < 3 * kMiB);
        const Spool::ChannelState terminal = spool.state(kTerminal);
        QVERIFY(terminal.end - terminal.base > kMiB);
        // And the terminal never waits, nor takes what messages hold.
        QCOMPARE(fill(spool, kTerminal, 10 * kMiB), 10 * kMiB);
        QCOMPARE(spool.state(kAcpChannel).base, std::uint64_t{0});
        QVERIFY(readsBack(spool, kAcpChannel, 0));
        QVERIFY(readsBack(spool, kTerminal, spool.state(kTerminal).base));
    }

    void theLargestMessageFindsRoomWithoutADisk()
    {
        for (const std::string &folder : {std::string(), std::string("/nonexistent/spool")}) {
            Spool spool({kMiB, 100 * kMiB, kMiB, 3 * kMiB}, folder);
            spool.onFailed = [](int) {};
            const std::uint64_t taken = fill(spool, kAcpChannel, 100 * kMiB);
            QVERIFY(taken > 2 * kMiB);
            QVERIFY(taken <= 4 * kMiB);
            QVERIFY(readsBack(spool, kAcpChannel, 0));
        }
    }

    void ownWordsAlwaysFindRoom()
    {
        Spool spool({kMiB, 0, kMiB, 0}, {});
        fill(spool, kAcpChannel, 10 * kMiB);
        QCOMPARE(spool.room(kAcpChannel).size, std::size_t{0});
        const std::string words(3 * Spool::kChunk, 'w');
        spool.append(kControlChannel, words);
        QCOMPARE(spool.state(kControlChannel).end, std::uint64_t{words.size()});
        QVERIFY(readsBack(spool, kAcpChannel, 0));
    }

    void whatIsReleasedIsNotReadAgain()
    {
        Spool spool({kMiB, 0, kMiB, 0}, {});
        fill(spool, kAcpChannel, 1000);
        spool.release(kAcpChannel, 400);
        QCOMPARE(spool.state(kAcpChannel).base, std::uint64_t{400});
        QVERIFY(readsBack(spool, kAcpChannel, 400));
        spool.release(kAcpChannel, 200);
        QCOMPARE(spool.state(kAcpChannel).base, std::uint64_t{400});
        fill(spool, kAcpChannel, 1000);
        QVERIFY(readsBack(spool, kAcpChannel, 400));
    }
};

QTEST_GUILESS_MAIN(tst_ShimSpool)
#include "tst_ShimSpool.moc"
