// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QTemporaryDir>

namespace paddock::test {

/// HOME and every XDG folder in a fresh temporary folder, set in this process's environment, so
/// that a test never sees the person's own files nor another test's. Short path (socket names are
/// limited to 107 bytes). Create it first in initTestCase() or init().
class TestEnvironment
{
public:
    TestEnvironment();
    [[nodiscard]] QString path() const { return m_folder.path(); }
    [[nodiscard]] QString path(const QString &below) const { return m_folder.filePath(below); }

private:
    QTemporaryDir m_folder;
};

/// Absolute path of a program of this build, for example "paddockctl" (from PADDOCK_BUILD_DIR).
[[nodiscard]] QString builtProgram(const QString &name);
/// Absolute path below the source tree (from PADDOCK_SOURCE_DIR).
[[nodiscard]] QString sourcePath(const QString &below);

} // namespace paddock::test
