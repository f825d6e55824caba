// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/Surface.h"

#include <QDirIterator>
#include <QFile>
#include <QJsonArray>

#include <functional>
#include <sys/stat.h>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

/// IPv4 addresses are one word in host order, IPv6 four such words.
bool isLoopback(const QByteArray &address)
{
    if (address.size() == 8)
        return address.endsWith("7F");
    return address == "00000000000000000000000001000000" ||
           (address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F"));
}

bool isUnspecified(const QByteArray &address)
{
    return address.count('0') == address.size();
}

struct Check
{
    const char *name;
    std::function<bool(const QJsonObject &host, const QJsonObject &config)> passes;
};

QStringList textsOf(const QJsonValue &value)
{
    QStringList all;
    for (const QJsonValue &element : value.toArray())
        all.append(element.toString());
    return all;
}

} // namespace

QStringList addressesBeyondLoopback(const QByteArray &procNet)
{
    QStringList all;
    for (const QByteArray &line : procNet.split('\n')) {
        const QList<QByteArray> fields = line.simplified().split(' ');
        if (fields.size() < 4 || !fields.at(0).endsWith(':'))
            continue;
        const QByteArray local = fields.at(1).split(':').first();
        const QByteArray remote = fields.at(2).split(':').first();
        // A socket on every address is one on the interface, where there is one.
        if (!isLoopback(local))
            all.append(QString::fromLatin1(fields.at(1)));
        if (!isLoopback(remote) && !isUnspecified(remote))
            all.append(QString::fromLatin1(fields.at(2)));
    }
    return all;
}

QStringList failedBenchmarkChecks(const QJsonObject &inspect)
{
    using Object = const QJsonObject &;
    const QList<Check> checks{
        {"5.3 kernel capabilities",
         [](Object h, Object) {
             return textsOf(h[u"CapDrop"]) == QStringList{u"ALL"_s} &&
                    textsOf(h[u"CapAdd"]).isEmpty();
         }},
        {"5.4 privileged", [](Object h, Object) { return !h[u"Privileged"].toBool(true); }},
        {"5.5 sensitive host folders",
         [](Object h, Object) {
             for (const QJsonValue &mount : h[u"Mounts"].toArray()) {
                 const QString source = mount[u"Source"].toString();
                 for (const auto &closed : {u"/"_s,
                                            u"/boot"_s,
                                            u"/dev"_s,
                                            u"/etc"_s,
                                            u"/lib"_s,
                                            u"/proc"_s,
                                            u"/sys"_s,
                                            u"/usr"_s})
                     if (source == closed)
                         return false;
             }
             return h[u"Binds"].toArray().isEmpty();
         }},
        {"5.7 privileged ports",
         [](Object h, Object) { return h[u"PortBindings"].toObject().isEmpty(); }},
        {"5.9 host network",
         [](Object h, Object) { return h[u"NetworkMode"].toString() == u"none"; }},
        {"5.10 memory", [](Object h, Object) { return h[u"Memory"].toInteger() > 0; }},
        {"5.11 CPU",
         [](Object h, Object) {
             return h[u"CpuShares"].toInteger() > 0 && h[u"NanoCpus"].toInteger() > 0;
         }},
        {"5.12 read-only root", [](Object h, Object) { return h[u"ReadonlyRootfs"].toBool(); }},
        {"5.14 restart policy",
         [](Object h, Object) {
             const QString name = h[u"RestartPolicy"][u"Name"].toString();
             return name == u"no" || name.isEmpty();
         }},
        {"5.15 host processes",
         [](Object h, Object) { return h[u"PidMode"].toString().isEmpty(); }},
        {"5.16 host IPC", [](Object h, Object) { return h[u"IpcMode"].toString() == u"private"; }},
        {"5.17 host devices", [](Object h, Object) { return h[u"Devices"].toArray().isEmpty(); }},
        {"5.18 ulimits", [](Object h, Object) { return h[u"Ulimits"].toArray().size() >= 3; }},
        {"5.19 mount propagation",
         [](Object h, Object) {
             for (const QJsonValue &mount : h[u"Mounts"].toArray())
                 if (mount[u"BindOptions"][u"Propagation"].toString() != u"rprivate")
                     return false;
             return true;
         }},
        {"5.20 host UTS", [](Object h, Object) { return h[u"UTSMode"].toString().isEmpty(); }},
        {"5.21 seccomp",
         [](Object h, Object) {
             for (const QString &option : textsOf(h[u"SecurityOpt"]))
                 if (option.startsWith(u"seccomp={"))
                     return true;
             return false;
         }},
        {"5.25 no new privileges",
         [](Object h, Object) {
             return textsOf(h[u"SecurityOpt"]).contains(u"no-new-privileges:true");
         }},
        {"5.28 PIDs limit", [](Object h, Object) { return h[u"PidsLimit"].toInteger() > 0; }},
        {"5.30 host user namespace",
         [](Object h, Object) { return h[u"UsernsMode"].toString() != u"host"; }},
        {"5.31 engine socket",
         [](Object h, Object) {
             for (const QJsonValue &mount : h[u"Mounts"].toArray())
                 if (mount[u"Source"].toString().endsWith(u"docker.sock"))
                     return false;
             return true;
         }},
        {"4.1 user",
         [](Object, Object c) {
             const QString user = c[u"User"].toString();
             return !user.isEmpty() && !user.startsWith(u"0") && user != u"root";
         }},
    };
    QStringList failed;
    for (const Check &check : checks) {
        if (!check.passes(inspect.value(u"HostConfig").toObject(),
                          inspect.value(u"Config").toObject()))
            failed.append(QString::fromLatin1(check.name));
    }
    return failed;
}

QStringList dangerousEntries(const QString &folder)
{
    QStringList all;
    QDirIterator each(folder,
                      QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                      QDirIterator::Subdirectories);
    while (each.hasNext()) {
        const QString path = each.next();
        struct stat info = {};
        if (::lstat(QFile::encodeName(path).constData(), &info) != 0)
            continue;
        if (S_ISBLK(info.st_mode) || S_ISCHR(info.st_mode) ||
            (info.st_mode & (S_ISUID | S_ISGID)) || info.st_uid == 0)
            all.append(each.fileName());
    }
    all.sort();
    return all;
}

} // namespace paddock::test
