// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/CommandTable.h"

/// What the tables of commands are written with.
namespace paddock::ctl::parts {

inline OptionSpec
flag(const QString &name, const QString &description, const QString &shortName = {})
{
    return {.name = name,
            .shortName = shortName,
            .valueName = {},
            .description = description,
            .choices = {},
            .isHidden = false};
}

inline OptionSpec value(const QString &name,
                        const QString &valueName,
                        const QString &description,
                        const QStringList &choices = {},
                        const QString &shortName = {})
{
    return {.name = name,
            .shortName = shortName,
            .valueName = valueName,
            .description = description,
            .choices = choices,
            .isHidden = false};
}

inline OptionSpec hidden(OptionSpec option)
{
    option.isHidden = true;
    return option;
}

inline OptionSpec repeated(OptionSpec option)
{
    option.isRepeated = true;
    return option;
}

inline ArgumentSpec argument(const QString &name, const QStringList &choices = {})
{
    return {.name = name, .isOptional = false, .isRepeated = false, .choices = choices};
}

inline ArgumentSpec optional(const QString &name)
{
    return {.name = name, .isOptional = true, .isRepeated = false, .choices = {}};
}

inline CommandSpec command(const QString &name, const QString &summary, const QString &description)
{
    CommandSpec spec;
    spec.name = name;
    spec.summary = summary;
    spec.description = description;
    return spec;
}

/// The commands for source control of a session.
[[nodiscard]] QList<CommandSpec> changesCommands();

} // namespace paddock::ctl::parts
