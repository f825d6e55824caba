// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Gitlinks.h"

#include "core/git/IndexEntries.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr quint32 kGitlinkMode = 0160000;

/// False only if there certainly is none: the index is read here, which is quicker than git. An
/// index of a kind that cannot be read here is git's matter.
bool mayHaveGitlinks(const QString &indexFile)
{
    QFile file(indexFile);
    if (!file.open(QIODevice::ReadOnly))
        return true;
    const auto entries = git::parseIndexEntries(file.readAll());
    return !entries || std::any_of(entries->begin(), entries->end(), [](const auto &entry) {
        return entry.mode == kGitlinkMode;
    });
}

} // namespace

Result<Done> markGitlinks(const git::GitProcess &git,
                          const HostView &view,
                          const QString &indexFile,
                          GitlinkMark mark,
                          const CancelToken &cancel)
{
    if (!mayHaveGitlinks(indexFile))
        return Done{};
    // "H 160000 <id> <stage>\t<path>\0"; S in the place of H where the mark is set.
    const QByteArray wanted = mark == GitlinkMark::Skip ? "H 160000 " : "S 160000 ";
    QByteArray paths;
    QByteArray rest;
    auto list = view.objectRequest({u"ls-files"_s, u"--stage"_s, u"-t"_s, u"-z"_s});
    list.indexFile = indexFile;
    list.maxOutput = std::numeric_limits<qint64>::max(); // only an entry is kept at a time
    list.timeout = std::chrono::minutes(2);
    list.what = QCoreApplication::translate("Gitlinks", "Looking for submodules");
    list.sink = [&](QByteArrayView bytes) {
        rest += bytes;
        qsizetype begin = 0;
        for (qsizetype end = 0; (end = rest.indexOf('\0', begin)) >= 0; begin = end + 1) {
            const auto entry = QByteArrayView(rest).sliced(begin, end - begin);
            if (entry.startsWith(wanted))
                paths += entry.sliced(entry.indexOf('\t') + 1).toByteArray() + '\0';
        }
        rest.remove(0, begin);
        return true;
    };
    if (auto listed = git.check(list, cancel); !listed)
        return fail(listed.error());
    if (paths.isEmpty())
        return Done{};
    auto update = view.fileRequest(
        {u"update-index"_s,
         mark == GitlinkMark::Skip ? u"--skip-worktree"_s : u"--no-skip-worktree"_s,
         u"-z"_s,
         u"--stdin"_s});
    update.indexFile = indexFile;
    update.input = paths;
    update.timeout = list.timeout;
    update.what = list.what;
    if (auto updated = git.check(update, cancel); !updated)
        return fail(updated.error());
    return Done{};
}

} // namespace paddock::worktrees
