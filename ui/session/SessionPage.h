// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/widgets/Labels.h"

class QPushButton;
class QStackedWidget;
class QTabBar;

namespace paddock::ui {

class ChangesPage;
class ConversationPage;
class FactsBar;
class MessageCard;
class SessionModel;
class StartSteps;

/// One session: what it is, how it stands, what can be done with it, and its tabs.
class SessionPage final : public Surface
{
    Q_OBJECT

public:
    enum class Tab { Conversation, Changes };

    /// All outlive the page.
    SessionPage(facade::SessionService &service,
                const SessionModel &model,
                const StartSteps &steps,
                QWidget *parent = nullptr);

    void openSession(const SessionId &id);
    [[nodiscard]] const SessionId &session() const { return m_id; }
    void showTab(Tab tab);
    [[nodiscard]] ConversationPage *conversation() const { return m_conversation; }
    [[nodiscard]] ChangesPage *changes() const { return m_changes; }
    void refresh();

    // What the buttons do; also called by the window's actions.
    void stop();
    void restart();
    void finish();
    void remove();

Q_SIGNALS:
    /// The session shown here is gone.
    void sessionGone();

private:
    void buildLayout();
    void connectParts();
    void update();
    void updateFacts();
    void run(Pending<Done> pending);

    facade::SessionService &m_service;
    const SessionModel &m_model;
    SessionId m_id;
    int m_busy = 0; // calls that have not answered yet

    ElidedLabel *m_title;
    Badge *m_badge;
    FactsBar *m_facts;
    QPushButton *m_stop;
    QPushButton *m_restart;
    QPushButton *m_finish;
    QPushButton *m_remove;
    MessageCard *m_error;
    QTabBar *m_tabs;
    QStackedWidget *m_pages;
    ConversationPage *m_conversation;
    ChangesPage *m_changes;
};

} // namespace paddock::ui
