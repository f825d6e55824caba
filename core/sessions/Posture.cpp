// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/Posture.h"

#include "core/base/Chain.h"
#include "core/policy/SecretLike.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace paddock::sessions {

namespace {

QString field(const QByteArray &status, const char *name)
{
    for (const QByteArray &line : status.split('\n')) {
        if (line.startsWith(QByteArray(name) + ':'))
            return QString::fromLatin1(line.mid(qstrlen(name) + 1)).simplified();
    }
    return {};
}

} // namespace

QJsonObject
postureFrom(const QJsonObject &inspect, const QByteArray &status, const QByteArray &devices)
{
    const QJsonObject host = inspect.value(u"HostConfig").toObject();
    const QJsonObject config = inspect.value(u"Config").toObject();

    QJsonArray interfaces;
    const auto deviceLines = devices.split('\n');
    for (const QByteArray &line : deviceLines) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            interfaces.append(QString::fromLatin1(line.left(colon)).trimmed());
    }
    QJsonArray mounts;
    for (const QJsonValue mount : inspect.value(u"Mounts").toArray()) {
        mounts.append(QJsonObject{{u"source"_s, mount[u"Source"]},
                                  {u"target"_s, mount[u"Destination"]},
                                  {u"readOnly"_s, !mount[u"RW"].toBool()}});
    }
    QJsonArray names;
    QJsonArray keys;
    for (const QJsonValue variable : config.value(u"Env").toArray()) {
        const QString name = variable.toString().section(u'=', 0, 0);
        names.append(name);
        if (policy::looksLikeSecret(variable.toString().section(u'=', 1)))
            keys.append(name);
    }
    return {{u"container"_s, inspect.value(u"Id")},
            {u"image"_s, inspect.value(u"Image")},
            {u"networkMode"_s, host.value(u"NetworkMode")},
            {u"interfaces"_s, interfaces},
            {u"capabilities"_s,
             QJsonObject{{u"effective"_s, field(status, "CapEff")},
                         {u"bounding"_s, field(status, "CapBnd")}}},
            {u"noNewPrivileges"_s, field(status, "NoNewPrivs") == u"1"},
            {u"seccomp"_s, field(status, "Seccomp").toInt()},
            {u"user"_s, config.value(u"User")},
            {u"readOnlyRoot"_s, host.value(u"ReadonlyRootfs")},
            {u"privileged"_s, host.value(u"Privileged")},
            {u"mounts"_s, mounts},
            {u"environment"_s, names},
            {u"keysInEnvironment"_s, keys},
            {u"memoryBytes"_s, host.value(u"Memory")},
            {u"pids"_s, host.value(u"PidsLimit")},
            {u"nanoCpus"_s, host.value(u"NanoCpus")}};
}

Pending<QJsonObject>
readPosture(QObject *context, docker::Engine &engine, const ContainerId &container)
{
    if (container.isEmpty()) {
        return Pending<QJsonObject>::ready(
            fail(ErrorKind::ContainerNotFound,
                 QCoreApplication::translate("Posture", "The session has no container.")));
    }
    const auto readFile = [&engine, container](const QString &path) {
        return docker::runExec(engine.exec(),
                               container,
                               {.options = {.command = {u"/bin/cat"_s, path},
                                            .environment = {},
                                            .workingFolder = u"/"_s,
                                            .user = {},
                                            .tty = false,
                                            .input = false},
                                .input = {},
                                .maxOutputBytes = 256 * 1024});
    };
    return chained<QJsonObject>(
        context,
        engine.containers().inspect(container),
        [context, readFile](const docker::ContainerDetails &details) {
            return chained<QJsonObject>(
                context,
                readFile(u"/proc/1/status"_s),
                [context, readFile, details](const docker::ExecOutput &status) {
                    return mapped<QJsonObject>(
                        context,
                        readFile(u"/proc/net/dev"_s),
                        [details, status](const docker::ExecOutput &devices) {
                            return Result<QJsonObject>(postureFrom(
                                details.raw, status.standardOutput, devices.standardOutput));
                        });
                });
        });
}

} // namespace paddock::sessions
