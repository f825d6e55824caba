// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gateway/UpstreamLink.h"
#include "core/gateway/ScriptedProvider.h"

#include <QTimer>

#include <memory>

namespace paddock::gateway {

/// A request answered by the scripted provider, in this process, at the script's pace.
class ScriptLink : public UpstreamLink
{
    Q_OBJECT

public:
    explicit ScriptLink(std::shared_ptr<const ScriptedProvider> provider,
                        QObject *parent = nullptr);

    void start(const OutgoingRequest &request) override;
    void writeBody(const QByteArray &bytes) override;
    void finishBody() override;
    [[nodiscard]] qint64 pendingBytes() const override { return 0; }
    void setPaused(bool paused) override;

private:
    void sendNext();

    std::shared_ptr<const ScriptedProvider> m_provider; // shared by the requests of a door
    OutgoingRequest m_request;
    QByteArray m_body;
    ScriptedAnswer m_answer;
    qsizetype m_next = 0;
    QTimer m_timer;
    bool m_isAnswering = false;
    bool m_isPaused = false;
};

} // namespace paddock::gateway
