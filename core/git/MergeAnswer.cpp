// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/MergeAnswer.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace paddock::git {

namespace {

using Kind = MergeConflict::Kind;

/// What merge-ort calls the kinds of its messages; they are not translated.
constexpr std::array<std::pair<const char *, Kind>, 10> kTypes{{
    {"CONFLICT (contents)", Kind::Content},
    {"CONFLICT (binary)", Kind::Binary},
    {"CONFLICT (modify/delete)", Kind::ModifyDelete},
    {"CONFLICT (rename/delete)", Kind::RenameDelete},
    {"CONFLICT (rename/rename)", Kind::RenameRename},
    {"CONFLICT (rename involved in collision)", Kind::Rename},
    {"CONFLICT (directory rename", Kind::Rename},
    {"CONFLICT (file/directory)", Kind::FileDirectory},
    {"CONFLICT (distinct modes)", Kind::Mode},
    {"CONFLICT (submodule", Kind::Submodule},
}};

constexpr std::array<std::pair<Kind, const char *>, 11> kNames{{
    {Kind::Content, "content"},
    {Kind::AddAdd, "add-add"},
    {Kind::ModifyDelete, "modify-delete"},
    {Kind::RenameDelete, "rename-delete"},
    {Kind::RenameRename, "rename-rename"},
    {Kind::Rename, "rename"},
    {Kind::FileDirectory, "file-directory"},
    {Kind::Mode, "mode"},
    {Kind::Binary, "binary"},
    {Kind::Submodule, "submodule"},
    {Kind::Other, "other"},
}};

/// Nothing: not a conflict ("Auto-merging").
std::optional<Kind> kindOf(const QByteArray &type)
{
    for (const auto &[name, kind] : kTypes) {
        if (type.startsWith(name))
            return kind;
    }
    return type.startsWith("CONFLICT") ? std::optional(Kind::Other) : std::nullopt;
}

/// Fields that end with NUL; the reader stops at the first that is missing.
class Reader
{
public:
    explicit Reader(const QByteArray &text)
        : m_text(text)
    {
    }
    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }
    [[nodiscard]] bool isBroken() const { return m_broken; }
    QByteArray next()
    {
        const qsizetype end = m_text.indexOf('\0', m_at);
        if (end < 0) {
            m_broken = true;
            m_at = m_text.size();
            return {};
        }
        return m_text.mid(std::exchange(m_at, end + 1), end - m_at);
    }

private:
    const QByteArray &m_text;
    qsizetype m_at = 0;
    bool m_broken = false;
};

tl::unexpected<Error> malformed(const QByteArray &near)
{
    return fail(Error(ErrorKind::ProtocolError,
                      QCoreApplication::translate("MergeAnswer",
                                                  "The answer of git merge-tree could not be "
                                                  "read."))
                    .withDetail(QString::fromUtf8(near.left(80))));
}

class Conflicts
{
public:
    MergeConflict &at(const QByteArray &path)
    {
        const auto known = m_places.constFind(path);
        if (known != m_places.constEnd())
            return list[*known];
        m_places.insert(path, list.size());
        list.append({.path = path});
        return list.last();
    }
    [[nodiscard]] bool has(const QByteArray &path) const { return m_places.contains(path); }
    QList<MergeConflict> list{};

private:
    QHash<QByteArray, qsizetype> m_places;
};

/// "<mode> <id> <stage>\t<path>"
bool readStage(const QByteArray &record, Conflicts &conflicts)
{
    const qsizetype tab = record.indexOf('\t');
    const auto parts = record.left(std::max<qsizetype>(tab, 0)).split(' ');
    if (tab + 1 >= record.size() || parts.size() != 3)
        return false;
    const auto id = Oid::fromHex(parts[1]);
    if (!id)
        return false;
    MergeConflict &conflict = conflicts.at(record.mid(tab + 1));
    if (parts[2] == "1")
        conflict.base = *id;
    else if (parts[2] == "2")
        conflict.ours = *id;
    else if (parts[2] == "3")
        conflict.theirs = *id;
    else
        return false;
    return true;
}

} // namespace

QString mergeConflictName(MergeConflict::Kind kind)
{
    for (const auto &[value, name] : kNames) {
        if (value == kind)
            return QString::fromLatin1(name);
    }
    Q_UNREACHABLE();
}

Result<MergeAnswer> parseMergeAnswer(const QByteArray &text)
{
    Reader reader(text);
    MergeAnswer answer;
    const QByteArray first = reader.next();
    const auto tree = Oid::fromHex(first);
    if (!tree || tree->isNull())
        return malformed(first);
    answer.tree = *tree;
    Conflicts conflicts;
    while (!reader.atEnd()) {
        const QByteArray record = reader.next();
        if (record.isEmpty()) // the messages follow
            break;
        if (!readStage(record, conflicts))
            return malformed(record);
    }
    while (!reader.atEnd() && !reader.isBroken()) {
        const QByteArray number = reader.next();
        bool ok = false;
        const int count = number.toInt(&ok);
        if (!ok || count < 0)
            return malformed(number);
        QList<QByteArray> paths;
        for (int i = 0; i < count && !reader.isBroken(); ++i)
            paths += reader.next();
        const QByteArray type = reader.next();
        const QByteArray message = reader.next();
        const auto kind = kindOf(type);
        if (!kind || reader.isBroken())
            continue;
        // Of a rename the names on all sides are given: the conflict is where there are stages.
        if (std::any_of(paths.begin(), paths.end(), [&](const QByteArray &path) {
                return conflicts.has(path);
            }))
            paths.removeIf([&](const QByteArray &path) { return !conflicts.has(path); });
        for (const QByteArray &path : std::as_const(paths)) {
            MergeConflict &conflict = conflicts.at(path);
            if (!conflict.message.isEmpty())
                continue;
            conflict.kind = *kind;
            conflict.message = message.trimmed();
            if (*kind == Kind::Content && conflict.base.isNull() && !conflict.ours.isNull() &&
                !conflict.theirs.isNull())
                conflict.kind = Kind::AddAdd;
        }
    }
    if (reader.isBroken())
        return malformed(text.right(80));
    answer.conflicts = conflicts.list;
    return answer;
}

} // namespace paddock::git
