// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Snapshot.h"

#include "core/git/Porcelain.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QFile>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxStatus = 64 * kMiB;

QString tr(const char *text)
{
    return QCoreApplication::translate("Snapshot", text);
}

QString refOf(const QString &name)
{
    return u"refs/paddock/review/"_s + name;
}

class Snapshot
{
public:
    Snapshot(const git::GitProcess &git,
             const SessionTree &tree,
             HostView view,
             const SnapshotLimits &limits,
             const CancelToken &cancel)
        : m_git(git)
        , m_tree(tree)
        , m_view(std::move(view))
        , m_limits(limits)
        , m_cancel(cancel)
        , m_index(m_view.gitDir() + u"/snapshot-index"_s)
    {
    }

    Result<SnapshotReport> take()
    {
        if (auto ready = prepareIndex(); !ready)
            return fail(ready.error());
        auto status = request({u"status"_s,
                               u"--porcelain=v2"_s,
                               u"-z"_s,
                               u"--no-renames"_s,
                               u"--ignore-submodules=all"_s,
                               u"--untracked-files=all"_s});
        status.maxOutput = kMaxStatus;
        const auto text = m_git.check(status, m_cancel);
        if (!text)
            return fail(text.error());
        const auto entries = git::parseStatus(*text);
        if (!entries)
            return fail(entries.error());
        SnapshotReport report;
        auto update = request(
            {u"update-index"_s, u"--add"_s, u"--remove"_s, u"--replace"_s, u"-z"_s, u"--stdin"_s});
        // A file that grows while it is read ends there.
        update.maxFileSize = 2 * m_limits.fileBytes + kMiB;
        qint64 bytes = 0;
        for (const git::StatusEntry &entry : *entries) {
            if (entry.worktree == '.' || entry.worktree == '!')
                continue;
            const bool taken = isTaken(entry.path, bytes);
            if (taken) {
                update.input += entry.path + '\0';
                ++report.updated;
            } else {
                report.leftOut += entry.path;
            }
            if (report.updated + report.leftOut.size() > m_limits.files)
                return fail(Error(ErrorKind::FileTooLarge,
                                  tr("More than %1 files have changed: they are not compared.")
                                      .arg(m_limits.files))
                                .withRemedy(tr("Ask the agent to commit, or to put files that it "
                                               "makes into .gitignore.")));
        }
        if (!update.input.isEmpty()) {
            if (auto done = m_git.check(update, m_cancel); !done)
                return fail(orDiskFull(done.error(), m_view.gitDir()));
        }
        const auto id = m_git.check(request({u"write-tree"_s}), m_cancel);
        if (!id)
            return fail(orDiskFull(id.error(), m_view.gitDir()));
        const auto tree = git::Oid::fromHex(id->trimmed());
        if (!tree)
            return fail(tree.error());
        report.tree = *tree;
        return report;
    }

private:
    git::GitRequest request(const QStringList &arguments) const
    {
        auto made = m_view.fileRequest(arguments);
        made.indexFile = m_index;
        made.settings = {{"core.fsync", "none"}}; // it can be made again
        made.timeout = m_limits.time;
        made.what = tr("Keeping the state of the files");
        return made;
    }

    /// The index of the last snapshot knows which files have not been touched since; the first one
    /// begins with the index of the worktree.
    Result<Done> prepareIndex()
    {
        const auto refresh = request({u"update-index"_s, u"-q"_s, u"--refresh"_s});
        if (QFile::exists(m_index)) {
            const auto done = m_git.run(refresh, m_cancel);
            if (!done)
                return fail(done.error());
            if (done->exitCode <= 1)
                return Done{};
            QFile::remove(m_index); // damaged: from the beginning
        }
        QFile::remove(m_index + u".lock"_s); // of a crash: nobody else has this index
        if (!m_view.worktreeIndex().isEmpty() && QFile::exists(m_view.worktreeIndex())) {
            QFile index(m_view.worktreeIndex());
            if (!index.copy(m_index))
                return fail(
                    Error(ErrorKind::IoFailed, tr("The state of the files could not be kept."))
                        .withDetail(index.errorString()));
        } else if (auto read =
                       m_git.check(request({u"read-tree"_s, m_view.head().toString()}), m_cancel);
                   !read) {
            return fail(read.error());
        }
        const auto done = m_git.run(refresh, m_cancel);
        return done ? Result<Done>(Done{}) : fail(done.error());
    }

    bool isTaken(const QByteArray &path, qint64 &bytes) const
    {
        const auto status = statBeneath(m_tree.workPath, path);
        if (!status) // gone, or behind a link: it leaves the tree
            return true;
        if (S_ISLNK(status->st_mode))
            return true;
        if (!S_ISREG(status->st_mode) || status->st_size > m_limits.fileBytes ||
            bytes + status->st_size > m_limits.totalBytes ||
            (::geteuid() != 0 && (status->st_mode & S_IRUSR) == 0))
            return false;
        bytes += status->st_size;
        return true;
    }

    const git::GitProcess &m_git;
    const SessionTree &m_tree;
    HostView m_view;
    SnapshotLimits m_limits;
    const CancelToken &m_cancel;
    QString m_index;
};

} // namespace

Result<SnapshotReport> takeSnapshot(const git::GitProcess &git,
                                    const SessionTree &tree,
                                    const git::RepositoryInfo &project,
                                    const SnapshotLimits &limits,
                                    const CancelToken &cancel)
{
    if (tree.checkout == Checkout::MainReadOnly)
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("This session only reads: its files do not change."))
                        .withRemedy(tr("Look at the project itself.")));
    const auto view = HostView::ensure(tree, project, hostHead(tree, project));
    if (!view)
        return fail(view.error());
    return Snapshot(git, tree, *view, limits, cancel).take();
}

Result<Done> nameSnapshot(const git::GitProcess &git,
                          const HostView &view,
                          const QString &name,
                          const git::Oid &tree,
                          const CancelToken &cancel)
{
    auto request = view.objectRequest({u"update-ref"_s, refOf(name), tree.toString()});
    request.what = tr("Keeping the state of the files");
    const auto done = git.check(request, cancel);
    return done ? Result<Done>(Done{}) : fail(done.error());
}

Result<git::Oid> findSnapshot(const git::GitProcess &git,
                              const HostView &view,
                              const QString &name,
                              const CancelToken &cancel)
{
    auto request = view.objectRequest({u"rev-parse"_s, u"--verify"_s, u"-q"_s, refOf(name)});
    request.what = tr("Looking for an earlier state of the files");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0)
        return fail(Error(ErrorKind::NotFound, tr("There is no earlier state to compare with."))
                        .withDetail(name)
                        .withRemedy(tr("Compare with the base.")));
    return git::Oid::fromHex(output->output.trimmed());
}

} // namespace paddock::worktrees
