// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/DockerClient.h"

#include <QString>

#include <memory>

namespace paddock::test {

/// The image that is there wherever the engine tests run.
inline const QString kTestImage = QStringLiteral("debian:bookworm-slim");

/// A client of this machine's engine, and what a test made on it: every container carries a label
/// of this object, and the destructor removes them all. Containers are sealed: no network, no
/// capabilities.
class RealEngine
{
public:
    RealEngine();
    /// Of the engine at \a socketPath.
    explicit RealEngine(const QString &socketPath);
    ~RealEngine();
    Q_DISABLE_COPY_MOVE(RealEngine)

    [[nodiscard]] docker::DockerClient &client() { return *m_client; }
    [[nodiscard]] const QString &tag() const { return m_tag; }
    /// A name no other test has.
    [[nodiscard]] QString uniqueName();
    /// "name=value" of the label on everything of this object.
    [[nodiscard]] QString label() const;
    /// A create request for \a command in the test image.
    [[nodiscard]] QJsonObject body(const QStringList &command) const;
    /// create and start; the error fails the test in words.
    [[nodiscard]] Result<ContainerId> started(const QStringList &command);
    [[nodiscard]] Result<ContainerId> created(const QJsonObject &body);

private:
    std::unique_ptr<docker::DockerClient> m_client;
    QString m_tag;
    int m_count = 0;
};

} // namespace paddock::test
