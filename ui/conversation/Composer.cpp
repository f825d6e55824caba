// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/Composer.h"

#include "ui/sessions/SessionLook.h"
#include "ui/theme/PaddockStyle.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr int kMinLines = 2;
constexpr int kMaxLines = 9;
// A prompt beyond this is refused by the link anyway; the person keeps the text.
constexpr int kMaxMessage = 1'000'000;

struct Words
{
    QString placeholder;
    QString hint;
    QString button;
};

Words wordsFor(const sessions::Session &session)
{
    using S = sessions::SessionState;
    const QString agent = adapterTitle(session.adapter);
    switch (session.state) {
    case S::Running:
        if (session.substate == "idle"_L1)
            return {Composer::tr("Message %1").arg(agent), QString(), Composer::tr("Send")};
        return {Composer::tr("Message %1").arg(agent),
                Composer::tr("%1 is busy: your message is sent after this turn.").arg(agent),
                Composer::tr("Queue")};
    case S::Waiting:
        if (session.substate == "prompt"_L1)
            return {Composer::tr("Answer %1").arg(agent), QString(), Composer::tr("Send")};
        return {Composer::tr("Message %1").arg(agent),
                Composer::tr("%1 waits for an answer above: your message is sent after this turn.")
                    .arg(agent),
                Composer::tr("Queue")};
    case S::Draft:
    case S::Queued:
    case S::Preparing:
    case S::Starting:
        return {Composer::tr("The agent is not running yet."),
                Composer::tr("Messages can be sent as soon as it runs."),
                Composer::tr("Send")};
    case S::Stopping:
        return {Composer::tr("The agent is being stopped."), {}, Composer::tr("Send")};
    case S::Paused:
        return {Composer::tr("The session is paused."), {}, Composer::tr("Send")};
    case S::Finished:
        return {Composer::tr("This session is finished."), {}, Composer::tr("Send")};
    default:
        return {Composer::tr("The agent is not running."),
                Composer::tr("Restart the session to go on with this conversation."),
                Composer::tr("Send")};
    }
}

} // namespace

Composer::Composer(QWidget *parent)
    : Card(parent)
    , m_edit(new QPlainTextEdit(this))
    , m_hint(new PlainLabel({}, this))
    , m_cancelTurn(new QPushButton(tr("Stop this turn"), this))
    , m_send(new QPushButton(tr("Send"), this))
{
    setObjectName(u"composer"_s);
    m_edit->setObjectName(u"composerText"_s);
    m_edit->setAccessibleName(tr("Message to the agent"));
    m_edit->setFrameShape(QFrame::NoFrame);
    m_edit->setTabChangesFocus(true);
    m_edit->viewport()->setAutoFillBackground(false);
    m_edit->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_edit->document()->setDocumentMargin(0);
    m_edit->installEventFilter(this);
    m_hint->setScale(kSecondary);
    m_hint->setTone(Tone::Dim);
    m_hint->setWordWrap(true);
    m_cancelTurn->setObjectName(u"cancelTurn"_s);
    ButtonRoles::set(m_cancelTurn, ButtonRole::Quiet);
    m_send->setObjectName(u"sendMessage"_s);
    m_send->setToolTip(tr("Ctrl+Enter"));
    ButtonRoles::set(m_send, ButtonRole::Primary);

    auto *row = new QHBoxLayout;
    row->setSpacing(2 * kGrid);
    row->addWidget(m_hint, 1);
    row->addWidget(m_cancelTurn);
    row->addWidget(m_send);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(3 * kGrid, 3 * kGrid, 2 * kGrid, 2 * kGrid);
    column->setSpacing(2 * kGrid);
    column->addWidget(m_edit);
    column->addLayout(row);

    connect(m_send, &QPushButton::clicked, this, &Composer::send);
    connect(m_cancelTurn, &QPushButton::clicked, this, &Composer::cancelTurnRequested);
    connect(m_edit, &QPlainTextEdit::textChanged, this, [this] {
        updateButtons();
        fitHeight();
    });
    fitHeight();
    updateButtons();
}

void Composer::setSession(const sessions::Session &session)
{
    const Words words = wordsFor(session);
    const SessionActions actions = actionsOf(session);
    m_canSend = actions.send;
    m_edit->setPlaceholderText(words.placeholder);
    m_edit->setReadOnly(!m_canSend);
    m_hint->setShownText(m_canSend ? words.hint + u" "_s + tr("Ctrl+Enter sends.") : words.hint);
    m_send->setText(words.button);
    m_cancelTurn->setVisible(actions.cancelTurn);
    updateButtons();
}

QString Composer::text() const
{
    return m_edit->toPlainText();
}

void Composer::setText(const QString &text)
{
    m_edit->setPlainText(text);
    m_edit->moveCursor(QTextCursor::End);
}

void Composer::setSending(bool sending)
{
    m_isSending = sending;
    updateButtons();
}

void Composer::focusText()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
}

void Composer::send()
{
    const QString message = text();
    if (!m_send->isEnabled() || message.trimmed().isEmpty())
        return;
    Q_EMIT sendRequested(message);
}

void Composer::updateButtons()
{
    const qsizetype size = m_edit->document()->characterCount();
    m_send->setEnabled(m_canSend && !m_isSending && size > 1 && size <= kMaxMessage &&
                       !text().trimmed().isEmpty());
}

void Composer::fitHeight()
{
    const int lines =
        qBound(kMinLines, static_cast<int>(m_edit->document()->size().height()), kMaxLines);
    m_edit->setFixedHeight(lines * m_edit->fontMetrics().lineSpacing() + kGrid);
}

bool Composer::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            send();
            return true;
        }
    }
    return Card::eventFilter(watched, event);
}

void Composer::changeEvent(QEvent *event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fitHeight();
}

} // namespace paddock::ui
