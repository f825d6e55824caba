// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/ScratchRepository.h"

namespace paddock::test {

/// Makes objects that git itself would refuse to make, in a repository of its own, and packs them.
struct ForgedObjects
{
    explicit ForgedObjects(const QString &path)
        : repository(path)
    {
    }

    [[nodiscard]] QByteArray hash(const char *type, const QByteArray &content) const
    {
        return repository.git({QStringLiteral("hash-object"),
                               QStringLiteral("-t"),
                               QLatin1String(type),
                               QStringLiteral("--literally"),
                               QStringLiteral("-w"),
                               QStringLiteral("--stdin")},
                              content);
    }

    [[nodiscard]] static QByteArray
    entry(const QByteArray &mode, const QByteArray &name, const QByteArray &id)
    {
        return mode + ' ' + name + '\0' + QByteArray::fromHex(id);
    }

    [[nodiscard]] QByteArray commit(const QByteArray &tree, const QByteArray &more = {}) const
    {
        return hash("commit",
                    "tree " + tree +
                        "\nauthor A <a@example.org> 1700000000 +0000"
                        "\ncommitter A <a@example.org> 1700000000 +0000\n" +
                        more + "\nforged\n");
    }

    /// \a ids: one in a line.
    [[nodiscard]] QByteArray pack(const QByteArray &ids) const
    {
        return repository.git(
            {QStringLiteral("pack-objects"), QStringLiteral("--stdout"), QStringLiteral("-q")},
            ids);
    }

    ScratchRepository repository;
};

} // namespace paddock::test
