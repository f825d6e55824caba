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

constexpr qint64 kMaxAttributes = 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("RepositoryInfo", text);
}

tl::unexpected<Error> unsupported(const QString &path, const QString &why, const QString &remedy)
{
    return fail(Error(ErrorKind::UnsupportedRepository, why).withDetail(path).withRemedy(remedy));
}

QString partialReason()
{
    return tr("The repository is a partial clone: an agent without network could not fetch the "
              "missing files.");
}

QString partialRemedy()
{
    return tr("Make a full clone and add that.");
}

/// What the file of the repository's settings says of its format: "name=value", lower case.
QStringList extensionsOf(const QString &file)
{
    QStringList found;
    git_config *config = nullptr;
    git_config_iterator *iterator = nullptr;
    if (git_config_open_ondisk(&config, QFile::encodeName(file).constData()) == 0 &&
        git_config_iterator_new(&iterator, config) == 0) {
        git_config_entry *entry = nullptr; // belongs to the iterator
        while (git_config_next(&entry, iterator) == 0) {
            const QString name = QString::fromUtf8(entry->name);
            if (name.startsWith(u"extensions."_s))
                found += name.mid(11).toLower() + u'=' + QString::fromUtf8(entry->value).toLower();
        }
    }
    git_config_iterator_free(iterator);
    git_config_free(config);
    return found;
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
    const QStringList extensions = extensionsOf(gitDir + u"/config"_s);
    const auto unsupported = [&](const QString &why, const QString &remedy) {
        return Error(ErrorKind::UnsupportedRepository, why).withDetail(path).withRemedy(remedy);
    };
    if (extensions.contains(u"objectformat=sha256"_s))
        return unsupported(
            tr("The repository uses SHA-256 object names, which Paddock cannot read yet."),
            tr("Use a repository with SHA-1 object names."));
    for (const QString &extension : extensions) {
        const QString name = extension.section(u'=', 0, 0);
        if (name == u"partialclone"_s)
            return unsupported(partialReason(), partialRemedy());
        if (name == u"relativeworktrees"_s)
            return unsupported(
                tr("The repository keeps the places of worktrees as relative paths, which Paddock "
                   "cannot read yet."),
                tr("Run git worktree repair --no-relative-paths, then git config --unset "
                   "extensions.relativeWorktrees."));
        if (name == u"refstorage"_s)
            return unsupported(
                tr("The repository keeps its branches in a format that Paddock cannot read yet: "
                   "%1.")
                    .arg(extension.section(u'=', 1).left(50)),
                tr("Run git refs migrate --ref-format=files."));
    }
    return Error(ErrorKind::UnsupportedRepository,
                 tr("The repository uses a format that Paddock does not know."))
        .withDetail((extensions + QStringList{original.detail}).join(u'\n'))
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
    if (repository.hasSubsectionSetting("remote", "promisor"))
        return unsupported(path, partialReason(), partialRemedy());
    const QFileInfo dotGit(QDir(repository.workDir()).filePath(u".git"_s));
    if (repository.isLinkedWorktree()) {
        if (QFileInfo::exists(path + u'/' + QLatin1String(kSessionMark)))
            return unsupported(repository.workDir(),
                               tr("The folder is the worktree of a session."),
                               tr("Add the project it belongs to: %1.")
                                   .arg(QFileInfo(repository.commonDir()).absolutePath()));
        return Done{};
    }
    if (dotGit.filePath() != path || dotGit.isSymLink())
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
    // Bytes that are no UTF-8 do not survive in our texts: they would name another folder.
    if (path.contains(QChar::ReplacementCharacter) ||
        folder.canonicalFilePath().contains(QChar::ReplacementCharacter))
        return unsupported(
            path, tr("The path has a name that is not UTF-8 text."), tr("Rename the folder."));
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

    if (repository.isHeadUnborn()) {
        info.headBranch =
            repository.symbolicTarget(u"HEAD"_s).value_or(QString()).mid(qstrlen("refs/heads/"));
        info.notices += tr("The repository has no commit yet. A session starts without files.");
    } else {
        auto branch = repository.headBranch();
        if (!branch)
            return fail(branch.error());
        info.headBranch = *branch;
        auto head = repository.commit(u"HEAD"_s);
        if (!head)
            return fail(head.error());
        info.headCommit = *head;
    }
    info.isShallow = repository.isShallow();
    if (info.isShallow)
        info.notices += tr("The repository is a shallow clone. The history ends where it does.");
    info.userName = QString::fromUtf8(repository.setting("user.name").value_or(QByteArray()));
    info.userEmail = QString::fromUtf8(repository.setting("user.email").value_or(QByteArray()));
    for (const char *name : kContentSettings) {
        if (auto value = repository.setting(name))
            info.contentSettings.append({name, *value});
    }
    info.hasSubmodules = repository.treeHasEntry(info.headCommit, ".gitmodules");
    if (info.hasSubmodules)
        info.notices += tr("The repository has submodules. Their folders are empty in a session.");
    if (repository.fileAt(info.headCommit, ".gitattributes", kMaxAttributes)
            .value_or(QByteArray())
            .contains("filter=lfs"))
        info.notices += tr("Large files are kept by Git LFS. A session sees the pointers to them.");
    if (isSparse(repository))
        info.notices += tr("The checkout is sparse. A session gets all files.");
    return info;
}

} // namespace paddock::git
