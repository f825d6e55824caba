// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QString>
#include <QStringList>

/// The real paddockctl as a process in this test's environment.
namespace paddock::test::paddockctl {

struct Outcome
{
    int exitCode = -1; ///< -1: it did not end by itself
    QByteArray output;
    QByteArray errors;

    /// The one document of --json.
    [[nodiscard]] QJsonObject json() const;
    [[nodiscard]] QJsonObject error() const;
    [[nodiscard]] QByteArray words() const { return output + errors; }
};

[[nodiscard]] Outcome run(const QStringList &arguments,
                          const QHash<QString, QString> &environment = {},
                          int limit = 180'000);
/// Of words without spaces in them.
[[nodiscard]] Outcome run(const QString &line, const QHash<QString, QString> &environment = {});

} // namespace paddock::test::paddockctl
