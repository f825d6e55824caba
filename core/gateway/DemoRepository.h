// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace paddock::gateway {

struct DemoFile
{
    QString path; ///< relative, with '/'
    QByteArray content;
};

/// The files of the sample project that the demo script works on: a small real project with a bug
/// and a test that shows it. They are part of the program.
[[nodiscard]] QList<DemoFile> demoRepositoryFiles();
/// Writes them below \a folder, which is made if needed. `git init` and the first commit are the
/// caller's.
[[nodiscard]] Result<Done> writeDemoRepository(const QString &folder);
/// The first message of the demo's session.
[[nodiscard]] QString demoPrompt();

} // namespace paddock::gateway
