// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace paddock::git {

/// The object stores that \a objectDir borrows from by info/alternates, nested ones included, in
/// git's order, canonical, each once, without \a objectDir itself; nesting is followed five deep
/// as in git. What is missing is left out and named in \a notices. Reads files: worker thread.
[[nodiscard]] QStringList borrowedStores(const QString &objectDir, QStringList *notices = nullptr);

/// The content of an info/alternates file that names \a stores (absolute paths), quoted as git does
/// where a name needs it.
[[nodiscard]] QByteArray alternatesFile(const QStringList &stores);

/// A path in git's C-style quotes ("a\nb"), or as it is when it needs none.
[[nodiscard]] QByteArray quotePath(const QByteArray &path);
/// Takes quotePath() back; a text that does not start with a quote is returned as it is, one that
/// is malformed gives an empty text.
[[nodiscard]] QByteArray unquotePath(const QByteArray &text);

} // namespace paddock::git
