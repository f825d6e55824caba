// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <tl/expected.hpp>

namespace paddock {

/// The answer of everything the world can refuse. An alias, so that std::expected can take its
/// place.
template <typename T>
using Result = tl::expected<T, Error>;

/// A successful answer that carries nothing.
struct Done
{
    bool operator==(const Done &) const = default;
};

/// Converts to any Result<T>: return fail(ErrorKind::NotFound, u"..."_s);
[[nodiscard]] inline tl::unexpected<Error> fail(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, QString message)
{
    return tl::unexpected<Error>(Error(kind, std::move(message)));
}

} // namespace paddock
