// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxExclude = 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("WorktreeManager", text);
}

Result<Done> checkWritable(const git::RepositoryInfo &project)
{
    if (::faccessat(AT_FDCWD, QFile::encodeName(project.commonDir).constData(), W_OK, AT_EACCESS) ==
        0)
        return Done{};
    const int code = errno;
    return fail(Error(ErrorKind::PermissionDenied,
                      code == EROFS ? tr("The project is on a file system that is read-only.")
                                    : tr("You may not write to the git directory of the project."))
                    .withDetail(project.commonDir + u": "_s + qt_error_string(code))
                    .withRemedy(code == EROFS
                                    ? tr("Clone it to a place that can be written.")
                                    : tr("Make sure that the project belongs to you, or clone "
                                         "it.")));
}

/// Adds \a folder (relative to the project) to info/exclude unless a line for it is there.
Result<Done> excludeFromGit(const git::RepositoryInfo &project, const QString &folder)
{
    const QByteArray line = QFile::encodeName(folder) + '/';
    const QDir info(project.commonDir + u"/info"_s);
    if (!info.exists())
        QDir(project.commonDir).mkdir(u"info"_s);
    QFile file(info.filePath(u"exclude"_s));
    QByteArray content;
    if (QFileInfo(file.fileName()).isFile() && file.open(QIODevice::ReadOnly)) {
        content = file.read(kMaxExclude);
        file.close();
    }
    for (const QByteArray &present : content.split('\n')) {
        const QByteArray trimmed = present.trimmed();
        if (trimmed == line || trimmed == '/' + line || trimmed + '/' == line)
            return Done{};
    }
    QByteArray addition = content.isEmpty() || content.endsWith('\n') ? "" : "\n";
    addition += "/" + line + "\n";
    if (!file.open(QIODevice::WriteOnly | QIODevice::Append) ||
        file.write(addition) != addition.size() || !file.flush())
        return fail(
            Error(ErrorKind::IoFailed, tr("The folder for worktrees could not be hidden from git."))
                .withDetail(file.fileName() + u": "_s + file.errorString())
                .withRemedy(tr("Make sure that you may write to the project's .git.")));
    return Done{};
}

/// \a path with the links in the folders above its last part followed, as far as those are there.
QString withoutLinks(const QString &path)
{
    QString missing = QFileInfo(path).fileName();
    QString folder = QFileInfo(path).path();
    while (!QFileInfo::exists(folder)) {
        missing = QFileInfo(folder).fileName() + u'/' + missing;
        folder = QFileInfo(folder).path();
    }
    return QDir(QFileInfo(folder).canonicalFilePath()).absoluteFilePath(missing);
}

} // namespace

Result<QString> worktreesRootPath(const git::RepositoryInfo &project, const QString &root)
{
    const QString wanted = root.isEmpty() ? u".worktrees"_s : root;
    const QString path =
        withoutLinks(QDir::cleanPath(QDir(project.topLevel).absoluteFilePath(wanted)));
    const auto holds = [](const QString &folder, const QString &other) {
        return (other + u'/').startsWith(folder + u'/');
    };
    // In the project a folder at its top only: an agent in the main checkout, where that one folder
    // is covered, could move the folders above a deeper one away. Its name goes into info/exclude.
    static const QRegularExpression pattern(uR"([*?\[\]\\!#\s])"_s);
    const QString below = path.mid(project.topLevel.size() + 1);
    const bool isOdd =
        holds(project.topLevel, path) && (below.contains(u'/') || pattern.match(below).hasMatch());
    // Nor above the project: it would be hidden from git with all that is in it.
    if (holds(path, project.topLevel) || holds(project.commonDir, path) || isOdd)
        return fail(Error(ErrorKind::InvalidConfig,
                          tr("Worktrees cannot be kept in this folder of the project."))
                        .withDetail(path)
                        .withRemedy(tr("Choose a folder outside the project, or one with a plain "
                                       "name at its top.")));
    const QFileInfo info(path);
    if (info.isSymLink() || (info.exists() && !info.isDir()))
        return fail(Error(ErrorKind::Conflict,
                          tr("The place for worktrees is taken by something that is no folder."))
                        .withDetail(path)
                        .withRemedy(tr("Move it away, or choose another folder for worktrees.")));
    return path;
}

Result<QString>
prepareWorktreesRoot(const git::RepositoryInfo &project, const QString &root, bool *made)
{
    if (auto writable = checkWritable(project); !writable)
        return fail(writable.error());
    const auto wanted = worktreesRootPath(project, root);
    if (!wanted)
        return wanted;
    const QString &path = *wanted;
    const QString inside = project.topLevel + u'/';
    if (!QFileInfo::exists(path)) {
        if (!QDir().mkpath(path))
            return fail(
                Error(ErrorKind::IoFailed, tr("The folder for worktrees could not be made."))
                    .withDetail(path)
                    .withRemedy(tr("Make sure that you may write to the project folder and "
                                   "that the disk is not full.")));
        if (made)
            *made = true;
    }
    if (path.startsWith(inside)) {
        if (auto hidden = excludeFromGit(project, path.mid(inside.size())); !hidden)
            return fail(hidden.error());
    }
    return QFileInfo(path).canonicalFilePath();
}

} // namespace paddock::worktrees
