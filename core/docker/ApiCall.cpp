// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ApiCall.h"

#include <QCoreApplication>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace paddock::docker {

QByteArray pathPart(const QString &text)
{
    return QUrl::toPercentEncoding(text, "/:@+");
}

Result<QByteArray> checkedName(const QString &text, const QString &what)
{
    bool valid = !text.isEmpty() && text.size() <= 255;
    for (qsizetype i = 0; valid && i < text.size(); ++i) {
        const QChar c = text.at(i);
        const bool letter =
            (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
        valid = letter || (i > 0 && (c == u'_' || c == u'.' || c == u'-'));
    }
    if (!valid) {
        return fail(ErrorKind::InvalidArgument,
                    QCoreApplication::translate("Docker", "\"%1\" is not an id or a name of a %2.")
                        .arg(text.left(255), what));
    }
    return text.toLatin1();
}

} // namespace paddock::docker
