// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/health/BuildController.h"

#include <QDialog>
#include <QElapsedTimer>

class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace paddock::ui {

class MessageCard;
class PlainLabel;

/// Shows the build of an image: step, time, log. Can be closed while it runs. Deletes itself.
class BuildDialog final : public QDialog
{
    Q_OBJECT

public:
    /// \a controller outlives the dialog.
    explicit BuildDialog(BuildController &controller, QWidget *parent);

private:
    void update();
    void flushLog();

    BuildController &m_controller;
    PlainLabel *m_title;
    PlainLabel *m_step;
    QProgressBar *m_progress;
    QPlainTextEdit *m_log;
    MessageCard *m_error;
    QPushButton *m_cancel;
    QPushButton *m_again;
    QPushButton *m_close;
    QStringList m_fresh; // lines that wait for the next turn of the event loop
    QTimer m_flush;
};

} // namespace paddock::ui
