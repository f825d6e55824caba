// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Quarantine.h"

#include "core/base/XdgPaths.h"
#include "core/git/Alternates.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Importer", text);
}

} // namespace

Result<QString>
makeQuarantine(const git::RepositoryInfo &project, const QStringList &stores, const QString &owner)
{
    const QString prefix = u"tmp_objdir-paddock-"_s + owner + u'-';
    const QDir store(project.objectDir);
    for (const QString &old : store.entryList({prefix + u'*'}, QDir::Dirs | QDir::Hidden))
        dropQuarantine(store.filePath(old));
    const QString path = store.filePath(prefix + randomShortId());
    for (const auto &folder : {u"/pack"_s, u"/info"_s}) {
        if (auto made = makePrivateFolder(path + folder); !made)
            return fail(made.error());
    }
    if (auto written = writeFileBeneath(
            path, "info/alternates", git::alternatesFile(stores + project.borrowed), 0600);
        !written)
        return fail(written.error());
    return path;
}

// The pack before its index, because git looks for indexes.
Result<qint64> moveObjects(const QString &quarantine, const git::RepositoryInfo &project)
{
    static const QRegularExpression name(u"^pack-[0-9a-f]{40}\\.(pack|rev|idx)$"_s);
    const QDir from(quarantine + u"/pack"_s);
    const QDir to(project.objectDir + u"/pack"_s);
    if (!to.exists() && !QDir().mkpath(to.path()))
        return fail(Error(ErrorKind::IoFailed, tr("The project's object store cannot be written."))
                        .withDetail(to.path()));
    struct stat store
    {
    };
    const bool giveAway = ::geteuid() == 0 &&
                          ::stat(QFile::encodeName(project.objectDir).constData(), &store) == 0 &&
                          store.st_uid != 0;
    qint64 bytes = 0;
    for (const auto &kind : {u"pack"_s, u"rev"_s, u"idx"_s}) {
        for (const QString &file :
             from.entryList({u"*."_s + kind}, QDir::Files | QDir::NoSymLinks)) {
            if (!name.match(file).hasMatch())
                continue;
            const QByteArray source = QFile::encodeName(from.filePath(file));
            const QByteArray target = QFile::encodeName(to.filePath(file));
            if (kind == u"pack"_s)
                bytes += QFileInfo(from.filePath(file)).size();
            if (giveAway && ::lchown(source.constData(), store.st_uid, store.st_gid) != 0)
                return fail(Error(ErrorKind::IoFailed, tr("The owner of a file cannot be changed."))
                                .withDetail(qt_error_string(errno)));
            if (::rename(source.constData(), target.constData()) != 0)
                return fail(
                    Error(ErrorKind::IoFailed, tr("The project's object store cannot be written."))
                        .withDetail(to.path() + u": "_s + qt_error_string(errno)));
        }
    }
    const Descriptor folder(
        ::open(QFile::encodeName(to.path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.isOpen())
        ::fsync(folder.get());
    return bytes;
}

void dropQuarantine(const QString &quarantine)
{
    if (quarantine.isEmpty())
        return;
    const auto removed = removeTree(quarantine, std::nullopt);
    Q_UNUSED(removed)
}

} // namespace paddock::worktrees
