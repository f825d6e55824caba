// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/ConversationPage.h"

#include "ui/conversation/Composer.h"
#include "ui/conversation/PermissionCard.h"
#include "ui/conversation/TranscriptView.h"
#include "ui/session/StartSteps.h"
#include "ui/session/WindowActor.h"
#include "ui/sessions/SessionLook.h"
#include "ui/text/ErrorText.h"
#include "ui/widgets/MessageCard.h"

#include <QKeySequence>
#include <QPushButton>
#include <QShortcut>
#include <QStackedLayout>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

using S = sessions::SessionState;

// Conversations kept in memory for quick switching; the others are read again.
constexpr qsizetype kKeptModels = 4;

bool isStarting(S state)
{
    return state == S::Queued || state == S::Preparing || state == S::Starting;
}

} // namespace

ConversationPage::ConversationPage(facade::SessionService &service,
                                   const StartSteps &steps,
                                   QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_steps(steps)
    , m_stackBox(new QWidget(this))
    , m_stack(new QStackedLayout(m_stackBox))
    , m_view(new TranscriptView(m_stackBox))
    , m_empty(new EmptyState(m_stackBox))
    , m_actionError(new MessageCard(MessageCard::Closing::Dismissable, this))
    , m_failure(new MessageCard(MessageCard::Closing::Fixed, this))
    , m_start(new StartCard(this))
    , m_permission(new PermissionCard(this))
    , m_composer(new Composer(this))
{
    buildLayout();
    connectParts();
}

void ConversationPage::buildLayout()
{
    m_view->setObjectName(u"transcript"_s);
    m_view->setAccessibleName(tr("Conversation"));
    m_actionError->setObjectName(u"conversationError"_s);
    m_failure->setObjectName(u"failureCard"_s);
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_empty);
    m_actionError->hide();
    m_failure->hide();
    m_start->hide();
    auto *docked = new QVBoxLayout;
    docked->setContentsMargins(4 * kGrid, 2 * kGrid, 4 * kGrid, 4 * kGrid);
    docked->setSpacing(2 * kGrid);
    docked->addWidget(m_actionError);
    docked->addWidget(m_failure);
    docked->addWidget(m_start);
    docked->addWidget(m_permission);
    docked->addWidget(m_composer);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_stackBox, 1);
    column->addLayout(docked);
}

void ConversationPage::connectParts()
{
    connect(m_view, &TranscriptView::showInChanges, this, &ConversationPage::showInChanges);
    connect(m_composer, &Composer::sendRequested, this, &ConversationPage::send);
    connect(m_composer, &Composer::cancelTurnRequested, this, [this] {
        m_service.cancelTurn(windowActor(), m_session.id)
            .then(this, [this](const Result<Done> &result) {
                if (!result)
                    showActionError(result.error());
            });
    });
    connect(m_permission, &PermissionCard::allowed, this, [this](const QString &id) {
        answer(id, true);
    });
    connect(m_permission, &PermissionCard::denied, this, [this](const QString &id) {
        answer(id, false);
    });
    connect(m_start, &StartCard::cancelRequested, this, &ConversationPage::cancelStartRequested);
    QPushButton *restart = m_failure->addButton(tr("Restart"), u"failureRestart"_s, true);
    connect(restart, &QPushButton::clicked, this, &ConversationPage::restartRequested);
    connect(m_empty, &EmptyState::actionClicked, this, [this] {
        if (m_current)
            m_current->retry();
    });
    // Y and N answer from anywhere on this page but a text that is being written, which keeps its
    // letters for itself.
    for (const bool allow : {true, false}) {
        auto *shortcut = new QShortcut(QKeySequence(allow ? Qt::Key_Y : Qt::Key_N), this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        shortcut->setAutoRepeat(false);
        connect(shortcut, &QShortcut::activated, this, [this, allow] {
            if (!m_permission->isArmed())
                return;
            auto *button = m_permission->findChild<QPushButton *>(allow ? u"permissionAllow"_s
                                                                        : u"permissionDeny"_s);
            button->click();
        });
    }
}

void ConversationPage::setSession(const sessions::Session &session)
{
    if (session.id != m_session.id) {
        if (!m_session.id.isEmpty())
            m_entries[m_session.id.value].draft = m_composer->text();
        m_session = session;
        m_actionError->hide();
        m_shownFailure.reset();
        m_permission->clear();
        m_composer->setSending(false);
        m_composer->setText(m_entries[session.id.value].draft);
        m_view->setAgentName(adapterTitle(session.adapter));
        useModel(session.id);
    }
    m_session = session;
    m_composer->setSession(session);
    updateCards();
}

void ConversationPage::useModel(const SessionId &id)
{
    if (m_current)
        m_current->setActive(false);
    Entry &entry = m_entries[id.value];
    if (!entry.model) {
        entry.model = std::make_unique<ConversationModel>(m_service, id);
        connect(entry.model.get(),
                &ConversationModel::updated,
                this,
                [this, model = entry.model.get()] {
                    if (model == m_current)
                        onModelUpdated();
                });
    }
    m_current = entry.model.get();
    m_view->setModel(m_current);
    m_recent.removeAll(id.value);
    m_recent += id.value;
    while (m_recent.size() > kKeptModels)
        m_entries[m_recent.takeFirst()].model.reset();
    m_current->setActive(isVisible());
    onModelUpdated();
}

void ConversationPage::forget(const SessionId &id)
{
    if (m_session.id == id) {
        m_view->setModel(nullptr);
        m_current = nullptr;
        m_session = {};
    }
    m_recent.removeAll(id.value);
    m_entries.erase(id.value);
}

void ConversationPage::refresh()
{
    if (m_current)
        m_current->retry();
}

void ConversationPage::onModelUpdated()
{
    updateCards();
    Q_EMIT usageChanged();
}

void ConversationPage::updateCards()
{
    if (!m_current)
        return;
    using L = ConversationModel::LoadState;
    const L load = m_current->loadState();
    const bool hasRows = m_current->rowCount() > 0;
    if (load == L::Failed && !hasRows) {
        const ErrorWords words = wordsFor(m_current->error());
        m_empty->setContent({.icon = Icon::Alert,
                             .tone = Tone::Failure,
                             .title = words.message,
                             .text = words.remedy,
                             .action = tr("Try again")});
    } else if (load == L::Loading && !hasRows) {
        m_empty->setContent({.icon = Icon::Clock, .title = tr("Reading the conversation")});
    } else if (isStarting(m_session.state)) {
        m_empty->setContent({.icon = Icon::Clock,
                             .title = tr("The agent is being started"),
                             .text = tr("What it says appears here.")});
    } else {
        m_empty->setContent(
            {.icon = Icon::Sessions,
             .title = tr("Nothing was said yet"),
             .text = actionsOf(m_session).send ? tr("Write the first message below.") : QString()});
    }
    m_stack->setCurrentWidget(hasRows ? static_cast<QWidget *>(m_view) : m_empty);

    const bool starting = isStarting(m_session.state);
    m_start->setVisible(starting);
    if (starting)
        m_start->setSession(m_session, m_steps.stepsOf(m_session.id));

    const bool failed =
        m_session.state == S::Failed || m_session.state == S::Killed || m_session.state == S::Lost;
    if (failed) {
        const Error error = m_session.failure.value_or(
            Error(ErrorKind::AgentExited,
                  m_session.state == S::Killed ? tr("The session was ended from outside.")
                                               : tr("The session ended unexpectedly.")));
        // Only what is new: open details stay open while the conversation is read.
        if (m_shownFailure != error) {
            m_shownFailure = error;
            m_failure->showError(error);
        }
    }
    m_failure->setVisible(failed);
    m_composer->setVisible(!starting && m_session.state != S::Finished);

    const QList<acp::PermissionRow> open = m_current->openPermissions();
    if (open.isEmpty() || !sessions::isActive(m_session.state)) {
        // Hiding the card would hand the focus to the composer, and the next Y with it.
        const QWidget *focus = QApplication::focusWidget();
        if (focus && (focus == m_permission || m_permission->isAncestorOf(focus)))
            m_view->setFocus(Qt::OtherFocusReason);
        m_permission->clear();
        return;
    }
    const acp::PermissionRow &first = open.constFirst();
    m_permission->setRequest(first, m_current->toolOf(first), 1, static_cast<int>(open.size()));
}

void ConversationPage::send(const QString &text)
{
    m_composer->setSending(true);
    m_actionError->hide();
    const SessionId id = m_session.id;
    m_service.send(windowActor(), id, text)
        .then(this, [this, id, text](const Result<Done> &result) {
            if (id != m_session.id) {
                // The page shows another session by now; its draft there is emptied all the same.
                if (result && m_entries[id.value].draft == text)
                    m_entries[id.value].draft.clear();
                return;
            }
            m_composer->setSending(false);
            if (!result) {
                showActionError(result.error());
                return;
            }
            if (m_composer->text() == text)
                m_composer->setText({});
            m_view->scrollToEnd();
        });
}

void ConversationPage::answer(const QString &requestId, bool allow)
{
    using A = facade::SessionService::PermissionAnswer;
    m_service
        .answerPermission(
            windowActor(), m_session.id, requestId, allow ? A::AllowOnce : A::RejectOnce)
        .then(this, [this, requestId](const Result<Done> &result) {
            if (result)
                return; // the conversation brings the answer, and takes the card away
            if (m_permission->requestId() == requestId)
                m_permission->setAnswering(false);
            showActionError(result.error());
        });
}

void ConversationPage::showActionError(const Error &error)
{
    m_actionError->showError(error);
    m_actionError->show();
}

void ConversationPage::focusComposer()
{
    m_composer->focusText();
}

void ConversationPage::focusWhatWaits()
{
    if (m_permission->isVisible())
        m_permission->setFocus(Qt::ShortcutFocusReason);
    else
        m_composer->focusText();
}

void ConversationPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (m_current) {
        m_current->setActive(true);
        updateCards();
    }
}

void ConversationPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    if (m_current)
        m_current->setActive(false);
}

} // namespace paddock::ui
