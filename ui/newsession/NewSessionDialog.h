// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/newsession/Demo.h"

#include <QDialog>

class QComboBox;
class QPlainTextEdit;
class QPushButton;

namespace paddock::ui {

class MessageCard;
class PlainLabel;

/// Asks for what a session needs, each choice with where its value comes from and what it means.
/// Starts nothing: sends the values and stays open until the start was recorded (then the owner
/// closes it) or was refused (showError).
class NewSessionDialog final : public QDialog
{
    Q_OBJECT

public:
    /// \a services outlive the dialog. \a project: chosen at first, may be empty.
    NewSessionDialog(const facade::Services &services,
                     const Demo &demo,
                     const ProjectId &project,
                     QWidget *parent);

    void chooseDemo();

    [[nodiscard]] sessions::StartOptions options() const;
    /// Why it cannot be started now; empty: it can.
    [[nodiscard]] QString problem() const;
    void showError(const Error &error);

Q_SIGNALS:
    void startRequested(const paddock::sessions::StartOptions &options);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void buildLayout();
    void connectParts();
    void fillProjects(const ProjectId &choose);
    void fillImages(const QList<facade::ImageInfo> &images);
    void addProject();
    void addProjectAt(const QString &path);
    /// Where a session that may write works.
    [[nodiscard]] static QString placeWords(projects::Isolation isolation);
    void updateWords();
    void start();
    [[nodiscard]] std::optional<facade::ProjectInfo> project() const;

    [[nodiscard]] bool isDemo() const;
    void onAgentChanged();

    facade::Services m_services;
    Demo m_demo;
    QPlainTextEdit *m_message;
    QComboBox *m_project;
    QPushButton *m_addProject;
    PlainLabel *m_projectWords;
    QComboBox *m_agent;
    PlainLabel *m_agentWords;
    QPushButton *m_write;
    QPushButton *m_explore;
    PlainLabel *m_modeWords;
    QComboBox *m_image;
    PlainLabel *m_imageWords;
    PlainLabel *m_sandboxWords;
    MessageCard *m_error;
    PlainLabel *m_problem;
    QPushButton *m_start;
    int m_chosenProject = 0; // while the demonstration needs none
    bool m_isStarting = false;
    bool m_isAdding = false;
};

} // namespace paddock::ui
