// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "core/facade/ChangesService.h"

namespace paddock::ctl {

/// `session stage|unstage|discard`, and what all commands that choose files or hunks do.
class SelectCommand : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

protected:
    [[nodiscard]] QString verb() const;
    /// The comparison in which hunks are looked for.
    [[nodiscard]] virtual facade::Comparison comparison() const;
    /// Where hunks are looked for: in the comparison of the named files, or in that of all, where a
    /// rename is one.
    [[nodiscard]] virtual bool comparesNamedFiles() const { return true; }
    /// No files: all.
    virtual void send(const QList<facade::FileSelection> &files);

private:
    void resolveHunk();
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
