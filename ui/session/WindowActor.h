// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Actor.h"

namespace paddock::ui {

/// Who asks when a person clicks.
[[nodiscard]] inline facade::Actor windowActor()
{
    return facade::Actor::person(QStringLiteral("window"));
}

} // namespace paddock::ui
