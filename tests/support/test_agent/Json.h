// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Just enough JSON for the test agent. Numbers keep their text.
namespace test_agent {

struct Json
{
    enum class Kind { Null, Bool, Number, Text, List, Object };
    Kind kind = Kind::Null;
    std::string text; ///< Text, Number and Bool as written
    std::vector<Json> list;
    std::map<std::string, Json> object;

    /// A null value where there is no such member.
    [[nodiscard]] const Json &at(const std::string &key) const;
    [[nodiscard]] bool has(const std::string &key) const { return object.count(key) > 0; }
};

/// Null on failure.
[[nodiscard]] Json parse(std::string_view text);
/// With quotes.
[[nodiscard]] std::string quoted(std::string_view text);

} // namespace test_agent
