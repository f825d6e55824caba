// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/DisplayText.h"

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

bool isHidden(char32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
        return true;
    switch (c) {
    case 0x00ad: // soft hyphen
    case 0x034f: // combining grapheme joiner
    case 0x061c: // Arabic letter mark
    case 0x115f: // Hangul fillers
    case 0x1160:
    case 0x180e:
    case 0x3164:
    case 0xfeff:
    case 0xffa0:
        return true;
    default:
        break;
    }
    // 200C and 200D join letters and emoji in ordinary text and stay.
    if (c == 0x200b || c == 0x200e || c == 0x200f)
        return true;
    if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f))
        return true;
    if (c >= 0xfff0 && c <= 0xfffb)
        return true;
    return c >= 0xe0000 && c <= 0xe0fff;
}

QString escapeOf(char32_t c)
{
    return u"\\u{%1}"_s.arg(QString::number(c, 16).toUpper().rightJustified(4, u'0'));
}

} // namespace

QString visibleText(const QString &text, Lines lines)
{
    QString result;
    result.reserve(text.size());
    const qsizetype size = text.size();
    for (qsizetype i = 0; i < size; ++i) {
        const QChar unit = text.at(i);
        const char16_t c = unit.unicode();
        if (c == u'\n' || c == u'\r') {
            if (c == u'\r' && i + 1 < size && text.at(i + 1) == u'\n')
                ++i;
            result += lines == Lines::Many ? u'\n' : u' ';
        } else if (c == u'\t') {
            result += lines == Lines::Many ? u'\t' : u' ';
        } else if (unit.isHighSurrogate() && i + 1 < size && text.at(i + 1).isLowSurrogate()) {
            const char32_t whole = QChar::surrogateToUcs4(unit, text.at(i + 1));
            ++i;
            if (isHidden(whole))
                result += escapeOf(whole);
            else
                result += QStringView(text).mid(i - 1, 2);
        } else if (unit.isSurrogate() || isHidden(c)) {
            result += escapeOf(c);
        } else {
            result += unit;
        }
    }
    return result;
}

LimitedText limitedText(const QString &text, const TextLimits &limits)
{
    LimitedText result;
    const qsizetype size = text.size();
    bool linesCut = false;
    bool textCut = false;
    qsizetype column = 0;
    qsizetype lines = 1;
    result.text.reserve(qMin(size, limits.maxCharacters));
    for (qsizetype i = 0; i < size; ++i) {
        const QChar c = text.at(i);
        if (result.text.size() >= limits.maxCharacters || lines > limits.maxLines) {
            textCut = true;
            break;
        }
        if (c == u'\n') {
            column = 0;
            ++lines;
            result.text += c;
        } else if (column < limits.maxLineCharacters) {
            ++column;
            result.text += c;
        } else {
            if (column == limits.maxLineCharacters) {
                ++column;
                result.text += u'…';
            }
            linesCut = true;
            // The rest of the line does not matter; jump to its end.
            const qsizetype end = text.indexOf(u'\n', i);
            i = (end < 0 ? size : end) - 1;
        }
    }
    if (!result.text.isEmpty() && result.text.back().isHighSurrogate())
        result.text.chop(1);
    const QLocale locale;
    if (textCut) {
        result.notice = QCoreApplication::translate(
                            "DisplayText", "Only the first %1 of %2 characters are shown here.")
                            .arg(locale.toString(result.text.size()), locale.toString(size));
    } else if (linesCut) {
        result.notice =
            QCoreApplication::translate(
                "DisplayText", "Long lines are cut at %1 characters here; the whole text has %2.")
                .arg(locale.toString(limits.maxLineCharacters), locale.toString(size));
    }
    return result;
}

QString plainToolTip(const QString &text)
{
    // QToolTip guesses whether a text is markup; being markup for certain leaves no guess.
    const QString shown =
        limitedText(visibleText(text), {.maxCharacters = 2'000, .maxLines = 40}).text;
    return shown.isEmpty()
               ? QString()
               : u"<qt>"_s + shown.toHtmlEscaped().replace(u'\n', "<br>"_L1) + u"</qt>"_s;
}

QString plainButtonText(const QString &text)
{
    return visibleText(text, Lines::One).replace(u'&', "&&"_L1);
}

QString shortAge(const QDateTime &then, const QDateTime &now)
{
    if (!then.isValid())
        return {};
    const qint64 seconds = then.secsTo(now);
    if (seconds < 60)
        return QCoreApplication::translate("DisplayText", "now", "age of a session, short");
    if (seconds < 3600)
        return QCoreApplication::translate("DisplayText", "%1 min").arg(seconds / 60);
    if (seconds < 86400)
        return QCoreApplication::translate("DisplayText", "%1 h").arg(seconds / 3600);
    return QCoreApplication::translate("DisplayText", "%1 d").arg(seconds / 86400);
}

QString shortTime(const QDateTime &then, const QDateTime &now)
{
    if (!then.isValid())
        return {};
    const QLocale locale;
    const QDateTime local = then.toLocalTime();
    if (local.date() == now.toLocalTime().date())
        return locale.toString(local.time(), QLocale::ShortFormat);
    return locale.toString(local, QLocale::ShortFormat);
}

QString shortCommit(const QString &hex)
{
    return hex.left(10);
}

} // namespace paddock::ui
