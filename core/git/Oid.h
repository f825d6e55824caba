// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QHashFunctions>
#include <QString>

namespace paddock::git {

/// The name of an object: 40 lower-case hexadecimal digits (SHA-1), or null. Value type.
class Oid
{
public:
    Oid() = default;
    /// Exactly 40 hexadecimal digits, else InvalidArgument. Forty zeroes give the null Oid.
    [[nodiscard]] static Result<Oid> fromHex(const QByteArray &hex);
    [[nodiscard]] static Result<Oid> fromHex(const QString &hex);

    [[nodiscard]] bool isNull() const { return m_hex.isEmpty(); }
    /// 40 digits; zeroes for the null Oid.
    [[nodiscard]] QByteArray toHex() const;
    [[nodiscard]] QString toString() const { return QString::fromLatin1(toHex()); }
    /// The first 10 digits, for a person.
    [[nodiscard]] QString abbreviated() const { return toString().left(10); }

    bool operator==(const Oid &) const = default;
    auto operator<=>(const Oid &other) const { return m_hex.compare(other.m_hex) <=> 0; }

private:
    QByteArray m_hex;
};

inline size_t qHash(const Oid &oid, size_t seed = 0)
{
    return qHash(oid.toHex(), seed);
}

} // namespace paddock::git
