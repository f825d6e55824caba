// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ExecApi.h"

#include <QCoreApplication>
#include <QPointer>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr std::chrono::milliseconds kLookAgain{25};
constexpr int kMaxLooks = 200;
constexpr int kNotFoundExit = 127;
constexpr int kNotExecutableExit = 126;

/// One runExec() under way; deletes itself.
class ExecJob final : public QObject
{
public:
    ExecJob(ExecApi &api, const ContainerId &container, ExecRun run)
        : m_api(api)
        , m_run(std::move(run))
    {
        m_run.options.input = m_run.options.input || !m_run.input.isEmpty();
        m_promise.onCancel([self = QPointer<ExecJob>(this)] {
            if (!self)
                return;
            self->m_created.cancel();
            self->m_looked.cancel();
            self->m_stream.reset();
            self->deleteLater();
        });
        m_created = m_api.create(container, m_run.options);
        m_created.then(this, [this](const Result<ExecId> &id) {
            if (!id)
                end(fail(id.error()));
            else
                begin(*id);
        });
    }

    [[nodiscard]] Pending<ExecOutput> pending() const { return m_promise.pending(); }

private:
    void begin(const ExecId &id)
    {
        m_id = id;
        m_stream = m_api.start(id, {.tty = m_run.options.tty});
        connect(m_stream.get(),
                &AttachStream::frame,
                this,
                [this](Channel channel, const QByteArray &bytes) {
                    QByteArray &into = channel == Channel::Stderr ? m_output.standardError
                                                                  : m_output.standardOutput;
                    m_received += bytes.size();
                    if (m_received > m_run.maxOutputBytes) {
                        // Not here: the stream is inside its own signal.
                        QMetaObject::invokeMethod(this, &ExecJob::refuseSize, Qt::QueuedConnection);
                        return;
                    }
                    into += bytes;
                });
        connect(m_stream.get(), &AttachStream::finished, this, [this](const Result<Done> &result) {
            if (m_received > m_run.maxOutputBytes)
                return;
            if (!result)
                end(fail(result.error()));
            else
                look();
        });
        if (m_run.options.input) {
            m_stream->write(m_run.input);
            m_stream->closeInput();
        }
    }

    void refuseSize()
    {
        end(fail(Error(ErrorKind::FileTooLarge,
                       QCoreApplication::translate("Docker",
                                                   "The command gave more than %1 bytes of output.")
                           .arg(m_run.maxOutputBytes))
                     .withOperation(u"exec"_s)));
    }

    void look()
    {
        m_looked = m_api.inspect(m_id);
        m_looked.then(this, [this](const Result<ExecDetails> &details) {
            if (!details) {
                end(fail(details.error()));
                return;
            }
            // The stream may end a moment before the engine has noted the exit.
            if (!details->exitCode) {
                if (++m_looks > kMaxLooks) {
                    end(fail(Error(ErrorKind::Timeout,
                                   QCoreApplication::translate(
                                       "Docker", "The command closed its output and went on."))
                                 .withOperation(u"exec"_s)));
                    return;
                }
                QTimer::singleShot(kLookAgain, this, [this] { look(); });
                return;
            }
            m_output.exitCode = *details->exitCode;
            const bool notStarted =
                m_output.exitCode == kNotFoundExit || m_output.exitCode == kNotExecutableExit;
            // The engine reports a program that it could not start as output of the exec.
            const QByteArray words = m_output.standardOutput + m_output.standardError;
            if (notStarted && words.startsWith("OCI runtime exec failed")) {
                end(fail(Error(ErrorKind::CommandNotFound,
                               QCoreApplication::translate("Docker",
                                                           "\"%1\" cannot be run in the container.")
                                   .arg(m_run.options.command.first()))
                             .withDetail(QString::fromUtf8(words.left(2048)).trimmed())
                             .withOperation(u"exec"_s)));
                return;
            }
            end(std::move(m_output));
        });
    }

    void end(Result<ExecOutput> result)
    {
        m_stream.reset();
        m_promise.resolve(std::move(result));
        deleteLater();
    }

    ExecApi &m_api;
    ExecRun m_run;
    Promise<ExecOutput> m_promise;
    Pending<ExecId> m_created;
    Pending<ExecDetails> m_looked;
    std::unique_ptr<AttachStream> m_stream;
    ExecId m_id;
    ExecOutput m_output;
    qint64 m_received = 0;
    int m_looks = 0;
};

} // namespace

Pending<ExecOutput> runExec(ExecApi &api, const ContainerId &container, const ExecRun &run)
{
    auto *job = new ExecJob(api, container, run);
    return job->pending();
}

} // namespace paddock::docker
