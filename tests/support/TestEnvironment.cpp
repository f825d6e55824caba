// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFile>

#include <sys/stat.h>

using namespace Qt::StringLiterals;

namespace paddock::test {

TestEnvironment::TestEnvironment()
    : m_folder(u"/tmp/pdk-XXXXXX"_s)
{
    Q_ASSERT(m_folder.isValid());
    const auto set = [this](const char *variable, const QString &below) {
        const QString folder = m_folder.filePath(below);
        QDir().mkpath(folder);
        ::chmod(QFile::encodeName(folder).constData(), 0700);
        qputenv(variable, QFile::encodeName(folder));
    };
    set("HOME", u"home"_s);
    set("XDG_CONFIG_HOME", u"config"_s);
    set("XDG_DATA_HOME", u"data"_s);
    set("XDG_STATE_HOME", u"state"_s);
    set("XDG_CACHE_HOME", u"cache"_s);
    set("XDG_RUNTIME_DIR", u"run"_s);
}

QString builtProgram(const QString &name)
{
    return qEnvironmentVariable("PADDOCK_BUILD_DIR") + u"/bin/"_s + name;
}

QString sourcePath(const QString &below)
{
    return qEnvironmentVariable("PADDOCK_SOURCE_DIR") + u'/' + below;
}

} // namespace paddock::test
