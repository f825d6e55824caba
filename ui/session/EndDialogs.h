// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"

#include <QDialog>

class QCheckBox;
class QPushButton;
class QRadioButton;

namespace paddock::ui {

class MessageCard;
class PlainLabel;

/// What happens when a session is finished, and the choice about its branch. Deletes itself.
class FinishDialog final : public QDialog
{
    Q_OBJECT

public:
    FinishDialog(facade::SessionService &service,
                 const sessions::Session &session,
                 QWidget *parent);

Q_SIGNALS:
    void confirmed(const paddock::sessions::FinishOptions &options);

private:
    void showDiff(const Result<facade::SessionDiff> &diff);

    PlainLabel *m_work;
    QRadioButton *m_keep;
    QRadioButton *m_discard;
    QPushButton *m_ok;
};

/// Removes a session from the list. The service protects work that is nowhere else; only then the
/// dialog asks whether it may be lost, and for a tick that says so. Stays open until it is done.
/// Deletes itself.
class RemoveDialog final : public QDialog
{
    Q_OBJECT

public:
    RemoveDialog(facade::SessionService &service,
                 const sessions::Session &session,
                 QWidget *parent);

private:
    void removeNow();

    facade::SessionService &m_service;
    SessionId m_id;
    MessageCard *m_error;
    QCheckBox *m_discard;
    QPushButton *m_ok;
};

} // namespace paddock::ui
