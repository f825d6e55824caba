// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/PostureText.h"

#include "app/ctl/SafeText.h"
#include "core/base/Bytes.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

QStringList texts(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue &element : value.toArray())
        list.append(element.toString());
    return list;
}

/// A set of capabilities as the kernel prints it: 16 hexadecimal digits.
PostureCheck capabilities(const QString &what, const QString &hex)
{
    bool isNumber = false;
    const bool none = hex.toULongLong(&isNumber, 16) == 0 && isNumber;
    return {what, none ? translated("none") : hex.isEmpty() ? translated("unknown") : hex, none};
}

PostureCheck truth(const QString &what, const QJsonValue &value, bool wanted)
{
    return {what,
            !value.isBool()  ? translated("unknown")
            : value.toBool() ? translated("yes")
                             : translated("no"),
            value.isBool() && value.toBool() == wanted};
}

} // namespace

QList<PostureCheck> postureChecks(const QJsonObject &posture)
{
    QList<PostureCheck> checks;
    const QString network = posture.value(u"networkMode").toString();
    checks.append({translated("network mode"), network, network == u"none"});
    const QStringList interfaces = texts(posture.value(u"interfaces"));
    checks.append({translated("network interfaces"),
                   interfaces.join(u", "_s),
                   interfaces == QStringList{u"lo"_s}});
    const QJsonObject sets = posture.value(u"capabilities").toObject();
    checks.append(capabilities(translated("capabilities"), sets.value(u"effective").toString()));
    checks.append(
        capabilities(translated("capabilities it could get"), sets.value(u"bounding").toString()));
    checks.append(truth(translated("no new privileges"), posture.value(u"noNewPrivileges"), true));
    checks.append(truth(translated("privileged"), posture.value(u"privileged"), false));
    const int seccomp = posture.value(u"seccomp").toInt(-1);
    checks.append({translated("system call filter"),
                   seccomp == 2 ? translated("on") : translated("off"),
                   seccomp == 2});
    checks.append(truth(translated("read-only root"), posture.value(u"readOnlyRoot"), true));
    const QString user = posture.value(u"user").toString();
    const QString uid = user.section(u':', 0, 0);
    checks.append({translated("user"), user, !uid.isEmpty() && uid != u"0" && uid != u"root"});
    const QJsonValue keys = posture.value(u"keysInEnvironment");
    checks.append({translated("keys in the environment"),
                   keys.toArray().isEmpty() ? translated("none") : texts(keys).join(u", "_s),
                   keys.isArray() && keys.toArray().isEmpty()});
    bool hasEngine = false;
    for (const QJsonValue &mount : posture.value(u"mounts").toArray()) {
        for (const QString &end : {mount[u"source"].toString(), mount[u"target"].toString()})
            hasEngine = hasEngine || end.endsWith(u"docker.sock") || end.endsWith(u"podman.sock");
    }
    checks.append({translated("engine socket"),
                   hasEngine ? translated("mounted") : translated("not mounted"),
                   posture.value(u"mounts").isArray() && !hasEngine});
    return checks;
}

QString postureTable(const QJsonObject &posture)
{
    QStringList lines;
    for (const PostureCheck &check : postureChecks(posture)) {
        lines.append(u"  "_s + check.what.leftJustified(28) + safeLine(check.found) +
                     (check.holds ? QString() : u"   <- "_s + translated("NOT AS IT SHOULD BE")));
    }
    const auto limit = [&posture](QStringView key) { return posture.value(key).toInteger(); };
    lines.append(u"  "_s + translated("limits").leftJustified(28) +
                 translated("%1 memory, %2 processes, %3 CPUs")
                     .arg(formatByteSize(limit(u"memoryBytes")))
                     .arg(limit(u"pids"))
                     .arg(static_cast<double>(limit(u"nanoCpus")) / 1e9));
    for (const QJsonValue &mount : posture.value(u"mounts").toArray()) {
        lines.append(u"  "_s + translated("mount").leftJustified(28) +
                     safeLine(mount[u"target"].toString()) +
                     (mount[u"readOnly"].toBool() ? translated(" (read-only)") : QString()));
    }
    return lines.join(u'\n');
}

} // namespace paddock::ctl
