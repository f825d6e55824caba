// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/SystemTypes.h"

namespace paddock::docker {

/// The engine itself. https://docs.docker.com/reference/api/engine/ (System). Main thread.
class SystemApi
{
public:
    virtual ~SystemApi() = default;

    /// GET /_ping: the engine answers at all.
    [[nodiscard]] virtual Pending<Done> ping() = 0;
    /// GET /version.
    [[nodiscard]] virtual Pending<EngineVersion> version() = 0;
    /// GET /info.
    [[nodiscard]] virtual Pending<EngineInfo> info() = 0;
};

} // namespace paddock::docker
