// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/EngineWatch.h"

#include "core/docker/Logging.h"

#include <QRandomGenerator>

#include <algorithm>

namespace paddock::docker {

std::chrono::milliseconds retryDelay(int failures,
                                     std::chrono::milliseconds first,
                                     std::chrono::milliseconds most,
                                     double random)
{
    const int doublings = std::clamp(failures - 1, 0, 20);
    const auto whole = std::min(most, std::chrono::milliseconds(first.count() << doublings));
    const double factor = 0.75 + 0.25 * std::clamp(random, 0.0, 1.0);
    return std::chrono::milliseconds(
        std::max<qint64>(1, static_cast<qint64>(static_cast<double>(whole.count()) * factor)));
}

EngineWatch::EngineWatch(Engine &engine, EngineWatchOptions options, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_options(std::move(options))
{
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &EngineWatch::connectNow);
    connect(&m_resyncTimer, &QTimer::timeout, this, [this] {
        if (m_state == State::Connected)
            Q_EMIT resyncNeeded();
    });
}

EngineWatch::~EngineWatch() = default;

void EngineWatch::start()
{
    if (m_stream || m_retryTimer.isActive())
        return;
    if (m_options.resyncEvery.count() > 0)
        m_resyncTimer.start(m_options.resyncEvery);
    connectNow();
}

void EngineWatch::retryNow()
{
    if (m_stream)
        return;
    m_retryTimer.stop();
    connectNow();
}

std::chrono::milliseconds EngineWatch::retryIn() const
{
    return m_retryTimer.isActive() ? m_retryTimer.remainingTimeAsDuration()
                                   : std::chrono::milliseconds(0);
}

void EngineWatch::connectNow()
{
    m_stream = m_engine.events(m_options.events);
    connect(m_stream.get(), &EventStream::opened, this, [this] {
        m_lastError.reset();
        m_openedAt.start();
        setState(State::Connected);
        Q_EMIT resyncNeeded();
    });
    connect(m_stream.get(), &EventStream::eventReceived, this, &EngineWatch::eventReceived);
    connect(m_stream.get(), &EventStream::finished, this, &EngineWatch::onFinished);
}

void EngineWatch::onFinished(const Result<Done> &result)
{
    // Inside the stream's own signal.
    m_stream.release()->deleteLater();
    if (!result)
        m_lastError = result.error();
    // A stream that opens and ends at once, again and again, is a failure too.
    const bool lasted =
        m_state == State::Connected && m_openedAt.elapsed() > m_options.firstRetry.count();
    m_failures = lasted ? 1 : m_failures + 1;
    const auto delay = retryDelay(m_failures,
                                  m_options.firstRetry,
                                  m_options.maxRetry,
                                  QRandomGenerator::global()->generateDouble());
    qCInfo(lcPaddockDocker) << "engine events ended:"
                            << (m_lastError ? m_lastError->toString() : QString())
                            << "next attempt in" << delay.count() << "ms";
    m_retryTimer.start(delay);
    setState(State::Unreachable);
}

void EngineWatch::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged(state);
}

} // namespace paddock::docker
