// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Connection.h"

#include <QList>

/// Reading what a bound statement answers. The store's thread.
namespace paddock::store {

/// Calls \a visit for each row that is left.
template <typename Visit>
[[nodiscard]] Result<Done> forEachRow(Statement &statement, Visit visit)
{
    for (;;) {
        auto row = statement.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return Done{};
        visit();
    }
}

/// All rows that are left, each as \a read makes it.
template <typename Read>
[[nodiscard]] auto allRows(Statement &statement, Read read) -> Result<QList<decltype(read())>>
{
    QList<decltype(read())> list;
    auto done = forEachRow(statement, [&] { list.append(read()); });
    if (!done)
        return fail(done.error());
    return list;
}

} // namespace paddock::store
