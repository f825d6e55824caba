// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/ContainersApi.h"
#include "core/docker/EventStream.h"
#include "core/docker/ExecApi.h"
#include "core/docker/ImagesApi.h"
#include "core/docker/NetworksApi.h"
#include "core/docker/SystemApi.h"

#include <memory>

namespace paddock::docker {

/// One engine, by noun. DockerClient is the real one; tests may have their own. Main thread.
class Engine
{
public:
    virtual ~Engine() = default;

    /// What this engine can do; negotiated on the first call, and again after the engine was away.
    [[nodiscard]] virtual Pending<Capabilities> capabilities() = 0;

    [[nodiscard]] virtual SystemApi &system() = 0;
    [[nodiscard]] virtual ContainersApi &containers() = 0;
    [[nodiscard]] virtual ImagesApi &images() = 0;
    [[nodiscard]] virtual ExecApi &exec() = 0;
    [[nodiscard]] virtual NetworksApi &networks() = 0;
    [[nodiscard]] virtual std::unique_ptr<EventStream>
    events(const EventsOptions &options = {}) = 0;
};

} // namespace paddock::docker
