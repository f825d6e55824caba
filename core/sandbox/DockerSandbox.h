// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/Engine.h"
#include "core/sandbox/ExecutionSandbox.h"
#include "core/sandbox/RetryPolicy.h"

#include <memory>

namespace paddock::sandbox {

struct DockerSandboxOptions
{
    RetryPolicy retry;
    RetryListener onRetry; ///< may be empty
};

/// A container of a Docker engine. The engine is borrowed and outlives this object. Destroying the
/// object leaves the container as it is: an agent outlives Paddock.
class DockerSandbox final : public ExecutionSandbox
{
    Q_OBJECT

public:
    explicit DockerSandbox(docker::Engine &engine,
                           DockerSandboxOptions options = {},
                           QObject *parent = nullptr);

    [[nodiscard]] State state() const override { return m_state; }
    [[nodiscard]] ContainerId containerId() const override { return m_container; }

    [[nodiscard]] Pending<ContainerId> create(const policy::CheckedSpec &spec) override;
    [[nodiscard]] Pending<SandboxInformation> adopt(const ContainerId &container,
                                                    const policy::SandboxSpec &spec) override;
    [[nodiscard]] Pending<Done> start() override;
    [[nodiscard]] std::unique_ptr<CommandRun> execute(const Command &command) override;
    [[nodiscard]] Pending<QByteArray> readFile(const QString &path, qint64 limit) override;
    [[nodiscard]] Pending<Done>
    writeFile(const QString &path, const QByteArray &content, int mode) override;
    [[nodiscard]] Pending<QList<FileEntry>> listFiles(const QString &folder) override;
    [[nodiscard]] Pending<Done> copyIn(const QString &hostPath, const QString &folder) override;
    [[nodiscard]] Pending<Done>
    copyOut(const QString &path, const QString &hostFolder, qint64 limit) override;
    [[nodiscard]] Pending<ResourceUsage> resourceUsage() override;
    [[nodiscard]] Pending<SandboxInformation> information() override;
    [[nodiscard]] Pending<Done> stop() override;
    [[nodiscard]] Pending<Done> kill() override;
    [[nodiscard]] Pending<Done> cleanup() override;

private:
    void setState(State state);
    /// The error of a call that needs a container, when there is none.
    [[nodiscard]] std::optional<Error> missing(const QString &operation) const;
    [[nodiscard]] Pending<SandboxInformation> inspect();

    enum class MayReplace { No, Yes };
    void createOrAdopt(const CreateRequest &request,
                       const Promise<ContainerId> &promise,
                       MayReplace mayReplace);
    void onMade(const ContainerId &container, const Promise<ContainerId> &promise);
    void resolveConflict(const CreateRequest &request,
                         const Error &conflict,
                         const Promise<ContainerId> &promise,
                         MayReplace mayReplace);
    void onStartFailed(const Error &error, const Promise<Done> &promise);
    void removeContainer(const ContainerId &container, const Promise<Done> &promise);

    docker::Engine &m_engine;
    DockerSandboxOptions m_options;
    State m_state = State::Uninitialized;
    ContainerId m_container;
    policy::SandboxSpec m_spec;
    bool m_neverStarted = false; ///< made by this object and not started yet
};

} // namespace paddock::sandbox
