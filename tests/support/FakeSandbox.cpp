// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeSandbox.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::test {

using sandbox::Command;
using sandbox::CommandRun;
using sandbox::SandboxInformation;

namespace {

class FakeRun final : public CommandRun
{
public:
    explicit FakeRun(Result<FakeAnswer> answer)
    {
        QMetaObject::invokeMethod(
            this,
            [this, answer = std::move(answer)] {
                if (!answer) {
                    Q_EMIT finished(fail(answer.error()));
                    return;
                }
                Q_EMIT started();
                if (!answer->output.isEmpty())
                    Q_EMIT output(Channel::Output, answer->output);
                if (!answer->errorOutput.isEmpty())
                    Q_EMIT output(Channel::ErrorOutput, answer->errorOutput);
                Q_EMIT finished(answer->exitCode);
            },
            Qt::QueuedConnection);
    }

    void write(const QByteArray &) override {}
    [[nodiscard]] qint64 bytesToWrite() const override { return 0; }
    void closeInput() override {}
    void resizeTerminal(int, int) override {}
    void kill() override {}
};

} // namespace

std::optional<Error> FakeSandbox::record(const QString &call)
{
    m_calls.append(call);
    const QString name = call.section(u' ', 0, 0);
    if (m_failures.contains(name))
        return m_failures.take(name);
    if (m_state == State::Destroyed && name != u"cleanup")
        return Error(ErrorKind::Destroyed, u"The container was removed."_s);
    if (m_state == State::Uninitialized && name != u"create" && name != u"adopt" &&
        name != u"cleanup")
        return Error(ErrorKind::NotInitialized, u"There is no container yet."_s);
    return std::nullopt;
}

SandboxInformation FakeSandbox::describe() const
{
    using Condition = SandboxInformation::Condition;
    SandboxInformation information;
    information.container = m_container;
    information.condition = m_state == State::Running   ? Condition::Running
                            : m_state == State::Created ? Condition::Created
                            : m_state == State::Stopped ? Condition::Exited
                                                        : Condition::Missing;
    return information;
}

Pending<Done> FakeSandbox::become(const QString &call, State state)
{
    if (auto error = record(call))
        return Pending<Done>::ready(fail(*error));
    if (std::exchange(m_state, state) != state)
        Q_EMIT stateChanged(state);
    return Pending<Done>::ready(Done{});
}

Pending<ContainerId> FakeSandbox::create(const policy::CheckedSpec &)
{
    if (auto error = record(u"create"_s))
        return Pending<ContainerId>::ready(fail(*error));
    m_container = {QString(64, u'c')};
    m_state = State::Created;
    Q_EMIT stateChanged(m_state);
    return Pending<ContainerId>::ready(m_container);
}

Pending<SandboxInformation> FakeSandbox::adopt(const ContainerId &container,
                                               const policy::SandboxSpec &)
{
    if (auto error = record(u"adopt"_s))
        return Pending<SandboxInformation>::ready(fail(*error));
    m_container = container;
    m_state = State::Running;
    Q_EMIT stateChanged(m_state);
    return Pending<SandboxInformation>::ready(describe());
}

Pending<Done> FakeSandbox::start()
{
    if (auto error = record(u"start"_s)) {
        m_state = State::Destroyed;
        m_container = {};
        return Pending<Done>::ready(fail(*error));
    }
    m_state = State::Running;
    Q_EMIT stateChanged(m_state);
    return Pending<Done>::ready(Done{});
}

std::unique_ptr<CommandRun> FakeSandbox::execute(const Command &command)
{
    if (auto error = record(u"exec "_s + command.argv.join(u' ')))
        return std::make_unique<FakeRun>(fail(*error));
    return std::make_unique<FakeRun>(m_answer ? m_answer(command) : FakeAnswer{});
}

Pending<QByteArray> FakeSandbox::readFile(const QString &path, qint64 limit)
{
    if (auto error = record(u"read "_s + path))
        return Pending<QByteArray>::ready(fail(*error));
    if (!m_files.contains(path))
        return Pending<QByteArray>::ready(
            fail(ErrorKind::FileNotFound, u"There is no such file."_s));
    if (m_files.value(path).size() > limit)
        return Pending<QByteArray>::ready(
            fail(ErrorKind::FileTooLarge, u"The file is too large."_s));
    return Pending<QByteArray>::ready(m_files.value(path));
}

Pending<Done> FakeSandbox::writeFile(const QString &path, const QByteArray &content, int)
{
    if (auto error = record(u"write "_s + path))
        return Pending<Done>::ready(fail(*error));
    m_files.insert(path, content);
    return Pending<Done>::ready(Done{});
}

Pending<QList<sandbox::FileEntry>> FakeSandbox::listFiles(const QString &folder)
{
    if (auto error = record(u"list "_s + folder))
        return Pending<QList<sandbox::FileEntry>>::ready(fail(*error));
    QList<sandbox::FileEntry> all;
    for (auto it = m_files.cbegin(); it != m_files.cend(); ++it) {
        if (QFileInfo(it.key()).path() == folder) {
            sandbox::FileEntry entry;
            entry.path = QFileInfo(it.key()).fileName();
            entry.size = it->size();
            all.append(entry);
        }
    }
    std::ranges::sort(all, {}, &sandbox::FileEntry::path);
    return Pending<QList<sandbox::FileEntry>>::ready(all);
}

Pending<Done> FakeSandbox::copyIn(const QString &hostPath, const QString &folder)
{
    if (auto error = record(u"copy-in "_s + hostPath))
        return Pending<Done>::ready(fail(*error));
    QFile file(hostPath);
    if (!file.open(QIODevice::ReadOnly))
        return Pending<Done>::ready(fail(ErrorKind::FileNotFound, file.errorString()));
    m_files.insert(folder + u'/' + QFileInfo(hostPath).fileName(), file.readAll());
    return Pending<Done>::ready(Done{});
}

Pending<Done> FakeSandbox::copyOut(const QString &path, const QString &hostFolder, qint64)
{
    if (auto error = record(u"copy-out "_s + path))
        return Pending<Done>::ready(fail(*error));
    QFile file(hostFolder + u'/' + QFileInfo(path).fileName());
    if (!m_files.contains(path) || !file.open(QIODevice::WriteOnly))
        return Pending<Done>::ready(fail(ErrorKind::FileNotFound, u"There is no such file."_s));
    file.write(m_files.value(path));
    return Pending<Done>::ready(Done{});
}

Pending<sandbox::ResourceUsage> FakeSandbox::resourceUsage()
{
    if (auto error = record(u"stats"_s))
        return Pending<sandbox::ResourceUsage>::ready(fail(*error));
    return Pending<sandbox::ResourceUsage>::ready(sandbox::ResourceUsage{});
}

Pending<SandboxInformation> FakeSandbox::information()
{
    if (auto error = record(u"inspect"_s))
        return Pending<SandboxInformation>::ready(fail(*error));
    return Pending<SandboxInformation>::ready(describe());
}

Pending<Done> FakeSandbox::stop()
{
    return become(u"stop"_s, State::Stopped);
}

Pending<Done> FakeSandbox::kill()
{
    return become(u"kill"_s, State::Stopped);
}

Pending<Done> FakeSandbox::cleanup()
{
    m_container = {};
    return become(u"cleanup"_s, State::Destroyed);
}

} // namespace paddock::test
