// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

namespace paddock::worktrees {

/// A pattern for paths of a folder, with the rules of gitignore(5): without a '/' it fits a name at
/// any depth, with one it is counted from the top; '*', '?' and [classes] stay within a name, "**"
/// stands for any number of folders, a '/' at the end fits folders only. There is no '!': what is
/// excluded is said by a list of its own. Works on bytes: names need not be UTF-8. Value type.
class PathPattern
{
public:
    /// InvalidArgument with the reason: empty, longer than 1024 bytes, a line break, '!' in front,
    /// a component "." or "..", or one that names .git.
    [[nodiscard]] static Result<PathPattern> parse(const QString &text);

    /// True if it fits \a path itself (relative, without a '/' at the end).
    [[nodiscard]] bool fits(const QByteArray &path, bool isFolder) const;
    /// True if it fits \a path or a folder above it.
    [[nodiscard]] bool covers(const QByteArray &path, bool isFolder) const;
    /// True if something below the folder \a path could fit because the pattern names a place
    /// there.
    [[nodiscard]] bool reachesBelow(const QByteArray &path) const;

    /// True if it names exactly one path.
    [[nodiscard]] bool isConcrete() const { return m_isConcrete; }
    /// That path; only when isConcrete().
    [[nodiscard]] QByteArray concretePath() const { return m_parts.join('/'); }
    [[nodiscard]] const QByteArray &text() const { return m_text; }

private:
    QByteArray m_text;
    QList<QByteArray> m_parts;
    bool m_onlyFolders = false;
    bool m_isConcrete = false;
};

/// All of \a texts; the first wrong one fails. At most 200.
[[nodiscard]] Result<QList<PathPattern>> parsePatterns(const QStringList &texts);

/// The text of a pattern that fits exactly \a path, for a file of git's patterns.
[[nodiscard]] QByteArray escapedPattern(const QByteArray &path);

} // namespace paddock::worktrees
