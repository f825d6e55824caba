// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::test {

/// Local and remote addresses of /proc/net/{tcp,tcp6,udp,udp6} that are not loopback (nor the
/// unspecified remote of a listening socket), as the kernel writes them: "0100A8C0:1F90".
[[nodiscard]] QStringList addressesBeyondLoopback(const QByteArray &procNet);

/// Names of the CIS Docker benchmark's container checks (section 5) that \a inspect does not pass.
[[nodiscard]] QStringList failedBenchmarkChecks(const QJsonObject &inspect);

/// Entries below \a folder that are a device, setuid, setgid or owned by root; links are not
/// followed.
[[nodiscard]] QStringList dangerousEntries(const QString &folder);

} // namespace paddock::test
