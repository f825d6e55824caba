// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sandbox/ExecutionSandbox.h"

#include <QHash>
#include <QStringList>

#include <functional>

namespace paddock::test {

/// What a command of a FakeSandbox does.
struct FakeAnswer
{
    int exitCode = 0;
    QByteArray output;
    QByteArray errorOutput;
};

/// A sandbox in memory: keeps files, answers commands by a function, records its calls, fails where
/// it is told to.
class FakeSandbox final : public sandbox::ExecutionSandbox
{
    Q_OBJECT

public:
    using ExecutionSandbox::ExecutionSandbox;

    /// Names of the calls in order: "create", "start", "exec git status", "cleanup".
    [[nodiscard]] const QStringList &calls() const { return m_calls; }
    /// The next call of that name (first word of calls()) answers \a error.
    void failNext(const QString &call, const Error &error) { m_failures.insert(call, error); }
    void setCommandAnswer(std::function<FakeAnswer(const sandbox::Command &)> answer)
    {
        m_answer = std::move(answer);
    }
    [[nodiscard]] QHash<QString, QByteArray> &files() { return m_files; }

    [[nodiscard]] State state() const override { return m_state; }
    [[nodiscard]] ContainerId containerId() const override { return m_container; }
    [[nodiscard]] Pending<ContainerId> create(const policy::CheckedSpec &spec) override;
    [[nodiscard]] Pending<sandbox::SandboxInformation>
    adopt(const ContainerId &container, const policy::SandboxSpec &spec) override;
    [[nodiscard]] Pending<Done> start() override;
    [[nodiscard]] std::unique_ptr<sandbox::CommandRun>
    execute(const sandbox::Command &command) override;
    [[nodiscard]] Pending<QByteArray> readFile(const QString &path, qint64 limit) override;
    [[nodiscard]] Pending<Done>
    writeFile(const QString &path, const QByteArray &content, int mode) override;
    [[nodiscard]] Pending<QList<sandbox::FileEntry>> listFiles(const QString &folder) override;
    [[nodiscard]] Pending<Done> copyIn(const QString &hostPath, const QString &folder) override;
    [[nodiscard]] Pending<Done>
    copyOut(const QString &path, const QString &hostFolder, qint64 limit) override;
    [[nodiscard]] Pending<sandbox::ResourceUsage> resourceUsage() override;
    [[nodiscard]] Pending<sandbox::SandboxInformation> information() override;
    [[nodiscard]] Pending<Done> stop() override;
    [[nodiscard]] Pending<Done> kill() override;
    [[nodiscard]] Pending<Done> cleanup() override;

private:
    /// Records \a call; the error it is to answer, if any.
    [[nodiscard]] std::optional<Error> record(const QString &call);
    [[nodiscard]] Pending<Done> become(const QString &call, State state);
    [[nodiscard]] sandbox::SandboxInformation describe() const;

    State m_state = State::Uninitialized;
    ContainerId m_container;
    QStringList m_calls;
    QHash<QString, Error> m_failures;
    QHash<QString, QByteArray> m_files;
    std::function<FakeAnswer(const sandbox::Command &)> m_answer;
};

} // namespace paddock::test
