// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/conversation/ConversationModel.h"

#include <QWidget>

#include <memory>

class QStackedLayout;

namespace paddock::ui {

class Composer;
class EmptyState;
class MessageCard;
class PermissionCard;
class StartCard;
class StartSteps;
class TranscriptView;

/// What was said in a session, what it waits for, and where to answer. Reads nothing while hidden.
class ConversationPage final : public QWidget
{
    Q_OBJECT

public:
    /// Both outlive the page.
    ConversationPage(facade::SessionService &service,
                     const StartSteps &steps,
                     QWidget *parent = nullptr);

    /// The session to show; called again whenever it changes.
    void setSession(const sessions::Session &session);
    void forget(const SessionId &id);
    void focusComposer();
    /// The question of the agent if there is one, else the composer.
    void focusWhatWaits();
    void refresh();

    [[nodiscard]] TranscriptView *view() const { return m_view; }
    [[nodiscard]] const ConversationModel *model() const { return m_current; }

Q_SIGNALS:
    void showInChanges(const QString &path);
    void restartRequested();
    void cancelStartRequested();
    void usageChanged();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void buildLayout();
    void connectParts();
    void useModel(const SessionId &id);
    void onModelUpdated();
    void updateCards();
    void send(const QString &text);
    void answer(const QString &requestId, bool allow);
    void showActionError(const Error &error);

    struct Entry
    {
        std::unique_ptr<ConversationModel> model;
        QString draft;
    };

    facade::SessionService &m_service;
    const StartSteps &m_steps;
    sessions::Session m_session;
    std::map<QString, Entry> m_entries; // by session
    QList<QString> m_recent;            // sessions whose models are kept, the last used at the end
    ConversationModel *m_current = nullptr;
    std::optional<Error> m_shownFailure;

    QWidget *m_stackBox;
    QStackedLayout *m_stack;
    TranscriptView *m_view;
    EmptyState *m_empty;
    MessageCard *m_actionError;
    MessageCard *m_failure;
    StartCard *m_start;
    PermissionCard *m_permission;
    Composer *m_composer;
};

} // namespace paddock::ui
