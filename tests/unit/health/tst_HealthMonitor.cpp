// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/health/HealthMonitor.h"

#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::health;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

/// What the probes answer; a test changes it under the monitor.
struct World
{
    Result<HealthProbes::Place> place =
        HealthProbes::Place{u"/var/run/docker.sock"_s, u"default"_s};
    Result<Findings::EngineFacts> engine = Findings::EngineFacts{u"20.10.24"_s, u"1.41"_s, false};
    Result<Done> image = Done{};
    Result<bool> network = true;
    Result<Done> projects = Done{};
    Result<Done> settings = Done{};
    bool engineIsSilent = false;
    int looks = 0;

    [[nodiscard]] HealthProbes probes()
    {
        HealthProbes made;
        made.place = [this] {
            ++looks;
            return place;
        };
        made.engine = [this] {
            if (!engineIsSilent)
                return Pending<Findings::EngineFacts>::ready(engine);
            silent.emplace();
            return silent->pending();
        };
        made.image = [this] { return Pending<Done>::ready(image); };
        made.network = [this] { return Pending<bool>::ready(network); };
        made.projects = [this] { return projects; };
        made.settings = [this] { return settings; };
        return made;
    }

    std::optional<Promise<Findings::EngineFacts>> silent;
};

HealthOptions options()
{
    HealthOptions made;
    made.imageName = u"claude-agent-base"_s;
    made.projectsFolder = u"/home/x/projects"_s;
    made.firstRetry = 10ms;
    made.maxRetry = 40ms;
    made.settle = 5ms;
    return made;
}

const HealthLine *lineOf(const HealthReport &report, const QString &id)
{
    for (const HealthLine &line : report.lines) {
        if (line.id == id)
            return &line;
    }
    return nullptr;
}

Error awayError()
{
    return Error(ErrorKind::DockerUnavailable, u"The engine does not answer."_s)
        .withRemedy(u"Start it."_s);
}

} // namespace

class tst_HealthMonitor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void beforeTheFirstLook()
    {
        World world;
        HealthMonitor monitor(world.probes(), options());
        QVERIFY(!monitor.report().ok);
        QCOMPARE(lineOf(monitor.report(), u"engine"_s)->status, HealthLine::Status::Checking);
        QCOMPARE(world.looks, 0);
    }

    void allGood()
    {
        World world;
        HealthMonitor monitor(world.probes(), options());
        QSignalSpy changed(&monitor, &HealthMonitor::changed);
        monitor.start();
        QTRY_COMPARE(changed.size(), 1);
        const HealthReport &report = monitor.report();
        QVERIFY(report.ok && report.socketConnected && report.imageAvailable);
        QVERIFY(report.networkExists);
        QCOMPARE(report.mode, u"docker"_s);
        QCOMPARE(report.engineVersion, u"20.10.24"_s);
        QCOMPARE(lineOf(report, u"engine"_s)->title, u"Docker 20.10.24 (API 1.41)"_s);
        for (const HealthLine &line : report.lines)
            QCOMPARE(line.status, HealthLine::Status::Good);
        // No polling while all is well.
        QCOMPARE(monitor.retryIn(), 0ms);
        QTest::qWait(100);
        QCOMPARE(world.looks, 1);
    }

    void failures_data()
    {
        QTest::addColumn<int>("what"); // 0 place 1 engine 2 image 3 network 4 projects 5 settings
        QTest::addColumn<Error>("error");
        QTest::addColumn<QString>("id");
        QTest::addColumn<HealthLine::Status>("status");
        QTest::addColumn<bool>("ok");
        QTest::addColumn<QString>("action");
        using S = HealthLine::Status;
        const auto error = [](ErrorKind kind) {
            return Error(kind, u"what happened"_s).withRemedy(u"what to do"_s);
        };
        QTest::newRow("socket missing")
            << 0 << error(ErrorKind::DockerUnavailable).withCategory(Category::NotFound)
            << u"engine"_s << S::Broken << false << u"retry"_s;
        QTest::newRow("no permission") << 0 << error(ErrorKind::PermissionDenied) << u"engine"_s
                                       << S::Broken << false << u"retry"_s;
        QTest::newRow("refused") << 1 << error(ErrorKind::DockerUnavailable) << u"engine"_s
                                 << S::Broken << false << u"retry"_s;
        QTest::newRow("too old") << 1 << error(ErrorKind::EngineTooOld) << u"engine"_s << S::Broken
                                 << false << u"retry"_s;
        QTest::newRow("not an engine") << 1 << error(ErrorKind::ProtocolError) << u"engine"_s
                                       << S::Broken << false << u"retry"_s;
        QTest::newRow("image missing") << 2 << error(ErrorKind::ImageNotFound) << u"image"_s
                                       << S::Missing << false << u"build-image"_s;
        QTest::newRow("image unreadable") << 2 << error(ErrorKind::ConnectionLost) << u"image"_s
                                          << S::Broken << false << u"build-image"_s;
        QTest::newRow("networks unreadable") << 3 << error(ErrorKind::NetworkFailed) << u"network"_s
                                             << S::Broken << true << u"retry"_s;
        QTest::newRow("projects folder") << 4 << error(ErrorKind::PermissionDenied) << u"projects"_s
                                         << S::Broken << true << u"open-settings"_s;
        QTest::newRow("settings") << 5 << error(ErrorKind::InvalidConfig) << u"settings"_s
                                  << S::Broken << false << u"open-settings"_s;
    }
    void failures()
    {
        QFETCH(int, what);
        QFETCH(Error, error);
        QFETCH(QString, id);
        QFETCH(HealthLine::Status, status);
        QFETCH(bool, ok);
        QFETCH(QString, action);
        World world;
        switch (what) {
        case 0:
            world.place = fail(error);
            break;
        case 1:
            world.engine = fail(error);
            break;
        case 2:
            world.image = fail(error);
            break;
        case 3:
            world.network = fail(error);
            break;
        case 4:
            world.projects = fail(error);
            break;
        default:
            world.settings = fail(error);
        }
        HealthMonitor monitor(world.probes(), options());
        std::optional<HealthReport> report;
        monitor.check().then(this, [&](const Result<HealthReport> &result) { report = *result; });
        QTRY_VERIFY(report.has_value());
        QCOMPARE(report->ok, ok);
        const HealthLine *line = lineOf(*report, id);
        QVERIFY(line != nullptr);
        QCOMPARE(line->status, status);
        QCOMPARE(line->error->message, error.message);
        QCOMPARE(line->error->remedy, error.remedy);
        QCOMPARE(line->action, action);
        // Without an engine there is one line about it, not three.
        QCOMPARE(lineOf(*report, u"image"_s) == nullptr, what < 2);
        QCOMPARE(report->socketConnected, what >= 2);
    }

    void aMissingNetworkDoesNotCount()
    {
        World world;
        world.network = false;
        HealthMonitor monitor(world.probes(), options());
        monitor.start();
        QTRY_VERIFY(monitor.report().ok);
        QVERIFY(!monitor.report().networkExists);
        QCOMPARE(lineOf(monitor.report(), u"network"_s)->status, HealthLine::Status::Missing);
    }

    void localModeNeedsNoEngine()
    {
        World world;
        world.engine = fail(awayError());
        auto local = options();
        local.isLocal = true;
        HealthMonitor monitor(world.probes(), local);
        monitor.start();
        QTRY_VERIFY(monitor.report().ok);
        QCOMPARE(monitor.report().mode, u"local"_s);
        QVERIFY(!monitor.report().socketConnected);
    }

    void looksAgainWithGrowingDelaysUntilTheEngineIsBack()
    {
        World world;
        world.engine = fail(awayError());
        HealthMonitor monitor(world.probes(), options());
        QSignalSpy changed(&monitor, &HealthMonitor::changed);
        monitor.start();
        QTRY_VERIFY(world.looks >= 5);
        QCOMPARE(changed.size(), 1); // the same news is no news
        QVERIFY(monitor.retryIn() <= 40ms);
        world.engine = Findings::EngineFacts{u"20.10.24"_s, u"1.41"_s, false};
        QTRY_VERIFY(monitor.report().ok);
        QCOMPARE(changed.size(), 2);
        const int looks = world.looks;
        QTest::qWait(100);
        QCOMPARE(world.looks, looks);
    }

    void eventsBecomeOneLook()
    {
        World world;
        HealthMonitor monitor(world.probes(), options());
        monitor.start();
        QTRY_VERIFY(monitor.report().ok);
        QCOMPARE(world.looks, 1);
        world.image = fail(ErrorKind::ImageNotFound, u"gone"_s);
        for (int i = 0; i < 50; ++i)
            monitor.recheckSoon();
        QTRY_VERIFY(!monitor.report().ok);
        QCOMPARE(world.looks, 2);
    }

    void anEventDuringALookIsNotLost()
    {
        World world;
        world.engineIsSilent = true;
        HealthMonitor monitor(world.probes(), options());
        monitor.start();
        QVERIFY(world.silent.has_value());
        monitor.recheckSoon();
        world.engineIsSilent = false;
        world.silent->resolve(fail(awayError())); // as it was before the event
        QTRY_VERIFY(monitor.report().ok);
    }

    void anEngineThatHangsTimesOut()
    {
        World world;
        world.engineIsSilent = true;
        auto hasty = options();
        hasty.probeTimeout = 20ms;
        HealthMonitor monitor(world.probes(), hasty);
        int answers = 0;
        std::optional<HealthReport> report;
        for (int i = 0; i < 2; ++i) { // callers at the same time share one look
            monitor.check().then(this, [&](const Result<HealthReport> &result) {
                report = *result;
                ++answers;
            });
        }
        QTRY_COMPARE(answers, 2);
        QCOMPARE(world.looks, 1);
        QVERIFY(!report->ok);
        QCOMPARE(lineOf(*report, u"engine"_s)->error->category, Category::Timeout);
    }
};

QTEST_GUILESS_MAIN(tst_HealthMonitor)
#include "tst_HealthMonitor.moc"
