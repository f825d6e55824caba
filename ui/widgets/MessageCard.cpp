// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/MessageCard.h"

#include "ui/text/DisplayText.h"
#include "ui/text/ErrorText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/TextViews.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

MessageCard::MessageCard(Closing closing, QWidget *parent)
    : Card(parent)
    , m_icon(new IconLabel(Icon::Alert, Tone::Failure, 4 * kGrid, this))
    , m_message(new PlainLabel({}, this))
    , m_text(new PlainLabel({}, this))
    , m_detailsButton(new QPushButton(tr("Details"), this))
    , m_copy(new QPushButton(tr("Copy details"), this))
    , m_details(new CodeView(CodeView::Wrap::Anywhere, this))
    , m_buttons(new QHBoxLayout)
{
    m_message->setScale(1, QFont::DemiBold);
    m_message->setObjectName(u"cardMessage"_s);
    m_text->setTone(Tone::Dim);
    m_text->setObjectName(u"cardText"_s);
    m_detailsButton->setObjectName(u"cardDetails"_s);
    m_detailsButton->setCheckable(true);
    m_copy->setObjectName(u"cardCopy"_s);
    ButtonRoles::set(m_detailsButton, ButtonRole::Quiet);
    ButtonRoles::set(m_copy, ButtonRole::Quiet);
    m_details->setMaxLines(10);
    m_details->setObjectName(u"cardDetailText"_s);
    m_details->setAccessibleName(tr("Details"));
    m_details->hide();
    m_copy->hide();

    auto *words = new QVBoxLayout;
    words->setSpacing(kGrid);
    words->addWidget(m_message);
    words->addWidget(m_text);
    words->addWidget(m_details);
    m_buttons->setSpacing(2 * kGrid);
    m_buttons->addWidget(m_detailsButton);
    m_buttons->addWidget(m_copy);
    m_buttons->addStretch();
    words->addLayout(m_buttons);

    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(3 * kGrid, 3 * kGrid, 3 * kGrid, 3 * kGrid);
    row->setSpacing(3 * kGrid);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    if (closing == Closing::Dismissable) {
        auto *close = new QPushButton(this);
        close->setIcon(makeIcon(Icon::Cross, Tone::Dim));
        close->setAccessibleName(tr("Close this message"));
        close->setToolTip(tr("Close this message"));
        close->setObjectName(u"cardClose"_s);
        ButtonRoles::set(close, ButtonRole::Quiet);
        row->addWidget(close, 0, Qt::AlignTop);
        connect(close, &QPushButton::clicked, this, [this] {
            hide();
            Q_EMIT dismissed();
        });
    }
    connect(m_detailsButton, &QPushButton::toggled, this, [this](bool open) {
        m_details->setVisible(open);
        m_copy->setVisible(open);
        updateGeometry();
    });
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_message->text() + u'\n' + m_text->text() + u'\n' +
                                              m_details->toPlainText());
    });
}

void MessageCard::showError(const Error &error)
{
    const ErrorWords words = wordsFor(error);
    const bool harmless = error.isCancelled();
    showNotice(harmless ? Tone::Dim : Tone::Failure,
               harmless ? Icon::Cross : Icon::Alert,
               words.message,
               words.remedy);
    setDetail(words.detail);
}

void MessageCard::showNotice(Tone tone, Icon icon, const QString &message, const QString &text)
{
    setTone(tone == Tone::Dim ? Tone::Text : tone);
    m_icon->setLook(icon, tone);
    m_message->setShownText(limitedText(message, {.maxCharacters = 2'000}).text);
    m_text->setShownText(limitedText(text, {.maxCharacters = 2'000}).text);
    m_text->setVisible(!text.isEmpty());
    setDetail({});
    setAccessibleName(m_message->text());
    setAccessibleDescription(m_text->text());
    updateGeometry();
}

void MessageCard::setDetail(const QString &detail)
{
    m_detailsButton->setVisible(!detail.isEmpty());
    m_detailsButton->setChecked(false);
    m_details->setCode(detail);
}

QPushButton *MessageCard::addButton(const QString &text, const QString &objectName, bool primary)
{
    auto *button = new QPushButton(text, this);
    button->setObjectName(objectName);
    if (primary)
        ButtonRoles::set(button, ButtonRole::Primary);
    m_buttons->insertWidget(static_cast<int>(m_added.size()), button);
    m_added += button;
    return button;
}

void MessageCard::clearButtons()
{
    for (QPushButton *button : std::as_const(m_added)) {
        m_buttons->removeWidget(button);
        button->hide();
        button->deleteLater();
    }
    m_added.clear();
}

QString MessageCard::message() const
{
    return m_message->text();
}

QString MessageCard::remedy() const
{
    return m_text->text();
}

EmptyState::EmptyState(QWidget *parent)
    : QWidget(parent)
    , m_icon(new IconLabel(Icon::None, Tone::Dim, 10 * kGrid, this))
    , m_title(new PlainLabel({}, this))
    , m_text(new PlainLabel({}, this))
    , m_commandBox(new Card(this))
    , m_command(new PlainLabel({}, m_commandBox))
    , m_action(new QPushButton(this))
    , m_secondary(new QPushButton(this))
{
    m_title->setAlignment(Qt::AlignHCenter);
    m_title->setScale(1.1, QFont::DemiBold);
    m_title->setObjectName(u"emptyTitle"_s);
    m_text->setAlignment(Qt::AlignHCenter);
    m_text->setTone(Tone::Dim);
    m_text->setObjectName(u"emptyText"_s);
    m_action->setObjectName(u"emptyAction"_s);
    ButtonRoles::set(m_action, ButtonRole::Primary);

    m_command->setFont(codeFont(font()));
    m_command->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto *copy = new QPushButton(m_commandBox);
    copy->setIcon(makeIcon(Icon::Copy, Tone::Dim));
    copy->setAccessibleName(tr("Copy the command"));
    copy->setToolTip(tr("Copy the command"));
    ButtonRoles::set(copy, ButtonRole::Quiet);
    auto *commandRow = new QHBoxLayout(m_commandBox);
    commandRow->setContentsMargins(3 * kGrid, kGrid, kGrid, kGrid);
    commandRow->addWidget(m_command, 1);
    commandRow->addWidget(copy);
    connect(copy, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_command->text());
    });

    auto *column = new QVBoxLayout;
    column->setSpacing(2 * kGrid);
    column->addStretch(2);
    column->addWidget(m_icon, 0, Qt::AlignHCenter);
    column->addSpacing(kGrid);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addWidget(m_commandBox);
    column->addSpacing(2 * kGrid);
    auto *actions = new QHBoxLayout;
    actions->setSpacing(2 * kGrid);
    actions->addStretch();
    actions->addWidget(m_action);
    actions->addWidget(m_secondary);
    actions->addStretch();
    column->addLayout(actions);
    column->addStretch(3);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(6 * kGrid, 4 * kGrid, 6 * kGrid, 4 * kGrid);
    row->addStretch(1);
    row->addLayout(column, 6);
    row->addStretch(1);
    m_secondary->setObjectName(u"emptySecondary"_s);
    connect(m_action, &QPushButton::clicked, this, &EmptyState::actionClicked);
    connect(m_secondary, &QPushButton::clicked, this, &EmptyState::secondaryClicked);
    setContent({});
}

void EmptyState::setContent(const Content &content)
{
    m_content = content;
    m_icon->setLook(content.icon, content.tone);
    m_icon->setVisible(content.icon != Icon::None);
    m_title->setShownText(content.title);
    m_text->setShownText(content.text);
    m_text->setVisible(!content.text.isEmpty());
    m_command->setShownText(content.command);
    m_commandBox->setVisible(!content.command.isEmpty());
    m_action->setText(content.action);
    m_action->setVisible(!content.action.isEmpty());
    m_secondary->setText(content.secondary);
    m_secondary->setVisible(!content.secondary.isEmpty());
}

} // namespace paddock::ui
