// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/ScriptLink.h"

namespace paddock::gateway {

ScriptLink::ScriptLink(std::shared_ptr<const ScriptedProvider> provider, QObject *parent)
    : UpstreamLink(parent)
    , m_provider(std::move(provider))
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &ScriptLink::sendNext);
}

void ScriptLink::start(const OutgoingRequest &request)
{
    m_request = request;
}

void ScriptLink::writeBody(const QByteArray &bytes)
{
    m_body += bytes; // bounded by the reader's limit
}

void ScriptLink::finishBody()
{
    if (m_isAnswering)
        return;
    m_isAnswering = true;
    m_answer = m_provider->answer(m_request.method, m_request.path, m_body);
    m_body.clear();
    if (m_answer.status != 0) {
        ResponseHead head;
        head.status = m_answer.status;
        head.headers = m_answer.headers;
        Q_EMIT headReceived(head);
    }
    // Never from within the call that brought the body.
    m_timer.start(m_answer.pieces.isEmpty() ? std::chrono::milliseconds(0)
                                            : m_answer.pieces.first().after);
}

void ScriptLink::setPaused(bool paused)
{
    m_isPaused = paused;
    if (!paused && m_isAnswering && !m_timer.isActive())
        m_timer.start(0);
}

void ScriptLink::sendNext()
{
    while (!m_isPaused && m_next < m_answer.pieces.size()) {
        Q_EMIT bodyReceived(m_answer.pieces.at(m_next).bytes);
        ++m_next;
        if (m_next < m_answer.pieces.size() && m_answer.pieces.at(m_next).after.count() > 0) {
            m_timer.start(m_answer.pieces.at(m_next).after);
            return;
        }
    }
    if (m_isPaused)
        return;
    switch (m_answer.end) {
    case ScriptedAnswer::End::Proper:
        m_isAnswering = false;
        Q_EMIT finished();
        break;
    case ScriptedAnswer::End::Cut:
        m_isAnswering = false;
        Q_EMIT cut();
        break;
    case ScriptedAnswer::End::Hang:
        break;
    }
}

} // namespace paddock::gateway
