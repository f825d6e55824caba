// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/Endpoint.h"
#include "core/docker/Engine.h"

#include <chrono>
#include <memory>

namespace paddock::docker {

class Transport;

/// Time and size limits. The defaults are for people; tests make them small.
struct ClientOptions
{
    std::chrono::milliseconds connectTimeout{2'000};
    /// From the last byte of the request to the end of the answer's header.
    std::chrono::milliseconds headerTimeout{10'000};
    /// The same for verbs that make the engine work (create, start, remove, pull, build).
    std::chrono::milliseconds workTimeout{120'000};
    /// Silence inside the body of an answer that is not a stream.
    std::chrono::milliseconds idleTimeout{30'000};
    /// From the head to the end of such an answer, however steadily it drips.
    std::chrono::milliseconds wholeTimeout{300'000};
    qint64 maxJsonBytes = qint64{32} * 1024 * 1024;
    /// How often a read-only request whose answer broke off is sent again.
    int readRetries = 1;
};

/// A client of the Docker Engine API (https://docs.docker.com/reference/api/engine/) over a unix
/// socket, one connection a request. Speaks kMinApi to kMaxApi, negotiated by GET /_ping and
/// GET /version before the first request. Never starts a program. Main thread.
///
/// Errors common to all calls: DockerUnavailable and PermissionDenied (cannot connect),
/// EngineTooOld, ConnectionLost (broke off), Timeout, ProtocolError, Cancelled.
/// Destroying the client ends every call under way; streams must be destroyed before it.
class DockerClient final : public Engine
{
public:
    explicit DockerClient(Endpoint endpoint, ClientOptions options = {});
    ~DockerClient() override;
    Q_DISABLE_COPY_MOVE(DockerClient)

    [[nodiscard]] const Endpoint &endpoint() const;

    [[nodiscard]] Pending<Capabilities> capabilities() override;
    [[nodiscard]] SystemApi &system() override;
    [[nodiscard]] ContainersApi &containers() override;
    [[nodiscard]] ImagesApi &images() override;
    [[nodiscard]] ExecApi &exec() override;
    [[nodiscard]] NetworksApi &networks() override;
    [[nodiscard]] std::unique_ptr<EventStream> events(const EventsOptions &options = {}) override;

private:
    std::unique_ptr<Transport> m_transport;
    std::unique_ptr<SystemApi> m_system;
    std::unique_ptr<ContainersApi> m_containers;
    std::unique_ptr<ImagesApi> m_images;
    std::unique_ptr<ExecApi> m_exec;
    std::unique_ptr<NetworksApi> m_networks;
};

} // namespace paddock::docker
