// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/EnglishPlurals.h"

#include <QStringView>

using namespace Qt::StringLiterals;

namespace paddock::ui {

QString EnglishPlurals::translate(const char *, const char *source, const char *, int n) const
{
    if (n < 0)
        return {};
    QString text = QString::fromUtf8(source);
    if (!text.contains("(s)"_L1))
        return {};
    // "%n session(s) wait for you": the noun has its (s) right after it; the verb of one has an s.
    struct Form
    {
        QLatin1StringView many;
        QLatin1StringView one;
    };
    static constexpr Form kVerbs[] = {{" wait for"_L1, " waits for"_L1}};
    text.replace("wait(s)"_L1, n == 1 ? "waits"_L1 : "wait"_L1);
    text.replace("(s)"_L1, n == 1 ? ""_L1 : "s"_L1);
    if (n == 1) {
        for (const Form &verb : kVerbs)
            text.replace(verb.many, verb.one);
    }
    return text;
}

} // namespace paddock::ui
