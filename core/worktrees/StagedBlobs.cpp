// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagedBlobs.h"

#include "core/base/Ids.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr mode_t kObjectMode = 0444;

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

/// The object store of the project, and whose it is.
class Store
{
public:
    explicit Store(const QString &path)
        : m_path(path)
    {
        struct stat status
        {
        };
        if (::geteuid() == 0 && ::stat(QFile::encodeName(path).constData(), &status) == 0 &&
            status.st_uid != 0)
            m_owner = {.uid = status.st_uid, .gid = status.st_gid};
    }

    [[nodiscard]] QString path(const QString &name) const { return m_path + u'/' + name; }
    /// True for the user of this process, or when it was given to the owner of the store.
    [[nodiscard]] bool give(const QString &path) const
    {
        return !m_owner ||
               ::lchown(QFile::encodeName(path).constData(), m_owner->uid, m_owner->gid) == 0;
    }
    [[nodiscard]] tl::unexpected<Error> failure(const QString &reason) const
    {
        return fail(orDiskFull(
            Error(ErrorKind::GitFailed, tr("The project's object store cannot be written."))
                .withDetail(m_path + u": "_s + reason),
            m_path));
    }

private:
    QString m_path;
    std::optional<Owner> m_owner;
};

/// Copies a loose object as it is: git names it by what is in it.
Result<Done> copyLoose(const Store &store, const QString &from, const QString &name)
{
    const QString target = store.path(name);
    if (QFileInfo::exists(target))
        return Done{};
    const QString folder = store.path(name.left(2));
    if (QDir().mkdir(folder) ? !store.give(folder) : !QFileInfo::exists(folder))
        return store.failure(qt_error_string(errno));
    QFile source(from);
    QFile copy(folder + u"/tmp_obj_paddock-"_s + randomShortId()); // git sweeps such names
    bool isWritten =
        source.open(QIODevice::ReadOnly) && copy.open(QIODevice::WriteOnly | QIODevice::NewOnly);
    while (isWritten && !source.atEnd()) {
        const QByteArray chunk = source.read(1024 * 1024);
        isWritten = !chunk.isEmpty() && copy.write(chunk) == chunk.size();
    }
    isWritten = isWritten && copy.flush() && ::fsync(copy.handle()) == 0 &&
                ::fchmod(copy.handle(), kObjectMode) == 0 && store.give(copy.fileName());
    if (isWritten && ::rename(QFile::encodeName(copy.fileName()).constData(),
                              QFile::encodeName(target).constData()) == 0)
        return Done{};
    const QString reason =
        copy.error() != QFileDevice::NoError ? copy.errorString() : qt_error_string(errno);
    copy.remove();
    return store.failure(reason);
}

} // namespace

Result<Done> publishBlobs(const git::GitProcess &git,
                          const HostView &view,
                          const QList<git::Oid> &ids,
                          const CancelToken &cancel)
{
    const Store store(view.project().objectDir);
    QByteArray others; // packed: large ones; or in the project already
    for (const git::Oid &id : ids) {
        const QString hex = id.toString();
        const QString name = hex.left(2) + u'/' + hex.mid(2);
        const QString loose = view.gitDir() + u"/objects/"_s + name;
        if (!QFileInfo::exists(loose)) {
            others += id.toHex() + '\n';
            continue;
        }
        if (auto copied = copyLoose(store, loose, name); !copied)
            return copied;
    }
    if (others.isEmpty())
        return Done{};
    auto request = view.objectRequest({u"pack-objects"_s,
                                       u"--local"_s, // not what is borrowed
                                       u"--non-empty"_s,
                                       u"-q"_s,
                                       store.path(u"pack/pack"_s)});
    request.input = others;
    request.timeout = std::chrono::minutes(10);
    request.what = tr("Taking over the content of files");
    const auto name = git.check(request, cancel);
    if (!name)
        return fail(orDiskFull(name.error(), view.project().objectDir));
    const QString pack = store.path(u"pack/pack-"_s + QString::fromLatin1(name->trimmed()));
    for (const QString &file : {pack + u".pack"_s, pack + u".idx"_s, pack + u".rev"_s}) {
        if (QFileInfo::exists(file) && !store.give(file))
            return store.failure(qt_error_string(errno));
    }
    return Done{};
}

} // namespace paddock::worktrees
