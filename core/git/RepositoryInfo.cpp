// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/RepositoryInfo.h"

#include "core/git/Alternates.h"
#include "core/git/Library.h"
#include "core/git/Repository.h"

#include <git2.h>

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <memory>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

constexpr std::array kContentSettings = {"core.autocrlf",
                                         "core.eol",
                                         "core.safecrlf",
                                         "core.fileMode",
                                         "core.ignoreCase",
                                         "core.symlinks",
                                         "core.precomposeUnicode"};

QString tr(const char *text)
{
    return QCoreApplication::translate("RepositoryInfo", text);
}

tl::unexpected<Error> unsupported(const QString &path, const QString &why, const QString &remedy)
{
    return fail(Error(ErrorKind::UnsupportedRepository, why).withDetail(path).withRemedy(remedy));
}

/// Why libgit2 did not open what it found: reads the file that holds the format, nothing else.
Error refusalReason(const QString &path, const Error &original)
{
    git_buf found = GIT_BUF_INIT;
    if (git_repository_discover(&found, QFile::encodeName(path).constData(), 0, nullptr) != 0)
        return Error(ErrorKind::NotARepository, tr("The folder is not in a git repository."))
            .withDetail(path)
            .withRemedy(tr("Choose a folder with a git repository, or make one there with "
                           "git init and a first commit."));
    const QString gitDir = QFile::decodeName(found.ptr);
    git_buf_dispose(&found);
    git_config *config = nullptr;
    QString objectFormat;
    bool partial = false;
    if (git_config_open_ondisk(&config, QFile::encodeName(gitDir + u"/config"_s).constData()) ==
        0) {
        git_buf value = GIT_BUF_INIT;
        if (git_config_get_string_buf(&value, config, "extensions.objectformat") == 0)
            objectFormat = QString::fromUtf8(value.ptr);
        git_buf_dispose(&value);
        value = GIT_BUF_INIT;
        partial = git_config_get_string_buf(&value, config, "extensions.partialclone") == 0;
        git_buf_dispose(&value);
    }
    git_config_free(config);
    if (objectFormat.compare(u"sha256"_s, Qt::CaseInsensitive) == 0)
        return Error(ErrorKind::UnsupportedRepository,
                     tr("The repository uses SHA-256 object names, which Paddock cannot read yet."))
            .withDetail(path)
            .withRemedy(tr("Use a repository with SHA-1 object names."));
    if (partial)
        return Error(ErrorKind::UnsupportedRepository,
                     tr("The repository is a partial clone: an agent without network could not "
                        "fetch the missing files."))
            .withDetail(path)
            .withRemedy(tr("Make a full clone and add that."));
    return Error(ErrorKind::UnsupportedRepository,
                 tr("The repository uses a format that Paddock does not know."))
        .withDetail(original.detail)
        .withRemedy(tr("Use a repository in git's default format."));
}

/// Also where git keeps the setting since 2.37: in a file that libgit2 does not read.
bool isSparse(const Repository &repository)
{
    if (repository.setting("core.sparseCheckout") == QByteArray("true"))
        return true;
    git_config *config = nullptr;
    int value = 0;
    const QString file = repository.gitDir() + u"/config.worktree"_s;
    if (git_config_open_ondisk(&config, QFile::encodeName(file).constData()) == 0)
        git_config_get_bool(&value, config, "core.sparseCheckout");
    git_config_free(config);
    return value != 0;
}

Result<Done> checkKind(const Repository &repository)
{
    const QString path = repository.gitDir();
    if (repository.isBare())
        return unsupported(path,
                           tr("The repository is bare: it has no files to work on."),
                           tr("Clone it and add the clone."));
    if (repository.isLinkedWorktree())
        return unsupported(repository.workDir(),
                           tr("The folder is a worktree of another checkout."),
                           tr("Add the main checkout instead. It belongs to the repository %1.")
                               .arg(repository.commonDir()));
    if (repository.isHeadUnborn())
        return unsupported(path,
                           tr("The repository has no commit yet."),
                           tr("Make a first commit and try again."));
    if (repository.isShallow())
        return unsupported(path,
                           tr("The repository is a shallow clone: parts of its history are "
                              "missing."),
                           tr("Run git fetch --unshallow in it and try again."));
    if (repository.hasSubsectionSetting("remote", "promisor"))
        return unsupported(path,
                           tr("The repository is a partial clone: an agent without network could "
                              "not fetch the missing files."),
                           tr("Make a full clone and add that."));
    if (QDir(repository.workDir()).filePath(u".git"_s) != path || QFileInfo(path).isSymLink())
        return unsupported(path,
                           tr("The git directory is not the folder .git of the checkout."),
                           tr("Use an ordinary clone. A submodule has to be cloned by itself."));
    return Done{};
}

} // namespace

Result<RepositoryInfo> inspectRepository(const QString &path)
{
    detail::ensureLibrary();
    const QFileInfo folder(path);
    if (!folder.exists())
        return fail(Error(ErrorKind::FileNotFound, tr("The folder does not exist."))
                        .withDetail(path)
                        .withRemedy(tr("Check the path.")));
    if (!folder.isDir())
        return fail(Error(ErrorKind::NotARepository, tr("The path is not a folder."))
                        .withDetail(path)
                        .withRemedy(tr("Choose the folder of a git repository.")));
    auto opened = Repository::discover(folder.canonicalFilePath());
    if (!opened)
        return fail(refusalReason(folder.canonicalFilePath(), opened.error()));
    const Repository &repository = *opened;
    if (auto kind = checkKind(repository); !kind)
        return fail(kind.error());

    RepositoryInfo info{.topLevel = repository.workDir(),
                        .gitDir = repository.gitDir(),
                        .commonDir = repository.commonDir()};
    info.objectDir = QFileInfo(info.commonDir + u"/objects"_s).canonicalFilePath();
    if (info.objectDir.isEmpty())
        return fail(Error(ErrorKind::UnsupportedRepository, tr("The repository has no objects."))
                        .withDetail(info.commonDir)
                        .withRemedy(tr("Repair the repository or clone it anew.")));
    info.borrowed = borrowedStores(info.objectDir, &info.notices);

    auto branch = repository.headBranch();
    if (!branch)
        return fail(branch.error());
    info.headBranch = *branch;
    auto head = repository.commit(u"HEAD"_s);
    if (!head)
        return fail(head.error());
    info.headCommit = *head;
    info.userName = QString::fromUtf8(repository.setting("user.name").value_or(QByteArray()));
    info.userEmail = QString::fromUtf8(repository.setting("user.email").value_or(QByteArray()));
    for (const char *name : kContentSettings) {
        if (auto value = repository.setting(name))
            info.contentSettings.append({name, *value});
    }
    info.hasSubmodules = repository.treeHasEntry(info.headCommit, ".gitmodules");
    if (info.hasSubmodules)
        info.notices += tr("The repository has submodules. Their folders are empty in a session.");
    if (isSparse(repository))
        info.notices += tr("The checkout is sparse. A session gets all files.");
    return info;
}

} // namespace paddock::git
