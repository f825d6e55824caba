// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ExecAgentGit.h"

#include "core/docker/ExecApi.h"
#include "core/git/CommandLine.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

/// create → start → frames → inspect for the exit code.
class ExecRun final : public AgentGitRun
{
public:
    ExecRun(docker::ExecApi &api,
            const ContainerId &container,
            const docker::ExecOptions &options,
            QByteArray input,
            bool staysOpen)
        : m_api(api)
        , m_input(std::move(input))
        , m_hasInput(options.input)
        , m_inputEnds(!staysOpen)
    {
        m_creating = api.create(container, options);
        m_creating.then(this, [this](Result<ExecId> id) {
            if (!id)
                return Q_EMIT finished(fail(id.error()));
            attach(*id);
        });
    }

    ~ExecRun() override { m_creating.cancel(); }
    Q_DISABLE_COPY_MOVE(ExecRun)

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

    void write(const QByteArray &bytes) override
    {
        if (m_stream)
            m_stream->write(bytes);
        else
            m_input += bytes;
    }

    void closeInput() override
    {
        m_inputEnds = true;
        if (m_stream)
            m_stream->closeInput();
    }

private:
    void attach(const ExecId &id)
    {
        m_stream = m_api.start(id);
        connect(m_stream.get(),
                &docker::AttachStream::frame,
                this,
                [this](docker::Channel channel, const QByteArray &bytes) {
                    if (channel == docker::Channel::Stderr)
                        Q_EMIT errorOutput(bytes);
                    else
                        Q_EMIT output(bytes);
                });
        connect(m_stream.get(),
                &docker::AttachStream::finished,
                this,
                [this, id](const Result<Done> &result) {
                    if (!result)
                        return Q_EMIT finished(fail(result.error()));
                    askExitCode(id);
                });
        if (!m_input.isEmpty())
            m_stream->write(m_input);
        if (m_hasInput && m_inputEnds)
            m_stream->closeInput();
        if (m_paused)
            m_stream->pause();
    }

    void askExitCode(const ExecId &id)
    {
        m_api.inspect(id).then(this, [this](Result<docker::ExecDetails> details) {
            if (!details)
                return Q_EMIT finished(fail(details.error()));
            if (!details->exitCode)
                return Q_EMIT finished(
                    fail(ErrorKind::ConnectionLost,
                         QCoreApplication::translate("ExecAgentGit",
                                                     "The engine lost the output of a command in "
                                                     "the container.")));
            Q_EMIT finished(*details->exitCode);
        });
    }

    docker::ExecApi &m_api;
    QByteArray m_input;
    Pending<ExecId> m_creating;
    std::unique_ptr<docker::AttachStream> m_stream;
    bool m_hasInput = false;
    bool m_inputEnds = true;
    bool m_paused = false;
};

} // namespace

ExecAgentGit::ExecAgentGit(docker::ExecApi &api, ContainerId container, QString user)
    : m_api(api)
    , m_container(std::move(container))
    , m_user(std::move(user))
{
}

std::unique_ptr<AgentGitRun> ExecAgentGit::start(const QStringList &arguments,
                                                 const QByteArray &input)
{
    return run(arguments, input, input.isEmpty() ? Input::None : Input::Given);
}

std::unique_ptr<AgentGitRun> ExecAgentGit::converse(const QStringList &arguments)
{
    return run(arguments, {}, Input::Open);
}

std::unique_ptr<AgentGitRun>
ExecAgentGit::run(const QStringList &arguments, const QByteArray &input, Input kind)
{
    const docker::ExecOptions options{.command = QStringList{u"git"_s} + arguments,
                                      // No pager, no prompt, no editor of the agent's, and words
                                      // that can be read.
                                      .environment = {u"LC_ALL=C.UTF-8"_s,
                                                      u"GIT_TERMINAL_PROMPT=0"_s,
                                                      u"GIT_OPTIONAL_LOCKS=0"_s,
                                                      QString::fromLatin1(git::kKeepMemory)},
                                      .workingFolder = u"/"_s,
                                      .user = m_user,
                                      .tty = false,
                                      .input = kind != Input::None};
    return std::make_unique<ExecRun>(m_api, m_container, options, input, kind == Input::Open);
}

} // namespace paddock::worktrees
