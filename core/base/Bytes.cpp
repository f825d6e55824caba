// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Bytes.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace paddock {

Result<qint64> parseByteSize(const QString &text)
{
    static const QRegularExpression form(
        uR"(\A\s*(\d{1,18})(\.\d{1,9})?\s*(?:([kmgt])(?:i?b)?|b)?\s*\z)"_s,
        QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(text);
    const auto refuse = [&text] {
        return fail(
            Error(ErrorKind::InvalidArgument,
                  QCoreApplication::translate("Bytes", "\"%1\" is not a size.").arg(text))
                .withRemedy(QCoreApplication::translate(
                    "Bytes",
                    "Write bytes or a number with k, m, g or t, for example 512m or 1.5g.")));
    };
    if (!match.hasMatch())
        return refuse();
    const QString suffix = match.captured(3).toLower();
    if (suffix.isEmpty() && !match.captured(2).isEmpty())
        return refuse();
    const qsizetype power = suffix.isEmpty() ? 0 : u"kmgt"_s.indexOf(suffix.front()) + 1;
    const auto unit = static_cast<double>(qint64{1} << (10 * power));
    const double value = (match.captured(1) + match.captured(2)).toDouble() * unit;
    if (value > 9.2e18)
        return refuse();
    if (match.captured(2).isEmpty())
        return match.captured(1).toLongLong() * (qint64{1} << (10 * power));
    return static_cast<qint64>(std::llround(value));
}

QString formatByteSize(qint64 bytes)
{
    static constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (std::abs(value) >= 1024.0 && unit + 1 < units.size()) {
        value /= 1024.0;
        ++unit;
    }
    const bool whole = unit == 0 || std::abs(value - std::round(value)) < 0.05;
    return QString::number(value, 'f', whole ? 0 : 1) + u' ' + QLatin1StringView(units.at(unit));
}

} // namespace paddock
