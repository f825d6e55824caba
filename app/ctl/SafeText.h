// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace paddock::ctl {

/// \a text with everything that could steer a terminal or reorder what is read made visible:
/// C0 (but line feed and tab), DEL, C1, bidirectional and other invisible format characters, lone
/// surrogates. "\x1b", "\u202e".
[[nodiscard]] QString safeText(const QString &text);
/// The same on one line: line feeds and tabs are escaped as well.
[[nodiscard]] QString safeLine(const QString &text);
/// The same for bytes of unknown encoding; what is not UTF-8 becomes "\xff".
[[nodiscard]] QByteArray safeBytes(const QByteArray &bytes);
/// At most \a width characters; an ellipsis marks a cut.
[[nodiscard]] QString elided(const QString &text, qsizetype width);

} // namespace paddock::ctl
