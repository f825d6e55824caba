// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Log.h"

#include <QList>

namespace paddock::git {

/// One line between the middle of a row and the middle of the next one.
struct GraphLine
{
    int from = 0;  ///< lane in this row
    int to = 0;    ///< lane in the next row
    int color = 0; ///< the same along a line of descent; count of lanes begun before it
    bool operator==(const GraphLine &) const = default;
};

struct GraphRow
{
    int lane = 0; ///< of the commit's dot
    int color = 0;
    QList<GraphLine>
        lines{};        ///< to the next row: the commit's own to its parents, and those passing
    int width = 1;      ///< lanes that this row and its lines use
    bool isCut = false; ///< more lanes than are drawn; some lines are left out
    bool operator==(const GraphRow &) const = default;
};

/// Lanes for a list of commits as git log gives it, children before their parents: what a drawn
/// history needs. Parents that are not in the list end at the lower border. Pure; time and memory
/// are bounded by \a maxLanes for each commit.
[[nodiscard]] QList<GraphRow> layOutGraph(const QList<Commit> &commits, int maxLanes = 40);

} // namespace paddock::git
