// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HostView.h"

#include "core/base/Bytes.h"
#include "core/base/XdgPaths.h"
#include "core/git/Alternates.h"
#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxExclude = 1024 * 1024;
// Git reads some files as a whole, whatever their size. An index of a million files needs 0.3 GiB.
constexpr qint64 kMaxMemory = 2 * kGiB;

QByteArray viewConfig(const git::RepositoryInfo &project, bool isSparse)
{
    QList<std::pair<QByteArray, QByteArray>> core{{"repositoryformatversion", "0"},
                                                  {"bare", "true"},
                                                  // Larger files are compared by name only.
                                                  {"bigFileThreshold", "32m"},
                                                  {"untrackedCache", "false"},
                                                  {"splitIndex", "false"}};
    if (isSparse)
        core += {{"sparseCheckout", "true"}, {"sparseCheckoutCone", "false"}};
    for (const auto &[name, value] : project.contentSettings) {
        if (!value.isEmpty())
            core.append({name.mid(name.indexOf('.') + 1), value});
    }
    return configSection("core", core);
}

} // namespace

QByteArray configSection(const QByteArray &section,
                         const QList<std::pair<QByteArray, QByteArray>> &settings)
{
    QByteArray text = '[' + section + "]\n";
    for (const auto &[name, value] : settings) {
        QByteArray quoted = value;
        quoted.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
        text += '\t' + name + " = \"" + quoted + "\"\n";
    }
    return text;
}

Result<git::RepositoryInfo> projectOf(const SessionTree &tree)
{
    auto project = git::inspectRepository(tree.projectPath);
    if (project || !isProjectGone(project.error()))
        return project;
    return fail(
        Error(project.error().kind,
              QCoreApplication::translate("HostView",
                                          "The project of the session is not at %1 any more.")
                  .arg(tree.projectPath))
            .withDetail(project.error().message)
            .withRemedy(QCoreApplication::translate(
                "HostView",
                "Move it back there or mount its disk, and try again: the session has kept its "
                "work. To give that up, remove the session and discard its changes.")));
}

bool isProjectGone(const Error &error)
{
    return error.kind == ErrorKind::FileNotFound || error.kind == ErrorKind::NotARepository;
}

QString adminDirOf(const QString &commonDir, const QString &workPath)
{
    const QDir folder(commonDir + u"/worktrees"_s);
    const QByteArray wanted = QFile::encodeName(workPath + u"/.git"_s);
    const auto names = folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::Hidden);
    for (const QString &name : names) {
        const QString path = folder.filePath(name);
        const auto content = readFileBeneath(path, "gitdir", 64 * 1024);
        if (content && content->trimmed() == wanted)
            return path;
    }
    return {};
}

git::GitRequest projectRequest(const git::RepositoryInfo &project, const QStringList &arguments)
{
    return {.arguments = arguments, .gitDir = project.commonDir, .directory = project.commonDir};
}

git::Oid hostHead(const SessionTree &tree, const git::RepositoryInfo &project)
{
    if (tree.checkout == Checkout::MainReadOnly)
        return project.headCommit;
    const auto repository = git::Repository::open(project.commonDir);
    const auto tip = repository ? repository->refTarget(tree.branchRef()) : std::nullopt;
    return tip.value_or(tree.baseCommit);
}

Result<HostView>
HostView::ensure(const SessionTree &tree, const git::RepositoryInfo &project, const git::Oid &head)
{
    HostView view;
    view.m_gitDir = tree.hostViewDir();
    view.m_workTree = tree.workPath;
    view.m_head = head;
    view.m_project = project;
    if (tree.checkout == Checkout::MainReadOnly) {
        view.m_worktreeIndex = project.gitDir + u"/index"_s;
    } else if (tree.checkout == Checkout::MainReadWrite) {
        view.m_worktreeIndex = view.m_gitDir + u"/checkout/index"_s;
    } else if (const QString admin = adminDirOf(project.commonDir, tree.workPath);
               !admin.isEmpty()) {
        view.m_worktreeIndex = admin + u"/index"_s;
    }
    for (const auto &folder : {u"/refs/heads"_s, u"/objects/info"_s, u"/info"_s}) {
        if (auto made = makePrivateFolder(view.m_gitDir + folder); !made)
            return fail(made.error());
    }
    QFile excludes(project.commonDir + u"/info/exclude"_s);
    QByteArray exclude;
    if (QFileInfo(excludes.fileName()).isFile() && excludes.open(QIODevice::ReadOnly))
        exclude = excludes.read(kMaxExclude);
    if (const auto copied = readFileBeneath(view.m_gitDir, kCopiedFiles, kMaxExclude))
        exclude += '\n' + *copied;
    const std::array<std::pair<QByteArray, QByteArray>, 4> files{
        {{"config", viewConfig(project, view.isSparse())},
         {"objects/info/alternates",
          git::alternatesFile(QStringList{project.objectDir} + project.borrowed)},
         {"info/exclude", exclude},
         {"HEAD", head.toHex() + '\n'}}};
    for (const auto &[name, content] : files) {
        const auto there = readFileBeneath(view.m_gitDir, name, kMaxExclude);
        if (there && *there == content)
            continue;
        if (auto written = writeFileBeneath(view.m_gitDir, name, content, 0600); !written)
            return fail(written.error());
    }
    if (auto ended = copyShallow(project, view.m_gitDir, 0600); !ended)
        return fail(ended.error());
    return view;
}

Result<Done> copyShallow(const git::RepositoryInfo &project, const QString &gitDir, mode_t mode)
{
    if (!project.isShallow) {
        ::unlink(QFile::encodeName(gitDir + u"/shallow"_s).constData());
        return Done{};
    }
    const auto ends = readFileBeneath(project.commonDir, "shallow", kMaxExclude);
    return ends ? writeFileBeneath(gitDir, "shallow", *ends, mode) : fail(ends.error());
}

bool HostView::isSparse() const
{
    return statBeneath(m_gitDir, kSparseCheckout).has_value();
}

git::GitRequest HostView::objectRequest(const QStringList &arguments) const
{
    return {
        .arguments = arguments, .gitDir = m_gitDir, .directory = m_gitDir, .maxMemory = kMaxMemory};
}

git::GitRequest HostView::fileRequest(const QStringList &arguments) const
{
    return {.arguments = arguments,
            .gitDir = m_gitDir,
            .workTree = m_workTree,
            .directory = m_gitDir,
            .indexFile = m_worktreeIndex,
            .maxMemory = kMaxMemory};
}

git::GitRequest HostView::indexRequest(const QStringList &arguments, const QString &indexFile) const
{
    auto request = identifyFolder(m_workTree) ? fileRequest(arguments) : objectRequest(arguments);
    if (!request.workTree.isEmpty())
        request.directory = m_workTree;
    request.indexFile = indexFile;
    return request;
}

} // namespace paddock::worktrees
