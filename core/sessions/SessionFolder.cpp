// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/SessionFolder.h"

#include "core/base/XdgPaths.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace paddock::sessions {

namespace {

/// A file for everyone to read; left as it is when it has the content already, because a running
/// container holds the file itself. Not waited for on the disk: it is looked at before each start.
Result<Done> ensurePublic(const QString &path, const QByteArray &content)
{
    QFile present(path);
    if (present.open(QIODevice::ReadOnly) && present.readAll() == content)
        return Done{};
    const QFileInfo file(path);
    return worktrees::writeFileBeneath(
        file.absolutePath(), QFile::encodeName(file.fileName()), content, 0644);
}

} // namespace

Result<Done> SessionFolder::ensure(const std::optional<FolderOwner> &owner) const
{
    for (const QString &folder : {m_path, run(), home(), spool()}) {
        if (auto made = makePrivateFolder(folder); !made)
            return made;
        if (owner && ::lchown(QFile::encodeName(folder).constData(), owner->uid, owner->gid) != 0) {
            return fail(Error(ErrorKind::PermissionDenied,
                              QCoreApplication::translate("SessionFolder",
                                                          "%1 could not be given to user %2.")
                                  .arg(folder)
                                  .arg(owner->uid))
                            .withDetail(QString::fromLocal8Bit(std::strerror(errno))));
        }
    }
    return Done{};
}

Result<Done> SessionFolder::writeCertificates(const QByteArray &bundle) const
{
    if (bundle.isEmpty()) {
        QFile::remove(certificates());
        return Done{};
    }
    // Certificates are public; the container's user reads them through a mount of its own.
    return ensurePublic(certificates(), bundle);
}

Result<Done> SessionFolder::writeUserNames(const QByteArray &passwdText,
                                           const QByteArray &groupText) const
{
    if (auto written = ensurePublic(passwd(), passwdText); !written)
        return written;
    return ensurePublic(group(), groupText);
}

Result<Done> SessionFolder::remove() const
{
    // home/ and spool/ are the agent's: deep, without permissions, full of links.
    auto left = worktrees::removeTree(m_path, std::nullopt);
    if (!left)
        return fail(left.error());
    if (left->isEmpty())
        return Done{};
    return fail(Error(ErrorKind::IoFailed,
                      QCoreApplication::translate("SessionFolder", "%1 could not be removed whole.")
                          .arg(m_path))
                    .withDetail(left->join(u'\n')));
}

} // namespace paddock::sessions
