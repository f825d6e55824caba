// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace paddock::test {

/// A git program that tells which programs it started (see exec_watch.c). Each object has its own
/// record. Needs no privilege.
class ExecWatch
{
public:
    ExecWatch();

    /// Absolute path of the program to be started in the place of git.
    [[nodiscard]] QString program() const { return m_folder.filePath(QStringLiteral("git")); }

    /// What was started besides the git that was asked for, since the last clear().
    struct Started
    {
        QStringList git{};   ///< command lines of git's own helpers
        QStringList other{}; ///< of anything else
    };
    [[nodiscard]] Started started() const;
    void clear();

private:
    QTemporaryDir m_folder;
};

} // namespace paddock::test
