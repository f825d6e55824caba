// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/Services.h"

using namespace Qt::StringLiterals;

namespace paddock::facade {

QString summaryOf(const ProjectChange &change)
{
    QStringList parts;
    const auto add = [&parts](const QString &name, const std::optional<QString> &value) {
        if (value)
            parts.append(name + u'=' + *value);
    };
    add(u"name"_s, change.name);
    add(u"image"_s, change.image);
    if (change.isolation)
        add(u"isolation"_s, projects::isolationName(*change.isolation));
    add(u"worktrees-root"_s, change.worktreesRoot);
    if (change.protectedBranches)
        add(u"protect"_s, change.protectedBranches->join(u','));
    add(u"git-name"_s, change.gitName);
    add(u"git-email"_s, change.gitEmail);
    for (const auto &[name, value] : change.gitSet)
        add(QString::fromUtf8(name), QString::fromUtf8(value));
    for (const QByteArray &name : change.gitUnset)
        add(u"unset-git"_s, QString::fromUtf8(name));
    add(u"group"_s, change.group);
    add(u"umask"_s, change.umask);
    return parts.join(u' ');
}

QJsonObject Health::toJson() const
{
    return {{u"ok"_s, ok},
            {u"mode"_s, mode},
            {u"docker"_s,
             QJsonObject{{u"socketConnected"_s, socketConnected},
                         {u"imageAvailable"_s, imageAvailable},
                         {u"imageName"_s, imageName},
                         {u"networkExists"_s, networkExists}}}};
}

} // namespace paddock::facade
