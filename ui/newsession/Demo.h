// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QString>

namespace paddock::ui {

/// The demonstration that comes with Paddock: a real agent on a sample project, answered by a
/// script. Given to the window by the composition root; empty where there is none.
struct Demo
{
    QString projectName; ///< "word-count"
    QString prompt;      ///< its first message
    /// Makes the sample project if it is not there; answers its absolute path.
    std::function<Pending<QString>()> prepareProject;

    [[nodiscard]] bool isAvailable() const { return prepareProject != nullptr; }
};

} // namespace paddock::ui
