// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/CommandLine.h"

#include <QFile>
#include <QProcessEnvironment>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

// The list of docs/decisions "Where libgit2 and where the git program".
constexpr std::array kSealedSettings = {"core.hooksPath=/dev/null",
                                        "core.fsmonitor=false",
                                        "safe.bareRepository=explicit",
                                        "submodule.recurse=false",
                                        "diff.ignoreSubmodules=all",
                                        "protocol.allow=never",
                                        "core.attributesFile=/dev/null",
                                        "log.showSignature=false",
                                        "gc.auto=0",
                                        "maintenance.auto=false"};

// Decision "Fetching as the person": everything else is as they have set it.
constexpr std::array kPersonSettings = {"core.hooksPath=/dev/null",
                                        "core.fsmonitor=false",
                                        "submodule.recurse=false",
                                        "fetch.recurseSubmodules=false",
                                        "gc.auto=0",
                                        "maintenance.auto=false"};

const std::array kSealedEnvironment = {"PATH=/usr/bin:/bin",
                                       "HOME=/nonexistent",
                                       "LC_ALL=C",
                                       kKeepMemory,
                                       "GIT_CONFIG_NOSYSTEM=1",
                                       "GIT_CONFIG_GLOBAL=/dev/null",
                                       "GIT_ATTR_NOSYSTEM=1",
                                       "GIT_OPTIONAL_LOCKS=0",
                                       "GIT_TERMINAL_PROMPT=0",
                                       // Only for the reflog lines of the refs that Paddock moves.
                                       "GIT_COMMITTER_NAME=Paddock",
                                       "GIT_COMMITTER_EMAIL=paddock@localhost"};

/// Of git's own variables those that say how a remote is reached; the others say which repository,
/// index or files a command works on, and would be somebody else's.
bool isForRemotes(const QString &name)
{
    if (!name.startsWith(u"GIT_"_s))
        return true;
    constexpr std::array kPrefixes = {
        "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_CONFIG_"};
    constexpr std::array kNames = {"GIT_ASKPASS", "GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL_FROM_USER"};
    return (name != u"GIT_CONFIG_PARAMETERS"_s &&
            std::ranges::any_of(
                kPrefixes,
                [&](const char *prefix) { return name.startsWith(QLatin1String(prefix)); })) ||
           std::ranges::any_of(kNames,
                               [&](const char *other) { return name == QLatin1String(other); });
}

std::vector<QByteArray> personEnvironment()
{
    std::vector<QByteArray> result;
    const QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
    for (const QString &name : own.keys()) {
        // The words of errors are looked at, so they must be the ones git was written with.
        if (name.startsWith(u"LC_"_s) || name == u"LANGUAGE"_s || !isForRemotes(name))
            continue;
        result.push_back(QFile::encodeName(name) + '=' + own.value(name).toLocal8Bit());
    }
    result.insert(result.end(),
                  {"LC_ALL=C.UTF-8", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0"});
    return result;
}

} // namespace

CommandLine commandLineFor(const GitRequest &request)
{
    const bool isSealed = request.profile == GitProfile::Sealed;
    CommandLine line;
    auto &args = line.arguments;
    args.emplace_back("git");
    args.emplace_back("--no-replace-objects");
    args.emplace_back("--literal-pathspecs");
    const auto set = [&](const auto &settings) {
        for (const char *setting : settings) {
            args.emplace_back("-c");
            args.emplace_back(setting);
        }
    };
    isSealed ? set(kSealedSettings) : set(kPersonSettings);
    for (const auto &[name, value] : request.settings) {
        args.emplace_back("-c");
        args.emplace_back(name + '=' + value);
    }
    if (!request.gitDir.isEmpty())
        args.emplace_back("--git-dir=" + QFile::encodeName(request.gitDir));
    if (!request.workTree.isEmpty())
        args.emplace_back("--work-tree=" + QFile::encodeName(request.workTree));
    for (const QString &argument : request.arguments)
        args.emplace_back(QFile::encodeName(argument));
    for (const QByteArray &path : request.paths)
        args.emplace_back(path);

    if (isSealed)
        line.environment.assign(kSealedEnvironment.begin(), kSealedEnvironment.end());
    else
        line.environment = personEnvironment();
    if (!request.indexFile.isEmpty())
        line.environment.emplace_back("GIT_INDEX_FILE=" + QFile::encodeName(request.indexFile));
    if (!request.objectDirectory.isEmpty())
        line.environment.emplace_back("GIT_OBJECT_DIRECTORY=" +
                                      QFile::encodeName(request.objectDirectory));
    return line;
}

} // namespace paddock::git
