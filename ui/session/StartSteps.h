// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/widgets/Labels.h"

class QPushButton;
class QVBoxLayout;

namespace paddock::ui {

/// The steps that starting sessions went through, as they were seen: a session tells only the step
/// it is at. Forgets a session when it runs or goes.
class StartSteps final : public QObject
{
    Q_OBJECT

public:
    struct Step
    {
        QString name;
        QString title;
        bool operator==(const Step &) const = default;
    };

    explicit StartSteps(facade::SessionService &service, QObject *parent = nullptr);

    [[nodiscard]] QList<Step> stepsOf(const SessionId &id) const { return m_steps.value(id); }

private:
    void onChanged(const SessionId &id);

    facade::SessionService &m_service;
    QHash<SessionId, QList<Step>> m_steps;
};

/// A start under way: its steps, done ones with a sign, and a button that takes it back.
class StartCard final : public Card
{
    Q_OBJECT

public:
    explicit StartCard(QWidget *parent = nullptr);

    void setSession(const sessions::Session &session, const QList<StartSteps::Step> &steps);

Q_SIGNALS:
    void cancelRequested();

private:
    PlainLabel *m_title;
    QVBoxLayout *m_list;
    QPushButton *m_cancel;
    QList<StartSteps::Step> m_shown;
    bool m_isShownOnce = false;
};

} // namespace paddock::ui
