// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Alternates.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

constexpr int kMaxNesting = 5; // as in git's object-file.c
constexpr qint64 kMaxAlternatesFile = 1024 * 1024;

void collect(const QString &store, int depth, QStringList &found, QStringList *notices)
{
    QFile file(store + u"/info/alternates"_s);
    if (depth > kMaxNesting || !QFileInfo(file.fileName()).isFile() ||
        !file.open(QIODevice::ReadOnly))
        return;
    const auto lines = file.read(kMaxAlternatesFile).split('\n');
    for (const QByteArray &line : lines) {
        if (line.isEmpty() || line.startsWith('#'))
            continue;
        const QString name = QFile::decodeName(unquotePath(line));
        const QString path = QFileInfo(QDir(store), name).canonicalFilePath();
        if (name.isEmpty() || path.isEmpty()) {
            if (notices)
                *notices += QCoreApplication::translate(
                                "RepositoryInfo",
                                "The repository borrows objects from %1, which does not exist.")
                                .arg(QString::fromUtf8(line));
            continue;
        }
        if (found.contains(path))
            continue;
        found += path;
        collect(path, depth + 1, found, notices);
    }
}

} // namespace

QStringList borrowedStores(const QString &objectDir, QStringList *notices)
{
    QStringList found{objectDir};
    collect(objectDir, 1, found, notices);
    found.removeFirst();
    return found;
}

QByteArray alternatesFile(const QStringList &stores)
{
    QByteArray text;
    for (const QString &store : stores)
        text += quotePath(QFile::encodeName(store)) + '\n';
    return text;
}

QByteArray quotePath(const QByteArray &path)
{
    // Only what would be misread as a line of an alternates file.
    if (!path.startsWith('"') && !path.startsWith('#') && !path.contains('\n'))
        return path;
    QByteArray text = "\"";
    for (const char c : path) {
        if (c == '"' || c == '\\')
            text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text + '"';
}

QByteArray unquotePath(const QByteArray &text)
{
    if (!text.startsWith('"'))
        return text;
    if (text.size() < 2 || !text.endsWith('"'))
        return {};
    QByteArray path;
    const qsizetype end = text.size() - 1;
    for (qsizetype i = 1; i < end; ++i) {
        if (text[i] != '\\') {
            path += text[i];
            continue;
        }
        if (++i >= end)
            return {};
        constexpr QByteArrayView kLetters("abfnrtv\"\\");
        constexpr QByteArrayView kMeanings("\a\b\f\n\r\t\v\"\\");
        if (const qsizetype index = kLetters.indexOf(text[i]); index >= 0) {
            path += kMeanings[index];
            continue;
        }
        bool ok = false;
        const int value = text.mid(i, 3).toInt(&ok, 8);
        if (!ok || i + 3 > end || value > 255)
            return {};
        path += static_cast<char>(value);
        i += 2;
    }
    return path;
}

} // namespace paddock::git
