// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/SessionPage.h"

#include "ui/changes/ChangesPage.h"
#include "ui/conversation/ConversationPage.h"
#include "ui/session/EndDialogs.h"
#include "ui/session/FactsBar.h"
#include "ui/session/WindowActor.h"
#include "ui/sessions/SessionLook.h"
#include "ui/sessions/SessionModel.h"
#include "ui/text/DisplayText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

SessionPage::SessionPage(facade::SessionService &service,
                         const SessionModel &model,
                         const StartSteps &steps,
                         QWidget *parent)
    : Surface(Kind::Page, parent)
    , m_service(service)
    , m_model(model)
    , m_title(new ElidedLabel(this))
    , m_badge(new Badge(this))
    , m_facts(new FactsBar(this))
    , m_stop(new QPushButton(this))
    , m_restart(new QPushButton(tr("Restart"), this))
    , m_finish(new QPushButton(tr("Finish…"), this))
    , m_remove(new QPushButton(tr("Remove…"), this))
    , m_error(new MessageCard(MessageCard::Closing::Dismissable, this))
    , m_tabs(new QTabBar(this))
    , m_pages(new QStackedWidget(this))
    , m_conversation(new ConversationPage(service, steps, this))
    , m_changes(new ChangesPage(service, this))
{
    buildLayout();
    connectParts();
}

void SessionPage::buildLayout()
{
    m_title->setFont(scaledFont(font(), kTitle, QFont::DemiBold));
    m_title->setObjectName(u"sessionTitle"_s);
    m_title->setMinimumCharacters(12);
    m_badge->setObjectName(u"sessionState"_s);
    m_stop->setObjectName(u"stopSession"_s);
    m_restart->setObjectName(u"restartSession"_s);
    m_finish->setObjectName(u"finishSession"_s);
    m_remove->setObjectName(u"removeSession"_s);
    m_error->setObjectName(u"sessionError"_s);
    m_error->hide();
    ButtonRoles::set(m_finish, ButtonRole::Primary);
    m_tabs->setObjectName(u"sessionTabs"_s);
    m_tabs->setAccessibleName(tr("Parts of the session"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->addTab(tr("Conversation"));
    m_tabs->addTab(tr("Changes"));
    m_tabs->setTabToolTip(0, tr("Ctrl+1"));
    m_tabs->setTabToolTip(1, tr("Ctrl+2"));

    auto *panel = new Surface(Kind::Panel, this);
    auto *top = new QHBoxLayout;
    top->setSpacing(2 * kGrid);
    top->addWidget(m_title, 0);
    top->addWidget(m_badge);
    top->addStretch(1);
    for (QPushButton *button : {m_remove, m_restart, m_stop, m_finish})
        top->addWidget(button);
    auto *head = new QVBoxLayout(panel);
    head->setContentsMargins(4 * kGrid, 3 * kGrid, 4 * kGrid, 0);
    head->setSpacing(kGrid);
    head->addLayout(top);
    head->addWidget(m_facts);
    auto *tabs = new QHBoxLayout;
    tabs->setContentsMargins(0, kGrid, 0, 0);
    tabs->addSpacing(-2 * kGrid);
    tabs->addWidget(m_tabs);
    tabs->addStretch();
    head->addLayout(tabs);

    m_pages->addWidget(m_conversation);
    m_pages->addWidget(m_changes);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(panel);
    column->addWidget(new Line(Qt::Horizontal, this));
    auto *errorBox = new QVBoxLayout;
    errorBox->setContentsMargins(4 * kGrid, 0, 4 * kGrid, 0);
    errorBox->addWidget(m_error);
    column->addLayout(errorBox);
    column->addWidget(m_pages, 1);
}

void SessionPage::connectParts()
{
    connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
    connect(m_stop, &QPushButton::clicked, this, &SessionPage::stop);
    connect(m_restart, &QPushButton::clicked, this, &SessionPage::restart);
    connect(m_finish, &QPushButton::clicked, this, &SessionPage::finish);
    connect(m_remove, &QPushButton::clicked, this, &SessionPage::remove);
    connect(m_conversation, &ConversationPage::restartRequested, this, &SessionPage::restart);
    connect(m_conversation, &ConversationPage::cancelStartRequested, this, &SessionPage::stop);
    connect(m_conversation, &ConversationPage::usageChanged, this, &SessionPage::updateFacts);
    connect(m_conversation, &ConversationPage::showInChanges, this, [this](const QString &path) {
        showTab(Tab::Changes);
        m_changes->showFile(path);
    });
    connect(m_changes, &ChangesPage::counted, this, [this](int files) {
        m_tabs->setTabText(1, files > 0 ? tr("Changes %1").arg(files) : tr("Changes"));
    });
    connect(&m_model, &SessionModel::refreshed, this, &SessionPage::update);
}

void SessionPage::openSession(const SessionId &id)
{
    if (id == m_id)
        return;
    m_id = id;
    m_error->hide();
    m_tabs->setTabText(1, tr("Changes"));
    update();
}

void SessionPage::showTab(Tab tab)
{
    m_tabs->setCurrentIndex(static_cast<int>(tab));
}

void SessionPage::refresh()
{
    m_conversation->refresh();
    m_changes->refresh();
}

void SessionPage::update()
{
    if (m_id.isEmpty())
        return;
    const sessions::Session *session = m_model.find(m_id);
    if (!session) {
        m_conversation->forget(m_id);
        m_id = {};
        Q_EMIT sessionGone();
        return;
    }
    m_title->setShownText(session->title.isEmpty() ? tr("Untitled") : session->title);
    const StateLook look = lookOf(*session);
    m_badge->setLook(look.icon, look.word, look.tone);
    const SessionActions actions = actionsOf(*session);
    const bool idle = m_busy == 0;
    m_stop->setText(tr("Stop"));
    m_stop->setToolTip(tr("Ends the agent; conversation, branch and worktree stay"));
    m_stop->setVisible(actions.stop);
    m_stop->setEnabled(idle);
    m_restart->setVisible(actions.restart);
    m_restart->setEnabled(idle);
    m_restart->setToolTip(tr("Starts the agent again with its conversation"));
    m_finish->setVisible(actions.finish);
    m_finish->setEnabled(idle);
    m_finish->setToolTip(tr("Brings the last commits over and removes container and worktree"));
    m_remove->setVisible(actions.remove);
    m_remove->setEnabled(idle);
    updateFacts();
    m_conversation->setSession(*session);
    m_changes->setSession(*session);
}

void SessionPage::updateFacts()
{
    const sessions::Session *session = m_model.find(m_id);
    if (!session)
        return;
    const bool write = session->mode == sessions::SessionMode::Write;
    QString usage;
    if (const ConversationModel *model = m_conversation->model(); model && model->usage()) {
        const acp::UsageUpdate &now = *model->usage();
        QStringList words;
        if (now.cost && now.cost->amount > 0)
            words += QLocale().toString(now.cost->amount, 'f', 2) + u' ' +
                     visibleText(now.cost->currency.left(8), Lines::One);
        if (now.usedTokens > 0)
            words += tr("%1k tokens").arg(QLocale().toString((now.usedTokens + 999) / 1000));
        usage = words.join(u" · "_s);
    }
    m_facts->setFacts({
        {.text = adapterTitle(session->adapter), .explanation = {}},
        {.text = tr("sealed: no interface, no keys"),
         .explanation =
             tr("The container has no network interface, no credentials and no capabilities. "
                "The model is reached through one socket; the key is added outside.")},
        {.text = write ? session->branch : QString(),
         .explanation = tr("Branch %1").arg(session->branch),
         .isName = true},
        {.text = !write ? tr("reads only, no branch")
                 : session->baseCommit.isEmpty()
                     ? QString()
                     : tr("from %1").arg(shortCommit(session->baseCommit)),
         .explanation = {}},
        {.text = session->image,
         .explanation =
             tr("Image %1, %2").arg(session->image, imageSourceWords(session->imageSource)),
         .isName = true},
        {.text = usage, .explanation = {}},
    });
}

void SessionPage::run(Pending<Done> pending)
{
    ++m_busy;
    m_error->hide();
    update();
    const SessionId id = m_id;
    pending.then(this, [this, id](const Result<Done> &result) {
        --m_busy;
        if (!result && id == m_id) {
            m_error->showError(result.error());
            m_error->show();
        }
        update();
    });
}

void SessionPage::stop()
{
    if (!m_id.isEmpty())
        run(m_service.stop(windowActor(), m_id));
}

void SessionPage::restart()
{
    if (!m_id.isEmpty())
        run(m_service.restart(windowActor(), m_id));
}

void SessionPage::finish()
{
    const sessions::Session *session = m_model.find(m_id);
    if (!session || !actionsOf(*session).finish)
        return;
    auto *dialog = new FinishDialog(m_service, *session, window());
    connect(dialog,
            &FinishDialog::confirmed,
            this,
            [this, id = m_id](const sessions::FinishOptions &options) {
                if (id == m_id)
                    run(m_service.finish(windowActor(), id, options));
            });
    dialog->open();
}

void SessionPage::remove()
{
    const sessions::Session *session = m_model.find(m_id);
    if (!session || !actionsOf(*session).remove)
        return;
    auto *dialog = new RemoveDialog(m_service, *session, window());
    dialog->open();
}

} // namespace paddock::ui
