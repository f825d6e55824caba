// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/ContainersApi.h"
#include "core/docker/EventStream.h"
#include "core/docker/ExecApi.h"
#include "core/docker/ImagesApi.h"
#include "core/docker/NetworksApi.h"
#include "core/docker/SystemApi.h"

#include <memory>

namespace paddock::docker {

class Transport;

/// The implementations over \a transport, which is borrowed and outlives them.
[[nodiscard]] std::unique_ptr<SystemApi> makeSystemApi(Transport &transport);
[[nodiscard]] std::unique_ptr<ContainersApi> makeContainersApi(Transport &transport);
[[nodiscard]] std::unique_ptr<ImagesApi> makeImagesApi(Transport &transport);
[[nodiscard]] std::unique_ptr<ExecApi> makeExecApi(Transport &transport);
[[nodiscard]] std::unique_ptr<NetworksApi> makeNetworksApi(Transport &transport);
[[nodiscard]] std::unique_ptr<EventStream> makeEventStream(Transport &transport,
                                                           const EventsOptions &options);

} // namespace paddock::docker
