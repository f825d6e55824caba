// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/SafeText.h"

#include <QChar>
#include <QStringDecoder>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

/// Format characters (bidirectional controls, zero width ones, tags, the byte order mark), line
/// separators of their own kind, private use and unassigned characters.
bool isTricky(char32_t code)
{
    switch (QChar::category(code)) {
    case QChar::Other_Control:
    case QChar::Other_Surrogate:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    case QChar::Other_Format:
        // Joiners shape emoji and scripts; alone they reorder nothing.
        return code != 0x200D && code != 0x200C;
    default:
        return false;
    }
}

QString escaped(char32_t code)
{
    if (code < 0x100)
        return u"\\x%1"_s.arg(static_cast<uint>(code), 2, 16, QChar(u'0'));
    return u"\\u%1"_s.arg(static_cast<uint>(code), 4, 16, QChar(u'0'));
}

QString safe(const QString &text, bool keepsLines)
{
    QString result;
    result.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        char32_t code = text.at(i).unicode();
        if (QChar::isHighSurrogate(code) && i + 1 < text.size() &&
            text.at(i + 1).isLowSurrogate()) {
            code = QChar::surrogateToUcs4(text.at(i), text.at(i + 1));
            ++i;
        }
        const bool isLayout = code == U'\n' || code == U'\t';
        if ((isLayout && keepsLines) || (!isLayout && !isTricky(code)))
            result += QString::fromUcs4(&code, 1);
        else if (code == U'\n')
            result += u"\\n"_s;
        else if (code == U'\t')
            result += u"\\t"_s;
        else
            result += escaped(code);
    }
    return result;
}

} // namespace

QString safeText(const QString &text)
{
    return safe(text, true);
}

QString safeLine(const QString &text)
{
    return safe(text, false);
}

QByteArray safeBytes(const QByteArray &bytes)
{
    QByteArray result;
    result.reserve(bytes.size());
    qsizetype at = 0;
    while (at < bytes.size()) {
        const auto lead = static_cast<uchar>(bytes.at(at));
        const qsizetype length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
        const QString text = decoder(bytes.mid(at, length));
        if (decoder.hasError() || at + length > bytes.size() || text.isEmpty()) {
            // Also a byte order mark, which the decoder swallows.
            result += text.isEmpty() && !decoder.hasError() ? QByteArrayLiteral("\\ufeff")
                                                            : escaped(lead).toLatin1();
            at += text.isEmpty() && !decoder.hasError() ? length : 1;
            continue;
        }
        // A carriage return before a line feed is how some files end their lines.
        if (lead == '\r' && at + 1 < bytes.size() && bytes.at(at + 1) == '\n')
            result += '\r';
        else
            result += safeText(text).toUtf8();
        at += length;
    }
    return result;
}

QString elided(const QString &text, qsizetype width)
{
    return text.size() <= width ? text : text.left(qMax<qsizetype>(0, width - 1)) + u'…';
}

} // namespace paddock::ctl
