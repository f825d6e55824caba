// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/health/BuildController.h"
#include "ui/main/ShortcutsDialog.h"
#include "ui/newsession/Demo.h"
#include "ui/session/StartSteps.h"
#include "ui/sessions/SessionModel.h"

#include <QMainWindow>

class QPushButton;
class QSplitter;
class QStackedWidget;

namespace paddock::ui {

class BuildDialog;
class EmptyState;
class HealthStrip;
class MessageCard;
class Navigation;
class SessionListPane;
class SessionPage;
class SessionStarter;

/// The window: navigation, sessions, the chosen session, health. Opens in any state of the engine
/// and waits for nothing.
class MainWindow final : public QMainWindow
{
    Q_OBJECT

public:
    /// The services outlive the window. \a stateFile keeps size and place (INI); empty: nothing is
    /// kept.
    MainWindow(const facade::Services &services,
               const QString &stateFile,
               const Demo &demo = {},
               QWidget *parent = nullptr);
    ~MainWindow() override;

    void openSession(const SessionId &id);
    void newSession();
    /// Something worth telling that has no place of its own; stays until closed.
    void showNotice(const QString &message, const QString &text);
    void showError(const Error &error);

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    void buildLayout();
    void makeActions();
    void addKey(const QString &what, const QList<QKeySequence> &keys, std::function<void()> call);
    void connectParts();
    void onSessionChosen(const SessionId &id);
    void openStarted(const SessionId &id);
    void nextWaiting();
    void updateHealthContent();
    void updateCounts();
    void buildImage();
    void openBuild();
    void restoreState();
    void saveState() const;

    facade::Services m_services;
    QString m_stateFile;
    /// What the button of the empty page does.
    enum class EmptyAction { NewSession, CheckHealth, BuildImage };
    EmptyAction m_emptyAction = EmptyAction::NewSession;
    SessionModel m_model;
    StartSteps m_steps;
    BuildController m_build;
    QList<Shortcut> m_shortcuts;
    SessionStarter *m_starter;
    QPointer<BuildDialog> m_buildDialog;

    QPushButton *m_new;
    MessageCard *m_message;
    QSplitter *m_splitter;
    Navigation *m_navigation;
    SessionListPane *m_list;
    QStackedWidget *m_detail;
    EmptyState *m_noSession;
    SessionPage *m_page;
    HealthStrip *m_health;
};

} // namespace paddock::ui
