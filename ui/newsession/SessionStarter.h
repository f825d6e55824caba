// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/newsession/Demo.h"

#include <QPointer>

class QWidget;

namespace paddock::ui {

class NewSessionDialog;

/// From the wish for a session to its record: shows the dialog, makes the sample project where the
/// demonstration was chosen, starts, and keeps the dialog open with the reason when that is
/// refused.
class SessionStarter final : public QObject
{
    Q_OBJECT

public:
    /// The services outlive it; \a window is the parent of the dialog.
    SessionStarter(const facade::Services &services, Demo demo, QWidget *window);

    /// \a project is chosen at first; may be empty.
    void openDialog(const ProjectId &project);
    void openDemo();
    [[nodiscard]] bool hasDemo() const { return m_demo.isAvailable(); }

    /// Asks for a folder and makes it a project; answers through projectAdded() or failed().
    void addProject();

Q_SIGNALS:
    void started(const paddock::SessionId &id);
    void projectAdded(const paddock::ProjectId &id);
    /// What went wrong while no dialog was there to show it.
    void failed(const paddock::Error &error);

private:
    void start(const sessions::StartOptions &options);
    void startDemo(const sessions::StartOptions &options);
    void fail(const Error &error);

    facade::Services m_services;
    Demo m_demo;
    QWidget *m_window;
    QPointer<NewSessionDialog> m_dialog;
};

} // namespace paddock::ui
