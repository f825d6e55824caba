// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/StagingCommands.h"

namespace paddock::ctl {

/// The comparison that --staged, --unstaged, --commits and --since of \a arguments name; Everything
/// if there is none. InvalidArgument if there are several.
[[nodiscard]] Result<facade::Comparison> comparisonArgument(const Arguments &arguments);

/// `session review`
class ReviewCommand final : public SelectCommand
{
    Q_OBJECT
public:
    using SelectCommand::SelectCommand;
    void begin() override;

protected:
    [[nodiscard]] facade::Comparison comparison() const override { return m_comparison; }
    [[nodiscard]] bool comparesNamedFiles() const override { return false; }
    void send(const QList<facade::FileSelection> &files) override;

private:
    facade::Comparison m_comparison = facade::Comparison::Everything;
};

/// `session seen`
class SeenCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

} // namespace paddock::ctl
