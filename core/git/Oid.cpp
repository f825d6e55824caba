// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Oid.h"

#include <QCoreApplication>

#include <algorithm>

namespace paddock::git {

namespace {

constexpr qsizetype kDigits = 40;

} // namespace

Result<Oid> Oid::fromHex(const QByteArray &hex)
{
    const auto isDigit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (hex.size() != kDigits || !std::all_of(hex.begin(), hex.end(), isDigit))
        return fail(Error(ErrorKind::InvalidArgument,
                          QCoreApplication::translate("Oid", "This is not the name of an object."))
                        .withDetail(QString::fromUtf8(hex.left(80))));
    Oid oid;
    if (std::any_of(hex.begin(), hex.end(), [](char c) { return c != '0'; }))
        oid.m_hex = hex.toLower();
    return oid;
}

Result<Oid> Oid::fromHex(const QString &hex)
{
    return fromHex(hex.toUtf8());
}

QByteArray Oid::toHex() const
{
    return isNull() ? QByteArray(kDigits, '0') : m_hex;
}

} // namespace paddock::git
