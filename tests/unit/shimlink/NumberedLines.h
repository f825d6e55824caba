// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace paddock::test {

/// "line <number> <hash of the number>", padded to a length that depends on the number.
inline std::string numberedLine(unsigned long number)
{
    std::uint64_t hash = 14695981039346656037ULL;
    for (int i = 0; i < 8; ++i)
        hash = (hash ^ ((number >> (8 * i)) & 0xff)) * 1099511628211ULL;
    char text[80];
    std::snprintf(
        text, sizeof text, "line %lu %016llx ", number, static_cast<unsigned long long>(hash));
    std::string line = text;
    line.append(number % 137, static_cast<char>('a' + number % 26));
    return line;
}

} // namespace paddock::test
