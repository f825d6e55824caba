// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/projects/Project.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::projects {

namespace {

constexpr int kLongestName = 80;

QString translated(const char *text)
{
    return QCoreApplication::translate("Project", text);
}

} // namespace

Result<QString> checkedProjectName(const QString &name)
{
    const QString trimmed = name.trimmed();
    const auto isControl = [](QChar c) { return !c.isPrint() && !c.isSurrogate(); };
    if (trimmed.isEmpty() || trimmed.size() > kLongestName || !trimmed.isValidUtf16() ||
        std::ranges::any_of(trimmed, isControl)) {
        return fail(
            Error(ErrorKind::InvalidArgument, translated("This cannot be the name of a project."))
                .withRemedy(
                    translated("Use one line of at most %1 characters.").arg(kLongestName)));
    }
    return trimmed;
}

Result<QString> checkedProjectPath(const QString &path, const QString &home)
{
    const auto refuse = [&path](ErrorKind kind, const char *message, const char *remedy) {
        return fail(Error(kind, translated(message).arg(path)).withRemedy(translated(remedy)));
    };
    if (!path.startsWith(u'/') || path.contains(QChar::Null)) {
        return refuse(ErrorKind::InvalidArgument,
                      "\"%1\" is not an absolute path.",
                      "Give the whole path of the repository.");
    }
    const QFileInfo info(path);
    const QString canonical = info.canonicalFilePath();
    if (canonical.isEmpty())
        return refuse(ErrorKind::NotFound,
                      "The folder %1 does not exist.",
                      "Check the path, or make the repository with git init or git clone first.");
    if (!info.isDir())
        return refuse(ErrorKind::InvalidArgument,
                      "%1 is not a folder.",
                      "Give the folder of the repository.");
    if (!info.isReadable() || !info.isExecutable())
        return refuse(ErrorKind::PermissionDenied,
                      "The folder %1 may not be read.",
                      "Give yourself the permission to read it.");
    if (canonical == u"/" || canonical == QFileInfo(home).canonicalFilePath())
        return refuse(ErrorKind::SecurityViolation,
                      "%1 holds much more than a project, and an agent would get all of it.",
                      "Choose the folder of one repository.");
    return canonical;
}

QString defaultProjectName(const QString &path)
{
    const QString name = QDir(QDir::cleanPath(path)).dirName().simplified().left(kLongestName);
    return checkedProjectName(name).value_or(translated("project"));
}

} // namespace paddock::projects
