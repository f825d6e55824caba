// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/health/HealthMonitor.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::health {

HealthMonitor::HealthMonitor(HealthProbes probes, HealthOptions options, QObject *parent)
    : QObject(parent)
    , m_probes(std::move(probes))
    , m_options(std::move(options))
{
    Findings nothing;
    nothing.isLocal = m_options.isLocal;
    nothing.imageName = m_options.imageName;
    nothing.projectsFolder = m_options.projectsFolder;
    m_report = reportOf(nothing);
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &HealthMonitor::beginLook);
    m_settleTimer.setSingleShot(true);
    m_settleTimer.setInterval(m_options.settle);
    connect(&m_settleTimer, &QTimer::timeout, this, &HealthMonitor::beginLook);
}

HealthMonitor::~HealthMonitor() = default;

void HealthMonitor::start()
{
    m_started = true;
    beginLook();
}

Pending<HealthReport> HealthMonitor::check()
{
    Promise<HealthReport> promise;
    m_waiting.push_back(promise);
    beginLook();
    return promise.pending();
}

void HealthMonitor::recheckSoon()
{
    if (m_isLooking) {
        // What was looked at already may be what changed.
        m_lookAgain = true;
        return;
    }
    m_settleTimer.start();
}

std::chrono::milliseconds HealthMonitor::retryIn() const
{
    return m_retryTimer.isActive() ? m_retryTimer.remainingTimeAsDuration()
                                   : std::chrono::milliseconds(0);
}

void HealthMonitor::beginLook()
{
    if (m_isLooking)
        return;
    m_isLooking = true;
    m_retryTimer.stop();
    m_settleTimer.stop();
    m_looking = {};
    m_looking.isLocal = m_options.isLocal;
    m_looking.imageName = m_options.imageName;
    m_looking.projectsFolder = m_options.projectsFolder;
    m_looking.projects = m_probes.projects();
    m_looking.settings = m_probes.settings();

    ++m_open; // this function itself, so that nothing ends the look before all probes began
    const auto place = m_probes.place();
    if (place) {
        m_looking.socketPath = place->socketPath;
        m_looking.socketSource = place->source;
        ++m_open;
        m_probes.engine()
            .withTimeout(m_options.probeTimeout, u"engine version"_s)
            .then(this, [this](const Result<Findings::EngineFacts> &facts) {
                m_looking.engine = facts;
                if (facts)
                    probeEngineParts();
                maybeDone();
            });
    } else {
        m_looking.engine = fail(place.error());
    }
    maybeDone();
}

void HealthMonitor::probeEngineParts()
{
    m_open += 2;
    m_probes.image()
        .withTimeout(m_options.probeTimeout, u"image inspect"_s)
        .then(this, [this](const Result<Done> &image) {
            m_looking.image = image;
            maybeDone();
        });
    m_probes.network()
        .withTimeout(m_options.probeTimeout, u"network list"_s)
        .then(this, [this](const Result<bool> &network) {
            m_looking.network = network;
            maybeDone();
        });
}

void HealthMonitor::maybeDone()
{
    if (--m_open > 0)
        return;
    endLook();
}

void HealthMonitor::endLook()
{
    m_isLooking = false;
    HealthReport report = reportOf(m_looking);
    // Only the engine comes back without anybody telling us.
    const bool away = !report.socketConnected;
    m_failures = away ? m_failures + 1 : 0;
    if (away && m_started) {
        const int doublings = std::min(m_failures - 1, 10);
        m_retryTimer.start(std::min(m_options.firstRetry * (1 << doublings), m_options.maxRetry));
    }
    if (std::exchange(m_lookAgain, false))
        m_settleTimer.start();
    const bool isNews = report != m_report;
    m_report = std::move(report);
    const auto waiting = std::exchange(m_waiting, {});
    for (const auto &promise : waiting)
        promise.resolve(m_report);
    if (isNews)
        Q_EMIT changed();
}

} // namespace paddock::health
