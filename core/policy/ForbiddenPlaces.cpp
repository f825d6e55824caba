// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/ForbiddenPlaces.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::policy {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("ForbiddenPlaces", text);
}

} // namespace

QList<ForbiddenPlace> forbiddenPlaces(const XdgPaths &own,
                                      const QString &home,
                                      const QString &runtimeFolder,
                                      const QStringList &engineSockets,
                                      const QString &engineDataRoot)
{
    QList<ForbiddenPlace> places;
    const auto add = [&places](const QString &path, ForbiddenReach reach, const QString &why) {
        if (path.startsWith(u'/'))
            places.append({path, reach, why});
    };
    const auto inside = ForbiddenReach::AndInside;

    add(u"/"_s, ForbiddenReach::ItselfOnly, translated("is the whole system"));
    for (const auto &path : {u"/etc"_s, u"/boot"_s, u"/usr"_s, u"/bin"_s, u"/sbin"_s, u"/lib"_s})
        add(path, inside, translated("belongs to the system"));
    for (const auto &path : {u"/proc"_s, u"/sys"_s, u"/dev"_s})
        add(path, inside, translated("is the kernel's own interface"));
    for (const auto &path : {u"/run"_s,
                             u"/var/run"_s,
                             u"/var/lib/docker"_s,
                             u"/var/lib/containers"_s,
                             u"/var/lib/containerd"_s,
                             engineDataRoot})
        add(path, inside, translated("holds sockets or data of the system's services"));
    for (const auto &socket : engineSockets)
        add(socket,
            inside,
            translated("is the socket of a container engine: it gives away the machine"));
    add(runtimeFolder, inside, translated("holds the sockets of your desktop"));

    for (const auto &path : {own.config, own.data, own.state, own.cache, own.runtime})
        add(path, inside, translated("holds Paddock's own data"));

    if (home.startsWith(u'/') && home != u"/") {
        add(home, ForbiddenReach::ItselfOnly, translated("is your whole home folder"));
        for (const auto &below : {u".ssh"_s,
                                  u".gnupg"_s,
                                  u".aws"_s,
                                  u".azure"_s,
                                  u".kube"_s,
                                  u".docker"_s,
                                  u".config/gcloud"_s,
                                  u".config/gh"_s,
                                  u".netrc"_s,
                                  u".git-credentials"_s,
                                  u".config/git"_s,
                                  u".password-store"_s,
                                  u".local/share/keyrings"_s,
                                  u".claude"_s,
                                  u".codex"_s,
                                  u".gemini"_s,
                                  u".mozilla"_s,
                                  u".config/chromium"_s,
                                  u".config/google-chrome"_s,
                                  u".config/autostart"_s,
                                  u".config/systemd"_s})
            add(home + u'/' + below,
                inside,
                translated("holds credentials or what your login runs"));
    }
    return places;
}

} // namespace paddock::policy
