// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"
#include "ui/widgets/Labels.h"

class QHBoxLayout;
class QPushButton;

namespace paddock::ui {

class CodeView;

/// What happened, why, and what to do, with buttons: a failure, a notice. Details open on demand
/// and can be copied.
class MessageCard final : public Card
{
    Q_OBJECT

public:
    enum class Closing { Fixed, Dismissable };
    explicit MessageCard(Closing closing, QWidget *parent = nullptr);

    void showError(const Error &error);
    void showNotice(Tone tone, Icon icon, const QString &message, const QString &text);
    /// A button at the end; the card owns it. Buttons stay until clearButtons().
    QPushButton *addButton(const QString &text, const QString &objectName, bool primary = false);
    void clearButtons();
    [[nodiscard]] QString message() const;
    [[nodiscard]] QString remedy() const;

Q_SIGNALS:
    void dismissed();

private:
    void setDetail(const QString &detail);

    IconLabel *m_icon;
    PlainLabel *m_message;
    PlainLabel *m_text;
    QPushButton *m_detailsButton;
    QPushButton *m_copy;
    CodeView *m_details;
    QHBoxLayout *m_buttons;
    QList<QPushButton *> m_added;
};

/// Icon, sentence, one action: what a place shows that has nothing to show.
class EmptyState final : public QWidget
{
    Q_OBJECT

public:
    explicit EmptyState(QWidget *parent = nullptr);

    struct Content
    {
        Icon icon = Icon::None;
        Tone tone = Tone::Dim;
        QString title{};
        QString text{};
        QString action{};    ///< label of the button; empty: none
        QString secondary{}; ///< label of a quieter button beside it; empty: none
        QString command{};   ///< shown to copy; empty: none
        bool operator==(const Content &) const = default;
    };
    void setContent(const Content &content);
    [[nodiscard]] const Content &content() const { return m_content; }

Q_SIGNALS:
    void actionClicked();
    void secondaryClicked();

private:
    Content m_content;
    IconLabel *m_icon;
    PlainLabel *m_title;
    PlainLabel *m_text;
    QWidget *m_commandBox;
    PlainLabel *m_command;
    QPushButton *m_action;
    QPushButton *m_secondary;
};

} // namespace paddock::ui
