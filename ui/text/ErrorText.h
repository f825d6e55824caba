// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

namespace paddock::ui {

/// An error as a person reads it; safe to show (escaped), never empty in message and remedy.
struct ErrorWords
{
    QString message; ///< what happened, one sentence
    QString remedy;  ///< what to do
    QString detail;  ///< exact words of whoever reported it, with kind and operation; several lines
};

/// Words of \a error; where it brings none, the sentence of its kind.
[[nodiscard]] ErrorWords wordsFor(const Error &error);

} // namespace paddock::ui
