// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "core/facade/ChangesService.h"

namespace paddock::ctl {

/// `session merge|update`
class MergeCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void show(const facade::MergeAnswer &answer, const QString &method);
};

} // namespace paddock::ctl
