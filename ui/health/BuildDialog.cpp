// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/health/BuildDialog.h"

#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

BuildDialog::BuildDialog(BuildController &controller, QWidget *parent)
    : QDialog(parent)
    , m_controller(controller)
    , m_title(new PlainLabel({}, this))
    , m_step(new PlainLabel({}, this))
    , m_progress(new QProgressBar(this))
    , m_log(new QPlainTextEdit(this))
    , m_error(new MessageCard(MessageCard::Closing::Fixed, this))
    , m_cancel(new QPushButton(tr("Cancel the build"), this))
    , m_again(new QPushButton(tr("Build again"), this))
    , m_close(new QPushButton(this))
{
    setObjectName(u"buildDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Build image"));
    resize(180 * kGrid, 120 * kGrid);
    m_title->setScale(1.1, QFont::DemiBold);
    m_step->setTone(Tone::Dim);
    m_step->setObjectName(u"buildStep"_s);
    m_progress->setObjectName(u"buildProgress"_s);
    m_progress->setAccessibleName(tr("Progress of the build"));
    m_progress->setTextVisible(false);
    m_progress->setMaximumHeight(2 * kGrid);
    m_log->setObjectName(u"buildLog"_s);
    m_log->setAccessibleName(tr("Log of the build"));
    m_log->setReadOnly(true);
    m_log->setUndoRedoEnabled(false);
    m_log->setFont(codeFont(font(), 0.9));
    m_log->setMaximumBlockCount(static_cast<int>(BuildController::kMaxLogLines));
    m_log->setTabChangesFocus(true);
    m_error->setObjectName(u"buildError"_s);
    m_cancel->setObjectName(u"cancelBuild"_s);
    m_again->setObjectName(u"buildAgain"_s);
    m_close->setObjectName(u"closeBuild"_s);
    m_cancel->setAutoDefault(false);
    m_again->setAutoDefault(false);
    m_close->setDefault(true);
    ButtonRoles::set(m_close, ButtonRole::Primary);

    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_again);
    buttons->addStretch();
    buttons->addWidget(m_close);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(5 * kGrid, 5 * kGrid, 5 * kGrid, 4 * kGrid);
    column->setSpacing(2 * kGrid);
    column->addWidget(m_title);
    column->addWidget(m_step);
    column->addWidget(m_progress);
    column->addWidget(m_error);
    column->addWidget(m_log, 1);
    column->addLayout(buttons);

    connect(m_cancel, &QPushButton::clicked, &controller, &BuildController::cancel);
    connect(m_again, &QPushButton::clicked, &controller, [&controller] {
        controller.start(facade::ImageService::Rebuild::IfChanged);
    });
    connect(m_close, &QPushButton::clicked, this, &QDialog::close);
    connect(&controller, &BuildController::stateChanged, this, [this] {
        if (m_controller.state() == BuildController::State::Running)
            m_log->clear();
        update();
    });
    connect(&controller, &BuildController::progressChanged, this, &BuildDialog::update);
    m_flush.setSingleShot(true);
    m_flush.setInterval(30);
    connect(&m_flush, &QTimer::timeout, this, &BuildDialog::flushLog);
    connect(&controller, &BuildController::lineAdded, this, [this](const QString &line) {
        m_fresh += line;
        if (!m_flush.isActive())
            m_flush.start();
    });
    m_fresh = controller.log();
    flushLog();
    update();
}

void BuildDialog::flushLog()
{
    if (m_fresh.isEmpty())
        return;
    // Follows the end only while the person is there.
    QScrollBar *bar = m_log->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 1;
    m_log->appendPlainText(std::exchange(m_fresh, {}).join(u'\n'));
    if (atEnd)
        bar->setValue(bar->maximum());
}

void BuildDialog::update()
{
    using S = BuildController::State;
    const S state = m_controller.state();
    const bool running = state == S::Running;
    m_title->setShownText(tr("Image %1").arg(m_controller.recipe()));
    QString step;
    switch (state) {
    case S::Idle:
        step = tr("Nothing is being built.");
        break;
    case S::Running:
        step = m_controller.steps() > 0
                   ? tr("Step %1 of %2").arg(m_controller.step()).arg(m_controller.steps())
                   : tr("Preparing the build…");
        break;
    case S::Succeeded:
        step = tr("The image is ready.");
        break;
    case S::Failed:
        step = tr("The build failed.");
        break;
    case S::Cancelled:
        step = tr("The build was cancelled; what was there before is still there.");
        break;
    }
    m_step->setShownText(step);
    m_progress->setVisible(running);
    m_progress->setRange(0, m_controller.steps());
    m_progress->setValue(m_controller.step());
    m_error->setVisible(state == S::Failed);
    if (state == S::Failed)
        m_error->showError(m_controller.error());
    m_cancel->setVisible(running);
    m_again->setVisible(state == S::Failed || state == S::Cancelled);
    m_close->setText(running ? tr("Continue in background") : tr("Close"));
}

} // namespace paddock::ui
