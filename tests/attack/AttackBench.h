// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sandbox/DockerSandbox.h"
#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/support/SandboxFixture.h"

#include <QMap>
#include <QTest>

#include <memory>

namespace paddock::test {

/// Answers of the probe by name: "ok", "EPERM", "SIGSYS".
using Answers = QMap<QString, QString>;

/// The real engine with an image made to attack with: busybox, the probe setuid root, and a
/// configuration that asks for everything a container should not have. Built once per content and
/// kept (no registry, 3 MB).
class AttackBench
{
public:
    AttackBench();

    [[nodiscard]] docker::DockerClient &engine() { return m_engine.client(); }
    [[nodiscard]] RealEngine &real() { return m_engine; }
    [[nodiscard]] const policy::EnginePosture &posture() const { return m_posture; }
    [[nodiscard]] const ImageId &image() const { return m_image; }
    [[nodiscard]] static QString probePath();

    /// A container without our walls, with \a hostConfig on top of "no network", running the probe:
    /// the positive control. Removed with the bench.
    [[nodiscard]] ContainerId startPlain(const QJsonObject &hostConfig,
                                         const QString &user = QStringLiteral("1000:1000"));
    /// Output of a command in any container; fails the test when it cannot run.
    [[nodiscard]] QByteArray
    output(const ContainerId &container, const QStringList &argv, const QString &user = {});
    [[nodiscard]] QByteArray shell(const ContainerId &container, const QString &line)
    {
        return output(container, {QStringLiteral("/bin/sh"), QStringLiteral("-c"), line});
    }
    [[nodiscard]] Answers probe(const ContainerId &container, const QStringList &words);
    /// GET /containers/<id>/json as it is.
    [[nodiscard]] QJsonObject inspect(const ContainerId &container);

private:
    void ensureImage();

    RealEngine m_engine;
    policy::EnginePosture m_posture;
    ImageId m_image;
};

/// One sealed container from the real compiled spec, with the probe in the supervisor's place.
/// Removed with the object.
class SealedSession
{
public:
    SealedSession(AttackBench &bench,
                  const TestEnvironment &environment,
                  const QString &session = randomShortId());
    ~SealedSession();
    Q_DISABLE_COPY_MOVE(SealedSession)

    [[nodiscard]] policy::SandboxSpec &spec() { return m_spec; }
    [[nodiscard]] SandboxFixture &fixture() { return m_fixture; }
    [[nodiscard]] sandbox::ExecutionSandbox &sandbox() { return m_sandbox; }
    [[nodiscard]] ContainerId id() const { return m_sandbox.containerId(); }
    /// Compiles and starts; fails the test when that does not work.
    void start();
    [[nodiscard]] Result<sandbox::SandboxInformation> tryStart();

private:
    AttackBench &m_bench;
    SandboxFixture m_fixture;
    policy::SandboxSpec m_spec;
    sandbox::DockerSandbox m_sandbox;
};

} // namespace paddock::test
