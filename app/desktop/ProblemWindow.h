// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <QWidget>

class QPushButton;

namespace paddock::ui {
class MessageCard;
}

namespace paddock::desktop {

/// What is shown instead of the window while the core cannot be opened: the reason, the remedy, and
/// what can be done about it from here.
class ProblemWindow final : public QWidget
{
    Q_OBJECT

public:
    explicit ProblemWindow(QWidget *parent = nullptr);

    /// Offers to take over when \a error is that another owner runs.
    void showProblem(const Error &error);
    void setBusy(bool busy);

Q_SIGNALS:
    void retryRequested();
    void takeOverRequested();

private:
    ui::MessageCard *m_card;
    QPushButton *m_retry = nullptr;
    QPushButton *m_takeOver = nullptr;
};

} // namespace paddock::desktop
