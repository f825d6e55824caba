// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main/MainWindow.h"

#include "ui/conversation/ConversationPage.h"
#include "ui/health/BuildDialog.h"
#include "ui/health/HealthStrip.h"
#include "ui/main/Navigation.h"
#include "ui/newsession/SessionStarter.h"
#include "ui/session/SessionPage.h"
#include "ui/sessions/SessionListPane.h"
#include "ui/text/ErrorText.h"
#include "ui/theme/PaddockStyle.h"

#include <QCloseEvent>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

MainWindow::MainWindow(const facade::Services &services,
                       const QString &stateFile,
                       const Demo &demo,
                       QWidget *parent)
    : QMainWindow(parent)
    , m_services(services)
    , m_stateFile(stateFile)
    , m_model(*services.sessions)
    , m_steps(*services.sessions)
    , m_build(*services.images)
    , m_starter(new SessionStarter(services, demo, this))
    , m_new(new QPushButton(tr("New session"), this))
    , m_message(new MessageCard(MessageCard::Closing::Dismissable, this))
    , m_splitter(new QSplitter(Qt::Horizontal, this))
    , m_navigation(new Navigation(*services.projects, m_model, this))
    , m_list(new SessionListPane(m_model, this))
    , m_detail(new QStackedWidget(this))
    , m_noSession(new EmptyState(this))
    , m_page(new SessionPage(*services.sessions, m_model, m_steps, this))
    , m_health(new HealthStrip(*services.health, m_build, this))
{
    setObjectName(u"mainWindow"_s);
    setWindowTitle(tr("Paddock"));
    buildLayout();
    makeActions();
    connectParts();
    updateHealthContent();
    updateCounts();
    restoreState();
    m_health->check();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildLayout()
{
    setMinimumSize(200 * kGrid, 120 * kGrid);
    m_new->setObjectName(u"newSession"_s);
    m_new->setIcon(makeIcon(Icon::Plus));
    m_new->setToolTip(QKeySequence(QKeySequence::New).toString(QKeySequence::NativeText));
    m_message->setObjectName(u"windowMessage"_s);
    m_message->hide();
    m_splitter->setObjectName(u"mainSplitter"_s);
    m_noSession->setObjectName(u"noSession"_s);

    auto *side = new Surface(Surface::Kind::Side, this);
    auto *sideColumn = new QVBoxLayout(side);
    sideColumn->setContentsMargins(0, 0, 0, 0);
    sideColumn->setSpacing(0);
    auto *newBox = new QVBoxLayout;
    newBox->setContentsMargins(2 * kGrid, 3 * kGrid, 2 * kGrid, 0);
    newBox->addWidget(m_new);
    sideColumn->addLayout(newBox);
    sideColumn->addWidget(m_navigation, 1);

    m_detail->addWidget(m_noSession);
    m_detail->addWidget(m_page);
    m_splitter->addWidget(side);
    m_splitter->addWidget(m_list);
    m_splitter->addWidget(m_detail);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 0);
    m_splitter->setStretchFactor(2, 1);
    side->setMinimumWidth(36 * kGrid);
    m_list->setMinimumWidth(52 * kGrid);
    m_detail->setMinimumWidth(100 * kGrid);
    m_splitter->setSizes({47 * kGrid, 84 * kGrid, 229 * kGrid});

    auto *central = new QWidget(this);
    auto *column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *messageBox = new QVBoxLayout;
    messageBox->setContentsMargins(2 * kGrid, 0, 2 * kGrid, 0);
    messageBox->addWidget(m_message);
    column->addLayout(messageBox);
    column->addWidget(m_splitter, 1);
    column->addWidget(m_health);
    setCentralWidget(central);
    const QSize room = screen()->availableSize();
    resize(qMin(360 * kGrid, room.width() * 9 / 10), qMin(225 * kGrid, room.height() * 9 / 10));
}

void MainWindow::addKey(const QString &what,
                        const QList<QKeySequence> &keys,
                        std::function<void()> call)
{
    for (const QKeySequence &key : keys) {
        auto *shortcut = new QShortcut(key, this);
        connect(shortcut, &QShortcut::activated, this, call);
    }
    m_shortcuts.append({what, keys});
}

void MainWindow::makeActions()
{
    addKey(tr("New session"), {QKeySequence::New}, [this] { newSession(); });
    addKey(tr("Next session that waits for you"), {QKeySequence(u"Ctrl+J"_s)}, [this] {
        nextWaiting();
    });
    addKey(tr("Filter the sessions"), {QKeySequence::Find}, [this] { m_list->focusFilter(); });
    addKey(tr("List of sessions"), {QKeySequence(u"Ctrl+L"_s)}, [this] { m_list->focusList(); });
    addKey(tr("Conversation"), {QKeySequence(u"Ctrl+1"_s)}, [this] {
        m_page->showTab(SessionPage::Tab::Conversation);
        m_page->conversation()->focusWhatWaits();
    });
    addKey(tr("Changes"), {QKeySequence(u"Ctrl+2"_s)}, [this] {
        m_page->showTab(SessionPage::Tab::Changes);
    });
    addKey(
        tr("Finish the session"), {QKeySequence(u"Ctrl+Shift+F"_s)}, [this] { m_page->finish(); });
    addKey(tr("Look again"), {QKeySequence(u"F5"_s), QKeySequence(u"Ctrl+R"_s)}, [this] {
        m_health->check();
        m_page->refresh();
    });
    addKey(tr("Keyboard shortcuts"), {QKeySequence(u"F1"_s), QKeySequence(u"Ctrl+?"_s)}, [this] {
        auto *dialog = new ShortcutsDialog(m_shortcuts, this);
        dialog->open();
    });
    addKey(tr("Quit; sessions go on"), {QKeySequence(u"Ctrl+Q"_s)}, [this] { close(); });
    // Keys that parts of the window handle themselves.
    m_shortcuts.append(
        {tr("Send the message, start the session"), {QKeySequence(u"Ctrl+Return"_s)}});
    m_shortcuts.append({tr("Allow once (while an agent asks)"), {QKeySequence(u"Y"_s)}});
    m_shortcuts.append({tr("Deny (while an agent asks)"), {QKeySequence(u"N"_s)}});
}

void MainWindow::connectParts()
{
    connect(m_new, &QPushButton::clicked, this, &MainWindow::newSession);
    connect(m_navigation, &Navigation::chosenChanged, m_list, &SessionListPane::setProject);
    connect(m_navigation, &Navigation::addProjectRequested, m_starter, &SessionStarter::addProject);
    connect(m_starter, &SessionStarter::started, this, &MainWindow::openStarted);
    connect(m_starter, &SessionStarter::projectAdded, m_navigation, &Navigation::choose);
    connect(m_starter, &SessionStarter::failed, this, &MainWindow::showError);
    connect(m_noSession, &EmptyState::secondaryClicked, m_starter, &SessionStarter::openDemo);
    connect(m_navigation, &Navigation::shortcutsRequested, this, [this] {
        auto *dialog = new ShortcutsDialog(m_shortcuts, this);
        dialog->open();
    });
    connect(m_list, &SessionListPane::selectionChanged, this, &MainWindow::onSessionChosen);
    connect(m_list, &SessionListPane::nextWaitingRequested, this, &MainWindow::nextWaiting);
    connect(m_list, &SessionListPane::emptyActionClicked, this, &MainWindow::newSession);
    connect(m_page, &SessionPage::sessionGone, this, [this] {
        m_detail->setCurrentWidget(m_noSession);
    });
    connect(m_noSession, &EmptyState::actionClicked, this, [this] {
        switch (m_emptyAction) {
        case EmptyAction::NewSession:
            newSession();
            break;
        case EmptyAction::CheckHealth:
            m_health->check();
            break;
        case EmptyAction::BuildImage:
            buildImage();
            break;
        }
    });
    connect(m_health, &HealthStrip::buildRequested, this, &MainWindow::buildImage);
    connect(m_health, &HealthStrip::showBuildRequested, this, &MainWindow::openBuild);
    connect(&m_build, &BuildController::stateChanged, this, [this] {
        if (m_build.state() == BuildController::State::Succeeded)
            m_health->check();
    });
    connect(
        m_services.health, &facade::HealthService::changed, this, &MainWindow::updateHealthContent);
    connect(&m_model, &SessionModel::refreshed, this, [this] {
        updateCounts();
        updateHealthContent();
    });
}

void MainWindow::onSessionChosen(const SessionId &id)
{
    if (id.isEmpty()) {
        m_detail->setCurrentWidget(m_noSession);
        return;
    }
    m_page->openSession(id);
    m_detail->setCurrentWidget(m_page);
}

void MainWindow::openSession(const SessionId &id)
{
    const sessions::Session *session = m_model.find(id);
    const ProjectId shown = m_navigation->chosen();
    if (session && !shown.isEmpty() && shown != session->projectId)
        m_navigation->choose({});
    m_list->select(id);
}

void MainWindow::nextWaiting()
{
    const SessionId id = m_list->nextWaiting();
    if (id.isEmpty())
        return;
    openSession(id);
    m_page->showTab(SessionPage::Tab::Conversation);
    m_page->conversation()->focusWhatWaits();
}

void MainWindow::newSession()
{
    m_starter->openDialog(m_navigation->chosen());
}

void MainWindow::openStarted(const SessionId &id)
{
    // The model takes it up in this turn of the event loop; open it right after.
    if (m_model.find(id)) {
        openSession(id);
        return;
    }
    connect(
        &m_model,
        &SessionModel::refreshed,
        this,
        [this, id] { openSession(id); },
        Qt::SingleShotConnection);
}

void MainWindow::updateHealthContent()
{
    const facade::Health health = m_services.health->current();
    const bool engineBad =
        !health.items.isEmpty() && !health.socketConnected && health.mode != "local"_L1;
    const EmptyState::Content list{.icon = Icon::Sessions, .title = tr("No sessions yet")};
    EmptyState::Content detail{
        .icon = Icon::Shield,
        .title = tr("Start your first session"),
        .text = tr("A session is one piece of work: an agent on a project, in a sealed "
                   "container, on a branch of its own."),
        .action = tr("New session")};
    m_emptyAction = EmptyAction::NewSession;
    for (const facade::HealthItem &item : health.items) {
        if (!item.error)
            continue;
        const ErrorWords words = wordsFor(*item.error);
        if (item.id == "engine"_L1 && engineBad) {
            detail = {.icon = Icon::Engine,
                      .tone = Tone::Failure,
                      .title = words.message,
                      .text = words.remedy,
                      .action = tr("Try again")};
            if (item.error->kind == ErrorKind::DockerUnavailable)
                detail.command = u"systemctl start docker"_s;
            m_emptyAction = EmptyAction::CheckHealth;
        } else if (item.action == "build-image"_L1 && !engineBad && m_model.rowCount() == 0) {
            detail = {.icon = Icon::Box,
                      .tone = Tone::Attention,
                      .title = words.message,
                      .text = words.remedy,
                      .action = tr("Build image")};
            m_emptyAction = EmptyAction::BuildImage;
        }
    }
    if (!engineBad && m_model.rowCount() > 0)
        detail = {.icon = Icon::Sessions,
                  .title = tr("Choose a session"),
                  .text = tr("Its conversation and its changes are shown here."),
                  .action = tr("New session")};
    m_list->setEmptyContent(list);
    m_noSession->setContent(detail);
}

void MainWindow::updateCounts()
{
    int active = 0;
    for (int row = 0; row < m_model.rowCount(); ++row) {
        if (sessions::isActive(m_model.at(row)->state))
            ++active;
    }
    const auto waiting = static_cast<int>(m_model.waiting().size());
    QStringList words;
    if (active > 0)
        words += tr("%n session(s) running", nullptr, active);
    if (waiting > 0)
        words += tr("%n wait(s) for you", nullptr, waiting);
    m_health->setCounts(words.join(u" · "_s));
    setWindowTitle(waiting > 0 ? tr("(%1) Paddock").arg(waiting) : tr("Paddock"));
}

void MainWindow::buildImage()
{
    m_build.start(facade::ImageService::Rebuild::IfChanged);
    openBuild();
}

void MainWindow::openBuild()
{
    if (m_buildDialog) {
        m_buildDialog->raise();
        m_buildDialog->activateWindow();
        return;
    }
    m_buildDialog = new BuildDialog(m_build, this);
    m_buildDialog->open();
}

void MainWindow::showNotice(const QString &message, const QString &text)
{
    m_message->showNotice(Tone::Dim, Icon::Dot, message, text);
    m_message->show();
}

void MainWindow::showError(const Error &error)
{
    m_message->showError(error);
    m_message->show();
}

void MainWindow::restoreState()
{
    if (m_stateFile.isEmpty())
        return;
    const QSettings state(m_stateFile, QSettings::IniFormat);
    restoreGeometry(state.value(u"window/geometry"_s).toByteArray());
    m_splitter->restoreState(state.value(u"window/splitter"_s).toByteArray());
    const SessionId last{state.value(u"window/session"_s).toString()};
    if (m_model.find(last))
        openSession(last);
}

void MainWindow::saveState() const
{
    if (m_stateFile.isEmpty())
        return;
    QSettings state(m_stateFile, QSettings::IniFormat);
    state.setValue(u"window/geometry"_s, saveGeometry());
    state.setValue(u"window/splitter"_s, m_splitter->saveState());
    state.setValue(u"window/session"_s, m_list->selected().value);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveState();
    event->accept();
}

} // namespace paddock::ui
