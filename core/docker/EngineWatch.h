// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/Engine.h"

#include <QElapsedTimer>
#include <QTimer>

#include <chrono>
#include <memory>
#include <optional>

namespace paddock::docker {

struct EngineWatchOptions
{
    std::chrono::milliseconds firstRetry{500};
    std::chrono::milliseconds maxRetry{15'000};
    /// Re-list at least this often: events may be lost without a sign.
    std::chrono::milliseconds resyncEvery{60'000};
    EventsOptions events = {};
};

/// Keeps an event stream open for as long as it lives: reconnects with growing, jittered delays,
/// and says when a consumer must list again because events may have been missed. The events
/// themselves are hints only. Main thread.
class EngineWatch final : public QObject
{
    Q_OBJECT

public:
    enum class State {
        Connecting,  ///< nothing known yet
        Connected,   ///< the event stream is open
        Unreachable, ///< lost or never had; retrying
    };
    Q_ENUM(State)

    /// \a engine is borrowed and outlives this.
    EngineWatch(Engine &engine, EngineWatchOptions options = {}, QObject *parent = nullptr);
    ~EngineWatch() override;

    void start();
    /// Tries now instead of waiting for the delay to pass.
    void retryNow();

    [[nodiscard]] State state() const { return m_state; }
    /// Why Unreachable.
    [[nodiscard]] const std::optional<Error> &lastError() const { return m_lastError; }
    /// Delay before the next attempt while Unreachable; zero otherwise.
    [[nodiscard]] std::chrono::milliseconds retryIn() const;

Q_SIGNALS:
    void stateChanged(paddock::docker::EngineWatch::State state);
    void eventReceived(const paddock::docker::EngineEvent &event);
    /// List now: just connected (again), or it is time.
    void resyncNeeded();

private:
    void connectNow();
    void onFinished(const Result<Done> &result);
    void setState(State state);

    Engine &m_engine;
    EngineWatchOptions m_options;
    State m_state = State::Connecting;
    std::optional<Error> m_lastError;
    std::unique_ptr<EventStream> m_stream;
    QTimer m_retryTimer;
    QTimer m_resyncTimer;
    QElapsedTimer m_openedAt;
    int m_failures = 0;
};

/// The delay before attempt \a failures + 1: doubles from \a first up to \a most, of which a
/// quarter is random (\a random in 0..1), so that many clients do not come back at once.
[[nodiscard]] std::chrono::milliseconds retryDelay(int failures,
                                                   std::chrono::milliseconds first,
                                                   std::chrono::milliseconds most,
                                                   double random);

} // namespace paddock::docker
