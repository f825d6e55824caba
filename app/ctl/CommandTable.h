// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::ctl {

struct OptionSpec
{
    QString name;        ///< without the dashes: "message"
    QString shortName;   ///< one letter; may be empty
    QString valueName;   ///< "TEXT"; empty: the option takes no value
    QString description; ///< a phrase, for help, man page and completions
    QStringList choices; ///< the only values it takes; empty: any
    bool isHidden = false;
    bool isRepeated = false; ///< may be given again, each time with another value
};

struct ArgumentSpec
{
    QString name; ///< "ID"
    bool isOptional = false;
    bool isRepeated = false; ///< last one only: takes what is left
    QStringList choices;
};

/// One command with everything that parsing, help, the man page and the completions need: they are
/// all made from this one table.
struct CommandSpec
{
    QString name;        ///< "session start"
    QString summary;     ///< one line
    QString description; ///< paragraphs, plain text
    QList<ArgumentSpec> arguments;
    QList<OptionSpec> options;
    /// Takes "-- COMMAND…".
    bool takesCommand = false;
    /// Done by paddock-owner, which has the whole core in it.
    bool needsCore = false;
};

[[nodiscard]] const QList<CommandSpec> &commandTable();
[[nodiscard]] const CommandSpec *findCommand(const QString &name);
/// --json, --help; taken by every command.
[[nodiscard]] const QList<OptionSpec> &commonOptions();

/// "paddockctl session show [OPTION]... ID".
[[nodiscard]] QString synopsis(const CommandSpec &command);
/// "-m, --message TEXT".
[[nodiscard]] QString optionForm(const OptionSpec &option);
/// What --help prints: of everything, or of one command.
[[nodiscard]] QString helpText();
[[nodiscard]] QString helpText(const CommandSpec &command);

} // namespace paddock::ctl
