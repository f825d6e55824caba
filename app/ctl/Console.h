// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::ctl {

/// Standard output and error of a command. With JSON exactly one document goes to the output, and
/// an error is one line of JSON. Texts for a terminal are made safe here; progress is one line that
/// is replaced, on a terminal only. Main thread.
class Console
{
public:
    enum class Format { Text, Json };
    explicit Console(Format format);
    ~Console();
    Console(const Console &) = delete;
    Console &operator=(const Console &) = delete;

    [[nodiscard]] bool isJson() const { return m_format == Format::Json; }
    [[nodiscard]] bool isOutputTerminal() const { return m_outputIsTerminal; }
    [[nodiscard]] bool isErrorTerminal() const { return m_errorIsTerminal; }
    /// Columns of the terminal; 80 in a pipe.
    [[nodiscard]] int width() const;

    /// A line (or several) of text of ours and of others: control characters are escaped.
    void print(const QString &text);
    /// Bytes as they are in a pipe, escaped on a terminal.
    void printBytes(const QByteArray &bytes);
    /// Columns as wide as needed, the last one cut at the terminal's width.
    void printTable(const QStringList &header, const QList<QStringList> &rows);
    void printJson(const QJsonObject &document);
    void printJson(const QJsonArray &document);

    /// What was printed is seen now, in a pipe too.
    void flush();

    /// A remark on standard error, nothing with JSON.
    void note(const QString &text);
    void printError(const Error &error);
    /// What is being done now; an empty text takes the line away.
    void status(const QString &text);

private:
    void write(const QByteArray &bytes);

    Format m_format;
    bool m_outputIsTerminal;
    bool m_errorIsTerminal;
    bool m_hasStatus = false;
};

} // namespace paddock::ctl
