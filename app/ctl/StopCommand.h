// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "core/control/ControlSocket.h"

#include <QSocketNotifier>

#include <memory>
#include <sys/types.h>

namespace paddock::ctl {

/// `serve --stop`: asks the owner to end and waits until it has.
class StopCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void shutDown(pid_t process);
    void stopped(bool wasRunning);

    control::Descriptor m_process; ///< readable when the owner has ended
    std::unique_ptr<QSocketNotifier> m_ended;
};

} // namespace paddock::ctl
