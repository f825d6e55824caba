// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Result.h"

#include <QString>

namespace paddock {

/// Where one instance of Paddock keeps its things, by the XDG variables as they were at
/// construction (https://specifications.freedesktop.org/basedir-spec). Instances with different
/// variables live beside each other without seeing each other. Value type.
struct XdgPaths
{
    QString config;  ///< $XDG_CONFIG_HOME/paddock
    QString data;    ///< $XDG_DATA_HOME/paddock: paddock.db, shim/, streams/
    QString state;   ///< $XDG_STATE_HOME/paddock: s/<session>/, log/
    QString cache;   ///< $XDG_CACHE_HOME/paddock
    QString runtime; ///< $XDG_RUNTIME_DIR/paddock: control.sock only

    /// From the environment. $XDG_RUNTIME_DIR must be set and be an existing folder of this user,
    /// else RuntimeFolderMissing with a remedy; the others have the defaults of the specification.
    [[nodiscard]] static Result<XdgPaths> fromEnvironment();

    /// Makes the folders that are missing, 0700 whatever the umask is.
    [[nodiscard]] Result<Done> create() const;

    [[nodiscard]] QString database() const { return data + QStringLiteral("/paddock.db"); }
    [[nodiscard]] QString streams() const { return data + QStringLiteral("/streams"); }
    [[nodiscard]] QString controlSocket() const
    {
        return runtime + QStringLiteral("/control.sock");
    }
    [[nodiscard]] QString ownerLock() const { return data + QStringLiteral("/owner.lock"); }
    [[nodiscard]] QString sessionFolder(const SessionId &id) const
    {
        return state + QStringLiteral("/s/") + id.value;
    }
};

/// mkdir -p with mode 0700 for each new part, whatever the umask. Existing folders keep their mode.
[[nodiscard]] Result<Done> makePrivateFolder(const QString &path);

} // namespace paddock
