// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/CommandTable.h"
#include "core/base/Result.h"

#include <QHash>
#include <QStringList>

namespace paddock::ctl {

/// The command line, understood. Value type.
struct Arguments
{
    enum class What { Run, Help, Version };
    What what = What::Run;
    const CommandSpec *command = nullptr; ///< of the table; null for general help and version
    QStringList positional;
    QStringList trailing; ///< after "--", for commands that take a command
    bool hasTrailing = false;

    [[nodiscard]] bool has(const QString &option) const { return m_options.contains(option); }
    [[nodiscard]] QString value(const QString &option, const QString &fallback = {}) const
    {
        return has(option) ? m_options.value(option).first() : fallback;
    }
    /// Of an option that may be given again, in order.
    [[nodiscard]] QStringList values(const QString &option) const
    {
        return m_options.value(option);
    }
    [[nodiscard]] QString at(qsizetype index) const { return positional.value(index); }
    [[nodiscard]] bool wantsJson() const { return has(QStringLiteral("json")); }

    /// \a words without the program's name. InvalidArgument with what is wrong and a remedy: the
    /// exit code is then 2.
    [[nodiscard]] static Result<Arguments> parse(const QStringList &words);

private:
    [[nodiscard]] std::optional<Error> takeOption(const QStringList &words, qsizetype &index);
    [[nodiscard]] std::optional<Error> check() const;

    QHash<QString, QStringList> m_options; // flags have an empty value
};

} // namespace paddock::ctl
