// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Ids.h"

#include <QCoreApplication>
#include <QRandomGenerator>

#include <algorithm>

namespace paddock {

namespace {
constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr int kAlphabetSize = sizeof kAlphabet - 1;
constexpr qsizetype kShortIdLength = 8;

bool isAsciiAlphanumeric(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9');
}
} // namespace

QString randomShortId()
{
    QString id;
    for (qsizetype i = 0; i < kShortIdLength; ++i)
        id += QLatin1Char(kAlphabet[QRandomGenerator::system()->bounded(kAlphabetSize)]);
    return id;
}

Result<SessionId> sessionIdFromText(const QString &text)
{
    if (text.size() != kShortIdLength ||
        !std::all_of(text.begin(), text.end(), isAsciiAlphanumeric)) {
        return fail(
            Error(ErrorKind::InvalidArgument,
                  QCoreApplication::translate("Ids", "\"%1\" is not a session id.").arg(text))
                .withRemedy(QCoreApplication::translate(
                    "Ids", "List the sessions with: paddockctl session list")));
    }
    return SessionId{text};
}

QString slugOf(const QString &title, int maxLength)
{
    QString slug;
    // NFKD turns accented letters into a base letter and marks; the marks are dropped.
    const QString plain = title.normalized(QString::NormalizationForm_KD).toLower();
    for (const QChar c : plain) {
        if (isAsciiAlphanumeric(c))
            slug += c;
        else if (c.isMark())
            continue;
        else if (!slug.isEmpty() && !slug.endsWith(u'-'))
            slug += u'-';
        if (slug.size() >= maxLength)
            break;
    }
    while (slug.endsWith(u'-'))
        slug.chop(1);
    return slug.isEmpty() ? QStringLiteral("session") : slug;
}

} // namespace paddock
