// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/DemoRepository.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QSaveFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

QList<DemoFile> demoRepositoryFiles()
{
    const QString root = u":/paddock/demo/repository/"_s;
    QList<DemoFile> files;
    QDirIterator iterator(root, QDir::Files, QDirIterator::Subdirectories);
    while (iterator.hasNext()) {
        QFile file(iterator.next());
        if (file.open(QIODevice::ReadOnly))
            files.append({.path = file.fileName().mid(root.size()), .content = file.readAll()});
    }
    std::sort(files.begin(), files.end(), [](const DemoFile &a, const DemoFile &b) {
        return a.path < b.path;
    });
    return files;
}

Result<Done> writeDemoRepository(const QString &folder)
{
    const auto failed = [](const QString &path, const QString &why) {
        return fail(Error(ErrorKind::IoFailed,
                          QCoreApplication::translate("Gateway",
                                                      "The sample project cannot be written to %1.")
                              .arg(path))
                        .withDetail(why)
                        .withRemedy(QCoreApplication::translate(
                            "Gateway", "Make room there, or choose another folder.")));
    };
    const QList<DemoFile> files = demoRepositoryFiles();
    for (const DemoFile &file : files) {
        const QString path = folder + u'/' + file.path;
        if (!QDir().mkpath(QFileInfo(path).path()))
            return failed(QFileInfo(path).path(), {});
        QSaveFile target(path);
        if (!target.open(QIODevice::WriteOnly) ||
            target.write(file.content) != file.content.size() || !target.commit())
            return failed(path, target.errorString());
    }
    return Done{};
}

QString demoPrompt()
{
    return QCoreApplication::translate(
        "Gateway", "The tests of this project fail. Find out why, mend it, and commit the change.");
}

} // namespace paddock::gateway
