// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Patch.h"

#include "core/git/Alternates.h"

#include <QCoreApplication>

#include <optional>

namespace paddock::git {

namespace {

constexpr qint64 kMaxLineNumber = 4'000'000'000;

/// Why reading stops before the end of the patch.
enum class Stop {
    Malformed,
    EndOfText, ///< in the middle of something: malformed, unless the text may be cut
    AtLimit,
};
template <typename T>
using Step = tl::expected<T, Stop>;

/// Takes \a prefix off the start of \a line.
bool take(QByteArrayView &line, QByteArrayView prefix)
{
    if (!line.startsWith(prefix))
        return false;
    line = line.sliced(prefix.size());
    return true;
}

/// Takes a number of digits off the start of \a line; nothing if there is none or it is absurd.
std::optional<qint64> takeNumber(QByteArrayView &line)
{
    qsizetype digits = 0;
    qint64 value = 0;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') {
        value = value * 10 + (line[digits++] - '0');
        if (value > kMaxLineNumber)
            return std::nullopt;
    }
    if (digits == 0)
        return std::nullopt;
    line = line.sliced(digits);
    return value;
}

std::optional<quint32> fileMode(QByteArrayView text)
{
    bool ok = false;
    const uint mode = text.toByteArray().toUInt(&ok, 8);
    return ok && text.size() == 6 && mode != 0 ? std::optional(mode) : std::nullopt;
}

/// The path of \a text, which may be in quotes; nothing if it cannot be one.
std::optional<QByteArray> plainPath(QByteArrayView text)
{
    QByteArray path = unquotePath(text.toByteArray());
    if (path.isEmpty() || path.contains('\0'))
        return std::nullopt;
    return path;
}

/// As plainPath(), behind \a prefix ("a/").
std::optional<QByteArray> prefixedPath(QByteArrayView text, QByteArrayView prefix)
{
    const auto path = plainPath(text);
    if (!path || !path->startsWith(prefix) || path->size() == prefix.size())
        return std::nullopt;
    return path->mid(prefix.size());
}

/// The one path in "a/PATH b/PATH". Nothing if there are two: then other lines name them.
std::optional<QByteArray> pathOfBoth(QByteArrayView text)
{
    if (text.size() % 2 == 0)
        return std::nullopt;
    const qsizetype half = text.size() / 2;
    const auto oldPath = prefixedPath(text.first(half), "a/");
    const auto newPath = prefixedPath(text.sliced(half + 1), "b/");
    return text[half] == ' ' && oldPath && oldPath == newPath ? oldPath : std::nullopt;
}

class Reader
{
public:
    Reader(const QByteArray &text, const PatchLimits &limits)
        : m_text(text)
        , m_limits(limits)
    {
    }

    /// Reads the next file. What is whole of it is in patch.files even when this fails.
    Step<Done> readFile(Patch &patch);
    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }
    [[nodiscard]] QByteArray here() const { return m_text.mid(m_at, 80); }

private:
    Step<Done> readHeader(FilePatch &file);
    Step<bool> readHeaderLine(FilePatch &file, QByteArrayView line);
    Step<Done> readNames(FilePatch &file);
    Step<Done> readHunks(FilePatch &file);
    Step<Hunk> readHunk();
    Step<bool> readLine(Hunk &hunk, qint64 oldNumber, qint64 newNumber);
    Step<Done> skipToNextFile();

    /// The line at the cursor without its line feed; the cursor stays.
    [[nodiscard]] Step<QByteArrayView> peek() const
    {
        const qsizetype end = m_text.indexOf('\n', m_at);
        if (end < 0)
            return tl::unexpected(Stop::EndOfText);
        return QByteArrayView(m_text).sliced(m_at, end - m_at);
    }
    void pass(QByteArrayView line) { m_at += line.size() + 1; }

    const QByteArray &m_text;
    const PatchLimits m_limits;
    qsizetype m_at = 0;
    qsizetype m_lines = 0;

    // Of the file that is being read.
    QByteArray m_samePath; ///< of its first line; empty if that names two
    bool m_added = false;
    bool m_deleted = false;
    bool m_sawNul = false;
    bool m_oldEnded = false; ///< a line without a line feed was the last
    bool m_newEnded = false;
    qint64 m_oldNext = 1; ///< first line that the next hunk may begin with
    qint64 m_newNext = 1;
};

Step<Done> Reader::readFile(Patch &patch)
{
    if (patch.files.size() >= m_limits.files)
        return tl::unexpected(Stop::AtLimit);
    FilePatch file;
    m_samePath.clear();
    m_added = m_deleted = m_sawNul = m_oldEnded = m_newEnded = false;
    m_oldNext = m_newNext = 1;
    if (const auto header = readHeader(file); !header)
        return header;
    const auto hunks = file.binary || file.unmerged ? skipToNextFile() : readHunks(file);
    if (!hunks && hunks.error() == Stop::Malformed)
        return hunks;
    file.cut = !hunks.has_value();
    if (m_sawNul) {
        file.binary = true;
        file.hunks.clear();
    }
    patch.files.append(std::move(file));
    return hunks;
}

Step<Done> Reader::readHeader(FilePatch &file)
{
    auto line = peek();
    if (!line)
        return tl::unexpected(line.error());
    const QByteArrayView first = *line;
    if (take(*line, "* Unmerged path ")) { // as it is, without quotes
        if (line->isEmpty() || line->contains('\0'))
            return tl::unexpected(Stop::Malformed);
        file.unmerged = true;
        file.oldPath = file.newPath = line->toByteArray();
    } else if (take(*line, "diff --cc ") || take(*line, "diff --combined ")) {
        const auto path = plainPath(*line);
        if (!path)
            return tl::unexpected(Stop::Malformed);
        file.unmerged = true;
        file.oldPath = file.newPath = *path;
    } else if (take(*line, "diff --git ")) {
        m_samePath = pathOfBoth(*line).value_or(QByteArray());
    } else {
        return tl::unexpected(Stop::Malformed);
    }
    pass(first);
    if (file.unmerged)
        return Done{};
    while (!atEnd()) {
        const auto next = peek();
        if (!next)
            return tl::unexpected(next.error());
        const auto taken = readHeaderLine(file, *next);
        if (!taken)
            return tl::unexpected(taken.error());
        if (!*taken)
            break;
        pass(*next);
    }
    return readNames(file);
}

/// False: the line is not part of the header.
Step<bool> Reader::readHeaderLine(FilePatch &file, QByteArrayView line)
{
    const auto setMode = [&](quint32 &mode) -> Step<bool> {
        const auto value = fileMode(line);
        mode = value.value_or(0);
        return value ? Step<bool>(true) : tl::unexpected(Stop::Malformed);
    };
    const auto setPath = [&](QByteArray &path) -> Step<bool> {
        path = plainPath(line).value_or(QByteArray());
        return path.isEmpty() ? tl::unexpected(Stop::Malformed) : Step<bool>(true);
    };
    if (take(line, "old mode "))
        return setMode(file.oldMode);
    if (take(line, "new mode "))
        return setMode(file.newMode);
    if (take(line, "deleted file mode ")) {
        m_deleted = true;
        return setMode(file.oldMode);
    }
    if (take(line, "new file mode ")) {
        m_added = true;
        return setMode(file.newMode);
    }
    file.copied = file.copied || line.startsWith("copy from ");
    if (take(line, "copy from ") || take(line, "rename from "))
        return setPath(file.oldPath);
    if (take(line, "copy to ") || take(line, "rename to "))
        return setPath(file.newPath);
    if (take(line, "similarity index ")) {
        const auto value = takeNumber(line);
        if (!value || *value > 100 || line != "%")
            return tl::unexpected(Stop::Malformed);
        file.similarity = static_cast<int>(*value);
        return true;
    }
    if (line.startsWith("dissimilarity index "))
        return true;
    if (line.startsWith("Binary files ") || line == "GIT binary patch") {
        file.binary = true;
        return true;
    }
    if (!take(line, "index "))
        return false;
    // "<id>..<id>", and the mode if both have the same
    if (line.size() < 82 || line.sliced(40, 2) != "..")
        return tl::unexpected(Stop::Malformed);
    const auto oldId = Oid::fromHex(line.first(40).toByteArray());
    const auto newId = Oid::fromHex(line.sliced(42, 40).toByteArray());
    if (!oldId || !newId)
        return tl::unexpected(Stop::Malformed);
    file.oldId = *oldId;
    file.newId = *newId;
    line = line.sliced(82);
    if (line.isEmpty())
        return true;
    if (!take(line, " "))
        return tl::unexpected(Stop::Malformed);
    if (const auto set = setMode(file.oldMode); !set)
        return set;
    file.newMode = file.oldMode;
    return true;
}

/// The lines "--- a/path" and "+++ b/path", if they come; and the paths, wherever they stand.
Step<Done> Reader::readNames(FilePatch &file)
{
    const bool twoNames = !file.oldPath.isEmpty() || !file.newPath.isEmpty();
    if (twoNames && (file.oldPath.isEmpty() || file.newPath.isEmpty()))
        return tl::unexpected(Stop::Malformed);
    QByteArray oldPath = twoNames ? file.oldPath : m_samePath;
    QByteArray newPath = twoNames ? file.newPath : m_samePath;
    if (m_added)
        oldPath.clear();
    if (m_deleted)
        newPath.clear();
    const auto next = atEnd() ? Step<QByteArrayView>(QByteArrayView()) : peek();
    if (next && next->startsWith("--- ")) {
        for (const bool old : {true, false}) {
            auto line = peek();
            if (!line)
                return tl::unexpected(line.error());
            const QByteArrayView whole = *line;
            if (!take(*line, old ? "--- " : "+++ "))
                return tl::unexpected(Stop::Malformed);
            if (line->endsWith('\t')) // behind a name with a space
                line->chop(1);
            QByteArray &path = old ? oldPath : newPath;
            if (*line == "/dev/null") {
                if (old ? !m_added : !m_deleted)
                    return tl::unexpected(Stop::Malformed);
            } else {
                const auto named = prefixedPath(*line, old ? "a/" : "b/");
                if (!named || (!path.isEmpty() && path != *named) || (old ? m_added : m_deleted))
                    return tl::unexpected(Stop::Malformed);
                path = *named;
            }
            pass(whole);
        }
    }
    // Only what says so is a rename, new or gone.
    if ((oldPath.isEmpty() && !m_added) || (newPath.isEmpty() && !m_deleted) ||
        (oldPath.isEmpty() && newPath.isEmpty()) ||
        (!twoNames && !m_added && !m_deleted && oldPath != newPath))
        return tl::unexpected(Stop::Malformed);
    file.oldPath = oldPath;
    file.newPath = newPath;
    return Done{};
}

/// Up to the next file or the end. What binary and combined patches hold starts with none of these.
Step<Done> Reader::skipToNextFile()
{
    while (!atEnd()) {
        const auto line = peek();
        if (!line)
            return tl::unexpected(line.error());
        if (line->startsWith("diff --") || line->startsWith("* Unmerged path "))
            return Done{};
        pass(*line);
    }
    return Done{};
}

Step<Done> Reader::readHunks(FilePatch &file)
{
    while (!atEnd()) {
        const auto line = peek();
        if (!line)
            return tl::unexpected(line.error());
        if (!line->startsWith("@@ "))
            break;
        auto hunk = readHunk();
        if (!hunk)
            return tl::unexpected(hunk.error());
        file.hunks.append(*std::move(hunk));
    }
    return Done{};
}

Step<Hunk> Reader::readHunk()
{
    auto line = peek();
    if (!line)
        return tl::unexpected(line.error());
    const QByteArrayView whole = *line;
    const auto range = [&](QByteArrayView prefix, qint64 &start, qint64 &count) {
        if (!take(*line, prefix))
            return false;
        const auto first = takeNumber(*line);
        count = 1;
        if (first && take(*line, ",")) {
            const auto number = takeNumber(*line);
            if (!number)
                return false;
            count = *number;
        }
        start = first.value_or(0);
        return first && (start > 0 || count == 0);
    };
    Hunk hunk;
    if (!range("@@ -", hunk.oldStart, hunk.oldLines) ||
        !range(" +", hunk.newStart, hunk.newLines) || !take(*line, " @@"))
        return tl::unexpected(Stop::Malformed);
    if (take(*line, " "))
        hunk.section = line->toByteArray();
    else if (!line->isEmpty())
        return tl::unexpected(Stop::Malformed);
    pass(whole);

    const qint64 oldFirst = hunk.oldStart + (hunk.oldLines == 0 ? 1 : 0);
    const qint64 newFirst = hunk.newStart + (hunk.newLines == 0 ? 1 : 0);
    const qint64 oldEnd = oldFirst + hunk.oldLines;
    const qint64 newEnd = newFirst + hunk.newLines;
    if (oldFirst < m_oldNext || newFirst < m_newNext || hunk.oldLines + hunk.newLines == 0)
        return tl::unexpected(Stop::Malformed);
    for (qint64 oldNumber = oldFirst, newNumber = newFirst;
         oldNumber < oldEnd || newNumber < newEnd;) {
        if (m_lines >= m_limits.lines)
            return tl::unexpected(Stop::AtLimit);
        ++m_lines;
        const auto read = readLine(hunk, oldNumber, newNumber);
        if (!read)
            return tl::unexpected(read.error());
        const PatchLineKind kind = hunk.lines.constLast().kind;
        oldNumber += kind == PatchLineKind::Added ? 0 : 1;
        newNumber += kind == PatchLineKind::Removed ? 0 : 1;
        if (oldNumber > oldEnd || newNumber > newEnd)
            return tl::unexpected(Stop::Malformed);
    }
    m_oldNext = oldEnd;
    m_newNext = newEnd;
    return hunk;
}

/// One line and its mark for a missing line feed.
Step<bool> Reader::readLine(Hunk &hunk, qint64 oldNumber, qint64 newNumber)
{
    auto line = peek();
    if (!line)
        return tl::unexpected(line.error());
    pass(*line);
    PatchLine read;
    if (take(*line, "+"))
        read.kind = PatchLineKind::Added;
    else if (take(*line, "-"))
        read.kind = PatchLineKind::Removed;
    else if (!take(*line, " "))
        return tl::unexpected(Stop::Malformed);
    const bool inOld = read.kind != PatchLineKind::Added;
    const bool inNew = read.kind != PatchLineKind::Removed;
    if ((inOld && m_oldEnded) || (inNew && m_newEnded))
        return tl::unexpected(Stop::Malformed);
    m_sawNul = m_sawNul || line->contains('\0');
    read.text = line->toByteArray();
    read.oldNumber = inOld ? oldNumber : 0;
    read.newNumber = inNew ? newNumber : 0;
    if (!atEnd() && m_text.at(m_at) == '\\') {
        const auto mark = peek();
        if (!mark)
            return tl::unexpected(mark.error());
        pass(*mark);
        read.noNewlineAtEnd = true;
        m_oldEnded = m_oldEnded || inOld;
        m_newEnded = m_newEnded || inNew;
    }
    hunk.lines.append(std::move(read));
    return true;
}

} // namespace

Result<Patch> parsePatch(const QByteArray &text, Tail tail, const PatchLimits &limits)
{
    Patch patch;
    Reader reader(text, limits);
    while (!reader.atEnd()) {
        const auto read = reader.readFile(patch);
        if (read)
            continue;
        if (read.error() == Stop::Malformed ||
            (read.error() == Stop::EndOfText && tail == Tail::Complete))
            return fail(Error(ErrorKind::ProtocolError,
                              QCoreApplication::translate("Porcelain",
                                                          "The answer of git %1 could not be read.")
                                  .arg(QLatin1String("diff")))
                            .withDetail(QString::fromUtf8(reader.here())));
        patch.cut = true;
        return patch;
    }
    if (tail == Tail::Complete || patch.files.isEmpty()) {
        patch.cut = tail == Tail::MayBeCut;
        return patch;
    }
    // The text ends where a line ends, so nothing follows that would prove the last part whole.
    patch.cut = true;
    FilePatch &last = patch.files.last();
    if (last.hunks.isEmpty()) {
        patch.files.removeLast();
    } else {
        if (!last.hunks.constLast().lines.constLast().noNewlineAtEnd)
            last.hunks.removeLast();
        last.cut = true;
    }
    return patch;
}

} // namespace paddock::git
