// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QString>

namespace paddock::sandbox {

/// The system call filter of every container, in the engine's own form (moby's profile JSON), for
/// \a architecture ("x86_64", "aarch64"). Made from resources/seccomp/system-calls.json: what is
/// not listed there fails with EPERM. UnsupportedOption for another architecture.
[[nodiscard]] Result<QByteArray> seccompProfile(const QString &architecture);

/// The same from a given list, for tests. InvalidConfig names what is wrong with the list.
[[nodiscard]] Result<QJsonObject> seccompProfileFrom(const QJsonObject &list,
                                                     const QString &architecture);

/// A block of 32-bit numbers: those whose bits under \a mask are \a value.
struct MaskedBlock
{
    quint32 mask = 0;
    quint32 value = 0;

    bool operator==(const MaskedBlock &) const = default;
};

/// The fewest aligned blocks that cover every 32-bit number except \a excluded. A filter can only
/// allow by equality under a mask, and must not be fooled by the upper half of a 64-bit register.
[[nodiscard]] QList<MaskedBlock> everythingExcept(QList<quint32> excluded);

} // namespace paddock::sandbox
