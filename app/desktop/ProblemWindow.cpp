// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/ProblemWindow.h"

#include "ui/theme/PaddockStyle.h"
#include "ui/theme/Tones.h"
#include "ui/widgets/MessageCard.h"

#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::desktop {

ProblemWindow::ProblemWindow(QWidget *parent)
    : QWidget(parent)
    , m_card(new ui::MessageCard(ui::MessageCard::Closing::Fixed, this))
{
    setObjectName(u"problemWindow"_s);
    setWindowTitle(tr("Paddock"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(8 * ui::kGrid, 8 * ui::kGrid, 8 * ui::kGrid, 8 * ui::kGrid);
    column->addStretch(1);
    column->addWidget(m_card);
    column->addStretch(2);
    resize(160 * ui::kGrid, 80 * ui::kGrid);
}

void ProblemWindow::showProblem(const Error &error)
{
    m_card->showError(error);
    m_card->clearButtons();
    m_takeOver = nullptr;
    if (error.kind == ErrorKind::OwnerRunning) {
        m_takeOver = m_card->addButton(tr("Take over"), u"takeOver"_s, true);
        m_takeOver->setToolTip(tr("Asks the other one to end; agents go on"));
        connect(m_takeOver, &QPushButton::clicked, this, &ProblemWindow::takeOverRequested);
    }
    m_retry = m_card->addButton(tr("Try again"), u"retryStart"_s, !m_takeOver);
    connect(m_retry, &QPushButton::clicked, this, &ProblemWindow::retryRequested);
    QPushButton *quit = m_card->addButton(tr("Quit"), u"quit"_s);
    connect(quit, &QPushButton::clicked, this, &QWidget::close);
    (m_takeOver ? m_takeOver : m_retry)->setFocus();
    setBusy(false);
}

void ProblemWindow::setBusy(bool busy)
{
    if (m_retry)
        m_retry->setEnabled(!busy);
    if (m_takeOver)
        m_takeOver->setEnabled(!busy);
}

} // namespace paddock::desktop
