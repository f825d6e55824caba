// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "ui/newsession/Demo.h"

namespace paddock::desktop {

/// The project that the demonstration works on, made once in a folder of its own beside Paddock's
/// (nothing of Paddock's own folders may be mounted into a container). Main thread.
class SampleProject
{
public:
    /// \a dataFolder: $XDG_DATA_HOME/paddock.
    explicit SampleProject(const QString &dataFolder);
    ~SampleProject();
    Q_DISABLE_COPY_MOVE(SampleProject)

    /// Refers to this object, which outlives it.
    [[nodiscard]] ui::Demo demo();

private:
    QString m_folder;
    git::GitProcess m_git;
    WorkerPool m_pool;
};

} // namespace paddock::desktop
