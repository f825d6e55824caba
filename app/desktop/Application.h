// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/XdgPaths.h"
#include "core/control/ControlClient.h"
#include "core/control/OwnerLock.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace paddock::control {
class ControlServer;
}
namespace paddock::facade {
class Facade;
}
namespace paddock::ui {
class MainWindow;
}

namespace paddock::desktop {

class ProblemWindow;
class SampleProject;

/// The composition root of the desktop application: becomes the owner, builds the core, serves
/// control.sock and shows the window; or shows why that is not possible now. Main thread.
class Application final : public QObject
{
    Q_OBJECT

public:
    explicit Application(QObject *parent = nullptr);
    ~Application() override;
    Q_DISABLE_COPY_MOVE(Application)

    /// Shows a window in any case.
    void start();

private:
    [[nodiscard]] Result<Done> open();
    void showWindow();
    void showProblem(const Error &error);
    void takeOver();
    void awaitLock();

    std::optional<XdgPaths> m_paths;
    std::optional<control::OwnerLock> m_lock;
    std::unique_ptr<facade::Facade> m_facade;
    std::unique_ptr<control::ControlServer> m_server;
    std::unique_ptr<SampleProject> m_sample;
    std::unique_ptr<ui::MainWindow> m_window;
    std::unique_ptr<ProblemWindow> m_problem;
    std::unique_ptr<control::ControlClient> m_client;
    std::optional<Error> m_serverError;
    QTimer m_awaitLock;
    QElapsedTimer m_waiting;
};

} // namespace paddock::desktop
