// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PathPattern.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxLength = 1024;
constexpr qsizetype kMaxPatterns = 200;

QString tr(const char *text)
{
    return QCoreApplication::translate("PathPattern", text);
}

tl::unexpected<Error> refused(const QString &why, const QString &text)
{
    return fail(Error(ErrorKind::InvalidArgument, why)
                    .withDetail(text.left(200))
                    .withRemedy(tr("Write patterns as in a .gitignore file: *.log, /build/, "
                                   "docs/**/draft.md.")));
}

bool isWild(const QByteArray &part)
{
    return std::any_of(part.begin(), part.end(), [](char c) {
        return c == '*' || c == '?' || c == '[' || c == '\\';
    });
}

/// The class that starts at part[at] == '[': where it ends, and whether \a c is in it. Nothing if
/// it has no end, which fits nothing.
std::optional<std::pair<qsizetype, bool>> inClass(const QByteArray &part, qsizetype at, char c)
{
    const auto byte = [](char value) { return static_cast<unsigned char>(value); };
    qsizetype i = at + 1;
    const bool isNegated = i < part.size() && (part[i] == '!' || part[i] == '^');
    if (isNegated)
        ++i;
    bool found = false;
    for (bool isFirst = true; i < part.size() && (isFirst || part[i] != ']'); isFirst = false) {
        if (part[i] == '\\' && i + 1 < part.size())
            ++i;
        const char low = part[i++];
        char high = low;
        if (i + 1 < part.size() && part[i] == '-' && part[i + 1] != ']') {
            high = part[i + 1];
            i += 2;
        }
        found = found || (byte(low) <= byte(c) && byte(c) <= byte(high));
    }
    if (i >= part.size())
        return std::nullopt;
    return std::pair(i + 1, found != isNegated);
}

/// One step of a name against the pattern at \a p: where the pattern goes on, or nothing.
std::optional<qsizetype> step(const QByteArray &part, qsizetype p, char c)
{
    if (p >= part.size() || part[p] == '*')
        return std::nullopt;
    if (part[p] == '?')
        return p + 1;
    if (part[p] == '[') {
        const auto found = inClass(part, p, c);
        return found && found->second ? std::optional(found->first) : std::nullopt;
    }
    if (part[p] == '\\' && p + 1 < part.size())
        return part[p + 1] == c ? std::optional(p + 2) : std::nullopt;
    return part[p] == c ? std::optional(p + 1) : std::nullopt;
}

/// A name against one part. Goes back to the last star only, so the time is bounded by the product
/// of the lengths.
bool fitsName(const QByteArray &part, const QByteArray &name)
{
    qsizetype p = 0;
    qsizetype n = 0;
    qsizetype star = -1;
    qsizetype starName = 0;
    while (n < name.size()) {
        if (p < part.size() && part[p] == '*') {
            star = p++;
            starName = n;
        } else if (const auto next = step(part, p, name[n])) {
            p = *next;
            ++n;
        } else if (star >= 0) {
            p = star + 1;
            n = ++starName;
        } else {
            return false;
        }
    }
    while (p < part.size() && part[p] == '*')
        ++p;
    return p == part.size();
}

/// Names against parts, "**" being the star of folders; the same walk as fitsName().
bool fitsParts(const QList<QByteArray> &parts, const QList<QByteArray> &names)
{
    qsizetype p = 0;
    qsizetype n = 0;
    qsizetype star = -1;
    qsizetype starName = 0;
    while (n < names.size()) {
        if (p < parts.size() && parts[p] == "**") {
            star = p++;
            starName = n;
        } else if (p < parts.size() && fitsName(parts[p], names[n])) {
            ++p;
            ++n;
        } else if (star >= 0) {
            p = star + 1;
            n = ++starName;
        } else {
            return false;
        }
    }
    // "a/**" is everything inside a, not a itself.
    return p == parts.size();
}

} // namespace

Result<PathPattern> PathPattern::parse(const QString &text)
{
    PathPattern pattern;
    pattern.m_text = text.trimmed().toUtf8();
    QByteArray rest = pattern.m_text;
    if (rest.isEmpty() || rest.size() > kMaxLength)
        return refused(tr("A pattern is empty or too long."), text);
    if (rest.contains('\n') || rest.contains('\r') || rest.contains('\0'))
        return refused(tr("A pattern is one line."), text);
    if (rest.startsWith('!') || rest.startsWith('#'))
        return refused(tr("A pattern starts with neither '!' nor '#'."), text);
    if (rest.endsWith('\\') && !rest.endsWith("\\\\"))
        return refused(tr("A pattern does not end with a single '\\'."), text);
    pattern.m_onlyFolders = rest.endsWith('/');
    if (pattern.m_onlyFolders)
        rest.chop(1);
    const bool isAnchored = rest.contains('/');
    if (rest.startsWith('/'))
        rest = rest.mid(1);
    pattern.m_parts = rest.split('/');
    for (const QByteArray &part : std::as_const(pattern.m_parts)) {
        if (part.isEmpty() || part == "." || part == "..")
            return refused(tr("A pattern has no empty part and none that is \".\" or \"..\"."),
                           text);
        if (part.toLower() == ".git")
            return refused(tr("The folder .git is never part of it."), text);
    }
    pattern.m_isConcrete =
        isAnchored && std::none_of(pattern.m_parts.begin(), pattern.m_parts.end(), isWild);
    if (!isAnchored)
        pattern.m_parts.prepend("**");
    return pattern;
}

bool PathPattern::fits(const QByteArray &path, bool isFolder) const
{
    return (isFolder || !m_onlyFolders) && fitsParts(m_parts, path.split('/'));
}

bool PathPattern::covers(const QByteArray &path, bool isFolder) const
{
    if (fits(path, isFolder))
        return true;
    for (qsizetype slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
        if (fits(path.left(slash), true))
            return true;
    }
    return false;
}

bool PathPattern::reachesBelow(const QByteArray &path) const
{
    const auto names = path.split('/');
    if (names.size() >= m_parts.size())
        return false;
    for (qsizetype i = 0; i < names.size(); ++i) {
        if (!fitsName(m_parts[i], names[i]) || m_parts[i] == "**")
            return false;
    }
    return true;
}

Result<QList<PathPattern>> parsePatterns(const QStringList &texts)
{
    if (texts.size() > kMaxPatterns)
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("There are more than %1 patterns.").arg(kMaxPatterns)));
    QList<PathPattern> patterns;
    for (const QString &text : texts) {
        const auto pattern = PathPattern::parse(text);
        if (!pattern)
            return fail(pattern.error());
        patterns += *pattern;
    }
    return patterns;
}

QByteArray escapedPattern(const QByteArray &path)
{
    QByteArray text = "/";
    for (const char c : path) {
        if (c == '*' || c == '?' || c == '[' || c == '\\' || c == ' ' || c == '!' || c == '#')
            text += '\\';
        text += c == '\n' || c == '\r' ? '?' : c; // a file of patterns has lines
    }
    return text;
}

} // namespace paddock::worktrees
