// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/newsession/SessionStarter.h"

#include "ui/newsession/NewSessionDialog.h"
#include "ui/session/WindowActor.h"

#include <QDir>
#include <QFileDialog>

using namespace Qt::StringLiterals;

namespace paddock::ui {

SessionStarter::SessionStarter(const facade::Services &services, Demo demo, QWidget *window)
    : QObject(window)
    , m_services(services)
    , m_demo(std::move(demo))
    , m_window(window)
{
}

void SessionStarter::openDialog(const ProjectId &project)
{
    if (m_dialog) {
        m_dialog->raise();
        m_dialog->activateWindow();
        return;
    }
    m_dialog = new NewSessionDialog(m_services, m_demo, project, m_window);
    connect(m_dialog,
            &NewSessionDialog::startRequested,
            this,
            [this](const sessions::StartOptions &options) {
                if (options.upstream == "demo"_L1 && options.project.isEmpty())
                    startDemo(options);
                else
                    start(options);
            });
    m_dialog->open();
}

void SessionStarter::openDemo()
{
    openDialog({});
    m_dialog->chooseDemo();
}

void SessionStarter::startDemo(const sessions::StartOptions &options)
{
    m_demo.prepareProject().then(this, [this, options](const Result<QString> &path) {
        if (!path) {
            fail(path.error());
            return;
        }
        m_services.projects->add(windowActor(), *path)
            .then(this, [this, options](const Result<facade::ProjectInfo> &project) {
                if (!project) {
                    fail(project.error());
                    return;
                }
                sessions::StartOptions complete = options;
                complete.project = project->id.value;
                start(complete);
            });
    });
}

void SessionStarter::start(const sessions::StartOptions &options)
{
    m_services.sessions->start(windowActor(), options)
        .then(this, [this](const Result<SessionId> &result) {
            if (!result) {
                fail(result.error());
                return;
            }
            if (m_dialog)
                m_dialog->accept();
            Q_EMIT started(*result);
        });
}

void SessionStarter::fail(const Error &error)
{
    if (m_dialog)
        m_dialog->showError(error);
    else
        Q_EMIT failed(error);
}

void SessionStarter::addProject()
{
    auto *chooser = new QFileDialog(
        m_window, tr("Add a project: a folder in a git repository"), QDir::homePath());
    chooser->setObjectName(u"projectChooser"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setFileMode(QFileDialog::Directory);
    chooser->setOption(QFileDialog::ShowDirsOnly);
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString &path) {
        m_services.projects->add(windowActor(), path)
            .then(this, [this](const Result<facade::ProjectInfo> &result) {
                if (result)
                    Q_EMIT projectAdded(result->id);
                else
                    Q_EMIT failed(result.error());
            });
    });
    chooser->open();
}

} // namespace paddock::ui
