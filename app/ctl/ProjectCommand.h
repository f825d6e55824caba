// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

namespace paddock::ctl {

/// `project add|list|show|set|remove|ignored|preview`
class ProjectCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void add();
    void list();
    void show();
    void set();
    void printProject(const QJsonValue &json);
    void remove();
    void ignored();
    void preview();
    /// The project of the command, or the repository of the current folder.
    [[nodiscard]] Result<QString> project() const;
};

} // namespace paddock::ctl
