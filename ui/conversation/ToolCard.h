// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/conversation/RowWidgets.h"

class QPushButton;
class QVBoxLayout;

namespace paddock::ui {

class CodeView;
struct ToolFacts;

/// A tool call: what, on what, how it went; below, its diffs (at once) and its command and output
/// (on demand, or at once when it failed).
class ToolCard final : public RowWidget
{
    Q_OBJECT

public:
    explicit ToolCard(QWidget *parent);
    [[nodiscard]] bool update(const acp::Row &row, const RowContext &context) override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showBody(const ToolFacts &facts, bool expanded);
    CodeView *addCode(const QString &name, int maxLines);

    Card *m_card;
    QWidget *m_head;
    IconLabel *m_icon;
    PlainLabel *m_verb;
    ElidedLabel *m_subject;
    PlainLabel *m_counts;
    PlainLabel *m_trail;
    QPushButton *m_changes;
    QPushButton *m_toggle;
    QWidget *m_body;
    QVBoxLayout *m_bodyBox;
    QString m_path;
    acp::ToolCall m_shown; // what the body was made of
    bool m_shownExpanded = false;
    bool m_isShown = false;
};

/// "Plan 3 of 4" with the step that is being done; all steps on demand.
class PlanCard final : public RowWidget
{
    Q_OBJECT

public:
    explicit PlanCard(QWidget *parent);
    [[nodiscard]] bool update(const acp::Row &row, const RowContext &context) override;

private:
    IconLabel *m_icon;
    PlainLabel *m_title;
    ElidedLabel *m_current;
    QPushButton *m_toggle;
    QWidget *m_list;
    QVBoxLayout *m_listBox;
};

} // namespace paddock::ui
