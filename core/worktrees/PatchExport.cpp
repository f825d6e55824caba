// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PatchExport.h"

#include "core/base/WorkerPool.h"
#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/Snapshot.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFileInfo>
#include <QLocale>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kTime = std::chrono::minutes(2);

QString tr(const char *text)
{
    return QCoreApplication::translate("PatchExport", text);
}

class Export
{
public:
    Export(const git::GitProcess &git,
           const SessionTree &tree,
           HostView view,
           const PatchOptions &options,
           const PatchSink &sink,
           const CancelToken &cancel)
        : m_git(git)
        , m_tree(tree)
        , m_view(std::move(view))
        , m_options(options)
        , m_sink(sink)
        , m_cancel(cancel)
    {
    }

    Result<PatchReport> run()
    {
        m_from = m_options.from.isNull() ? m_tree.baseCommit : m_options.from;
        m_to = m_options.to.isNull() ? m_view.head() : m_options.to;
        if (m_options.work != PatchOptions::Work::None && m_to != m_view.head())
            return fail(ErrorKind::InvalidArgument,
                        tr("Only the newest commit can be exported with what no commit holds."));
        const auto work = workTree();
        if (!work)
            return fail(work.error());
        if (m_options.form == PatchOptions::Form::Diff) {
            if (auto done = diff(m_from, work->isNull() ? m_to : *work); !done)
                return fail(done.error());
            return m_report;
        }
        if (auto counted = countCommits(); !counted)
            return fail(counted.error());
        if (auto done = messages(); !done)
            return fail(done.error());
        if (!work->isNull()) {
            if (auto done = lastMessage(*work); !done)
                return fail(done.error());
        }
        return m_report;
    }

private:
    /// The tree that holds the work; null: none is asked for.
    Result<git::Oid> workTree()
    {
        switch (m_options.work) {
        case PatchOptions::Work::None:
            return git::Oid();
        case PatchOptions::Work::Staged: {
            auto request = m_view.objectRequest({u"write-tree"_s});
            request.indexFile = m_view.worktreeIndex();
            request.what = tr("Reading what is staged");
            const auto id = m_git.check(request, m_cancel);
            return id ? git::Oid::fromHex(id->trimmed()) : fail(id.error());
        }
        case PatchOptions::Work::Everything: {
            const auto lock = ProjectLock::take(m_tree.sessionFolder, m_cancel);
            if (!lock)
                return fail(lock.error());
            const auto taken = takeSnapshot(m_git, m_tree, m_view.project(), {}, m_cancel);
            if (!taken)
                return fail(taken.error());
            for (const QByteArray &path : taken->leftOut)
                m_report.notices +=
                    tr("Left out: %1 (too large, or not a file).").arg(QString::fromUtf8(path));
            return taken->tree;
        }
        }
        return git::Oid();
    }

    /// Runs a command whose output is the patch. Answers how many bytes came.
    Result<qint64> emitOutput(const QStringList &arguments)
    {
        auto request = m_view.objectRequest(arguments);
        request.timeout = kTime;
        request.what = tr("Writing the patch");
        request.maxOutput = std::numeric_limits<qint64>::max();
        const qint64 before = m_report.bytes;
        bool refused = false;
        request.sink = [&](QByteArrayView bytes) {
            refused = !put(bytes);
            return !refused;
        };
        const auto output = m_git.run(request, m_cancel);
        if (refused)
            return fail(m_error);
        if (!output)
            return fail(output.error());
        if (output->exitCode != 0)
            return fail(git::GitProcess::failure(request, *output));
        return m_report.bytes - before;
    }

    bool put(QByteArrayView bytes)
    {
        m_report.bytes += bytes.size();
        if (m_report.bytes > m_options.maxBytes) {
            m_error =
                Error(ErrorKind::FileTooLarge,
                      tr("The patch is larger than %1.").arg(formatByteSize(m_options.maxBytes)));
            return false;
        }
        if (m_sink(bytes))
            return true;
        m_error = Error(ErrorKind::IoFailed, tr("The patch could not be written."));
        return false;
    }

    Result<Done> diff(const git::Oid &from, const git::Oid &to)
    {
        const auto bytes = emitOutput({u"diff"_s,
                                       u"--binary"_s,
                                       u"--full-index"_s,
                                       u"--no-ext-diff"_s,
                                       u"--no-textconv"_s,
                                       u"--no-color"_s,
                                       u"--find-renames"_s,
                                       u"--ignore-submodules=none"_s,
                                       u"--src-prefix=a/"_s,
                                       u"--dst-prefix=b/"_s,
                                       from.toString(),
                                       to.toString(),
                                       u"--"_s});
        return bytes ? Result<Done>(Done{}) : fail(bytes.error());
    }

    Result<Done> countCommits()
    {
        for (const bool merges : {false, true}) {
            auto request = m_view.objectRequest({u"rev-list"_s,
                                                 u"--count"_s,
                                                 merges ? u"--merges"_s : u"--no-merges"_s,
                                                 m_to.toString(),
                                                 u'^' + m_from.toString(),
                                                 u"--"_s});
            request.what = tr("Counting the commits");
            const auto text = m_git.check(request, m_cancel);
            if (!text)
                return fail(text.error());
            (merges ? m_report.leftOutMerges : m_report.commits) = text->trimmed().toInt();
        }
        if (m_report.leftOutMerges > 0)
            m_report.notices += tr("%1 merge(s) are not in the patch: a mailbox cannot hold them.")
                                    .arg(m_report.leftOutMerges);
        return Done{};
    }

    Result<Done> messages()
    {
        const auto bytes = emitOutput({u"format-patch"_s,
                                       u"--stdout"_s,
                                       u"--binary"_s,
                                       u"--full-index"_s,
                                       u"--find-renames"_s,
                                       u"--no-ext-diff"_s,
                                       u"--no-textconv"_s,
                                       u"--ignore-submodules=none"_s,
                                       u"--src-prefix=a/"_s,
                                       u"--dst-prefix=b/"_s,
                                       u"--no-signature"_s,
                                       m_from.toString() + u".."_s + m_to.toString(),
                                       u"--"_s});
        return bytes ? Result<Done>(Done{}) : fail(bytes.error());
    }

    Result<Done> lastMessage(const git::Oid &work)
    {
        auto same = m_view.objectRequest(
            {u"diff-tree"_s, u"--quiet"_s, u"-r"_s, m_to.toString(), work.toString()});
        same.what = tr("Writing the patch");
        const auto compared = m_git.run(same, m_cancel);
        if (!compared)
            return fail(compared.error());
        if (compared->exitCode == 0)
            return Done{};
        const git::RepositoryInfo &project = m_view.project();
        const QString name = project.userName.isEmpty() ? u"Paddock"_s : project.userName;
        const QString email =
            project.userEmail.isEmpty() ? u"paddock@localhost"_s : project.userEmail;
        const QByteArray date =
            QLocale::c()
                .toString(QDateTime::currentDateTimeUtc(), u"ddd, d MMM yyyy HH:mm:ss"_s)
                .toLatin1();
        const QByteArray head =
            "From " + m_to.toHex() + " Mon Sep 17 00:00:00 2001\nFrom: =?UTF-8?B?" +
            name.toUtf8().toBase64() + "?= <" +
            email.simplified().remove(u'<').remove(u'>').toUtf8() + ">\nDate: " + date +
            " +0000\nSubject: [PATCH] Changes that no commit holds yet\n\n---\n";
        if (!put(head))
            return fail(m_error);
        return diff(m_to, work);
    }

    const git::GitProcess &m_git;
    const SessionTree &m_tree;
    HostView m_view;
    const PatchOptions &m_options;
    const PatchSink &m_sink;
    const CancelToken &m_cancel;
    git::Oid m_from;
    git::Oid m_to;
    PatchReport m_report;
    Error m_error;
};

} // namespace

Result<PatchReport> exportPatch(const git::GitProcess &git,
                                const SessionTree &tree,
                                const PatchOptions &options,
                                const PatchSink &sink,
                                const CancelToken &cancel)
{
    if (tree.branch.isEmpty())
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("This session only reads: there is nothing to export."))
                        .withRemedy(tr("Start a session that may write.")));
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    const auto view = HostView::ensure(tree, *project, hostHead(tree, *project));
    if (!view)
        return fail(view.error());
    return Export(git, tree, *view, options, sink, cancel).run();
}

Pending<PatchReport> exportPatchFile(WorkerPool &pool,
                                     const git::GitProcess &git,
                                     const SessionTree &tree,
                                     const PatchOptions &options,
                                     const QString &path)
{
    return pool.run<PatchReport>([&git, tree, options, path](
                                     const CancelToken &cancel) -> Result<PatchReport> {
        QSaveFile file(path);
        const auto failure = [&] {
            return fail(orDiskFull(Error(ErrorKind::GitFailed, tr("The file could not be written."))
                                       .withDetail(path + u": "_s + file.errorString())
                                       .withRemedy(tr("Choose another folder.")),
                                   QFileInfo(path).absolutePath()));
        };
        if (!file.open(QIODevice::WriteOnly))
            return failure();
        const auto report = exportPatch(
            git,
            tree,
            options,
            [&](QByteArrayView bytes) {
                return file.write(bytes.data(), bytes.size()) == bytes.size();
            },
            cancel);
        if (file.error() != QFileDevice::NoError)
            return failure();
        if (!report)
            return fail(report.error());
        if (!file.commit())
            return failure();
        return report;
    });
}

} // namespace paddock::worktrees
