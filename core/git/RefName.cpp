// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/RefName.h"

#include <QByteArray>
#include <QList>
#include <QStringDecoder>

#include <algorithm>

namespace paddock::git {

namespace {

constexpr qsizetype kMaxRefName = 200;

bool isSafeComponent(const QByteArray &part)
{
    return !part.isEmpty() && !part.startsWith('.') && !part.startsWith('-') &&
           !part.endsWith(".lock") && !part.endsWith('.');
}

} // namespace

bool isSafeRefName(QByteArrayView name)
{
    if (!name.startsWith("refs/") || name.size() > kMaxRefName)
        return false;
    const QByteArray bytes = name.toByteArray();
    if (bytes.contains("..") || bytes.contains("@{"))
        return false;
    for (const char c : bytes) {
        if (c == ' ' || c == '~' || c == '^' || c == ':' || c == '?' || c == '*' || c == '[' ||
            c == '\\')
            return false;
    }
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder.decode(bytes);
    if (decoder.hasError())
        return false;
    for (const QChar c : text) {
        const auto category = c.category();
        if (category == QChar::Other_Control || category == QChar::Other_Format ||
            category == QChar::Separator_Line || category == QChar::Separator_Paragraph)
            return false;
    }
    const auto parts = bytes.split('/');
    return parts.size() >= 2 && std::all_of(parts.begin(), parts.end(), isSafeComponent);
}

bool isValidBranchName(const QString &name)
{
    return name != QLatin1String("HEAD") && name != QLatin1String("@") &&
           isSafeRefName(QByteArray("refs/heads/") + name.toUtf8());
}

} // namespace paddock::git
