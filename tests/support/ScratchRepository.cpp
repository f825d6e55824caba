// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ScratchRepository.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QProcessEnvironment>

using namespace Qt::StringLiterals;

namespace paddock::test {

GitAnswer runGit(const QString &folder,
                 const QStringList &arguments,
                 const QByteArray &input,
                 const GitLimits &limits)
{
    QProcessEnvironment environment;
    const auto set = [&](const char *name, const QString &value) {
        environment.insert(QLatin1String(name), value);
    };
    set("PATH", u"/usr/bin:/bin"_s);
    set("HOME", qEnvironmentVariable("HOME"));
    set("LC_ALL", u"C"_s);
    set("GIT_CONFIG_NOSYSTEM", u"1"_s);
    set("GIT_CONFIG_COUNT", u"2"_s);
    set("GIT_CONFIG_KEY_0", u"safe.directory"_s);
    set("GIT_CONFIG_VALUE_0", u"*"_s);
    set("GIT_CONFIG_KEY_1", u"init.defaultBranch"_s);
    set("GIT_CONFIG_VALUE_1", u"main"_s);
    for (const char *who : {"GIT_AUTHOR_", "GIT_COMMITTER_"}) {
        environment.insert(QLatin1String(who) + u"NAME"_s, u"A Tester"_s);
        environment.insert(QLatin1String(who) + u"EMAIL"_s, u"tester@example.org"_s);
        environment.insert(QLatin1String(who) + u"DATE"_s, u"2026-01-02T03:04:05Z"_s);
    }
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(folder);
    process.start(limits.program, arguments);
    process.write(input);
    process.closeWriteChannel();
    const bool ended = process.waitForFinished(limits.milliseconds);
    if (!ended) {
        process.kill();
        process.waitForFinished();
    }
    return {.exitCode =
                ended && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            .output = process.readAllStandardOutput(),
            .errors = process.readAllStandardError()};
}

ScratchRepository::ScratchRepository(const QString &path, Start start)
    : m_path(path)
{
    QDir().mkpath(path);
    m_path = QFileInfo(path).canonicalFilePath();
    git({u"init"_s, u"-q"_s});
    // A test does not outlive the machine: no need to wait for the disk.
    QFile config(this->path(u".git/config"_s));
    if (!config.open(QIODevice::Append) || config.write("[core]\n\tfsync = none\n") < 0)
        qFatal("cannot write %s", qPrintable(config.fileName()));
    config.close();
    if (start == Start::Unborn)
        return;
    write(u"README"_s, "hello\n");
    write(u"src/main.c"_s, "int main(void)\n{\n    return 0;\n}\n");
    commitAll(u"first"_s);
}

QByteArray ScratchRepository::git(const QStringList &arguments, const QByteArray &input) const
{
    auto answer = runGit(m_path, arguments, input);
    if (answer.exitCode != 0)
        qFatal("git %s failed in %s: %s",
               qPrintable(arguments.join(u' ')),
               qPrintable(m_path),
               answer.errors.constData());
    if (answer.output.endsWith('\n'))
        answer.output.chop(1);
    return answer.output;
}

void ScratchRepository::write(const QString &below, const QByteArray &content) const
{
    writeFile(path(below), content);
}

QByteArray ScratchRepository::commitAll(const QString &message) const
{
    git({u"add"_s, u"-A"_s});
    git({u"commit"_s, u"-q"_s, u"-m"_s, message});
    return id(u"HEAD"_s);
}

QByteArray ScratchRepository::id(const QString &revision) const
{
    return git({u"rev-parse"_s, u"--verify"_s, revision});
}

bool ScratchRepository::has(const QString &revision) const
{
    return runGit(m_path, {u"rev-parse"_s, u"--verify"_s, u"-q"_s, revision + u"^{object}"_s})
               .exitCode == 0;
}

void writeFile(const QString &path, const QByteArray &content)
{
    QDir().mkpath(QFileInfo(path).absolutePath());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) ||
        file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace paddock::test
