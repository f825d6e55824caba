// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

namespace paddock::ctl {

/// `events`: what happens, a line each, until it is interrupted or the owner ends.
class EventsCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void onEvent(const QString &name, const QJsonObject &params);
};

} // namespace paddock::ctl
