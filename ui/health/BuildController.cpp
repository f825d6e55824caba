// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/health/BuildController.h"

#include "ui/session/WindowActor.h"
#include "ui/text/DisplayText.h"

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr qsizetype kMaxLineCharacters = 1'000;

} // namespace

BuildController::BuildController(facade::ImageService &images, QObject *parent)
    : QObject(parent)
    , m_images(images)
{
}

void BuildController::start(facade::ImageService::Rebuild rebuild)
{
    if (m_state == State::Running)
        return;
    const QStringList recipes = m_images.recipes();
    if (recipes.isEmpty()) {
        m_error = Error(ErrorKind::NotFound, tr("This Paddock brings no recipe of an image."))
                      .withRemedy(tr("Install Paddock again; its resources are missing."));
        m_state = State::Failed;
        Q_EMIT stateChanged();
        return;
    }
    m_recipe =
        recipes.contains("claude-agent-base"_L1) ? u"claude-agent-base"_s : recipes.constFirst();
    m_step = 0;
    m_steps = 0;
    m_log.clear();
    m_dropped = 0;
    m_build = m_images.build(windowActor(), m_recipe, rebuild);
    m_state = State::Running;
    connect(m_build.get(), &facade::ImageBuild::log, this, [this](const QString &line) {
        const QString shown = visibleText(line.left(kMaxLineCharacters), Lines::One);
        m_log += shown;
        if (m_log.size() > kMaxLogLines) {
            m_log.removeFirst();
            ++m_dropped;
        }
        Q_EMIT lineAdded(shown);
    });
    connect(m_build.get(), &facade::ImageBuild::progress, this, [this](int step, int steps) {
        m_step = step;
        m_steps = steps;
        Q_EMIT progressChanged();
    });
    connect(m_build.get(), &facade::ImageBuild::finished, this, &BuildController::onFinished);
    Q_EMIT stateChanged();
}

void BuildController::cancel()
{
    if (m_state == State::Running)
        m_build->cancel();
}

void BuildController::onFinished(const Result<QString> &image)
{
    if (image) {
        m_state = State::Succeeded;
    } else {
        m_error = image.error();
        m_state = m_error.isCancelled() ? State::Cancelled : State::Failed;
    }
    // It is the sender of the signal that is being delivered.
    m_build.release()->deleteLater();
    Q_EMIT stateChanged();
}

} // namespace paddock::ui
