// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/ExecutionSandbox.h"

#include "core/base/Chain.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::sandbox {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("ExecutionSandbox", text);
}

/// One command whose output is collected. Owned by the run it watches; deletes the run at the end.
class Collector : public QObject
{
public:
    Collector(std::unique_ptr<CommandRun> run, const RunOptions &options)
        : m_run(std::move(run))
        , m_options(options)
    {
        connect(m_run.get(), &CommandRun::output, this, &Collector::onOutput);
        connect(m_run.get(), &CommandRun::finished, this, &Collector::onFinished);
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &Collector::onTimeout);
        m_timer.start(options.timeout);
        m_promise.onCancel([this] {
            m_run->kill();
            m_run.release()->deleteLater();
            deleteLater();
        });
        if (!options.input.isEmpty()) {
            m_run->write(options.input);
            m_run->closeInput();
        }
    }

    [[nodiscard]] Pending<CommandResult> pending() const { return m_promise.pending(); }

private:
    void onOutput(CommandRun::Channel channel, const QByteArray &bytes)
    {
        QByteArray &into =
            channel == CommandRun::Channel::Output ? m_result.output : m_result.errorOutput;
        if (into.size() + bytes.size() > m_options.outputLimit) {
            end(fail(Error(ErrorKind::FileTooLarge,
                           translated("The command wrote more than %1.")
                               .arg(formatByteSize(m_options.outputLimit)))
                         .withOperation(u"exec"_s)),
                true);
            return;
        }
        into += bytes;
    }

    void onFinished(const Result<int> &exitCode)
    {
        if (!exitCode)
            return end(fail(exitCode.error()), false);
        m_result.exitCode = *exitCode;
        end(std::move(m_result), false);
    }

    void onTimeout()
    {
        const double seconds = static_cast<double>(m_options.timeout.count()) / 1000.0;
        end(fail(Error(ErrorKind::CommandTimeout,
                       translated("The command did not end within %1 s.").arg(seconds))
                     .withOperation(u"exec"_s)),
            true);
    }

    void end(Result<CommandResult> result, bool kill)
    {
        if (m_ended)
            return;
        m_ended = true;
        m_timer.stop();
        m_run->disconnect(this);
        if (kill)
            m_run->kill();
        m_promise.resolve(std::move(result));
        m_run.release()->deleteLater();
        deleteLater();
    }

    std::unique_ptr<CommandRun> m_run;
    RunOptions m_options;
    CommandResult m_result;
    Promise<CommandResult> m_promise;
    QTimer m_timer;
    bool m_ended = false;
};

} // namespace

Pending<SandboxInformation> ExecutionSandbox::initialise(const policy::CheckedSpec &spec)
{
    return chained<SandboxInformation>(this, create(spec), [this](const ContainerId &) {
        return chained<SandboxInformation>(this, start(), [this](Done) { return information(); });
    });
}

Pending<CommandResult> ExecutionSandbox::run(const Command &command, const RunOptions &options)
{
    Command asked = command;
    asked.input = !options.input.isEmpty();
    // Deletes itself with its answer.
    return (new Collector(execute(asked), options))->pending();
}

} // namespace paddock::sandbox
