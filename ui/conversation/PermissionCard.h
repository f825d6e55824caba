// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Transcript.h"
#include "ui/widgets/Labels.h"

#include <QElapsedTimer>

class QPushButton;
class QShortcut;

namespace paddock::ui {

class CodeView;

/// The question an agent asks before it acts, docked above the composer: what exactly would run is
/// shown whole in a box of bounded height (it scrolls), so that no text of an agent can move the
/// buttons. Never takes the focus by itself, has no default button, and takes no answer within half
/// a second after the question appeared (attack case E10).
class PermissionCard final : public QWidget
{
    Q_OBJECT

public:
    explicit PermissionCard(QWidget *parent = nullptr);

    /// Shows \a request; \a position of \a count open ones (1-based).
    void setRequest(const acp::PermissionRow &request,
                    const acp::ToolCall &tool,
                    int position,
                    int count);
    void clear();
    [[nodiscard]] const QString &requestId() const { return m_requestId; }
    /// The answer is on its way: buttons rest until the request goes, or this is called with false.
    void setAnswering(bool answering);
    [[nodiscard]] bool isArmed() const;

    static constexpr int kGuardMilliseconds = 500;

Q_SIGNALS:
    void allowed(const QString &requestId);
    void denied(const QString &requestId);

protected:
    void paintEvent(QPaintEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void answer(bool allow);

    PlainLabel *m_question;
    PlainLabel *m_position;
    CodeView *m_what;
    PlainLabel *m_notice;
    ElidedLabel *m_purpose;
    PlainLabel *m_where;
    QPushButton *m_allow;
    QPushButton *m_deny;
    QString m_requestId;
    QElapsedTimer m_since;
    bool m_isAnswering = false;
};

} // namespace paddock::ui
