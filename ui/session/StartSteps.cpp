// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/StartSteps.h"

#include "ui/text/DisplayText.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

using S = sessions::SessionState;

constexpr qsizetype kMaxSteps = 40;

bool isStarting(S state)
{
    return state == S::Queued || state == S::Preparing || state == S::Starting;
}

} // namespace

StartSteps::StartSteps(facade::SessionService &service, QObject *parent)
    : QObject(parent)
    , m_service(service)
{
    connect(&service, &facade::SessionService::added, this, &StartSteps::onChanged);
    connect(&service, &facade::SessionService::changed, this, &StartSteps::onChanged);
    connect(&service, &facade::SessionService::removed, this, [this](const SessionId &id) {
        m_steps.remove(id);
    });
}

void StartSteps::onChanged(const SessionId &id)
{
    const std::optional<sessions::Session> session = m_service.find(id);
    if (!session || !isStarting(session->state)) {
        // What failed keeps its steps, so that the page can say how far it came.
        if (!session || session->state != S::Failed)
            m_steps.remove(id);
        return;
    }
    if (session->stepTitle.isEmpty() && session->substate.isEmpty())
        return;
    QList<Step> &steps = m_steps[id];
    const Step step{
        .name = session->substate,
        .title = visibleText(
            (session->stepTitle.isEmpty() ? session->substate : session->stepTitle).left(200),
            Lines::One)};
    if (!steps.isEmpty() && steps.constLast().name == step.name)
        steps.last() = step;
    else if (steps.size() < kMaxSteps)
        steps += step;
}

StartCard::StartCard(QWidget *parent)
    : Card(parent)
    , m_title(new PlainLabel({}, this))
    , m_list(new QVBoxLayout)
    , m_cancel(new QPushButton(tr("Cancel the start"), this))
{
    setObjectName(u"startCard"_s);
    m_title->setScale(1, QFont::DemiBold);
    m_cancel->setObjectName(u"cancelStart"_s);
    m_list->setSpacing(kGrid);
    auto *head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_cancel);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(3 * kGrid, 2 * kGrid, 2 * kGrid, 3 * kGrid);
    column->setSpacing(2 * kGrid);
    column->addLayout(head);
    column->addLayout(m_list);
    connect(m_cancel, &QPushButton::clicked, this, &StartCard::cancelRequested);
}

void StartCard::setSession(const sessions::Session &session, const QList<StartSteps::Step> &steps)
{
    m_title->setShownText(session.state == S::Queued
                              ? tr("Queued: starts when another session ends")
                              : tr("Starting the session"));
    if (m_isShownOnce && steps == m_shown)
        return;
    m_isShownOnce = true;
    m_shown = steps;
    while (QLayoutItem *item = m_list->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (qsizetype i = 0; i < steps.size(); ++i) {
        const bool done = i + 1 < steps.size();
        auto *line = new QWidget(this);
        auto *icon = new IconLabel(
            done ? Icon::Check : Icon::Play, done ? Tone::Success : Tone::Accent, 3 * kGrid, line);
        auto *text = new PlainLabel(steps.at(i).title, line);
        text->setTone(done ? Tone::Dim : Tone::Text);
        line->setAccessibleName(done ? tr("%1: done").arg(steps.at(i).title)
                                     : tr("%1: under way").arg(steps.at(i).title));
        auto *row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(2 * kGrid);
        row->addWidget(icon);
        row->addWidget(text, 1);
        m_list->addWidget(line);
    }
}

} // namespace paddock::ui
