// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Graph.h"

#include <algorithm>
#include <vector>

namespace paddock::git {

namespace {

/// A lane waits for the commit that comes in it; a null one is free.
struct Lane
{
    Oid waitsFor{};
    int color = 0;
};

class Layout
{
public:
    explicit Layout(int maxLanes)
        : m_maxLanes(std::max(maxLanes, 1))
    {
    }

    GraphRow add(const Commit &commit)
    {
        GraphRow row;
        row.lane = laneFor(commit.id);
        if (row.lane < 0) { // no lane is left: the commit is drawn in the last one, without lines
            row.lane = m_maxLanes - 1;
            row.isCut = true;
        } else {
            row.color = m_lanes[static_cast<std::size_t>(row.lane)].color;
        }
        std::vector<Lane> after = m_lanes;
        // Every lane that waited for the commit ends in it: those beside its own ended in the row
        // before, where their lines turned (see below), so one is left.
        if (!row.isCut)
            after[static_cast<std::size_t>(row.lane)] = Lane();
        QList<GraphLine> own;
        bool isFirst = true;
        for (const Oid &parent : commit.parents) {
            const int to = laneOfParent(after, parent, row, isFirst);
            isFirst = false;
            if (to < 0 || row.isCut) {
                row.isCut = true;
                continue;
            }
            own.append(
                {.from = row.lane, .to = to, .color = after[static_cast<std::size_t>(to)].color});
        }
        for (std::size_t i = 0; i < m_lanes.size(); ++i) {
            const int lane = static_cast<int>(i);
            if (!m_lanes[i].waitsFor.isNull() && (lane != row.lane || row.isCut) &&
                m_lanes[i].waitsFor == after[i].waitsFor)
                row.lines.append({.from = lane, .to = lane, .color = m_lanes[i].color});
        }
        row.lines += own;
        while (!after.empty() && after.back().waitsFor.isNull())
            after.pop_back();
        row.width = row.lane + 1;
        for (const GraphLine &line : row.lines)
            row.width = std::max({row.width, line.from + 1, line.to + 1});
        m_lanes = std::move(after);
        return row;
    }

private:
    int laneFor(const Oid &id)
    {
        for (std::size_t i = 0; i < m_lanes.size(); ++i) {
            if (m_lanes[i].waitsFor == id)
                return static_cast<int>(i);
        }
        return freeLane(m_lanes, id);
    }

    /// A tip, or a second parent: a lane that nobody uses, with a new color.
    int freeLane(std::vector<Lane> &lanes, const Oid &id)
    {
        std::size_t lane = 0;
        while (lane < lanes.size() && !lanes[lane].waitsFor.isNull())
            ++lane;
        if (lane >= static_cast<std::size_t>(m_maxLanes))
            return -1;
        if (lane == lanes.size())
            lanes.emplace_back();
        lanes[lane] = {.waitsFor = id, .color = m_colors++};
        return static_cast<int>(lane);
    }

    int laneOfParent(std::vector<Lane> &after, const Oid &parent, const GraphRow &row, bool isFirst)
    {
        // One lane for each commit that is still to come: lines to the same one join at once.
        for (std::size_t i = 0; i < after.size(); ++i) {
            if (after[i].waitsFor == parent)
                return static_cast<int>(i);
        }
        if (isFirst && !row.isCut) {
            after[static_cast<std::size_t>(row.lane)] = {.waitsFor = parent, .color = row.color};
            return row.lane;
        }
        return freeLane(after, parent);
    }

    int m_maxLanes;
    int m_colors = 0;
    std::vector<Lane> m_lanes;
};

} // namespace

QList<GraphRow> layOutGraph(const QList<Commit> &commits, int maxLanes)
{
    Layout layout(maxLanes);
    QList<GraphRow> rows;
    rows.reserve(commits.size());
    for (const Commit &commit : commits)
        rows.append(layout.add(commit));
    return rows;
}

} // namespace paddock::git
