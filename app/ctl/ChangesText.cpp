// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/ChangesText.h"

#include "app/ctl/SafeText.h"

#include <QCoreApplication>
#include <QFile>
#include <QStringDecoder>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

char sign(facade::HunkLine::Kind kind)
{
    switch (kind) {
    case facade::HunkLine::Kind::Context:
        return ' ';
    case facade::HunkLine::Kind::Added:
        return '+';
    case facade::HunkLine::Kind::Removed:
        return '-';
    }
    Q_UNREACHABLE();
}

QByteArray lineBytes(const facade::HunkLine &line)
{
    QByteArray bytes = sign(line.kind) + line.text + '\n';
    if (!line.hasEnd)
        bytes += "\\ No newline at end of file\n";
    return bytes;
}

struct Side
{
    int first = 0;
    int count = 0;
    [[nodiscard]] QByteArray text() const
    {
        return QByteArray::number(first) + ',' + QByteArray::number(count);
    }
};

QByteArray hunkHeader(const facade::Hunk &hunk)
{
    Side before;
    Side after;
    for (const facade::HunkLine &line : hunk.lines) {
        for (const auto &[side, number] :
             {std::pair{&before, line.oldNumber}, std::pair{&after, line.newNumber}}) {
            if (number == 0)
                continue;
            if (side->count++ == 0)
                side->first = number;
        }
    }
    return "@@ -" + before.text() + " +" + after.text() + " @@" +
           (hunk.section.isEmpty() ? QByteArray() : ' ' + hunk.section) + '\n';
}

QByteArray name(const char *side, const QByteArray &path, bool exists)
{
    return exists ? pathText(side + path).toUtf8() : QByteArray("/dev/null");
}

QByteArray fileHeader(const facade::FileChange &file)
{
    const QByteArray before = file.oldPath.isEmpty() ? file.path : file.oldPath;
    QByteArray text =
        "diff --git " + name("a/", before, true) + ' ' + name("b/", file.path, true) + '\n';
    const auto mode = [](quint32 value) { return QByteArray::number(value, 8); };
    if (file.oldMode == 0)
        text += "new file mode " + mode(file.newMode) + '\n';
    else if (file.newMode == 0)
        text += "deleted file mode " + mode(file.oldMode) + '\n';
    else if (file.oldMode != file.newMode)
        text += "old mode " + mode(file.oldMode) + "\nnew mode " + mode(file.newMode) + '\n';
    if (!file.oldPath.isEmpty() && file.oldPath != file.path)
        text += "rename from " + pathText(file.oldPath).toUtf8() + "\nrename to " +
                pathText(file.path).toUtf8() + '\n';
    if (file.added < 0)
        text += "Binary files differ\n";
    else if (!file.hunks.isEmpty())
        text += "--- " + name("a/", before, file.oldMode != 0) + "\n+++ " +
                name("b/", file.path, file.newMode != 0) + '\n';
    return text;
}

} // namespace

QString pathText(const QByteArray &path)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(path);
    bool plain = !decoder.hasError();
    for (const char byte : path)
        plain = plain && static_cast<unsigned char>(byte) >= 0x20 && byte != '"' && byte != '\\' &&
                byte != 0x7f;
    if (plain)
        return text;
    QString quoted = u"\""_s;
    for (const char byte : path) {
        const auto value = static_cast<unsigned char>(byte);
        if (byte == '"' || byte == '\\')
            quoted += u'\\' + QString(QLatin1Char(byte));
        else if (byte == '\n')
            quoted += u"\\n"_s;
        else if (byte == '\t')
            quoted += u"\\t"_s;
        else if (value < 0x20 || value >= 0x7f)
            quoted += u'\\' + QString::number(value, 8).rightJustified(3, u'0');
        else
            quoted += QLatin1Char(byte);
    }
    return quoted + u'"';
}

QString changeText(char letter)
{
    switch (letter) {
    case 'A':
        return translated("added");
    case 'M':
        return translated("modified");
    case 'D':
        return translated("deleted");
    case 'R':
        return translated("renamed");
    case 'C':
        return translated("copied");
    case 'T':
        return translated("type changed");
    case 'U':
        return translated("in conflict");
    case '?':
        return translated("new");
    default:
        return translated("unchanged");
    }
}

QByteArray unifiedDiff(const facade::ChangesDiff &diff)
{
    QByteArray text;
    for (const facade::FileChange &file : diff.files) {
        text += fileHeader(file);
        for (const facade::Hunk &hunk : file.hunks) {
            text += hunkHeader(hunk);
            for (const facade::HunkLine &line : hunk.lines)
                text += lineBytes(line);
        }
    }
    return text;
}

QByteArray numberedDiff(const facade::ChangesDiff &diff)
{
    QByteArray text;
    for (const facade::FileChange &file : diff.files) {
        text += fileHeader(file);
        for (const facade::Hunk &hunk : file.hunks) {
            text += "hunk " + hunk.id.toUtf8() + (hunk.isReviewed ? "  reviewed" : "") + "  " +
                    hunkHeader(hunk);
            int number = 0;
            for (const facade::HunkLine &line : hunk.lines) {
                const QByteArray label = line.kind == facade::HunkLine::Kind::Context
                                             ? QByteArray()
                                             : QByteArray::number(++number);
                text += label.rightJustified(5) + ' ' + lineBytes(line);
            }
        }
    }
    return text;
}

QList<QByteArray> pathArguments(const Arguments &arguments)
{
    QList<QByteArray> paths;
    for (qsizetype i = 1; i < arguments.positional.size(); ++i) {
        QByteArray path = QFile::encodeName(arguments.positional.at(i));
        while (path.startsWith("./"))
            path.remove(0, 2);
        paths.append(path);
    }
    return paths;
}

QString shortCommit(const QString &commit)
{
    return commit.left(12);
}

void noteAll(Console &console, const QStringList &notices)
{
    for (const QString &notice : notices)
        console.note(safeLine(notice));
}

QStringList conflictLines(const QList<facade::PathConflict> &conflicts)
{
    QStringList lines;
    for (const facade::PathConflict &conflict : conflicts)
        lines.append(pathText(conflict.path) + u" ("_s + conflict.kind + u')');
    return lines;
}

Error conflictError(const QString &message, const QList<facade::PathConflict> &conflicts)
{
    return Error(ErrorKind::Conflict, message).withDetail(conflictLines(conflicts).join(u'\n'));
}

} // namespace paddock::ctl
