// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>

namespace paddock::ctl {

/// One thing a container is sealed by, as the engine and the kernel report it.
struct PostureCheck
{
    QString what;  ///< "network"
    QString found; ///< "none"
    bool holds = false;
};

/// \a posture is facade::SessionService::posture(). What is not in it does not hold. Pure.
[[nodiscard]] QList<PostureCheck> postureChecks(const QJsonObject &posture);
/// Lines for a person; "NOT AS IT SHOULD BE" where a check fails.
[[nodiscard]] QString postureTable(const QJsonObject &posture);

} // namespace paddock::ctl
