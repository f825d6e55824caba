// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/ScratchRepository.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRandomGenerator>

#include <fcntl.h>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace paddock::test {

/// Random things that happen to a worktree, made by an agent or by the person. The same seed gives
/// the same things.
class TreeMischief
{
public:
    TreeMischief(QString tree, quint32 seed)
        : m_tree(std::move(tree))
        , m_random(seed)
    {
    }

    /// One thing; answers what it was, for the log.
    QString one()
    {
        switch (below(22)) {
        case 0:
        case 1:
        case 2:
            return write(newName(), content());
        case 3:
        case 4:
            return write(anyFile(), content());
        case 5:
            return sameSizeSameTime(anyFile());
        case 6:
            return step("delete", anyFile(), [](const QString &path) { QFile::remove(path); });
        case 7:
            return move(anyFile(), newName());
        case 8:
            return move(anyFolder(), newName());
        case 9:
            return step("chmod", anyFile(), [](const QString &path) {
                struct stat status
                {
                };
                if (::lstat(encoded(path).constData(), &status) == 0 && S_ISREG(status.st_mode))
                    ::chmod(encoded(path).constData(), status.st_mode ^ 0100);
            });
        case 10:
            return step("link", anyFile(), [this](const QString &path) {
                QFile::remove(path);
                std::ignore =
                    ::symlink(below(2) ? "README" : "/etc/hostname", encoded(path).constData());
            });
        case 11:
            return step("folder to file", anyFolder(), [this](const QString &path) {
                QDir(path).removeRecursively();
                writeBytes(path, content());
            });
        case 12:
            return step("file to folder", anyFile(), [this](const QString &path) {
                QFile::remove(path);
                QDir().mkpath(path);
                writeBytes(path + QStringLiteral("/inside"), content());
            });
        case 13:
            return rules();
        case 14:
            return host(
                {QStringLiteral("add"), QStringLiteral("-A"), QStringLiteral("--"), spec()});
        case 15:
            return host({QStringLiteral("reset"),
                         QStringLiteral("-q"),
                         QStringLiteral("HEAD"),
                         QStringLiteral("--"),
                         spec()});
        case 16:
            return host({QStringLiteral("rm"),
                         QStringLiteral("-q"),
                         QStringLiteral("-r"),
                         QStringLiteral("--cached"),
                         QStringLiteral("--ignore-unmatch"),
                         QStringLiteral("--"),
                         spec()});
        case 17:
            return step("touch", anyFile(), [](const QString &path) {
                ::utimensat(AT_FDCWD, encoded(path).constData(), nullptr, AT_SYMLINK_NOFOLLOW);
            });
        case 18:
            return step("repository", below(2) ? anyFolder() : newName(), [](const QString &path) {
                if (path.isEmpty() || QFileInfo(path).isFile())
                    return;
                QDir().mkpath(path);
                std::ignore = runGit(path, {QStringLiteral("init"), QStringLiteral("-q")});
            });
        case 19:
            return step("pipe", newName(), [](const QString &path) {
                QDir().mkpath(QFileInfo(path).path());
                ::mkfifo(encoded(path).constData(), 0600);
            });
        case 20:
            return step("second name", newName(), [this](const QString &path) {
                const QString folder = QFileInfo(path).path();
                QDir().mkpath(folder);
                const QString file = anyFile();
                // Nobody watches where all is ignored: a name that is given there is found by a
                // sweep, and not before.
                if (runGit(m_tree,
                           {QStringLiteral("check-ignore"),
                            QStringLiteral("-q"),
                            QStringLiteral("--"),
                            folder})
                        .exitCode != 0)
                    std::ignore = ::link(encoded(file).constData(), encoded(path).constData());
            });
        default:
            return step("out and back", anyFolder(), [this](const QString &path) {
                const QString outside = m_tree + QStringLiteral("-outside");
                ::rename(encoded(path).constData(), encoded(outside).constData());
                writeBytes(outside + QStringLiteral("/came"), content());
                ::rename(encoded(outside).constData(), encoded(path).constData());
            });
        }
    }

    [[nodiscard]] quint32 below(quint32 limit) { return m_random.bounded(limit); }

private:
    static QByteArray encoded(const QString &path) { return QFile::encodeName(path); }

    template <typename Action>
    QString step(const char *what, const QString &path, Action action)
    {
        if (!path.isEmpty())
            action(path);
        return QString::fromLatin1(what) + u' ' + path.mid(m_tree.size() + 1);
    }

    static void writeBytes(const QString &path, const QByteArray &bytes)
    {
        QDir().mkpath(QFileInfo(path).path());
        struct stat status
        {
        };
        if (::lstat(encoded(path).constData(), &status) == 0 && !S_ISREG(status.st_mode))
            QFile::remove(path);
        QFile file(path);
        if (file.open(QIODevice::WriteOnly))
            file.write(bytes);
    }

    QString write(const QString &path, const QByteArray &bytes)
    {
        return step("write", path, [&](const QString &name) { writeBytes(name, bytes); });
    }

    QString sameSizeSameTime(const QString &path)
    {
        return step("same size", path, [](const QString &name) {
            struct stat status
            {
            };
            if (::lstat(encoded(name).constData(), &status) != 0 || !S_ISREG(status.st_mode))
                return;
            QByteArray bytes = readFile(name);
            if (bytes.isEmpty())
                return;
            bytes[0] = bytes[0] == 'a' ? 'b' : 'a';
            writeBytes(name, bytes);
            const timespec times[] = {status.st_atim, status.st_mtim};
            ::utimensat(AT_FDCWD, encoded(name).constData(), times, 0);
        });
    }

    QString move(const QString &from, const QString &to)
    {
        return step("move", from, [&](const QString &path) {
            QDir().mkpath(QFileInfo(to).path());
            ::rename(encoded(path).constData(), encoded(to).constData());
        });
    }

    QString rules()
    {
        static const QByteArrayList lines{
            "*.tmp\n", "build/\n", "!keep.tmp\n", "/d1\n", "x*/\n", ""};
        const QString folder = below(2) ? m_tree : anyFolder();
        QByteArray text;
        for (int i = 0; i < 2; ++i)
            text += lines[static_cast<qsizetype>(below(static_cast<quint32>(lines.size())))];
        const QString path = (folder.isEmpty() ? m_tree : folder) + QStringLiteral("/.gitignore");
        if (text.isEmpty())
            return step("no rules", path, [](const QString &name) { QFile::remove(name); });
        return write(path, text);
    }

    QString host(const QStringList &arguments)
    {
        std::ignore = runGit(m_tree, arguments);
        return QStringLiteral("git ") + arguments.join(u' ');
    }

    QString spec()
    {
        const QString path = below(3) ? anyFile() : anyFolder();
        return path.isEmpty() ? QStringLiteral(".") : path;
    }

    QByteArray content()
    {
        QByteArray text = "line " + QByteArray::number(below(1000)) + '\n';
        return below(4) ? text : text.replace('\n', "\r\n") + "more\n";
    }

    QString newName()
    {
        static const QByteArrayList names{"a.c",
                                          "b.tmp",
                                          "keep.tmp",
                                          "x y",
                                          "caf\xe9",
                                          "two\nlines",
                                          "z.txt",
                                          "*.c",
                                          "deep/er",
                                          "build/made.o",
                                          "xx/f",
                                          "-dash"};
        const QString folder = below(3) ? anyFolder() : QString();
        return (folder.isEmpty() ? m_tree : folder) + u'/' +
               QFile::decodeName(
                   names[static_cast<qsizetype>(below(static_cast<quint32>(names.size())))]);
    }

    /// Sorted, so that the same seed picks the same one.
    QString any(QDir::Filters filters)
    {
        QStringList found;
        QDirIterator at(m_tree,
                        filters | QDir::NoDotAndDotDot | QDir::Hidden | QDir::System,
                        QDirIterator::Subdirectories);
        while (at.hasNext()) {
            const QString path = at.next();
            const QString inside = path.mid(m_tree.size());
            if (inside != u"/.git" && !inside.contains(u"/.git/"))
                found += path;
        }
        if (found.isEmpty())
            return {};
        found.sort();
        return found[static_cast<qsizetype>(below(static_cast<quint32>(found.size())))];
    }
    QString anyFile() { return any(QDir::Files); }
    QString anyFolder()
    {
        const QString folder = any(QDir::Dirs);
        return folder.endsWith(u"/.git") ? QFileInfo(folder).path() : folder;
    }

    QString m_tree;
    QRandomGenerator m_random;
};

} // namespace paddock::test
