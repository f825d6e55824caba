// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/DockerClient.h"

#include "core/docker/Apis.h"
#include "core/docker/Transport.h"

namespace paddock::docker {

DockerClient::DockerClient(Endpoint endpoint, ClientOptions options)
    : m_transport(std::make_unique<Transport>(std::move(endpoint), options))
    , m_system(makeSystemApi(*m_transport))
    , m_containers(makeContainersApi(*m_transport))
    , m_images(makeImagesApi(*m_transport))
    , m_exec(makeExecApi(*m_transport))
    , m_networks(makeNetworksApi(*m_transport))
{
}

DockerClient::~DockerClient() = default;

const Endpoint &DockerClient::endpoint() const
{
    return m_transport->endpoint();
}

Pending<Capabilities> DockerClient::capabilities()
{
    return m_transport->negotiate();
}

SystemApi &DockerClient::system()
{
    return *m_system;
}

ContainersApi &DockerClient::containers()
{
    return *m_containers;
}

ImagesApi &DockerClient::images()
{
    return *m_images;
}

ExecApi &DockerClient::exec()
{
    return *m_exec;
}

NetworksApi &DockerClient::networks()
{
    return *m_networks;
}

std::unique_ptr<EventStream> DockerClient::events(const EventsOptions &options)
{
    return makeEventStream(*m_transport, options);
}

} // namespace paddock::docker
