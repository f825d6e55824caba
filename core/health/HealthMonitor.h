// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/health/HealthReport.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace paddock::health {

/// Where findings come from. Each answers within its own limits; the monitor adds a time-out.
struct HealthProbes
{
    struct Place
    {
        QString socketPath;
        QString source;
    };
    /// Which socket is used; does not block.
    std::function<Result<Place>()> place;
    std::function<Pending<Findings::EngineFacts>()> engine;
    std::function<Pending<Done>()> image;
    std::function<Pending<bool>()> network;
    std::function<Result<Done>()> projects; ///< does not block longer than a stat()
    std::function<Result<Done>()> settings;
};

struct HealthOptions
{
    bool isLocal = false;
    QString imageName;
    QString projectsFolder;
    std::chrono::milliseconds probeTimeout{5'000};
    /// Between looks while something that comes back by itself (the engine) is away.
    std::chrono::milliseconds firstRetry{1'000};
    std::chrono::milliseconds maxRetry{30'000};
    /// recheckSoon() waits this long for more of the same.
    std::chrono::milliseconds settle{200};
};

/// Knows whether sessions can be started, and if not, why and what to do. Looks when asked and when
/// told that something happened (recheckSoon); polls, with growing delays, only while the engine is
/// away. Main thread.
class HealthMonitor : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HealthMonitor)

public:
    HealthMonitor(HealthProbes probes, HealthOptions options, QObject *parent = nullptr);
    ~HealthMonitor() override;

    /// What is known now; "checking" before the first look ended.
    [[nodiscard]] const HealthReport &report() const { return m_report; }
    /// Looks again; callers at the same time share one look.
    [[nodiscard]] Pending<HealthReport> check();
    /// Something that health depends on changed: the engine went or came, an image was built.
    /// Several calls become one look.
    void recheckSoon();
    /// Begins the first look, and the retries while the engine is away.
    void start();

    [[nodiscard]] std::chrono::milliseconds retryIn() const;

Q_SIGNALS:
    /// report() is different from before.
    void changed();

private:
    void beginLook();
    void probeEngineParts();
    void maybeDone();
    void endLook();

    HealthProbes m_probes;
    HealthOptions m_options;
    HealthReport m_report;
    Findings m_looking;
    int m_open = 0; // probes under way
    bool m_isLooking = false;
    bool m_lookAgain = false;
    std::vector<Promise<HealthReport>> m_waiting;
    QTimer m_retryTimer;
    QTimer m_settleTimer;
    int m_failures = 0;
    bool m_started = false;
};

} // namespace paddock::health
