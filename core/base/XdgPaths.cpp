// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/XdgPaths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock {

namespace {

QString baseFolder(const char *variable, const QString &fallbackBelowHome)
{
    // The specification: a relative path is invalid and ignored.
    const QString value = qEnvironmentVariable(variable);
    const QString base = value.startsWith(u'/') ? QDir::cleanPath(value)
                                                : QDir::homePath() + u'/' + fallbackBelowHome;
    return base + u"/paddock"_s;
}

QString translated(const char *text)
{
    return QCoreApplication::translate("XdgPaths", text);
}

} // namespace

Result<XdgPaths> XdgPaths::fromEnvironment()
{
    XdgPaths paths;
    paths.config = baseFolder("XDG_CONFIG_HOME", u".config"_s);
    paths.data = baseFolder("XDG_DATA_HOME", u".local/share"_s);
    paths.state = baseFolder("XDG_STATE_HOME", u".local/state"_s);
    paths.cache = baseFolder("XDG_CACHE_HOME", u".cache"_s);

    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    struct stat info = {};
    if (!runtime.startsWith(u'/') || ::stat(QFile::encodeName(runtime).constData(), &info) != 0 ||
        !S_ISDIR(info.st_mode)) {
        return fail(
            Error(ErrorKind::RuntimeFolderMissing,
                  runtime.isEmpty()
                      ? translated("XDG_RUNTIME_DIR is not set.")
                      : translated("The runtime folder %1 does not exist.").arg(runtime))
                .withRemedy(
                    translated("Log in through a session manager that makes it, or set it to a "
                               "folder of yours: export XDG_RUNTIME_DIR=/run/user/%1")
                        .arg(::getuid())));
    }
    if (info.st_uid != ::getuid()) {
        return fail(
            Error(ErrorKind::RuntimeFolderMissing,
                  translated("The runtime folder %1 belongs to another user.").arg(runtime))
                .withCategory(Category::PermissionDenied)
                .withRemedy(translated("Set XDG_RUNTIME_DIR to a folder of your own, mode 0700.")));
    }
    paths.runtime = QDir::cleanPath(runtime) + u"/paddock"_s;
    return paths;
}

Result<Done> XdgPaths::create() const
{
    for (const QString &path : {config, data, state, cache, runtime}) {
        if (auto made = makePrivateFolder(path); !made)
            return made;
    }
    return Done{};
}

Result<Done> makePrivateFolder(const QString &path)
{
    QString sofar;
    const QStringList parts = QDir::cleanPath(path).split(u'/', Qt::SkipEmptyParts);
    for (const QString &part : parts) {
        sofar += u'/' + part;
        const QByteArray name = QFile::encodeName(sofar);
        if (::mkdir(name.constData(), 0700) == 0) {
            // mkdir honours the umask, which may take the owner's own bits.
            ::chmod(name.constData(), 0700);
            continue;
        }
        const int code = errno;
        if (code == EEXIST && QFileInfo(sofar).isDir())
            continue;
        return fail(Error(code == ENOSPC                    ? ErrorKind::DiskFull
                          : code == EACCES || code == EROFS ? ErrorKind::PermissionDenied
                                                            : ErrorKind::IoFailed,
                          translated("The folder %1 could not be made.").arg(sofar))
                        .withDetail(QString::fromLocal8Bit(std::strerror(code)))
                        .withRemedy(translated("Check the permissions and the free space of %1.")
                                        .arg(QFileInfo(sofar).path())));
    }
    return Done{};
}

} // namespace paddock
