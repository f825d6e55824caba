// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IntegrationPlan.h"

#include "core/base/Bytes.h"
#include "core/worktrees/StagedCommit.h"

#include <QCoreApplication>

#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kMaxPicked = 2000;
constexpr int kMaxNamed = 100; // subjects in a made message
constexpr auto kListTime = std::chrono::minutes(2);
constexpr qint64 kMaxMessage = 256 * kKiB;

QString tr(const char *text)
{
    return QCoreApplication::translate("IntegrationPlan", text);
}

Result<QByteArray> person(const git::RepositoryInfo &project)
{
    if (project.userName.trimmed().isEmpty() || project.userEmail.trimmed().isEmpty())
        return fail(Error(ErrorKind::InvalidConfig, tr("Git does not know who you are."))
                        .withRemedy(tr("Set your name and address with git config --global "
                                       "user.name and git config --global user.email.")));
    return git::signatureLine(project.userName, project.userEmail);
}

Result<QByteArray> checkedMessage(const QByteArray &text)
{
    if (text.contains('\0') || text.size() > kMaxMessage)
        return fail(ErrorKind::InvalidArgument, tr("This cannot be the message of a commit."));
    const QByteArray clean = cleanMessage(text);
    if (clean.isEmpty())
        return fail(ErrorKind::InvalidArgument, tr("The message of the commit is empty."));
    return clean;
}

/// One plan in the making.
class Planner
{
public:
    Planner(const git::GitProcess &git,
            const HostView &view,
            const PlanRequest &request,
            const CancelToken &cancel,
            MemoryMerge &merge)
        : m_git(git)
        , m_view(view)
        , m_request(request)
        , m_cancel(cancel)
        , m_merge(merge)
    {
    }

    Result<IntegrationPlan> make()
    {
        using Method = IntegrationMethod;
        Result<Done> done = Done{};
        if (m_request.method == Method::CherryPick) {
            done = applyEach(m_request.commits);
        } else {
            const auto ahead = list(m_request.from, m_request.into);
            if (!ahead)
                return fail(ahead.error());
            if (ahead->isEmpty()) {
                done = settle(m_request.into);
            } else {
                const auto behind = list(m_request.into, m_request.from, 1);
                if (!behind)
                    return fail(behind.error());
                m_plan.fastForward = behind->isEmpty();
                m_plan.taken = QList<git::Oid>(ahead->crbegin(), ahead->crend());
                done = byMethod();
            }
        }
        if (!done)
            return fail(done.error());
        m_plan.upToDate = m_plan.result == m_request.into;
        m_plan.notices += m_merge.notices();
        m_plan.namesFilter = m_merge.namesFilter();
        return m_plan;
    }

private:
    Result<QList<git::Oid>> list(const git::Oid &from, const git::Oid &notIn, int limit = 10'000)
    {
        return listCommits(m_git, m_view, from, notIn, limit, m_cancel);
    }

    Result<Done> settle(const git::Oid &commit)
    {
        const auto text = m_merge.read(commit);
        if (!text)
            return fail(text.error());
        m_plan.result = commit;
        m_plan.tree = text->tree;
        return Done{};
    }

    Result<Done> byMethod()
    {
        switch (m_request.method) {
        case IntegrationMethod::Auto:
            return m_plan.fastForward ? settle(m_request.from) : mergeBoth();
        case IntegrationMethod::FastForward:
            if (m_plan.fastForward)
                return settle(m_request.from);
            return fail(Error(ErrorKind::Conflict,
                              tr("The branch %1 has commits that %2 does not have: it cannot be "
                                 "moved forward.")
                                  .arg(QString::fromUtf8(m_request.intoName),
                                       QString::fromUtf8(m_request.fromName)))
                            .withRemedy(tr("Choose a merge, a squash or a rebase.")));
        case IntegrationMethod::Rebase:
            return rebase();
        default:
            return mergeBoth();
        }
    }

    /// Merge and Squash differ in the parents only.
    Result<Done> mergeBoth()
    {
        const auto merged = m_merge.merge(m_request.into, m_request.from);
        if (!merged)
            return fail(merged.error());
        m_plan.tree = merged->tree;
        if (!merged->conflicts.isEmpty()) {
            m_plan.conflict = *merged;
            return Done{};
        }
        const bool squash = m_request.method == IntegrationMethod::Squash;
        m_plan.fastForward = m_plan.fastForward && m_request.method == IntegrationMethod::Auto;
        if (squash) {
            const auto into = m_merge.read(m_request.into);
            if (!into)
                return fail(into.error());
            if (into->tree == merged->tree) { // every change is there already
                m_plan.dropped = std::exchange(m_plan.taken, {});
                return settle(m_request.into);
            }
        }
        const auto who = person(m_view.project());
        if (!who)
            return fail(who.error());
        const auto text =
            m_request.message.isEmpty() ? madeMessage(squash) : checkedMessage(m_request.message);
        if (!text)
            return fail(text.error());
        git::CommitText commit{.tree = merged->tree,
                               .parents = {m_request.into},
                               .author = *who,
                               .committer = *who,
                               .message = *text};
        if (!squash)
            commit.parents += m_request.from;
        const auto written = m_merge.write(commit);
        if (!written)
            return fail(written.error());
        m_plan.result = *written;
        return Done{};
    }

    Result<QByteArray> madeMessage(bool squash)
    {
        if (!squash) {
            QByteArray text = "Merge branch '" + m_request.fromName + '\'';
            if (m_request.intoName != "main" && m_request.intoName != "master")
                text += " into " + m_request.intoName;
            return text + '\n';
        }
        if (m_plan.taken.size() == 1) {
            const auto only = m_merge.read(m_plan.taken.first());
            if (!only)
                return fail(only.error());
            if (only->encoding.isEmpty() && !only->message.trimmed().isEmpty())
                return checkedMessage(only->message);
        }
        QByteArray text = "Squash branch '" + m_request.fromName + "'\n\n";
        int named = 0;
        for (const git::Oid &id : std::as_const(m_plan.taken)) {
            if (++named > kMaxNamed) {
                text += "* " + QByteArray::number(m_plan.taken.size() - kMaxNamed) + " more\n";
                break;
            }
            const auto commit = m_merge.read(id);
            if (!commit)
                return fail(commit.error());
            text += "* " + commit->subject().toUtf8() + '\n';
        }
        return checkedMessage(text);
    }

    Result<Done> rebase()
    {
        auto request = m_view.objectRequest(
            {u"rev-list"_s,
             u"--reverse"_s,
             u"--topo-order"_s,
             u"--no-merges"_s,
             u"--right-only"_s,
             u"--cherry-mark"_s, // '=' in front of what the branch has under another id
             m_request.into.toString() + u"..."_s + m_request.from.toString(),
             u"--"_s});
        request.timeout = kListTime;
        request.what = tr("Listing the commits");
        const auto text = m_git.check(request, m_cancel);
        if (!text)
            return fail(text.error());
        QList<git::Oid> commits;
        const qsizetype all = m_plan.taken.size();
        qsizetype known = 0;
        for (const QByteArray &line : text->split('\n')) {
            if (line.isEmpty())
                continue;
            const auto id = git::Oid::fromHex(line.mid(1));
            if (!id)
                return fail(ErrorKind::ProtocolError, tr("A list of commits could not be read."));
            ++known;
            if (line.startsWith('='))
                m_plan.dropped += *id;
            else
                commits += *id;
        }
        if (all > known)
            m_plan.notices += tr("%1 merge commit(s) are left out by a rebase.").arg(all - known);
        return applyEach(commits);
    }

    Result<Done> applyEach(const QList<git::Oid> &commits)
    {
        m_plan.taken.clear();
        if (commits.size() > kMaxPicked)
            return fail(Error(ErrorKind::ResourceLimitExceeded,
                              tr("%1 commits are too many to apply one by one; the limit is %2.")
                                  .arg(commits.size())
                                  .arg(kMaxPicked))
                            .withRemedy(tr("Choose a merge or a squash.")));
        if (auto settled = settle(m_request.into); !settled)
            return settled;
        bool rewritten = false;
        for (const git::Oid &id : commits) {
            const auto commit = m_merge.read(id);
            if (!commit)
                return fail(commit.error());
            if (commit->parents.size() > 1)
                return fail(
                    Error(
                        ErrorKind::InvalidArgument,
                        tr("%1 is a merge: it cannot be applied by itself.").arg(id.abbreviated()))
                        .withRemedy(tr("Choose the commits that it merges.")));
            if (commit->parents.value(0) == m_plan.result) { // as it is
                if (auto settled = settle(id); !settled)
                    return settled;
                m_plan.taken += id;
                continue;
            }
            const auto picked = m_merge.pick(id, m_plan.result);
            if (!picked)
                return fail(picked.error());
            if (!picked->conflicts.isEmpty()) {
                m_plan.conflict = *picked;
                m_plan.conflictCommit = id;
                m_plan.tree = picked->tree;
                m_plan.result = {};
                return Done{};
            }
            if (picked->tree == m_plan.tree) {
                m_plan.dropped += id;
                continue;
            }
            const auto who = person(m_view.project());
            if (!who)
                return fail(who.error());
            git::CommitText next = *commit;
            next.tree = picked->tree;
            next.parents = {m_plan.result};
            next.committer = *who;
            const auto written = m_merge.write(next);
            if (!written)
                return fail(written.error());
            m_plan.result = *written;
            m_plan.tree = picked->tree;
            m_plan.taken += id;
            rewritten = true;
        }
        m_plan.fastForward = !rewritten;
        return Done{};
    }

    const git::GitProcess &m_git;
    const HostView &m_view;
    const PlanRequest &m_request;
    const CancelToken &m_cancel;
    MemoryMerge &m_merge;
    IntegrationPlan m_plan;
};

} // namespace

QString integrationMethodName(IntegrationMethod method)
{
    static constexpr std::array kNames = {
        "auto", "fast-forward", "merge", "squash", "rebase", "cherry-pick"};
    return QString::fromLatin1(kNames.at(static_cast<size_t>(method)));
}

Result<IntegrationPlan> planIntegration(const git::GitProcess &git,
                                        const HostView &view,
                                        const PlanRequest &request,
                                        const CancelToken &cancel)
{
    auto merge = MemoryMerge::open(git, view, request.into, cancel);
    if (!merge)
        return fail(merge.error());
    return Planner(git, view, request, cancel, *merge).make();
}

Result<QList<git::Oid>> listCommits(const git::GitProcess &git,
                                    const HostView &view,
                                    const git::Oid &from,
                                    const git::Oid &notIn,
                                    int limit,
                                    const CancelToken &cancel)
{
    auto request = view.objectRequest({u"rev-list"_s,
                                       u"--max-count=%1"_s.arg(limit),
                                       from.toString(),
                                       u'^' + notIn.toString(),
                                       u"--"_s});
    request.timeout = kListTime;
    request.what = tr("Listing the commits");
    const auto text = git.check(request, cancel);
    if (!text)
        return fail(text.error());
    QList<git::Oid> commits;
    for (const QByteArray &line : text->split('\n')) {
        if (const auto id = git::Oid::fromHex(line); id && !id->isNull())
            commits += *id;
    }
    return commits;
}

} // namespace paddock::worktrees
