// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

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

} // namespace

Result<QString>
prepareWorktreesRoot(const git::RepositoryInfo &project, const QString &root, bool *made)
{
    if (auto writable = checkWritable(project); !writable)
        return fail(writable.error());
    const QString wanted = root.isEmpty() ? u".worktrees"_s : root;
    const QString path = QDir::cleanPath(QDir(project.topLevel).absoluteFilePath(wanted));
    const QString inside = project.topLevel + u'/';
    if (path == project.topLevel || (path + u'/').startsWith(project.commonDir + u'/'))
        return fail(Error(ErrorKind::InvalidConfig,
                          tr("Worktrees cannot be kept in this folder of the project."))
                        .withDetail(path)
                        .withRemedy(tr("Choose another folder for worktrees.")));
    const QFileInfo info(path);
    if (info.isSymLink() || (info.exists() && !info.isDir()))
        return fail(Error(ErrorKind::Conflict,
                          tr("The place for worktrees is taken by something that is no folder."))
                        .withDetail(path)
                        .withRemedy(tr("Move it away, or choose another folder for worktrees.")));
    if (!info.exists()) {
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
