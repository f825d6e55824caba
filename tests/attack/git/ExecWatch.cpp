// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/git/ExecWatch.h"

#include "tests/support/ScratchRepository.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace paddock::test {

ExecWatch::ExecWatch()
    : m_folder(u"/tmp/pdk-watch-XXXXXX"_s)
{
    // A copy for each object: the program finds its record by its own place.
    const QString built =
        qEnvironmentVariable("PADDOCK_BUILD_DIR") + u"/tests/attack/git_exec_watch"_s;
    if (!QFile::copy(built, program()) ||
        !QFile::setPermissions(program(), QFile::ReadOwner | QFile::ExeOwner))
        qFatal("cannot copy %s", qPrintable(built));
}

ExecWatch::Started ExecWatch::started() const
{
    Started started;
    const auto lines = readFile(m_folder.filePath(u"execs"_s)).split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype tab = line.indexOf('\t');
        const QByteArray program = line.left(std::max<qsizetype>(tab, 0));
        if (line.isEmpty() || program == "/usr/bin/git")
            continue;
        const QString words = QString::fromUtf8(line).trimmed();
        if (program.startsWith("/usr/lib/git-core/git"))
            started.git += words;
        else
            started.other += words;
    }
    return started;
}

void ExecWatch::clear()
{
    QFile::remove(m_folder.filePath(u"execs"_s));
}

} // namespace paddock::test
