// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The owner's end of the link against strangers: what they may do, and what costs them the
// connection.

#include "core/shimlink/Control.h"
#include "core/shimlink/Payload.h"
#include "tests/unit/shimlink/LinkHarness.h"
#include "tests/unit/shimlink/RawPeer.h"

#include <QFile>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;
using paddock::test::LinkHarness;
using paddock::test::RawPeer;
using shimlink::encodeFrame;
using shimlink::FrameType;
using shimlink::kAcpChannel;
using shimlink::kControlChannel;

class tst_AgentLink : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m = std::make_unique<LinkHarness>(); }
    void cleanup() { m.reset(); }

    void theSocketIsPrivateAndReplacesAStaleOne()
    {
        const QString path = m->environment.path(u"run/link.sock"_s);
        QFile stale(path);
        QVERIFY(stale.open(QIODevice::WriteOnly));
        stale.close();
        QVERIFY(m->startLink());
        struct stat status = {};
        QCOMPARE(::stat(QFile::encodeName(path).constData(), &status), 0);
        QVERIFY(S_ISSOCK(status.st_mode));
        QCOMPARE(status.st_mode & 0777U, 0600U);
        QCOMPARE(
            QDir(m->environment.path(u"run"_s))
                .entryList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot),
            QStringList{u"link.sock"_s});
        // A new owner took over: the old one's end must not take the new socket away.
        LinkOptions options = m->linkOptions;
        AgentLink second(options);
        QVERIFY(second.listen());
        m->link.reset();
        QVERIFY(QFile::exists(path));
        second.close();
        QVERIFY(!QFile::exists(path));
    }

    void aFolderWithALongName()
    {
        const QString folder = m->environment.path(QString(200, u'x'));
        QVERIFY(QDir().mkpath(folder));
        m->linkOptions.runFolder = m->shimOptions.runFolder = folder;
        QVERIFY(m->startLink());
        QVERIFY(m->startShim());
        QTRY_COMPARE(m->hellos.size(), 1);
    }

    void aFolderThatIsNotThere()
    {
        m->linkOptions.runFolder = m->environment.path(u"nowhere"_s);
        const Result<Done> started = m->startLink();
        QVERIFY(!started);
        QCOMPARE(started.error().kind, ErrorKind::IoFailed);
        QVERIFY(!started.error().remedy.isEmpty());
    }

    void repeatedBytesAreSignalledOnce()
    {
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e');
        peer.sendData(kAcpChannel, 0, "one\ntw");
        peer.sendData(kAcpChannel, 0, "one\ntw");
        peer.sendData(kAcpChannel, 3, "\ntwo\nthr");
        peer.sendData(kAcpChannel, 8, "thr");
        peer.sendData(kAcpChannel, 11, "ee\n");
        QTRY_COMPARE(m->messages, (QList<QByteArray>{"one", "two", "three"}));
        QCOMPARE(m->stored.value(kAcpChannel), quint64{14});
        QCOMPARE(m->errors, QStringList());
    }

    void whoBreaksTheProtocolLosesTheLink_data()
    {
        QTest::addColumn<bool>("hello");
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char *name, bool hello, const std::string &bytes) {
            QTest::newRow(name) << hello << QByteArray::fromStdString(bytes);
        };
        row("data before hello", false, encodeFrame({.type = FrameType::Data}, "x"));
        row("no hello", false, encodeFrame({.type = FrameType::Hello}, "GET / HTTP/1.1"));
        row("garbage", false, std::string(200, 'g'));
        row("hello twice", true, encodeFrame({.type = FrameType::Hello}, "x"));
        row("refs with something in it", true, encodeFrame({.type = FrameType::Refs}, "x"));
        row("a hole",
            true,
            encodeFrame({.type = FrameType::Data, .channel = 1, .position = 9}, "x"));
        row("no such channel", true, encodeFrame({.type = FrameType::Data, .channel = 9}, "x"));
        row("position at the end of numbers",
            true,
            encodeFrame({.type = FrameType::Data, .channel = 1, .position = UINT64_MAX}, "xyz"));
        row("acknowledges what was not sent",
            true,
            encodeFrame({.type = FrameType::Ack, .position = 99}));
        row("a frame of the owner",
            true,
            encodeFrame({.type = FrameType::Command},
                        shimlink::encodeCommand(shimlink::AskStatus{})));
        row("an event that is none",
            true,
            encodeFrame({.type = FrameType::Data}, shimlink::PayloadWriter().text("zz").take()));
        row("a record without end",
            true,
            encodeFrame({.type = FrameType::Data}, shimlink::PayloadWriter().u32(1U << 30).take()));
        row("a gap backwards",
            true,
            encodeFrame({.type = FrameType::Gap, .channel = 17}, "12345678")
                .replace(shimlink::kHeaderSize, 8, std::string(8, '\0')));
        row("a gap without an end",
            true,
            encodeFrame({.type = FrameType::Gap, .channel = 17}, "1"));
        row("a status that is none", true, encodeFrame({.type = FrameType::Status}, "1"));
    }
    void whoBreaksTheProtocolLosesTheLink()
    {
        QFETCH(bool, hello);
        QFETCH(QByteArray, bytes);
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        if (hello)
            peer.sendHello('e');
        peer.send(bytes.toStdString());
        QTRY_VERIFY(peer.isClosed());
        QTRY_COMPARE(m->errors.size(), 1);
        QVERIFY(m->errors[0].size() > 10);
        QCOMPARE(m->downs, hello ? 1 : 0);
        QVERIFY(m->messages.isEmpty());
        // It says why, and the next one is welcome.
        QVERIFY(peer.received().find("The session") != std::string::npos ||
                peer.received().find("frame") != std::string::npos);
        RawPeer next(m->linkOptions.runFolder);
        next.sendHello('f');
        next.sendData(kAcpChannel, 0, "fine\n");
        QTRY_COMPARE(m->messages, QList<QByteArray>{"fine"});
    }

    void anotherVersionIsRefusedInWords()
    {
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.send(encodeFrame(
            {.type = FrameType::Hello},
            shimlink::PayloadWriter().text(shimlink::kMagic).u16(7).u16(9).text("new").take()));
        QTRY_COMPARE(m->errors.size(), 1);
        QVERIFY2(m->errors[0].contains(u"7 to 9"), qPrintable(m->errors[0]));
    }

    void refsAreWatchedByAShimThatCan()
    {
        m->linkOptions.watchedGitDir = u"/paddock/git"_s;
        QVERIFY(m->startLink());
        const std::string command =
            encodeFrame({.type = FrameType::Command},
                        shimlink::encodeCommand(shimlink::WatchRefs{.gitDir = "/paddock/git"}));
        RawPeer older(m->linkOptions.runFolder);
        older.sendHello('e', 0, 1);
        QTRY_VERIFY(!older.received().empty());
        QCOMPARE(m->hellos.last().version, quint16{1});
        QVERIFY(older.received().find(command) == std::string::npos);
        older.close();
        QTRY_COMPARE(m->downs, 1);
        RawPeer newer(m->linkOptions.runFolder);
        newer.sendHello('f');
        QTRY_VERIFY(newer.received().find(command) != std::string::npos);
        QCOMPARE(m->refsChanges, 0);
        newer.send(encodeFrame({.type = FrameType::Refs}, {}));
        QTRY_COMPARE(m->refsChanges, 1);
        QCOMPARE(m->errors, QStringList());
    }

    void refsOfAShimThatCannotAreRefused()
    {
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e', 0, 1);
        peer.send(encodeFrame({.type = FrameType::Refs}, {}));
        QTRY_VERIFY(peer.isClosed());
        QCOMPARE(m->errors.size(), 1);
        QCOMPARE(m->refsChanges, 0);
    }

    void oneLinkAtATime()
    {
        QVERIFY(m->startShim());
        QVERIFY(m->startLink());
        QTRY_COMPARE(m->hellos.size(), 1);
        QTRY_VERIFY(m->link->isUp());
        m->startAgent({u"/bin/sh"_s, u"-c"_s, u"while read -r l; do echo \"$l\"; done"_s});
        RawPeer second(m->linkOptions.runFolder);
        QVERIFY(second.isConnected());
        second.sendHello('x');
        second.sendData(kAcpChannel, 0, "forged\n");
        QTRY_VERIFY(second.isClosed());
        QTRY_COMPARE(m->refused, 1);
        QCOMPARE(m->refusedPeer.pid, qint64(::getpid()));
        // A flood of them is told of, but not one by one.
        for (int i = 0; i < 200; ++i) {
            RawPeer another(m->linkOptions.runFolder);
            QTest::qWait(0);
        }
        QTRY_COMPARE_WITH_TIMEOUT(m->refused, 201, 10000);
        m->send(kAcpChannel, "still here");
        QTRY_COMPARE(m->messages, QList<QByteArray>{"still here"});
        QCOMPARE(m->hellos.size(), 1);
        QCOMPARE(m->downs, 0);
    }

    void onlyTheShimIsBelieved()
    {
        m->linkOptions.peerCheck = [this](const PeerCredentials &peer) {
            return m->shim && peer.pid == m->shim->pid();
        };
        QVERIFY(m->startLink());
        // First at the socket, before the shim is there.
        RawPeer first(m->linkOptions.runFolder);
        first.sendHello('x');
        first.sendData(kAcpChannel, 0, "forged\n");
        QTRY_VERIFY(first.isClosed());
        QTRY_COMPARE(m->refused, 1);
        QCOMPARE(m->hellos.size(), 0);
        QVERIFY(m->startShim());
        QTRY_COMPARE(m->hellos.size(), 1);
        QVERIFY(m->messages.isEmpty());
    }

    void aShimThatLostItsConnectionIsNotASecondOne()
    {
        QVERIFY(m->startLink());
        for (int i = 0; i < 50; ++i) {
            // Both things are there before the owner looks: the end of the old and the new one.
            RawPeer old(m->linkOptions.runFolder);
            old.sendHello('e');
            QTRY_COMPARE(m->hellos.size(), 2 * i + 1);
            old.close();
            RawPeer next(m->linkOptions.runFolder);
            next.sendHello('e');
            QTRY_COMPARE(m->hellos.size(), 2 * i + 2);
            next.close();
            QTRY_COMPARE(m->downs, 2 * i + 2);
        }
        QCOMPARE(m->refused, 0);
    }

    void anExitWaitsForTheLastOutput()
    {
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e');
        shimlink::Exited exited{
            .id = "one", .channel = kAcpChannel, .outputEnd = 5, .stderrEnd = 3};
        const std::string event = shimlink::encodeEvent(exited);
        const std::string notice = shimlink::encodeEvent(shimlink::Notice{});
        peer.sendData(kControlChannel, 0, event + notice);
        peer.sendData(kAcpChannel, 0, "last\n");
        QTRY_COMPARE(m->messages.size(), 1);
        QVERIFY(m->exited.isEmpty());
        QVERIFY(m->notices.isEmpty());
        peer.sendData(shimlink::kStderrChannel, 0, "err");
        QTRY_COMPARE(m->exited.size(), 1);
        QCOMPARE(m->notices.size(), 1);
        QCOMPARE(m->stored.value(kControlChannel), quint64(event.size() + notice.size()));
    }

    void anOwnerThatDoesNotStoreIsNotFlooded()
    {
        m->linkOptions.unacknowledgedLimit = 1024 * 1024;
        m->acknowledges = false;
        QVERIFY(m->startLink());
        QVERIFY(m->startShim());
        QTRY_COMPARE(m->hellos.size(), 1);
        m->startAgent({u"/bin/sh"_s,
                       u"-c"_s,
                       u"yes 0123456789012345678901234567890123456789 | head -c 20000000"_s});
        QTRY_VERIFY(m->stored.value(kAcpChannel) > 1024 * 1024);
        const quint64 before = m->stored.value(kAcpChannel);
        QTest::qWait(200);
        QCOMPARE(m->stored.value(kAcpChannel), before);
        QVERIFY(before < 2 * 1024 * 1024);
        m->acknowledges = true;
        m->link->acknowledge(kAcpChannel, before);
        m->link->acknowledge(kControlChannel, m->stored.value(kControlChannel));
        QTRY_COMPARE_WITH_TIMEOUT(m->exited.size(), 1, 20000);
        // The last line was cut by head and got its end from the shim.
        QCOMPARE(m->stored.value(kAcpChannel), quint64{20000001});
    }

    void acknowledgementsThatMakeNoSense()
    {
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e');
        m->acknowledges = false;
        peer.sendData(kAcpChannel, 0, "one\n");
        QTRY_COMPARE(m->messages.size(), 1);
        m->link->acknowledge(kAcpChannel, 1000); // more than was signalled
        m->link->acknowledge(kAcpChannel, 2);    // less than before
        m->link->acknowledge(77, 5);             // never seen
        QTRY_VERIFY(peer.received().find(encodeFrame(
                        {.type = FrameType::Ack, .channel = kAcpChannel, .position = 4})) !=
                    std::string::npos);
    }

    void commandsNeedALink()
    {
        QVERIFY(m->startLink());
        for (const Result<Done> &result : {m->link->writeTerminal(16, "x"),
                                           m->link->resizeTerminal(16, 1, 1),
                                           m->link->sendSignal(kAcpChannel, 2),
                                           m->link->stopAgent(std::chrono::seconds(1)),
                                           m->link->askStatus()}) {
            QVERIFY(!result);
            QCOMPARE(result.error().category, Category::Unreachable);
        }
        QVERIFY(!m->link->openTerminal({}));
        // A message is in the store and goes when the link is there.
        QVERIFY(m->link->sendMessage(kAcpChannel, 1, "x"));
        QVERIFY(!m->link->sendMessage(kAcpChannel, 2, "two\nlines"));
    }

    void theStoreIsAskedForWhatIsMissing()
    {
        for (const char *text : {"one", "two", "three"})
            m->send(kAcpChannel, text);
        m->outbound[2].number = 1000; // holes are allowed
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e', 1);
        std::string expected;
        shimlink::appendMessageFrames(kAcpChannel, 2, "two", expected);
        shimlink::appendMessageFrames(kAcpChannel, 1000, "three", expected);
        QTRY_VERIFY(QByteArray::fromStdString(peer.received())
                        .endsWith(QByteArray::fromStdString(expected)));
        QVERIFY(peer.received().find("one") == std::string::npos);
        QCOMPARE(m->acknowledged, quint64{1});
        peer.send(encodeFrame({.type = FrameType::Ack, .position = 1000}));
        QTRY_COMPARE(m->acknowledged, quint64{1000});
    }

    void onlyAWindowIsUnderWay()
    {
        for (int i = 0; i < 30; ++i)
            m->send(kAcpChannel, QByteArray(100 * 1000, 'w'));
        QVERIFY(m->startLink());
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e');
        QTRY_VERIFY(peer.received().size() > shimlink::kOutboundWindow);
        QTest::qWait(100);
        QVERIFY(peer.received().size() < shimlink::kOutboundWindow + 300 * 1000);
        peer.send(encodeFrame({.type = FrameType::Ack, .position = 5}));
        const std::size_t before = peer.received().size();
        QTRY_VERIFY(peer.received().size() > before + 400 * 1000);
    }

    void closedAndDeletedFromInsideASignal()
    {
        QVERIFY(m->startLink());
        connect(m->link.get(), &AgentLink::message, this, [this] { m->link->close(); });
        RawPeer peer(m->linkOptions.runFolder);
        peer.sendHello('e');
        peer.sendData(kAcpChannel, 0, "one\ntwo\nthree\n");
        QTRY_COMPARE(m->messages.size(), 1);
        QTRY_VERIFY(peer.isClosed());
        QVERIFY(m->link->listen());
        connect(m->link.get(), &AgentLink::message, this, [this] {
            QObject::disconnect(m->link.get(), nullptr, nullptr, nullptr);
            m->link.reset();
        });
        RawPeer other(m->linkOptions.runFolder);
        other.sendHello('f');
        other.sendData(kAcpChannel, 0, "one\ntwo\nthree\n");
        QTRY_VERIFY(other.isClosed());
        QVERIFY(!m->link);
    }

private:
    std::unique_ptr<LinkHarness> m;
};

QTEST_GUILESS_MAIN(tst_AgentLink)
#include "tst_AgentLink.moc"
