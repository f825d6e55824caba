// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/sessions/SessionFilter.h"
#include "ui/sessions/SessionModel.h"
#include "ui/widgets/Labels.h"
#include "ui/widgets/MessageCard.h"

#include <QListView>

class QLineEdit;
class QPushButton;

namespace paddock::ui {

/// The list of sessions; the project names above the groups do not take clicks.
class SessionListView final : public QListView
{
    Q_OBJECT

public:
    explicit SessionListView(QWidget *parent = nullptr);
    /// Heights of rows may have changed.
    void relayout() { scheduleDelayedItemsLayout(); }

protected:
    void mousePressEvent(QMouseEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    QTimer m_ages; // repaints the ages while the list is on screen
};

/// Sessions that wait, a filter, the list; or what to do when there is nothing to list.
class SessionListPane final : public Surface
{
    Q_OBJECT

public:
    /// \a model outlives the pane.
    explicit SessionListPane(SessionModel &model, QWidget *parent = nullptr);

    void setProject(const ProjectId &project);
    void select(const SessionId &id);
    [[nodiscard]] SessionId selected() const;
    void focusFilter();
    void focusList();
    /// The next session that waits for a person after the selected one; empty: none.
    [[nodiscard]] SessionId nextWaiting() const;
    /// What the list says while there is no session at all.
    void setEmptyContent(const EmptyState::Content &content);

    [[nodiscard]] SessionListView *view() const { return m_view; }

Q_SIGNALS:
    void selectionChanged(const paddock::SessionId &id);
    void emptyActionClicked();
    void nextWaitingRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void onCurrentChanged();
    void updateWaiting();
    void updateEmpty();

    SessionModel &m_model;
    SessionFilter m_filter;
    QPushButton *m_waiting;
    QLineEdit *m_search;
    SessionListView *m_view;
    EmptyState *m_empty;
    EmptyState::Content m_emptyContent;
    SessionId m_selected;
};

} // namespace paddock::ui
