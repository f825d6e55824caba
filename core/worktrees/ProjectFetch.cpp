// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ProjectFetch.h"

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QHash>
#include <QMutex>
#include <QPointer>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kMaxRefs = 100'000;
constexpr int kMaxReported = 1000;
constexpr qsizetype kMaxLine = 200;
constexpr qsizetype kMaxWords = 4000;
constexpr qint64 kBetweenLinesMs = 100;

QString tr(const char *text)
{
    return QCoreApplication::translate("ProjectFetch", text);
}

/// One line for a person, of bytes that partly come from the remote.
QString plainLine(const QByteArray &bytes)
{
    static const QRegularExpression odd(u"[\\p{C}]+"_s);
    static const QRegularExpression credentials(u"(\\w+://)[^/@\\s]+@"_s);
    return QString::fromUtf8(bytes.left(4 * kMaxLine))
        .replace(odd, u" "_s)
        .replace(credentials, u"\\1***@"_s)
        .trimmed()
        .left(kMaxLine);
}

/// Cuts standard error into lines; the last ones are what a failure is explained by.
class Lines
{
public:
    explicit Lines(std::function<void(const QString &)> show)
        : m_show(std::move(show))
    {
        m_clock.start();
    }

    void take(QByteArrayView bytes)
    {
        for (const char c : bytes) {
            if (c == '\n' || c == '\r')
                end(c == '\n');
            else if (m_line.size() < 4 * kMaxLine)
                m_line += c;
        }
    }

    void finish() { end(true); }

    [[nodiscard]] QString words() const { return m_words.join(u'\n').right(kMaxWords); }

private:
    void end(bool isWhole)
    {
        const QString line = plainLine(std::exchange(m_line, {}));
        if (line.isEmpty())
            return;
        if (isWhole) { // others are overwritten by the next: the percentage of something
            m_words += line;
            if (m_words.size() > 100)
                m_words.removeFirst();
        }
        if (m_show && (isWhole || m_clock.elapsed() >= kBetweenLinesMs)) {
            m_clock.restart();
            m_show(line);
        }
    }

    std::function<void(const QString &)> m_show;
    QElapsedTimer m_clock;
    QByteArray m_line;
    QStringList m_words;
};

Result<QString> chooseRemote(const git::Repository &repository,
                             const git::RepositoryInfo &project,
                             const QString &wanted)
{
    const QStringList remotes = repository.remotes();
    const auto missing = [&](const QString &what) {
        return fail(Error(ErrorKind::NotFound, what)
                        .withDetail(remotes.join(u", "_s))
                        .withRemedy(tr("Add a remote with git remote add, or go on without "
                                       "fetching.")));
    };
    if (!wanted.isEmpty()) {
        if (!remotes.contains(wanted))
            return missing(tr("The project has no remote %1.").arg(wanted.left(100)));
        return wanted;
    }
    const QString followed = QString::fromUtf8(
        repository.setting("branch." + project.headBranch.toUtf8() + ".remote").value_or(""));
    if (remotes.contains(followed))
        return followed;
    if (remotes.contains(u"origin"_s))
        return u"origin"_s;
    if (remotes.size() == 1)
        return remotes.first();
    return missing(remotes.isEmpty() ? tr("The project has no remote to fetch from.")
                                     : tr("The project has several remotes, and none is called "
                                          "origin."));
}

using Refs = QHash<QString, git::Oid>;

Result<Refs> remoteRefs(const git::Repository &repository)
{
    Refs found;
    for (const auto &glob : {u"refs/remotes/*"_s, u"refs/tags/*"_s}) {
        const auto refs = repository.refs(glob, kMaxRefs);
        if (!refs)
            return fail(refs.error());
        for (const auto &[name, target] : *refs)
            found.insert(name, target);
    }
    return found;
}

QList<FetchedRef> changesBetween(const Refs &before, const Refs &after)
{
    QList<FetchedRef> changes;
    for (auto it = after.begin(); it != after.end(); ++it) {
        if (const git::Oid from = before.value(it.key()); from != it.value())
            changes.append({.name = it.key(), .from = from, .to = it.value()});
    }
    for (auto it = before.begin(); it != before.end(); ++it) {
        if (!after.contains(it.key()))
            changes.append({.name = it.key(), .from = it.value(), .to = {}});
    }
    std::sort(changes.begin(), changes.end(), [](const FetchedRef &a, const FetchedRef &b) {
        return a.name < b.name;
    });
    changes.resize(std::min<qsizetype>(changes.size(), kMaxReported));
    return changes;
}

bool saysAnyOf(const QString &words, std::initializer_list<const char *> phrases)
{
    return std::any_of(phrases.begin(), phrases.end(), [&](const char *phrase) {
        return words.contains(QLatin1String(phrase), Qt::CaseInsensitive);
    });
}

Error explained(const Error &error, const QString &remote, const QString &words)
{
    const QString without = tr("Or go on without fetching.");
    const auto as = [&](ErrorKind kind, const QString &text, const QString &remedy) {
        return Error(kind, text)
            .withDetail(words.isEmpty() ? error.detail : words)
            .withRemedy(remedy + u' ' + without)
            .withOperation(error.operation);
    };
    if (error.kind == ErrorKind::CommandTimeout)
        return as(error.kind,
                  tr("The remote %1 did not finish answering in time.").arg(remote),
                  tr("Look whether the network works, and try again."));
    if (error.kind != ErrorKind::GitFailed && error.kind != ErrorKind::PermissionDenied)
        return error;
    if (saysAnyOf(words,
                  {"Permission denied (",
                   "Authentication failed",
                   "could not read Username",
                   "could not read Password",
                   "terminal prompts disabled",
                   "Host key verification failed",
                   "access denied"}))
        return as(ErrorKind::PermissionDenied,
                  tr("The remote %1 did not let you in. Paddock cannot ask for a password or a "
                     "host key.")
                      .arg(remote),
                  tr("Run git fetch %1 once in a terminal, or unlock your ssh key.").arg(remote));
    if (saysAnyOf(words,
                  {"Could not resolve host",
                   "Connection refused",
                   "Connection timed out",
                   "Connection reset",
                   "Network is unreachable",
                   "No route to host",
                   "unable to connect to",
                   "Failed to connect"}))
        return as(ErrorKind::NetworkFailed,
                  tr("The remote %1 cannot be reached.").arg(remote),
                  tr("Look whether the network works, and try again."));
    if (saysAnyOf(words, {"does not appear to be a git repository", "not found"}))
        return as(ErrorKind::NotFound,
                  tr("There is no repository where the remote %1 should be.").arg(remote),
                  tr("Look at its address with git remote -v."));
    return as(error.kind,
              tr("The remote %1 could not be fetched from.").arg(remote),
              tr("Run git fetch %1 in a terminal to see what is wrong.").arg(remote));
}

Result<FetchReport> fetch(const git::GitProcess &git,
                          const FetchOptions &options,
                          const std::function<void(const QString &)> &show,
                          const CancelToken &cancel)
{
    const auto project = git::inspectRepository(options.projectPath);
    if (!project)
        return fail(project.error());
    const auto repository = git::Repository::open(project->commonDir);
    if (!repository)
        return fail(repository.error());
    const auto remote = chooseRemote(*repository, *project, options.remote);
    if (!remote)
        return fail(remote.error());
    const auto before = remoteRefs(*repository);
    if (!before)
        return fail(before.error());

    Lines lines(show);
    git::GitRequest request{.arguments = {u"fetch"_s,
                                          u"--progress"_s,
                                          u"--no-recurse-submodules"_s,
                                          u"--no-write-fetch-head"_s,
                                          u"--no-auto-maintenance"_s,
                                          u"--"_s,
                                          *remote},
                            .gitDir = project->gitDir,
                            .workTree = project->topLevel,
                            .directory =
                                project->topLevel, // the address of a remote may be a relative path
                            .errorSink = [&](QByteArrayView bytes) { lines.take(bytes); },
                            .timeout = options.time,
                            .what = tr("Fetching from %1").arg(*remote),
                            .profile = git::GitProfile::Person};
    const auto done = git.check(request, cancel);
    lines.finish();
    if (!done)
        return fail(explained(done.error(), *remote, lines.words()));
    const auto after = remoteRefs(*repository);
    if (!after)
        return fail(after.error());
    return FetchReport{.remote = *remote, .refs = changesBetween(*before, *after)};
}

} // namespace

ProjectFetch::ProjectFetch(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<FetchReport>
ProjectFetch::run(const FetchOptions &options, QObject *context, const Progress &progress)
{
    std::function<void(const QString &)> show;
    if (context && progress) {
        // Lives until the last line was delivered or dropped, on whichever thread that is.
        const std::shared_ptr<QObject> receiver(new QObject,
                                                [](QObject *object) { object->deleteLater(); });
        // Only the newest line is kept, and one event is under way: a remote can send any number.
        struct Newest
        {
            QMutex mutex;
            QString line;
            bool isUnderWay = false;
        };
        show = [receiver,
                progress,
                newest = std::make_shared<Newest>(),
                context = QPointer<QObject>(context)](const QString &line) {
            const QMutexLocker lock(&newest->mutex);
            newest->line = line;
            if (std::exchange(newest->isUnderWay, true))
                return;
            QMetaObject::invokeMethod(
                receiver.get(),
                [progress, context, newest] {
                    QMutexLocker held(&newest->mutex);
                    newest->isUnderWay = false;
                    const QString text = newest->line;
                    held.unlock();
                    if (context)
                        progress(text);
                },
                Qt::QueuedConnection);
        };
    }
    return m_pool.run<FetchReport>([&git = m_git, options, show](const CancelToken &cancel) {
        return fetch(git, options, show, cancel);
    });
}

} // namespace paddock::worktrees
