// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/changes/LineDiff.h"

#include "ui/text/DisplayText.h"

#include <QCoreApplication>

#include <charconv>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr qsizetype kMaxTableCells = 4'000'000;

QString shownLine(QStringView line)
{
    const bool cut = line.size() > kMaxDiffLineCharacters;
    QString text = visibleText(line.left(kMaxDiffLineCharacters).toString());
    text.replace(u'\t', "    "_L1);
    if (cut)
        text +=
            QCoreApplication::translate("LineDiff", " … (line of %1 characters)").arg(line.size());
    return text;
}

QList<QStringView> linesOf(const QString &text)
{
    if (text.isEmpty())
        return {};
    QList<QStringView> lines = QStringView(text).split(u'\n');
    if (lines.constLast().isEmpty())
        lines.removeLast();
    return lines;
}

enum class Step : quint8 { Keep, Remove, Add };

// The longest common subsequence of the middle, as steps; a table of bytes would not hold counts,
// so two rows of lengths and a table of directions are kept.
QList<Step> stepsOf(QList<QStringView> before, QList<QStringView> after)
{
    QList<Step> steps;
    qsizetype head = 0;
    while (head < before.size() && head < after.size() && before.at(head) == after.at(head))
        ++head;
    qsizetype tail = 0;
    while (tail < before.size() - head && tail < after.size() - head &&
           before.at(before.size() - 1 - tail) == after.at(after.size() - 1 - tail))
        ++tail;
    const qsizetype rows = before.size() - head - tail;
    const qsizetype columns = after.size() - head - tail;
    steps.reserve(head + tail + rows + columns);
    steps.insert(0, head, Step::Keep);
    if (rows == 0 || columns == 0 || rows * columns > kMaxTableCells) {
        steps.insert(steps.size(), rows, Step::Remove);
        steps.insert(steps.size(), columns, Step::Add);
    } else {
        // lengths[i][j]: common lines of before[i..] and after[j..].
        std::vector<int> lengths(static_cast<std::size_t>((rows + 1) * (columns + 1)), 0);
        const auto cell = [&lengths, columns](qsizetype i, qsizetype j) -> int & {
            return lengths[static_cast<std::size_t>(i * (columns + 1) + j)];
        };
        for (qsizetype i = rows - 1; i >= 0; --i) {
            for (qsizetype j = columns - 1; j >= 0; --j)
                cell(i, j) = before.at(head + i) == after.at(head + j)
                                 ? cell(i + 1, j + 1) + 1
                                 : qMax(cell(i + 1, j), cell(i, j + 1));
        }
        qsizetype i = 0;
        qsizetype j = 0;
        while (i < rows || j < columns) {
            if (i < rows && j < columns && before.at(head + i) == after.at(head + j)) {
                steps += Step::Keep;
                ++i;
                ++j;
            } else if (j == columns || (i < rows && cell(i + 1, j) >= cell(i, j + 1))) {
                steps += Step::Remove;
                ++i;
            } else {
                steps += Step::Add;
                ++j;
            }
        }
    }
    steps.insert(steps.size(), tail, Step::Keep);
    return steps;
}

int numberAt(QByteArrayView text)
{
    int value = 0;
    std::from_chars(text.begin(), text.end(), value);
    return value;
}

QString unquoted(QByteArrayView name)
{
    // Names with odd bytes come as C strings in double quotes; shown as they are, without quotes.
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
        name = name.sliced(1, name.size() - 2);
    if (name.startsWith("a/") || name.startsWith("b/"))
        name = name.sliced(2);
    return visibleText(QString::fromUtf8(name.first(qMin<qsizetype>(name.size(), 4096))),
                       Lines::One);
}

class PatchReader
{
public:
    QList<PatchFile> files;

    void take(QByteArrayView line)
    {
        if (m_oldLeft > 0 || m_newLeft > 0) {
            takeContent(line);
            return;
        }
        if (line.startsWith("diff --git ")) {
            files.append(PatchFile{});
            const qsizetype half = line.lastIndexOf(" b/");
            if (half > 0)
                files.last().path = unquoted(line.sliced(half + 1));
        } else if (files.isEmpty()) {
            files.append(PatchFile{});
            note(line);
        } else if (line.startsWith("@@ ")) {
            takeHunk(line);
        } else if (line.startsWith("+++ ")) {
            if (line != QByteArrayView("+++ /dev/null"))
                files.last().path = unquoted(line.sliced(4));
        } else if (line.startsWith("--- ")) {
            if (files.last().path.isEmpty() && line != QByteArrayView("--- /dev/null"))
                files.last().path = unquoted(line.sliced(4));
        } else if (!line.startsWith("index ")) {
            note(line);
        }
    }

private:
    void note(QByteArrayView line)
    {
        if (!line.isEmpty())
            add(DiffLine::Kind::Note, line, 0, 0);
    }

    void add(DiffLine::Kind kind, QByteArrayView line, int oldNumber, int newNumber)
    {
        // A cut in the bytes may split a character; one more replacement mark there is right.
        const QString text =
            QString::fromUtf8(line.first(qMin<qsizetype>(line.size(), 4 * kMaxDiffLineCharacters)));
        files.last().lines.append({kind, oldNumber, newNumber, shownLine(text)});
    }

    void takeHunk(QByteArrayView line)
    {
        // @@ -12,9 +12,14 @@ function
        const auto range = [line](char sign, int &start, int &count) {
            const qsizetype at = line.indexOf(sign, 2);
            if (at < 0)
                return;
            const qsizetype end = line.indexOf(' ', at);
            const QByteArrayView part = line.sliced(at + 1, (end < 0 ? line.size() : end) - at - 1);
            const qsizetype comma = part.indexOf(',');
            start = numberAt(part);
            count = comma < 0 ? 1 : numberAt(part.sliced(comma + 1));
        };
        range('-', m_old, m_oldLeft);
        range('+', m_new, m_newLeft);
        add(DiffLine::Kind::Hunk, line, 0, 0);
    }

    void takeContent(QByteArrayView line)
    {
        const char mark = line.isEmpty() ? ' ' : line.front();
        const QByteArrayView rest = line.isEmpty() ? line : line.sliced(1);
        switch (mark) {
        case '+':
            add(DiffLine::Kind::Added, rest, 0, m_new++);
            --m_newLeft;
            ++files.last().added;
            break;
        case '-':
            add(DiffLine::Kind::Removed, rest, m_old++, 0);
            --m_oldLeft;
            ++files.last().removed;
            break;
        case ' ':
            add(DiffLine::Kind::Context, rest, m_old++, m_new++);
            --m_oldLeft;
            --m_newLeft;
            break;
        case '\\':
            add(DiffLine::Kind::Note, line, 0, 0);
            break;
        default: // not the hunk that its heading announced
            m_oldLeft = 0;
            m_newLeft = 0;
            take(line);
        }
    }

    int m_old = 0;
    int m_new = 0;
    int m_oldLeft = 0;
    int m_newLeft = 0;
};

} // namespace

DiffText diffOfTexts(const QString &before, const QString &after, int context, int maxLines)
{
    DiffText result;
    const QList<QStringView> oldLines = linesOf(before);
    const QList<QStringView> newLines = linesOf(after);
    const QList<Step> steps = stepsOf(oldLines, newLines);

    // Which kept lines are near enough to a change to be shown.
    std::vector<bool> near(static_cast<std::size_t>(steps.size()), false);
    for (qsizetype i = 0; i < steps.size(); ++i) {
        if (steps.at(i) == Step::Keep)
            continue;
        for (qsizetype j = qMax<qsizetype>(0, i - context);
             j <= qMin<qsizetype>(steps.size() - 1, i + context);
             ++j)
            near[static_cast<std::size_t>(j)] = true;
    }
    int oldNumber = 0;
    int newNumber = 0;
    bool gap = false;
    for (qsizetype i = 0; i < steps.size(); ++i) {
        const Step step = steps.at(i);
        if (step != Step::Add)
            ++oldNumber;
        if (step != Step::Remove)
            ++newNumber;
        if (step == Step::Add)
            ++result.added;
        else if (step == Step::Remove)
            ++result.removed;
        if (!near[static_cast<std::size_t>(i)]) {
            gap = true;
            continue;
        }
        if (result.lines.size() >= maxLines) {
            result.isCut = true;
            continue;
        }
        if (gap && !result.lines.isEmpty())
            result.lines.append({DiffLine::Kind::Hunk, 0, 0, u"⋯"_s});
        gap = false;
        if (step == Step::Add)
            result.lines.append(
                {DiffLine::Kind::Added, 0, newNumber, shownLine(newLines.at(newNumber - 1))});
        else
            result.lines.append(
                {step == Step::Remove ? DiffLine::Kind::Removed : DiffLine::Kind::Context,
                 oldNumber,
                 step == Step::Keep ? newNumber : 0,
                 shownLine(oldLines.at(oldNumber - 1))});
    }
    return result;
}

QList<PatchFile> parsePatch(const QByteArray &patch, int maxLines)
{
    PatchReader reader;
    qsizetype at = 0;
    int lines = 0;
    while (at < patch.size()) {
        qsizetype end = patch.indexOf('\n', at);
        if (end < 0)
            end = patch.size();
        if (++lines > maxLines) {
            if (!reader.files.isEmpty())
                reader.files.last().lines.append(
                    {DiffLine::Kind::Note,
                     0,
                     0,
                     QCoreApplication::translate("LineDiff",
                                                 "The rest is not shown: more than %1 lines.")
                         .arg(maxLines)});
            break;
        }
        reader.take(QByteArrayView(patch).sliced(at, end - at));
        at = end + 1;
    }
    return reader.files;
}

} // namespace paddock::ui
