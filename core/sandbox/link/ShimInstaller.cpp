// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/ShimInstaller.h"

#include "core/base/XdgPaths.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace paddock::sandbox::link {

namespace {

constexpr qint64 kLargestShim = qint64{16} * 1024 * 1024;

constexpr auto kMode = QFile::ReadOwner | QFile::ExeOwner | QFile::ReadGroup | QFile::ExeGroup |
                       QFile::ReadOther | QFile::ExeOther;

Error cannotCopy(const QString &path, const QString &cause)
{
    return Error(ErrorKind::IoFailed, u"The session helper cannot be copied to %1."_s.arg(path))
        .withDetail(cause)
        .withRemedy(u"Check that there is room on the disk and that the folder belongs to you."_s);
}

Result<QByteArray> readProgram(const QString &path)
{
    QFile file(path);
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly))
        return fail(
            Error(ErrorKind::FileNotFound, u"The session helper %1 cannot be read."_s.arg(path))
                .withDetail(file.errorString())
                .withRemedy(u"Install Paddock again."_s));
    if (file.size() > kLargestShim)
        return fail(ErrorKind::FileTooLarge, u"%1 is not a session helper."_s.arg(path));
    return file.readAll();
}

bool isInstalled(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    const QFileInfo info(path);
    return info.isFile() && !info.isSymLink() && (info.permissions() & kMode) == kMode &&
           (info.permissions() & (QFile::WriteOwner | QFile::WriteGroup | QFile::WriteOther)) ==
               0 &&
           info.size() == bytes.size() && file.open(QIODevice::ReadOnly) && file.readAll() == bytes;
}

} // namespace

ShimInstaller::ShimInstaller(QString dataFolder)
    : m_dataFolder(std::move(dataFolder))
{
}

Result<QString> ShimInstaller::find()
{
    const QString named = qEnvironmentVariable("PADDOCK_SHIM");
    if (!named.isEmpty())
        return named;
    const QString here = QCoreApplication::applicationDirPath();
    for (const QString &folder :
         {here, here + u"/../libexec/paddock"_s, here + u"/../lib/paddock"_s}) {
        const QFileInfo info(folder + u"/paddock-shim"_s);
        if (info.isFile() && info.isExecutable())
            return info.canonicalFilePath();
    }
    return fail(Error(ErrorKind::FileNotFound, u"The session helper paddock-shim was not found."_s)
                    .withDetail(u"Looked in %1."_s.arg(here))
                    .withRemedy(u"Install Paddock again, or set PADDOCK_SHIM to its path."_s));
}

Result<QString> ShimInstaller::install() const
{
    const Result<QString> program = find();
    if (!program)
        return fail(program.error());
    return install(*program);
}

Result<QString> ShimInstaller::install(const QString &program) const
{
    const Result<QByteArray> bytes = readProgram(program);
    if (!bytes)
        return fail(bytes.error());
    const QByteArray hash = QCryptographicHash::hash(*bytes, QCryptographicHash::Sha256).toHex();
    const QString folder = m_dataFolder + u"/shim/"_s + QString::fromLatin1(hash);
    const QString target = folder + u"/paddock-shim"_s;
    if (isInstalled(target, *bytes))
        return target;
    const Result<Done> made = makePrivateFolder(folder);
    if (!made)
        return fail(made.error());
    // QSaveFile would replace what a link points to.
    if (QFileInfo(target).isSymLink() && !QFile::remove(target))
        return fail(cannotCopy(target, u"A symbolic link is in the way."_s));
    QSaveFile file(target);
    if (!file.open(QIODevice::WriteOnly) || file.write(*bytes) != bytes->size() ||
        !file.setPermissions(kMode) || !file.commit()) {
        return fail(cannotCopy(target, file.errorString()));
    }
    return target;
}

} // namespace paddock::sandbox::link
