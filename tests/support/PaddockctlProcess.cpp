// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/PaddockctlProcess.h"

#include "core/base/JsonReader.h"
#include "tests/support/TestEnvironment.h"

#include <QProcess>

using namespace Qt::StringLiterals;

namespace paddock::test::paddockctl {

QJsonObject Outcome::json() const
{
    const auto value = parseJsonObject(output.trimmed());
    return value ? *value : QJsonObject();
}

QJsonObject Outcome::error() const
{
    const auto value = parseJsonObject(errors.trimmed());
    return value ? value->value(u"error").toObject() : QJsonObject();
}

Outcome run(const QStringList &arguments, const QHash<QString, QString> &environment, int limit)
{
    QProcess process;
    auto variables = QProcessEnvironment::systemEnvironment();
    for (auto it = environment.cbegin(); it != environment.cend(); ++it)
        variables.insert(it.key(), it.value());
    process.setProcessEnvironment(variables);
    process.start(builtProgram(u"paddockctl"_s), arguments);
    process.closeWriteChannel();
    const bool ended =
        process.waitForFinished(limit) && process.exitStatus() == QProcess::NormalExit;
    return {ended ? process.exitCode() : -1,
            process.readAllStandardOutput(),
            process.readAllStandardError()};
}

Outcome run(const QString &line, const QHash<QString, QString> &environment)
{
    return run(line.split(u' ', Qt::SkipEmptyParts), environment);
}

} // namespace paddock::test::paddockctl
