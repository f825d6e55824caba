// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/DiffStream.h"

#include "core/git/NulFields.h"

#include <QStringList>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

constexpr qsizetype kMaxPath = 64 * 1024;
constexpr qsizetype kMinStart = 16; // of a line: tells which kind it is
// The longest header, with two names.
constexpr qsizetype kMaxHeader = 8 * kMaxPath;

/// A name as it stands in the header of a patch (core.quotePath=false).
QByteArray quoted(const QByteArray &name)
{
    constexpr QByteArrayView kSpecial("\a\b\t\n\v\f\r\"\\");
    constexpr QByteArrayView kLetters("abtnvfr\"\\");
    QByteArray text;
    bool isQuoted = false;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (const qsizetype index = kSpecial.indexOf(c); index >= 0) {
            text += '\\';
            text += kLetters[index];
        } else if (byte < 0x20 || byte == 0x7f) {
            text += '\\' + QByteArray::number(byte, 8).rightJustified(3, '0');
        } else {
            text += c;
            continue;
        }
        isQuoted = true;
    }
    return isQuoted ? '"' + text + '"' : name;
}

bool isHeaderOf(const DiffEntry &entry, const QByteArray &header)
{
    if (entry.status == 'U')
        return header == "* Unmerged path " + entry.path ||
               header == "diff --cc " + quoted(entry.path);
    const QByteArray &old = entry.oldPath.isEmpty() ? entry.path : entry.oldPath;
    return header == "diff --git " + quoted("a/" + old) + ' ' + quoted("b/" + entry.path);
}

bool isHeader(QByteArrayView line)
{
    return line.startsWith("diff --git ") || line.startsWith("diff --cc ") ||
           line.startsWith("* Unmerged path ");
}

} // namespace

QStringList diffStreamArguments()
{
    return {u"diff"_s,
            u"--raw"_s,
            u"-z"_s,
            u"--no-abbrev"_s,
            u"--full-index"_s,
            u"--patch"_s,
            u"--no-ext-diff"_s,
            u"--no-textconv"_s,
            u"--no-color"_s,
            u"--find-renames"_s,
            u"--src-prefix=a/"_s,
            u"--dst-prefix=b/"_s};
}

bool DiffStream::feed(QByteArrayView bytes)
{
    if (m_isBroken)
        return false;
    if (!m_isList) {
        readPatch(bytes);
        return !m_isBroken;
    }
    m_list.append(bytes.data(), bytes.size());
    m_isBroken = !readList();
    if (m_isBroken || m_content.truncated)
        return false;
    if (!m_isList) {
        const QByteArray rest = m_list.mid(m_listAt);
        m_list.clear();
        m_listAt = 0;
        readPatch(rest);
    } else if (m_listAt > kMaxPath) {
        m_list.remove(0, m_listAt);
        m_listAt = 0;
    }
    return !m_isBroken;
}

/// Whole records of what is there; false for what is none.
bool DiffStream::readList()
{
    while (m_listAt < m_list.size()) {
        if (m_list.at(m_listAt) == '\0') { // an empty field: the patch begins
            ++m_listAt;
            m_isList = false;
            return true;
        }
        if (m_list.at(m_listAt) != ':')
            return false;
        const qsizetype end = m_list.indexOf('\0', m_listAt);
        if (end < 0)
            return m_list.size() - m_listAt <= kMaxPath;
        const QByteArray record = m_list.mid(m_listAt + 1, end - m_listAt - 1);
        const char status = record.isEmpty() ? '\0' : record.at(record.lastIndexOf(' ') + 1);
        const bool hasTwo = status == 'R' || status == 'C';
        QByteArray paths[2];
        qsizetype at = end + 1;
        for (int i = 0; i < (hasTwo ? 2 : 1); ++i) {
            const qsizetype next = m_list.indexOf('\0', at);
            if (next < 0)
                return m_list.size() - at <= kMaxPath;
            paths[i] = m_list.mid(at, next - at);
            at = next + 1;
        }
        if (m_content.entries.size() >= m_limits.files) {
            m_content.truncated = true;
            return true;
        }
        if (!readEntry(record) || paths[0].isEmpty() || (hasTwo && paths[1].isEmpty()))
            return false;
        m_content.entries.last().path = hasTwo ? paths[1] : paths[0];
        m_content.entries.last().oldPath = hasTwo ? paths[0] : QByteArray();
        m_listAt = at;
    }
    return true;
}

bool DiffStream::readEntry(const QByteArray &record)
{
    const auto parts = record.split(' ');
    if (parts.size() != 5 || parts[4].isEmpty() || parts[4].size() > 4 ||
        !QByteArrayView("ACDMRTU").contains(parts[4].at(0)))
        return false;
    bool isOldOk = false;
    bool isNewOk = false;
    DiffEntry entry{.status = parts[4].at(0),
                    .oldMode = parts[0].toUInt(&isOldOk, 8),
                    .newMode = parts[1].toUInt(&isNewOk, 8)};
    const auto oldId = Oid::fromHex(parts[2]);
    const auto newId = Oid::fromHex(parts[3]);
    if (!isOldOk || !isNewOk || !oldId || !newId)
        return false;
    entry.oldId = *oldId;
    entry.newId = *newId;
    m_content.entries.append(entry);
    return true;
}

void DiffStream::readPatch(QByteArrayView bytes)
{
    while (!bytes.isEmpty() && !m_isBroken) {
        const qsizetype end = bytes.indexOf('\n');
        const QByteArrayView part = end < 0 ? bytes : bytes.first(end + 1);
        bytes = bytes.sliced(part.size());
        // What a line is shows at its start; headers are needed whole.
        const bool isWhole = end >= 0;
        if (m_isInLine) {
            readLine(part, false);
            m_isInLine = !isWhole;
            continue;
        }
        m_line.append(part.data(), part.size());
        const bool mayBeHeader = m_line.startsWith('d') || m_line.startsWith('*');
        if (!isWhole && (m_line.size() < kMinStart || (mayBeHeader && m_line.size() < kMaxHeader)))
            continue;
        const QByteArray line = std::exchange(m_line, {});
        readLine(line, true);
        m_isInLine = !isWhole;
    }
}

/// A line, or a further part of one that is too long to be waited for.
void DiffStream::readLine(QByteArrayView part, bool isStart)
{
    if (isStart) {
        if (isHeader(part)) {
            endFile();
            beginFile(part.endsWith('\n') ? part.chopped(1).toByteArray() : part.toByteArray());
        } else if (m_entry >= 0) {
            DiffEntry &entry = m_content.entries[m_entry];
            if (part.startsWith("@@"))
                m_isInHunks = true;
            else if (m_isInHunks && part.startsWith('+'))
                ++entry.added;
            else if (m_isInHunks && part.startsWith('-'))
                ++entry.removed;
            else if (!m_isInHunks && part.startsWith("Binary files "))
                entry.added = entry.removed = -1;
        }
    }
    if (m_isLong)
        return;
    if (m_file.size() + part.size() > m_limits.fileText) {
        m_isLong = true;
        m_file.clear();
        return;
    }
    m_file.append(part.data(), part.size());
}

void DiffStream::beginFile(const QByteArray &header)
{
    m_isLong = false;
    m_isInHunks = false;
    // A change of the type comes as two patches with the same header.
    if (m_entry >= 0 && header == m_header)
        return;
    m_header = header;
    // Files that differ in nothing but what is ignored have no patch.
    for (qsizetype at = m_entry + 1; at < m_content.entries.size(); ++at) {
        if (isHeaderOf(m_content.entries[at], header)) {
            m_entry = at;
            return;
        }
    }
    m_isBroken = true; // a patch for none of them
}

void DiffStream::endFile()
{
    if (m_file.isEmpty() && !m_isLong)
        return;
    if (m_entry >= 0) {
        m_content.entries[m_entry].hasPatch = true;
        if (m_isLong)
            m_content.entries[m_entry].isLeftOut = true;
    }
    if (!m_isLong) {
        // Once one did not fit none follows: what is there is the beginning of the whole.
        if (m_content.truncated || m_content.text.size() + m_file.size() > m_limits.text)
            m_content.truncated = true;
        else
            m_content.text += m_file;
    }
    m_file.clear();
}

Result<DiffContent> DiffStream::finish(Tail tail)
{
    const bool isCut = tail == Tail::MayBeCut || m_content.truncated;
    if (!m_line.isEmpty()) {
        const QByteArray line = std::exchange(m_line, {});
        readLine(line, true);
    }
    if (m_isBroken || (!isCut && m_isList && m_listAt < m_list.size()))
        return detail::malformed("diff",
                                 m_isList ? QByteArrayView(m_list).sliced(m_listAt) : m_header);
    if (isCut) {
        m_content.truncated = true; // the last file may lack its end
        m_file.clear();
        m_isLong = false;
    }
    endFile();
    return std::move(m_content);
}

} // namespace paddock::git
