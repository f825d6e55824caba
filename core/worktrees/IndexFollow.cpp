// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IndexFollow.h"

#include "core/worktrees/Gitlinks.h"

#include <QCoreApplication>
#include <QHash>
#include <QSet>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxDiff = 128 * kMiB;
constexpr std::chrono::minutes kTime{2};

QString tr(const char *text)
{
    return QCoreApplication::translate("IndexFollow", text);
}

Result<QList<git::RawDiffEntry>>
rawDiff(const git::GitProcess &git, git::GitRequest request, const CancelToken &cancel)
{
    request.timeout = kTime;
    request.maxOutput = kMaxDiff;
    request.what = tr("Comparing the staging area");
    const auto text = git.check(request, cancel);
    if (!text)
        return fail(text.error());
    return git::parseRawDiff(*text);
}

const QStringList kRaw{u"-r"_s,
                       u"-z"_s,
                       u"--raw"_s,
                       u"--no-renames"_s,
                       u"--no-abbrev"_s,
                       u"--ignore-submodules=none"_s};

Result<QList<QByteArray>> follow(const git::GitProcess &git,
                                 const HostView &view,
                                 const QList<git::Oid> &known,
                                 const git::Oid &to,
                                 const CancelToken &cancel)
{
    auto request = view.objectRequest(QStringList{u"diff-index"_s, u"--cached"_s} + kRaw +
                                      QStringList{to.toString()});
    request.indexFile = view.worktreeIndex();
    const auto differing = rawDiff(git, request, cancel);
    if (!differing)
        return fail(differing.error());
    if (differing->isEmpty())
        return QList<QByteArray>();

    using Entry = std::pair<quint32, git::Oid>;
    QList<QHash<QByteArray, Entry>> before; // what `to` has changed, as each of the known has it
    for (const git::Oid &commit : known) {
        const auto changes = changesBetween(git, view, commit, to, cancel);
        if (!changes)
            return fail(changes.error());
        auto &entries = before.emplace_back();
        for (const git::RawDiffEntry &change : *changes)
            entries.insert(change.path, {change.oldMode, change.oldId});
    }

    QSet<QByteArray> staged;
    QList<QByteArray> follow;
    for (const git::RawDiffEntry &entry : *differing) {
        const Entry now{entry.newMode, entry.newId};
        const auto isNow = [&](const QHash<QByteArray, Entry> &entries) {
            const auto found = entries.constFind(entry.path);
            return found != entries.constEnd() && *found == now;
        };
        if (entry.status != 'U' && std::any_of(before.cbegin(), before.cend(), isNow))
            follow += entry.path;
        else
            staged += entry.path;
    }
    addOverlapping(staged, follow);

    git::GitRequest update =
        view.indexRequest({u"update-index"_s, u"-z"_s, u"--index-info"_s}, view.worktreeIndex());
    QList<QByteArray> kept;
    for (const git::RawDiffEntry &entry : *differing) {
        if (!staged.contains(entry.path))
            update.input += indexInfo(entry.oldMode, entry.oldId, entry.path);
        else if (!before.isEmpty() && before.first().contains(entry.path))
            kept += entry.path;
    }
    if (update.input.isEmpty())
        return kept;
    update.timeout = kTime;
    update.what = tr("Bringing the staging area up to date");
    if (const auto done = git.check(update, cancel); !done)
        return fail(done.error());
    return kept;
}

} // namespace

Result<QList<git::RawDiffEntry>> changesBetween(const git::GitProcess &git,
                                                const HostView &view,
                                                const git::Oid &from,
                                                const git::Oid &to,
                                                const CancelToken &cancel)
{
    return rawDiff(git,
                   view.objectRequest(QStringList{u"diff-tree"_s} + kRaw +
                                      QStringList{from.toString(), to.toString()}),
                   cancel);
}

void addOverlapping(QSet<QByteArray> &paths, const QList<QByteArray> &changes)
{
    const auto forParents = [](const QByteArray &path, const auto &visit) {
        for (qsizetype slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
            visit(path.left(slash));
    };
    QSet<QByteArray> above; // of the paths: a file of that name would take their place
    for (const QByteArray &path : std::as_const(paths))
        forParents(path, [&](const QByteArray &parent) { above += parent; });
    QList<QByteArray> found;
    for (const QByteArray &change : changes) {
        bool overlaps = above.contains(change);
        forParents(change, [&](const QByteArray &parent) { overlaps |= paths.contains(parent); });
        if (overlaps)
            found += change;
    }
    for (const QByteArray &path : found)
        paths += path;
}

QByteArray indexInfo(quint32 mode, const git::Oid &id, const QByteArray &path)
{
    return QByteArray::number(mode, 8) + ' ' + id.toHex() + '\t' + path + '\0';
}

QString listPaths(const QList<QByteArray> &paths)
{
    constexpr qsizetype kShown = 3;
    QStringList names;
    for (const QByteArray &path : paths.first(std::min(kShown, paths.size())))
        names += QString::fromUtf8(path);
    const QString text = names.join(u", "_s);
    return paths.size() <= kShown ? text
                                  : tr("%1 and %2 more").arg(text).arg(paths.size() - kShown);
}

Result<QList<QByteArray>> followIndex(const git::GitProcess &git,
                                      const HostView &view,
                                      const QList<git::Oid> &known,
                                      const git::Oid &to,
                                      const CancelToken &cancel)
{
    if (view.worktreeIndex().isEmpty())
        return QList<QByteArray>();
    auto kept = follow(git, view, known, to, cancel);
    // Whatever became of it: the entries of submodules are to be marked.
    const auto marked = markGitlinks(git, view, view.worktreeIndex(), GitlinkMark::Skip, cancel);
    if (!marked)
        return fail(Error(marked.error().kind,
                          tr("The commits have submodules that git would look into on this "
                             "computer, with settings of the agent's. Do not run git in the "
                             "worktree: %1")
                              .arg(marked.error().message))
                        .withDetail(marked.error().detail));
    if (!kept)
        return fail(Error(kept.error().kind,
                          tr("The staging area of the worktree could not follow the commits: %1 "
                             "Bring it up to date with git reset.")
                              .arg(kept.error().message))
                        .withDetail(kept.error().detail));
    return kept;
}

} // namespace paddock::worktrees
