// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/Engine.h"
#include "core/sandbox/ExecutionSandbox.h"

#include <memory>
#include <optional>

namespace paddock::sandbox {

/// A command as an exec of the engine: create → start → frames → exit code. The engine is borrowed.
class ExecCommandRun final : public CommandRun
{
    Q_OBJECT

public:
    ExecCommandRun(docker::Engine &engine, ContainerId container, docker::ExecOptions options);
    /// A run that ends at once with \a error.
    ExecCommandRun(docker::Engine &engine, Error error);
    ~ExecCommandRun() override;

    void write(const QByteArray &bytes) override;
    [[nodiscard]] qint64 bytesToWrite() const override;
    void closeInput() override;
    void resizeTerminal(int columns, int rows) override;
    void kill() override;

private:
    void onCreated(Result<ExecId> created);
    void onFrame(docker::Channel channel, const QByteArray &bytes);
    void onStreamEnd(const Result<Done> &result);
    void askExitCode();
    void end(Result<int> result);

    docker::Engine &m_engine;
    ContainerId m_container;
    docker::ExecOptions m_options;
    ExecId m_exec;
    std::unique_ptr<docker::AttachStream> m_stream;
    QByteArray m_waitingInput; // until the stream is there
    QByteArray m_firstOutput;  // where the runtime says that it could not start the program
    bool m_inputClosed = false;
    std::optional<docker::TerminalSize> m_size;
    int m_exitQueries = 0;
    bool m_ended = false;
};

/// SIGKILL to process \a pid of this machine if it belongs to \a container; otherwise nothing.
void killProcessOf(const ContainerId &container, qint64 pid);

} // namespace paddock::sandbox
