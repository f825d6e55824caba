// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// From the start of the process to the first painted window with 200 sessions, and the slowest
// frame of scrolling through a list of 1,000 rows; against their budgets.

#include "tests/support/FakeServices.h"
#include "ui/main/MainWindow.h"
#include "ui/sessions/SessionListPane.h"
#include "ui/text/EnglishPlurals.h"
#include "ui/theme/Theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QScrollBar>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>

using namespace paddock;
using namespace Qt::StringLiterals;

namespace {

constexpr int kRuns = 9;

void addSessions(test::FakeServices &fake, int count)
{
    for (int i = 0; i < count; ++i) {
        sessions::Session session =
            test::sampleSession(u"s%1"_s.arg(i, 7, 10, QChar(u'0')), u"Session number %1"_s.arg(i));
        session.projectId = ProjectId{u"p%1"_s.arg(i % 12)};
        session.projectName = session.projectId.value;
        fake.sessions.addSession(session);
    }
    fake.health.setHealth(test::goodHealth());
}

/// Ends the event loop after the first paint of the window.
class FirstPaint final : public QObject
{
public:
    bool eventFilter(QObject *watched, QEvent *event) override
    {
        if (event->type() == QEvent::Paint && !m_seen) {
            m_seen = true;
            QTimer::singleShot(0, qApp, &QCoreApplication::quit);
        }
        return QObject::eventFilter(watched, event);
    }

private:
    bool m_seen = false;
};

int runOnce(int argc, char *argv[], const QElapsedTimer &since)
{
    QApplication application(argc, argv);
    ui::EnglishPlurals plurals;
    QCoreApplication::installTranslator(&plurals);
    const ui::Theme theme(application, ui::Scheme::Light, ui::Theme::Follow::Nothing);
    test::FakeServices fake;
    addSessions(fake, 200);
    ui::MainWindow window(fake.services(), QString());
    FirstPaint paint;
    window.installEventFilter(&paint);
    window.show();
    QApplication::exec();
    std::printf("%.3f\n", static_cast<double>(since.nsecsElapsed()) / 1e6);
    return 0;
}

void print(const char *measure, double value, double budget, int runs)
{
    std::printf(
        "{\"measure\":\"%s\",\"value\":%.2f,\"unit\":\"ms\",\"against\":\"budget of %.0f ms\","
        "\"ratio\":%.3f,\"runs\":%d}\n",
        measure,
        value,
        budget,
        value / budget,
        runs);
}

double median(QList<double> values)
{
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

/// Processor time of this thread: what else the machine does must not count as a slow frame.
double threadMilliseconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// The slowest frame of scrolling through a list of a thousand rows, without the first.
double slowestFrame()
{
    test::FakeServices fake;
    addSessions(fake, 1000);
    ui::MainWindow window(fake.services(), QString());
    window.show();
    QCoreApplication::processEvents();
    auto *list = window.findChild<ui::SessionListView *>();
    double slowest = 0;
    QScrollBar *bar = list->verticalScrollBar();
    for (int value = 0; value < bar->maximum(); value += 301) {
        const double before = threadMilliseconds();
        bar->setValue(value);
        list->viewport()->repaint();
        if (value > 0)
            slowest = std::max(slowest, threadMilliseconds() - before);
    }
    return slowest;
}

} // namespace

int main(int argc, char *argv[])
{
    QElapsedTimer since;
    since.start();
    if (argc > 1 && qstrcmp(argv[1], "--once") == 0)
        return runOnce(argc, argv, since);
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    QList<double> starts;
    for (int run = 0; run < kRuns; ++run) {
        QProcess process;
        QElapsedTimer whole;
        whole.start();
        process.start(QCoreApplication::applicationFilePath(), {u"--once"_s});
        if (!process.waitForFinished(30'000) || process.exitCode() != 0) {
            std::fprintf(stderr, "the window did not open\n");
            return 1;
        }
        // The whole process, loading of the libraries and the end included.
        starts += static_cast<double>(whole.nsecsElapsed()) / 1e6;
    }
    print("window start, 200 sessions", median(starts), 300, kRuns);
    const ui::Theme theme(application, ui::Scheme::Light, ui::Theme::Follow::Nothing);
    QList<double> frames;
    for (int run = 0; run < 5; ++run)
        frames += slowestFrame();
    print("slowest frame (processor time), list of 1000 rows", median(frames), 16, 5);
    return 0;
}
