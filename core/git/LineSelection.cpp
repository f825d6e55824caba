// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/LineSelection.h"

#include <QCoreApplication>
#include <QSet>

#include <algorithm>

namespace paddock::git {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("LineSelection", text);
}

tl::unexpected<Error> moved()
{
    return fail(Error(ErrorKind::Conflict, tr("The file is not the one that was shown any more."))
                    .withRemedy(tr("Look at the changes again and repeat the selection.")));
}

tl::unexpected<Error> senseless()
{
    return fail(ErrorKind::InvalidArgument, tr("The selection does not fit the changes."));
}

/// Walks through the lines of a content, each with its line feed.
class Lines
{
public:
    explicit Lines(const QByteArray &content)
        : m_rest(content)
    {
    }
    [[nodiscard]] qint64 number() const { return m_number; } ///< of the next line
    [[nodiscard]] bool atEnd() const { return m_rest.isEmpty(); }
    QByteArrayView next()
    {
        const qsizetype feed = m_rest.indexOf('\n');
        const QByteArrayView line = m_rest.first(feed < 0 ? m_rest.size() : feed + 1);
        m_rest = m_rest.sliced(line.size());
        ++m_number;
        return line;
    }

private:
    QByteArrayView m_rest;
    qint64 m_number = 1;
};

/// True if \a line of a content is \a shown.
bool isSame(QByteArrayView line, const PatchLine &shown)
{
    if (!shown.noNewlineAtEnd) {
        if (!line.endsWith('\n'))
            return false;
        line.chop(1);
    }
    return line == shown.text;
}

/// Adds lines, and the line feed between two of which the first has none.
class Output
{
public:
    void add(QByteArrayView line)
    {
        if (!m_text.isEmpty() && !m_text.endsWith('\n')) {
            const qsizetype before = m_text.lastIndexOf('\n');
            m_text += before > 0 && m_text.at(before - 1) == '\r' ? "\r\n" : "\n";
        }
        m_text += line;
    }
    [[nodiscard]] QByteArray take() { return std::move(m_text); }

private:
    QByteArray m_text;
};

/// True if the hunk's lines are as many as it says, and the chosen ones are changes in it.
bool isSound(const HunkSelection &selection)
{
    const Hunk &hunk = selection.hunk;
    qint64 oldLines = 0;
    qint64 newLines = 0;
    for (const PatchLine &line : hunk.lines) {
        oldLines += line.kind == PatchLineKind::Added ? 0 : 1;
        newLines += line.kind == PatchLineKind::Removed ? 0 : 1;
    }
    if (oldLines != hunk.oldLines || newLines != hunk.newLines || hunk.lines.isEmpty())
        return false;
    if (!selection.lines)
        return true;
    return !selection.lines->isEmpty() &&
           std::all_of(selection.lines->begin(), selection.lines->end(), [&](int index) {
               return index >= 0 && index < hunk.lines.size() &&
                      hunk.lines[index].kind != PatchLineKind::Context;
           });
}

enum class Base { Old, New };

Result<QByteArray> combine(const QByteArray &oldContent,
                           const QByteArray &newContent,
                           QList<HunkSelection> selections,
                           Base base)
{
    if (selections.isEmpty() || !std::all_of(selections.begin(), selections.end(), isSound))
        return senseless();
    std::sort(selections.begin(), selections.end(), [](const auto &one, const auto &other) {
        return std::pair(one.hunk.oldStart, one.hunk.newStart) <
               std::pair(other.hunk.oldStart, other.hunk.newStart);
    });
    Lines oldLines(oldContent);
    Lines newLines(newContent);
    Output output;
    // Takes lines of one side up to number; those of the base are part of the result.
    const auto pass = [&](Lines &lines, qint64 number, bool keep) {
        while (lines.number() < number && !lines.atEnd()) {
            const QByteArrayView line = lines.next();
            if (keep)
                output.add(line);
        }
        return lines.number() == number;
    };
    for (const HunkSelection &selection : selections) {
        const Hunk &hunk = selection.hunk;
        const qint64 oldFirst = hunk.oldStart + (hunk.oldLines == 0 ? 1 : 0);
        const qint64 newFirst = hunk.newStart + (hunk.newLines == 0 ? 1 : 0);
        if (oldFirst < oldLines.number() || newFirst < newLines.number())
            return senseless();
        if (!pass(oldLines, oldFirst, base == Base::Old) ||
            !pass(newLines, newFirst, base == Base::New))
            return moved();
        QSet<int> chosen;
        if (selection.lines)
            chosen = QSet<int>(selection.lines->begin(), selection.lines->end());
        for (int index = 0; index < hunk.lines.size(); ++index) {
            const PatchLine &shown = hunk.lines[index];
            QByteArrayView line;
            for (Lines *side : {&oldLines, &newLines}) {
                if (shown.kind ==
                    (side == &oldLines ? PatchLineKind::Added : PatchLineKind::Removed))
                    continue;
                if (side->atEnd())
                    return moved();
                line = side->next();
                if (!isSame(line, shown))
                    return moved();
            }
            // A change that is not chosen stays as the base has it.
            const bool isChosen = !selection.lines || chosen.contains(index);
            const bool asNew = isChosen == (base == Base::Old);
            if (shown.kind == PatchLineKind::Context ||
                (shown.kind == PatchLineKind::Added) == asNew)
                output.add(line);
        }
    }
    Lines &rest = base == Base::Old ? oldLines : newLines;
    while (!rest.atEnd())
        output.add(rest.next());
    return output.take();
}

} // namespace

Result<QByteArray> applySelected(const QByteArray &oldContent,
                                 const QByteArray &newContent,
                                 const QList<HunkSelection> &selections)
{
    return combine(oldContent, newContent, selections, Base::Old);
}

Result<QByteArray> revertSelected(const QByteArray &oldContent,
                                  const QByteArray &newContent,
                                  const QList<HunkSelection> &selections)
{
    return combine(oldContent, newContent, selections, Base::New);
}

} // namespace paddock::git
