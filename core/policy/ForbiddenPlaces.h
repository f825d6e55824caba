// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/XdgPaths.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::policy {

/// How far a place is closed. In both forms nothing above it may be mounted either, because that
/// would bring it along.
enum class ForbiddenReach {
    ItselfOnly, ///< things inside may be mounted (the home folder: projects live there)
    AndInside,  ///< nothing inside either (/etc, ~/.ssh)
};

struct ForbiddenPlace
{
    QString path;
    ForbiddenReach reach = ForbiddenReach::AndInside;
    QString why; ///< completes "It …", for a person

    bool operator==(const ForbiddenPlace &) const = default;
};

/// The places no mount may give away: system folders, engine sockets, the runtime folder, the
/// home folder as such, credentials below it, and what Paddock itself keeps. Places that do not
/// exist are listed too: they may come later.
[[nodiscard]] QList<ForbiddenPlace> forbiddenPlaces(const XdgPaths &own,
                                                    const QString &home,
                                                    const QString &runtimeFolder,
                                                    const QStringList &engineSockets,
                                                    const QString &engineDataRoot);

} // namespace paddock::policy
