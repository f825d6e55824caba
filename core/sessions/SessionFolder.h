// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

#include <optional>
#include <sys/types.h>

namespace paddock::sessions {

struct FolderOwner
{
    uid_t uid = 0;
    gid_t gid = 0;
};

/// The session's folder on the host, `$XDG_STATE_HOME/paddock/s/<session>/`, 0700, with run/
/// (sockets), home/ and spool/; git/ and dotgit are the private repository's. Made once; never
/// renamed or replaced, because a running container holds the folders themselves.
class SessionFolder
{
public:
    explicit SessionFolder(QString path)
        : m_path(std::move(path))
    {
    }

    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] QString run() const { return m_path + QStringLiteral("/run"); }
    [[nodiscard]] QString home() const { return m_path + QStringLiteral("/home"); }
    [[nodiscard]] QString spool() const { return m_path + QStringLiteral("/spool"); }
    [[nodiscard]] QString passwd() const { return m_path + QStringLiteral("/passwd"); }
    [[nodiscard]] QString group() const { return m_path + QStringLiteral("/group"); }
    [[nodiscard]] QString certificates() const { return m_path + QStringLiteral("/ca.crt"); }

    /// Makes what is missing; with \a owner (Paddock runs as root) everything is given to it.
    [[nodiscard]] Result<Done> ensure(const std::optional<FolderOwner> &owner) const;
    /// Writes the names of the container's user, mounted over /etc/passwd and /etc/group.
    [[nodiscard]] Result<Done> writeUserNames(const QByteArray &passwdText,
                                              const QByteArray &groupText) const;
    /// Writes the bundle of the host's authorities (empty: removes the file).
    [[nodiscard]] Result<Done> writeCertificates(const QByteArray &bundle) const;
    /// Deletes everything below without following a link or leaving the file system. What could not
    /// be deleted is named. Blocks: worker thread only.
    [[nodiscard]] Result<Done> remove() const;

private:
    QString m_path;
};

} // namespace paddock::sessions
