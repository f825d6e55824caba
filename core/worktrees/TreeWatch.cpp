// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TreeWatch.h"

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/git/Repository.h"
#include "core/worktrees/SessionReader.h"

#include <QFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

/// A setting of how content looks; \a fallback where it is not set or empty.
bool isOn(const git::RepositoryInfo &project, const char *name, bool fallback)
{
    bool on = fallback;
    for (const auto &[setting, written] : project.contentSettings) {
        const QByteArray value = written.toLower();
        if (setting == name && !value.isEmpty())
            on = value != "false" && value != "no" && value != "off" && value != "0";
    }
    return on;
}

} // namespace

TreeWatch::TreeWatch(WorkerPool &pool,
                     const git::GitProcess &git,
                     SessionTree tree,
                     TreeWorkerOptions options,
                     QObject *parent)
    : QObject(parent)
    , m_pool(pool)
    , m_git(git)
    , m_tree(std::move(tree))
    , m_worker(options)
{
    m_unwatched.setInterval(options.unwatchedEvery);
    connect(&m_unwatched, &QTimer::timeout, this, &TreeWatch::changed);
    connect(&m_worker, &TreeWorkerLink::changed, this, &TreeWatch::changed);
    connect(&m_worker, &TreeWorkerLink::ended, this, [this] {
        m_isWatched = false;
        m_unwatched.start();
    });
}

Result<TreeWatch::Prepared> TreeWatch::prepare(const SessionTree &tree,
                                               const std::optional<git::RepositoryInfo> &known)
{
    // What may change while somebody looks: which commit is checked out, if it is the project's
    // own.
    const bool isKnown = known && tree.checkout == Checkout::Worktree;
    auto project =
        isKnown ? Result<git::RepositoryInfo>(*known) : git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    Prepared prepared{.project = *project, .head = hostHead(tree, *project)};
    const auto view = HostView::ensure(tree, *project, prepared.head);
    if (!view)
        return fail(view.error());
    prepared.ahead = commitsAhead(tree, *project, prepared.head);
    prepared.open = {.workPath = QFile::encodeName(tree.workPath),
                     .gitDir = QFile::encodeName(view->gitDir()),
                     .indexFile = QFile::encodeName(view->worktreeIndex()),
                     .trustsFileMode = isOn(*project, "core.fileMode", true),
                     .convertsLineEnds = isOn(*project, "core.autocrlf", false),
                     .isPlain = isOn(*project, "core.symlinks", true) &&
                                !isOn(*project, "core.ignoreCase", false) &&
                                !isOn(*project, "core.precomposeUnicode", false)};
    return prepared;
}

Pending<TreeStatus> TreeWatch::status()
{
    Promise<TreeStatus> promise;
    auto pending = promise.pending();
    m_pool
        .run<Prepared>([tree = m_tree, known = m_project](const CancelToken &) {
            return prepare(tree, known);
        })
        .then(this, [this, promise](Result<Prepared> prepared) {
            if (!prepared) {
                promise.reject(prepared.error());
                return;
            }
            m_project = prepared->project;
            if (prepared->open.indexFile.isEmpty()) { // no worktree of git's: it says so itself
                lookCold(promise);
                return;
            }
            if (!m_worker.isStarted())
                m_worker.start(prepared->open);
            if (m_worker.isUp())
                lookWarm(*prepared, promise);
            else
                lookCold(promise);
        });
    return pending;
}

void TreeWatch::lookWarm(const Prepared &prepared, const Promise<TreeStatus> &promise)
{
    m_worker.look(prepared.head.toHex())
        .then(this,
              [this, promise, head = prepared.head, ahead = prepared.ahead](
                  Result<TreeAnswer> answer) {
                  if (!answer && answer.error().kind == ErrorKind::SecurityViolation) {
                      promise.reject(stoppedBySpecialFiles(answer.error().detail.split(u'\n')));
                      return;
                  }
                  if (!answer) {
                      lookCold(promise);
                      return;
                  }
                  m_isWatched = answer->isWatched;
                  m_lastLooked = answer->looked;
                  if (m_isWatched)
                      m_unwatched.stop();
                  else if (!m_unwatched.isActive())
                      m_unwatched.start();
                  promise.resolve(TreeStatus{.head = head,
                                             .ahead = ahead,
                                             .files = std::move(answer->files),
                                             .truncated = answer->truncated,
                                             .fromWatch = true});
              });
}

void TreeWatch::lookCold(const Promise<TreeStatus> &promise)
{
    m_pool
        .run<TreeStatus>(
            [&git = m_git, tree = m_tree](const CancelToken &cancel) -> Result<TreeStatus> {
                const auto project = git::inspectRepository(tree.projectPath);
                return project ? readStatus(git, tree, *project, cancel) : fail(project.error());
            })
        .then(this, [promise](Result<TreeStatus> status) { promise.resolve(std::move(status)); });
}

} // namespace paddock::worktrees
