// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/EngineReader.h"

#include "core/base/Chain.h"

namespace paddock::sessions {

using docker::EngineWatch;
using policy::EnginePosture;

EngineReader::EngineReader(docker::Engine &engine,
                           const EngineWatch &watch,
                           QString socketPath,
                           QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_watch(watch)
    , m_socketPath(std::move(socketPath))
{
    connect(&m_watch, &EngineWatch::stateChanged, this, [this](EngineWatch::State state) {
        if (state != EngineWatch::State::Connected)
            m_known.reset();
    });
    connect(&m_watch, &EngineWatch::resyncNeeded, this, [this] {
        ask().then(this, [](const Result<EnginePosture> &) {});
    });
}

Pending<EnginePosture> EngineReader::posture()
{
    return m_known ? Pending<EnginePosture>::ready(*m_known) : ask();
}

Pending<EnginePosture> EngineReader::ask()
{
    return mapped<EnginePosture>(
        this,
        m_engine.system().info(),
        [this](const docker::EngineInfo &info) -> Result<EnginePosture> {
            auto posture = EnginePosture::fromEngine(info.raw);
            if (posture)
                posture->openFilesHard = policy::openFilesLimitOfEngine(m_socketPath);
            if (posture && m_watch.state() == EngineWatch::State::Connected)
                m_known = *posture;
            else
                m_known.reset();
            return posture;
        });
}

} // namespace paddock::sessions
