// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QHashFunctions>
#include <QString>

namespace paddock {

/// A text id of one kind of thing; different kinds do not mix. Value type.
template <typename Tag>
struct Id
{
    QString value;

    [[nodiscard]] bool isEmpty() const { return value.isEmpty(); }
    [[nodiscard]] const QString &toString() const { return value; }
    auto operator<=>(const Id &other) const { return value.compare(other.value) <=> 0; }
    bool operator==(const Id &other) const { return value == other.value; }
};

template <typename Tag>
size_t qHash(const Id<Tag> &id, size_t seed = 0)
{
    return qHash(id.value, seed);
}

using SessionId = Id<struct SessionTag>;     ///< 8 characters of a-z0-9
using ProjectId = Id<struct ProjectTag>;     ///< 8 characters of a-z0-9
using PersonaId = Id<struct PersonaTag>;     ///< slug
using ContainerId = Id<struct ContainerTag>; ///< 64 hex digits, as the engine gives it
using ImageId = Id<struct ImageTag>;         ///< "sha256:" and 64 hex digits
using ExecId = Id<struct ExecTag>;           ///< 64 hex digits
using NetworkId = Id<struct NetworkTag>;     ///< 64 hex digits

/// 8 random characters of a-z and 0-9 from the system's random source.
[[nodiscard]] QString randomShortId();
/// Checks form: 8 characters of a-z0-9.
[[nodiscard]] Result<SessionId> sessionIdFromText(const QString &text);
/// Lower-case words of \a title joined by '-', ASCII only, at most \a maxLength; "session" if
/// nothing is left. Safe as a branch component and folder name.
[[nodiscard]] QString slugOf(const QString &title, int maxLength = 32);

} // namespace paddock
