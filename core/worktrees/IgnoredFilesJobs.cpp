// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IgnoredFilesJobs.h"

#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"
#include "core/policy/SecretLike.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileCopy.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/ImportJobs.h"
#include "core/worktrees/PathPattern.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <climits>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxEntries = 1000;
constexpr qsizetype kMaxLeftOut = 100;
constexpr qint64 kMaxExamined = 256 * kKiB; // larger files are data, not settings

QString tr(const char *text)
{
    return QCoreApplication::translate("IgnoredFiles", text);
}

/// The person's own list of what is ignored in every repository.
QString personsExcludes(const git::Repository &repository)
{
    QString path = QFile::decodeName(repository.setting("core.excludesFile").value_or(""));
    if (path.startsWith(u"~/"_s))
        path = QDir::homePath() + path.mid(1);
    if (path.isEmpty()) {
        const QString config = qEnvironmentVariable("XDG_CONFIG_HOME");
        path = (config.isEmpty() ? QDir::homePath() + u"/.config"_s : config) + u"/git/ignore"_s;
    }
    return QFileInfo(path).isFile() && QDir::isAbsolutePath(path) ? path : QString();
}

struct Ignored
{
    QByteArray path;
    bool isFolder = false;
};

/// What git ignores in the main checkout, folders that are ignored as a whole as one. Reads names
/// and lists of patterns; with these arguments git opens no file's content and starts nothing.
Result<QList<Ignored>> ignoredRoots(const git::GitProcess &git,
                                    const git::RepositoryInfo &project,
                                    const CancelToken &cancel)
{
    const auto repository = git::Repository::open(project.commonDir);
    if (!repository)
        return fail(repository.error());
    QStringList arguments{u"ls-files"_s,
                          u"-z"_s,
                          u"--others"_s,
                          u"--ignored"_s,
                          u"--exclude-standard"_s,
                          u"--directory"_s};
    if (const QString own = personsExcludes(*repository); !own.isEmpty())
        arguments += u"--exclude-from="_s + own;
    git::GitRequest request{.arguments = arguments,
                            .gitDir = project.gitDir,
                            .workTree = project.topLevel,
                            .directory = project.topLevel,
                            .what = tr("Listing the ignored files")};
    const auto output = git.check(request, cancel);
    if (!output)
        return fail(output.error());

    // Worktrees inside the project are ignored as well, and are nobody's settings.
    QList<QByteArray> others;
    for (const WorktreeEntry &entry : listWorktrees(project).value_or(QList<WorktreeEntry>())) {
        if (entry.path.startsWith(project.topLevel + u'/'))
            others += QFile::encodeName(entry.path.mid(project.topLevel.size() + 1)) + '/';
    }
    QList<Ignored> roots;
    for (QByteArray path : output->split('\0')) {
        const bool isFolder = path.endsWith('/');
        const bool isOthers =
            std::any_of(others.begin(), others.end(), [&](const QByteArray &other) {
                return (path + '/').startsWith(other) || (isFolder && other.startsWith(path));
            });
        if (isFolder)
            path.chop(1);
        if (!path.isEmpty() && path != ".worktrees" && !isOthers)
            roots.append({.path = path, .isFolder = isFolder});
    }
    return roots;
}

bool hasSecretName(const QByteArray &path)
{
    static const auto patterns = parsePatterns({u".env*"_s,
                                                u"*.pem"_s,
                                                u"*.key"_s,
                                                u"*.p12"_s,
                                                u"*.pfx"_s,
                                                u"*.jks"_s,
                                                u"*.keystore"_s,
                                                u"*.kdbx"_s,
                                                u"id_rsa*"_s,
                                                u"id_dsa*"_s,
                                                u"id_ecdsa*"_s,
                                                u"id_ed25519*"_s,
                                                u".netrc"_s,
                                                u".npmrc"_s,
                                                u".pypirc"_s,
                                                u".htpasswd"_s,
                                                u".git-credentials"_s,
                                                u"*credential*"_s,
                                                u"*secret*"_s,
                                                u"*token*"_s,
                                                u"*password*"_s,
                                                u"service-account*.json"_s});
    const QByteArray name = path.mid(path.lastIndexOf('/') + 1).toLower();
    // Templates are there to be shown.
    if (name.endsWith(".example") || name.endsWith(".sample") || name.endsWith(".template"))
        return false;
    return std::any_of(patterns->begin(), patterns->end(), [&](const PathPattern &pattern) {
        return pattern.fits(name, false);
    });
}

bool looksSecret(const QString &topLevel, const QByteArray &path, qint64 size)
{
    if (hasSecretName(path))
        return true;
    if (size > kMaxExamined)
        return false;
    const auto content = readFileBeneath(topLevel, path, kMaxExamined);
    return content && policy::looksLikeSecret(QString::fromUtf8(*content));
}

/// Everything below the folder \a path of the checkout, with paths relative to the checkout. The
/// installed packages of others have names and samples that look like secrets and are none.
Result<Done> walkBelow(const QString &topLevel,
                       const QByteArray &path,
                       const std::function<bool(const QByteArray &, const struct stat &)> &visit,
                       const CancelToken &cancel)
{
    return walkTree(
        topLevel + u'/' + QFile::decodeName(path),
        [&](const WalkedEntry &entry) { return visit(path + '/' + entry.path, entry.status); },
        {},
        cancel);
}

/// Sizes and suspicion; \a entry has its path and kind.
Result<Done> measure(const git::RepositoryInfo &project,
                     const IgnoredFilesOptions &options,
                     IgnoredEntry &entry,
                     const CancelToken &cancel)
{
    const auto add = [&](const QByteArray &path, const struct stat &status, bool examine) {
        if (S_ISREG(status.st_mode)) {
            ++entry.files;
            entry.bytes += status.st_size;
            if (examine && !entry.looksSecret)
                entry.looksSecret = looksSecret(project.topLevel, path, status.st_size);
        }
        entry.isTooLarge =
            entry.bytes > options.maxEntryBytes || entry.files > options.maxEntryFiles;
        return !entry.isTooLarge;
    };
    if (!entry.isFolder) {
        if (const auto status = statBeneath(project.topLevel, entry.path))
            add(entry.path, *status, true);
        return Done{};
    }
    const bool examine = !entry.path.endsWith("node_modules") && !entry.path.endsWith("vendor");
    return walkBelow(
        project.topLevel,
        entry.path,
        [&](const QByteArray &path, const struct stat &status) {
            return add(path, status, examine);
        },
        cancel);
}

bool isInside(const QByteArray &path, const Ignored &root)
{
    return path == root.path || (root.isFolder && path.startsWith(root.path + '/'));
}

class Copier
{
public:
    Copier(const QString &from,
           const SessionTree &tree,
           const CopyIgnoredOptions &options,
           const CancelToken &cancel)
        : m_from(from)
        , m_tree(tree)
        , m_options(options)
        , m_cancel(cancel)
    {
        m_owner = tree.owner;
    }

    Result<CopyIgnoredReport> run()
    {
        for (const QByteArray &path : m_options.paths) {
            const auto status = statBeneath(m_from, path);
            if (!status)
                return fail(Error(ErrorKind::NotFound, tr("A file to be copied is gone."))
                                .withDetail(QString::fromUtf8(path)));
            if (!S_ISDIR(status->st_mode)) {
                copyOne(path, *status);
            } else if (auto walked = walkBelow(
                           m_from,
                           path,
                           [this](const QByteArray &below, const struct stat &found) {
                               copyOne(below, found);
                               return !m_error;
                           },
                           m_cancel);
                       !walked) {
                return fail(walked.error());
            }
            if (m_error)
                return fail(*m_error);
        }
        return m_report;
    }

private:
    void copyOne(const QByteArray &path, const struct stat &status)
    {
        if (path == ".git" || path.endsWith("/.git") || path.contains("/.git/")) {
            if (!path.contains("/.git/"))
                leaveOut(path, tr("the git directory of a repository"));
        } else if (S_ISLNK(status.st_mode)) {
            copyLink(path);
        } else if (S_ISREG(status.st_mode)) {
            copyFile(path, status);
        } else if (!S_ISDIR(status.st_mode)) {
            leaveOut(path, tr("neither a file nor a folder"));
        }
    }

    void copyFile(const QByteArray &path, const struct stat &status)
    {
        if (++m_report.files > m_options.maxFiles ||
            m_report.bytes + status.st_size > m_options.maxBytes) {
            m_error = Error(ErrorKind::FileTooLarge,
                            tr("The ignored files to be copied are more than %1 or %2 files.")
                                .arg(formatByteSize(m_options.maxBytes))
                                .arg(m_options.maxFiles))
                          .withDetail(QString::fromUtf8(path))
                          .withRemedy(tr("Choose fewer of them, or let the agent install what it "
                                         "needs."));
            return;
        }
        const auto copied = copyFileBeneath(
            m_from, m_tree.workPath, path, m_options.maxBytes - m_report.bytes, m_owner, m_cancel);
        if (copied)
            m_report.bytes += *copied;
        else
            leaveOrFail(path, copied.error());
    }

    void copyLink(const QByteArray &path)
    {
        QByteArray target(PATH_MAX, '\0');
        const Descriptor root(openFolder(m_from, O_RDONLY));
        const qsizetype slash = path.lastIndexOf('/');
        const Descriptor folder(openBeneath(
            root.get(), slash < 0 ? QByteArray(".") : path.left(slash), O_RDONLY | O_DIRECTORY));
        const ssize_t length = ::readlinkat(folder.get(),
                                            path.mid(slash + 1).constData(),
                                            target.data(),
                                            static_cast<size_t>(target.size()));
        if (length <= 0 || length == target.size())
            return leaveOut(path, tr("a link that cannot be read"));
        target.truncate(length);
        if (judgeSymlink(path, target))
            return leaveOut(path, tr("a link that leads out of the worktree"));
        if (auto made = makeLinkBeneath(m_tree.workPath, path, target, m_owner); !made)
            leaveOrFail(path, made.error());
    }

    void leaveOrFail(const QByteArray &path, const Error &error)
    {
        // The base of the session may have a file where the checkout has an ignored one, or what
        // is to be copied may have been deleted meanwhile.
        if (error.kind == ErrorKind::Conflict || error.kind == ErrorKind::PermissionDenied)
            leaveOut(path, error.message);
        else
            m_error = error;
    }

    void leaveOut(const QByteArray &path, const QString &why)
    {
        if (m_report.leftOut.size() < kMaxLeftOut)
            m_report.leftOut += QString::fromUtf8(path) + u": "_s + why;
    }

    QString m_from;
    const SessionTree &m_tree;
    const CopyIgnoredOptions &m_options;
    const CancelToken &m_cancel;
    std::optional<Owner> m_owner;
    CopyIgnoredReport m_report;
    std::optional<Error> m_error;
};

} // namespace

Result<QList<IgnoredEntry>> listIgnored(const git::GitProcess &git,
                                        const IgnoredFilesOptions &options,
                                        const CancelToken &cancel)
{
    const auto patterns = parsePatterns(options.patterns);
    if (!patterns)
        return fail(patterns.error());
    const auto project = git::inspectRepository(options.projectPath);
    if (!project)
        return fail(project.error());
    const auto roots = ignoredRoots(git, *project, cancel);
    if (!roots)
        return fail(roots.error());
    const auto fitsAny = [&](const QByteArray &path, bool isFolder) {
        return std::any_of(patterns->begin(), patterns->end(), [&](const PathPattern &pattern) {
            return pattern.fits(path, isFolder);
        });
    };
    QList<IgnoredEntry> entries;
    for (const Ignored &root : *roots) {
        // Git names a folder of nothing but ignored files, and then these.
        if (!entries.isEmpty() &&
            isInside(root.path, {.path = entries.last().path, .isFolder = entries.last().isFolder}))
            continue;
        if (fitsAny(root.path, root.isFolder)) {
            entries.append({.path = root.path, .isFolder = root.isFolder});
            continue;
        }
        const bool reaches =
            root.isFolder &&
            std::any_of(patterns->begin(), patterns->end(), [&](const PathPattern &pattern) {
                return pattern.reachesBelow(root.path);
            });
        if (!reaches)
            continue;
        const auto walked = walkBelow(
            project->topLevel,
            root.path,
            [&](const QByteArray &path, const struct stat &status) {
                const bool isFolder = S_ISDIR(status.st_mode);
                const bool isTaken =
                    std::any_of(entries.begin(), entries.end(), [&](const IgnoredEntry &entry) {
                        return entry.isFolder && path.startsWith(entry.path + '/');
                    });
                if (!isTaken && fitsAny(path, isFolder))
                    entries.append({.path = path, .isFolder = isFolder});
                return entries.size() < kMaxEntries;
            },
            cancel);
        if (!walked)
            return fail(walked.error());
    }
    std::sort(entries.begin(), entries.end(), [](const IgnoredEntry &a, const IgnoredEntry &b) {
        return a.path < b.path;
    });
    entries.resize(std::min(entries.size(), kMaxEntries));
    for (IgnoredEntry &entry : entries) {
        if (auto measured = measure(*project, options, entry, cancel); !measured)
            return fail(measured.error());
    }
    return entries;
}

Result<CopyIgnoredReport> copyIgnored(const git::GitProcess &git,
                                      const SessionTree &tree,
                                      const CopyIgnoredOptions &options,
                                      const CancelToken &cancel)
{
    if (tree.checkout != Checkout::Worktree)
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("The session works on the main checkout, where the ignored files "
                             "are.")));
    if (options.paths.isEmpty())
        return CopyIgnoredReport{};
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    const auto roots = ignoredRoots(git, *project, cancel);
    if (!roots)
        return fail(roots.error());
    QByteArray hidden;
    for (const QByteArray &path : options.paths) {
        // Whoever asks could name anything: only what git ignores is copied.
        const bool isIgnored =
            std::any_of(roots->begin(),
                        roots->end(),
                        [&](const Ignored &root) { return isInside(path, root); }) &&
            !('/' + path + '/').contains("/../") && !('/' + path + '/').contains("/./");
        if (!isIgnored)
            return fail(Error(ErrorKind::NotFound,
                              tr("A file to be copied is not among the ignored files."))
                            .withDetail(QString::fromUtf8(path))
                            .withRemedy(tr("Look at the list of ignored files again.")));
        hidden += escapedPattern(path) + '\n';
        if (options.secretsConfirmed)
            continue;
        const auto status = statBeneath(project->topLevel, path);
        IgnoredEntry entry{.path = path, .isFolder = status && S_ISDIR(status->st_mode)};
        if (auto measured =
                measure(*project,
                        {.maxEntryBytes = options.maxBytes, .maxEntryFiles = options.maxFiles},
                        entry,
                        cancel);
            !measured)
            return fail(measured.error());
        if (entry.looksSecret)
            return fail(Error(ErrorKind::SecurityViolation,
                              tr("%1 looks like it holds a secret, which the agent would get to "
                                 "see.")
                                  .arg(QString::fromUtf8(path)))
                            .withRemedy(tr("Leave it out, or confirm that the agent may have "
                                           "it.")));
    }
    // First hidden, then there: never seen as new files of the agent.
    const auto before =
        readFileBeneath(tree.hostViewDir(), kCopiedFiles, kMiB).value_or(QByteArray());
    if (auto written = writeFileBeneath(tree.hostViewDir(), kCopiedFiles, before + hidden, 0600);
        !written)
        return fail(written.error());
    auto report = Copier(project->topLevel, tree, options, cancel).run();
    return report ? report : fail(orDiskFull(report.error(), tree.workPath));
}

} // namespace paddock::worktrees
