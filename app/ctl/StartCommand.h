// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

namespace paddock::ctl {

/// `session start`
class StartCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void onStarted(const sessions::Session &session);
    void show(const sessions::Session &session);
};

} // namespace paddock::ctl
