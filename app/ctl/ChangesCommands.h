// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "core/facade/ChangesService.h"

namespace paddock::ctl {

/// `session status`
class StatusCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void show(const facade::ChangesStatus &status);
};

/// `session diff` with a comparison, files or hunks; without any of them it is DiffCommand.
class CompareCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

    /// Whether \a arguments ask for more than the whole diff.
    [[nodiscard]] static bool isMeant(const Arguments &arguments);

private:
    void show(const facade::ChangesDiff &diff);
};

/// `session log`
class LogCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// `session patch`
class PatchCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// The command for source control that \a arguments mean; null: it is another one.
[[nodiscard]] std::unique_ptr<Command> makeChangesCommand(const Arguments &arguments,
                                                          Console &console);

} // namespace paddock::ctl
