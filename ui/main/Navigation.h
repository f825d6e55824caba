// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/widgets/Labels.h"

class QListWidget;
class QPushButton;

namespace paddock::ui {

class SessionModel;

/// The left side: all sessions, or those of one project.
class Navigation final : public Surface
{
    Q_OBJECT

public:
    /// Both outlive the navigation.
    Navigation(facade::ProjectService &projects,
               const SessionModel &model,
               QWidget *parent = nullptr);

    /// Empty: all.
    void choose(const ProjectId &project);
    [[nodiscard]] ProjectId chosen() const;

Q_SIGNALS:
    void chosenChanged(const paddock::ProjectId &project);
    void addProjectRequested();
    void shortcutsRequested();

private:
    void refill();
    void updateCounts();

    facade::ProjectService &m_projects;
    const SessionModel &m_model;
    QListWidget *m_list;
    QPushButton *m_add;
    QPushButton *m_keys;
};

} // namespace paddock::ui
