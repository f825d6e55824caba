// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "core/facade/ChangesService.h"

namespace paddock::ctl {

/// `session stage|unstage|discard`
class SelectCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void resolveHunk();
    void send(const QList<facade::FileSelection> &files);
    [[nodiscard]] QString verb() const;
};

/// `session undo`
class UndoCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// `session commit`
class CommitCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// The changed lines that "2,4-6" names, counted from 1, as numbers from 0. InvalidArgument.
[[nodiscard]] Result<QList<int>> lineNumbers(const QString &text);

} // namespace paddock::ctl
