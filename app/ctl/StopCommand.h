// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

namespace paddock::ctl {

/// `serve --stop`: asks the owner to end and waits until it has.
class StopCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void stopped(bool wasRunning);
};

} // namespace paddock::ctl
