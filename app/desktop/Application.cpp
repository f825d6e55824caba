// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/Application.h"

#include "app/desktop/ProblemWindow.h"
#include "app/desktop/SampleProject.h"
#include "core/control/ControlServer.h"
#include "core/facade/Facade.h"
#include "ui/main/MainWindow.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::desktop {

namespace {

constexpr auto kLockInterval = std::chrono::milliseconds(100);
constexpr qint64 kLockPatience = 15'000; // milliseconds; the other one ends its operations first

} // namespace

Application::Application(QObject *parent)
    : QObject(parent)
{
    m_awaitLock.setInterval(kLockInterval);
    connect(&m_awaitLock, &QTimer::timeout, this, &Application::awaitLock);
}

Application::~Application()
{
    // The window looks at the services, the server speaks for them: both go before the core, and
    // the lock last.
    m_window.reset();
    m_sample.reset();
    m_server.reset();
    m_facade.reset();
}

void Application::start()
{
    if (const Result<Done> opened = open())
        showWindow();
    else
        showProblem(opened.error());
}

Result<Done> Application::open()
{
    m_serverError.reset();
    Result<XdgPaths> paths = XdgPaths::fromEnvironment();
    if (!paths)
        return fail(paths.error());
    m_paths = *paths;
    if (const Result<Done> made = paths->create(); !made)
        return fail(made.error());
    Result<control::OwnerLock> lock = control::OwnerLock::acquire(*paths);
    if (!lock)
        return fail(lock.error());
    Result<std::unique_ptr<facade::Facade>> core =
        facade::Facade::create({.paths = *paths, .gatewayProgram = {}});
    if (!core)
        return fail(core.error()); // and the lock is free again
    m_lock.emplace(std::move(*lock));
    m_facade = std::move(*core);
    m_server = std::make_unique<control::ControlServer>(
        m_facade->services(),
        control::OwnerInfo{.program = u"paddock"_s,
                           .version = QCoreApplication::applicationVersion(),
                           .startedAt = QDateTime::currentDateTimeUtc()});
    // Without its socket paddockctl cannot reach this window; the window itself works.
    if (const Result<Done> listening = m_server->listen(*paths, *m_lock); !listening)
        m_serverError = listening.error();
    connect(m_server.get(), &control::ControlServer::shutdownRequested, this, [this] {
        if (m_window)
            m_window->close();
        QCoreApplication::quit();
    });
    return Done{};
}

void Application::showWindow()
{
    m_sample = std::make_unique<SampleProject>(m_paths->data);
    m_window = std::make_unique<ui::MainWindow>(
        m_facade->services(), m_paths->state + u"/window.ini"_s, m_sample->demo());
    m_window->show();
    if (m_problem) {
        m_problem->hide();
        m_problem.release()->deleteLater(); // it may be in a call of one of its buttons
    }
    if (m_serverError) {
        m_window->showError(*m_serverError);
    } else if (const QStringList notices = m_facade->notices(); !notices.isEmpty()) {
        m_window->showNotice(tr("Some settings are worth a look."), notices.join(u'\n'));
    }
    // After the window is on its way: the first look at the engine takes its time.
    QTimer::singleShot(0, m_facade.get(), [core = m_facade.get()] { core->start(); });
}

void Application::showProblem(const Error &error)
{
    if (!m_problem) {
        m_problem = std::make_unique<ProblemWindow>();
        connect(m_problem.get(), &ProblemWindow::retryRequested, this, &Application::start);
        connect(m_problem.get(), &ProblemWindow::takeOverRequested, this, &Application::takeOver);
    }
    m_problem->showProblem(error);
    m_problem->show();
}

void Application::takeOver()
{
    m_problem->setBusy(true);
    m_client = std::make_unique<control::ControlClient>();
    m_client->connectTo(m_paths->controlSocket()).then(this, [this](const Result<Done> &connected) {
        if (!connected) {
            showProblem(connected.error());
            return;
        }
        m_client->call(u"owner.shutdown"_s).then(this, [this](const Result<QJsonObject> &answer) {
            if (!answer && answer.error().kind != ErrorKind::OwnerUnreachable) {
                showProblem(answer.error());
                return;
            }
            m_waiting.start();
            m_awaitLock.start();
        });
    });
}

void Application::awaitLock()
{
    const Result<Done> opened = open();
    const bool stillThere = !opened && opened.error().kind == ErrorKind::OwnerRunning;
    if (stillThere && m_waiting.elapsed() < kLockPatience)
        return;
    m_awaitLock.stop();
    m_client.reset();
    if (opened)
        showWindow();
    else
        showProblem(opened.error());
}

} // namespace paddock::desktop
