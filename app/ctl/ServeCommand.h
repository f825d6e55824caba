// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "app/ctl/SignalWatch.h"
#include "core/control/ControlServer.h"
#include "core/control/OwnerLock.h"
#include "core/facade/Facade.h"

#include <memory>
#include <optional>

namespace paddock::ctl {

/// `serve`: is the owner until it is told to end. Composition root of the headless Paddock.
class ServeCommand final : public Command
{
    Q_OBJECT
public:
    ServeCommand(const Arguments &arguments, Console &console);
    ~ServeCommand() override;
    void begin() override;

protected:
    void failWith(const Error &error) override;

private:
    [[nodiscard]] Result<Done> becomeOwner();
    void tellReady(const QByteArray &line);
    void stop();

    int m_ready = -1; // descriptor of whoever started us and waits; negative: nobody
    XdgPaths m_paths;
    std::optional<control::OwnerLock> m_lock;
    std::unique_ptr<facade::Facade> m_facade;
    std::unique_ptr<control::ControlServer> m_server;
    std::unique_ptr<SignalWatch> m_signals;
};

} // namespace paddock::ctl
