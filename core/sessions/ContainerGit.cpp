// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/ContainerGit.h"

using namespace Qt::StringLiterals;

namespace paddock::sessions {

namespace {

class ExecRunOfGit final : public worktrees::AgentGitRun
{
public:
    ExecRunOfGit(docker::ExecApi &exec,
                 const ContainerId &container,
                 const QStringList &arguments,
                 const QByteArray &input)
        : m_exec(exec)
    {
        m_exec
            .create(container,
                    {.command = QStringList{u"git"_s} + arguments,
                     .environment = {u"GIT_TERMINAL_PROMPT=0"_s, u"LC_ALL=C"_s},
                     .workingFolder = u"/"_s,
                     .user = {},
                     .tty = false,
                     .input = true})
            .then(this, [this, input](const Result<ExecId> &id) {
                if (!id) {
                    finish(fail(id.error()));
                    return;
                }
                begin(*id, input);
            });
    }

    void setPaused(bool paused) override
    {
        m_paused = paused;
        if (!m_stream)
            return;
        if (paused)
            m_stream->pause();
        else
            m_stream->resume();
    }

private:
    void begin(const ExecId &id, const QByteArray &input)
    {
        m_stream = m_exec.start(id);
        connect(m_stream.get(),
                &docker::AttachStream::frame,
                this,
                [this](docker::Channel channel, const QByteArray &bytes) {
                    if (channel == docker::Channel::Stderr)
                        Q_EMIT errorOutput(bytes);
                    else
                        Q_EMIT output(bytes);
                });
        connect(
            m_stream.get(),
            &docker::AttachStream::finished,
            this,
            [this, id](const Result<Done> &ended) {
                if (!ended) {
                    finish(fail(ended.error()));
                    return;
                }
                m_exec.inspect(id).then(this, [this](const Result<docker::ExecDetails> &details) {
                    if (!details)
                        finish(fail(details.error()));
                    else if (!details->exitCode)
                        finish(
                            fail(ErrorKind::ConnectionLost,
                                 tr("The engine ended the stream while git was still running.")));
                    else
                        finish(*details->exitCode);
                });
            });
        if (m_paused)
            m_stream->pause();
        if (!input.isEmpty())
            m_stream->write(input);
        m_stream->closeInput();
    }

    void finish(const Result<int> &exitCode)
    {
        if (m_finished)
            return;
        m_finished = true;
        Q_EMIT finished(exitCode);
    }

    docker::ExecApi &m_exec;
    std::unique_ptr<docker::AttachStream> m_stream;
    bool m_paused = false;
    bool m_finished = false;
};

} // namespace

std::unique_ptr<worktrees::AgentGitRun> ContainerGit::start(const QStringList &arguments,
                                                            const QByteArray &input)
{
    return std::make_unique<ExecRunOfGit>(m_exec, m_container, arguments, input);
}

} // namespace paddock::sessions
