// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/ImportTrigger.h"

#include <algorithm>

namespace paddock::sessions {

namespace {

constexpr qint64 kLeastRestMs = 250;
constexpr qint64 kLongestRestMs = 30'000;

} // namespace

ImportTrigger::ImportTrigger(std::function<Pending<Done>()> import, QObject *parent)
    : QObject(parent)
    , m_import(std::move(import))
{
    m_clock.start();
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &ImportTrigger::begin);
}

void ImportTrigger::request()
{
    m_wanted = true;
    schedule();
}

void ImportTrigger::setHeld(bool held)
{
    m_held = held;
    if (held)
        m_timer.stop();
    else
        schedule();
}

void ImportTrigger::schedule()
{
    if (!m_wanted || m_running || m_held || m_timer.isActive())
        return;
    m_timer.start(static_cast<int>(std::max<qint64>(0, m_notBefore - m_clock.elapsed())));
}

void ImportTrigger::begin()
{
    m_wanted = false;
    m_running = true;
    const qint64 started = m_clock.elapsed();
    m_import().then(this, [this, started](const Result<Done> &) {
        const qint64 now = m_clock.elapsed();
        m_running = false;
        m_notBefore = now + std::clamp(2 * (now - started), kLeastRestMs, kLongestRestMs);
        schedule();
    });
}

} // namespace paddock::sessions
