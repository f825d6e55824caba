// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Console.h"

#include "app/ctl/SafeText.h"
#include "core/control/Json.h"

#include <QJsonDocument>

#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

Console::Console(Format format)
    : m_format(format)
    , m_outputIsTerminal(::isatty(STDOUT_FILENO) == 1)
    , m_errorIsTerminal(::isatty(STDERR_FILENO) == 1)
{
}

Console::~Console()
{
    status({});
    std::fflush(stdout);
}

int Console::width() const
{
    winsize size = {};
    if (m_outputIsTerminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void Console::write(const QByteArray &bytes)
{
    status({});
    std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stdout);
    if (m_outputIsTerminal)
        std::fflush(stdout);
}

void Console::print(const QString &text)
{
    if (isJson())
        return;
    write(safeText(text).toUtf8() + '\n');
}

void Console::printBytes(const QByteArray &bytes)
{
    write(m_outputIsTerminal ? safeBytes(bytes) : bytes);
}

void Console::printTable(const QStringList &header, const QList<QStringList> &rows)
{
    QList<QStringList> lines{header};
    lines.reserve(rows.size() + 1);
    for (const QStringList &row : rows) {
        QStringList safe;
        safe.reserve(row.size());
        for (const QString &cell : row)
            safe.append(safeLine(cell));
        lines.append(safe);
    }
    QList<qsizetype> widths(header.size(), 0);
    for (const QStringList &line : std::as_const(lines)) {
        for (qsizetype i = 0; i + 1 < line.size(); ++i)
            widths[i] = qMax(widths.at(i), line.at(i).size());
    }
    qsizetype before = 0;
    for (const qsizetype width : std::as_const(widths))
        before += width > 0 ? width + 2 : 0;
    const qsizetype left = m_outputIsTerminal ? qMax<qsizetype>(10, width() - before) : 1'000'000;
    QByteArray text;
    for (const QStringList &line : std::as_const(lines)) {
        for (qsizetype i = 0; i + 1 < line.size(); ++i)
            text += line.at(i).leftJustified(widths.at(i) + 2).toUtf8();
        text += elided(line.last(), left).toUtf8() + '\n';
    }
    write(text);
}

void Console::printJson(const QJsonObject &document)
{
    write(control::compact(document) + '\n');
}

void Console::printJson(const QJsonArray &document)
{
    write(QJsonDocument(document).toJson(QJsonDocument::Compact) + '\n');
}

void Console::flush()
{
    std::fflush(stdout);
}

void Console::note(const QString &text)
{
    if (isJson())
        return;
    status({});
    std::fflush(stdout);
    const QByteArray bytes = safeText(text).toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stderr);
}

void Console::printError(const Error &error)
{
    status({});
    std::fflush(stdout);
    QByteArray bytes;
    if (isJson()) {
        bytes = control::compact({{u"error"_s, control::toJson(error)}}) + '\n';
    } else {
        bytes = "paddockctl: " + safeText(error.message).toUtf8() + '\n';
        for (const QString &more : {error.detail, error.remedy}) {
            if (!more.isEmpty())
                bytes += safeText(more).toUtf8() + '\n';
        }
    }
    std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stderr);
}

void Console::status(const QString &text)
{
    if (isJson() || !m_errorIsTerminal || (text.isEmpty() && !m_hasStatus))
        return;
    QByteArray bytes = "\r\x1b[K";
    if (!text.isEmpty())
        bytes += elided(safeLine(text), width() - 1).toUtf8();
    m_hasStatus = !text.isEmpty();
    std::fflush(stdout);
    std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stderr);
    std::fflush(stderr);
}

} // namespace paddock::ctl
