// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ChangesService.h"

#include <array>
#include <utility>

namespace paddock::facade {

namespace {

template <typename T, std::size_t N>
QString nameOf(T value, const std::array<std::pair<T, const char *>, N> &names)
{
    for (const auto &[candidate, name] : names) {
        if (candidate == value)
            return QString::fromLatin1(name);
    }
    Q_UNREACHABLE();
}

template <typename T, std::size_t N>
std::optional<T> valueOf(QStringView wanted, const std::array<std::pair<T, const char *>, N> &names)
{
    for (const auto &[candidate, name] : names) {
        if (wanted == QLatin1StringView(name))
            return candidate;
    }
    return std::nullopt;
}

constexpr std::array kComparisons{
    std::pair{Comparison::Everything, "everything"},
    std::pair{Comparison::Commits, "commits"},
    std::pair{Comparison::Staged, "staged"},
    std::pair{Comparison::Unstaged, "unstaged"},
    std::pair{Comparison::LastTurn, "last-turn"},
    std::pair{Comparison::LastLook, "last-look"},
};

constexpr std::array kMethods{
    std::pair{MergeMethod::Merge, "merge"},
    std::pair{MergeMethod::FastForward, "fast-forward"},
    std::pair{MergeMethod::Squash, "squash"},
    std::pair{MergeMethod::Rebase, "rebase"},
    std::pair{MergeMethod::CherryPick, "cherry-pick"},
};

} // namespace

QString comparisonName(Comparison comparison)
{
    return nameOf(comparison, kComparisons);
}

std::optional<Comparison> comparisonFromName(QStringView name)
{
    return valueOf(name, kComparisons);
}

QString mergeMethodName(MergeMethod method)
{
    return nameOf(method, kMethods);
}

std::optional<MergeMethod> mergeMethodFromName(QStringView name)
{
    return valueOf(name, kMethods);
}

} // namespace paddock::facade
