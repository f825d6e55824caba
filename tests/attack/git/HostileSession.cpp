// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/git/HostileSession.h"

#include "core/worktrees/HostView.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace paddock::test {

using namespace worktrees;

namespace {

// What waits for ever is looked for; a machine with much to do can be slow.
constexpr int kLimitMs = 10'000;

template <typename T>
Result<Done> done(const Result<T> &result)
{
    return result ? Result<Done>(Done{}) : fail(result.error());
}

} // namespace

HostileSession::HostileSession(const std::function<void(ScratchRepository &)> &prepare)
    : import([this] { return done(m_session.import()); })
    , m_session(m_watch.program(), [&](ScratchRepository &project) {
        project.git({u"config"_s, u"user.name"_s, u"A Tester"_s});
        project.git({u"config"_s, u"user.email"_s, u"tester@example.org"_s});
        if (prepare)
            prepare(project);
    })
{
    installPayload(payload());
    writeFile(victim(), "untouched\n");
}

void HostileSession::installPayload(const QString &file, const QByteArray &then) const
{
    writeFile(file,
              "#!/bin/sh\n"
              "test -n \"$PADDOCK_TEST_INSIDE\" || echo \"$0 $*\" >> " +
                  path(u"marks"_s).toUtf8() + '\n' + then + '\n');
    QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

void HostileSession::configure(const QByteArray &text) const
{
    QFile file(privateFile(u"config"_s));
    if (!file.open(QIODevice::Append) || file.write(text) != text.size())
        qFatal("cannot write %s", qPrintable(file.fileName()));
}

QByteArray HostileSession::evilConfig() const
{
    const QByteArray run = payload().toUtf8();
    return "[core]\n\tfsmonitor = " + run + "\n[filter \"evil\"]\n\tclean = " + run +
           "\n\tsmudge = " + run + "\n[diff \"evil\"]\n\ttextconv = " + run + '\n';
}

void HostileSession::plantRepository(const QString &folder) const
{
    const ScratchRepository planted(folder);
    planted.write(u".gitattributes"_s, "* filter=evil diff=evil\n");
    planted.commitAll(u"planted"_s);
    planted.write(u"README"_s, "changed\n");
    writeFile(planted.path(u".git/config"_s),
              readFile(planted.path(u".git/config"_s)) + evilConfig());
}

void HostileSession::commitAsAgent(const QString &message)
{
    if (agent().git({u"add"_s, u"-A"_s}).exitCode != 0 ||
        agent().git({u"commit"_s, u"-q"_s, u"-m"_s, message}).exitCode != 0)
        qFatal("the agent cannot commit");
}

QByteArray HostileSession::marks() const
{
    return readFile(path(u"marks"_s));
}

void HostileSession::forget()
{
    QFile::remove(path(u"marks"_s));
    m_watch.clear();
}

GitAnswer HostileSession::trustingGit(const QStringList &arguments, const QByteArray &input)
{
    agent().inside = false;
    auto answer = agent().git(arguments, input, kLimitMs);
    agent().inside = true;
    return answer;
}

GitAnswer
HostileSession::personsGit(const QStringList &arguments, const QString &below, int milliseconds)
{
    return runGit(tree().workPath + u'/' + below,
                  arguments,
                  {},
                  {.program = m_watch.program(), .milliseconds = milliseconds});
}

QList<Deed> HostileSession::readingDeeds()
{
    auto &git = m_session;
    const auto diff = [&git](DiffRange range) {
        return [&git, range] { return done(await(git.reader.diff(git.tree, {.range = range}))); };
    };
    return {
        {u"status"_s, [&git] { return done(await(git.reader.status(git.tree))); }},
        {u"diff of the files"_s, diff(DiffRange::HeadToFiles)},
        {u"diff of files and base"_s, diff(DiffRange::BaseToFiles)},
        {u"import"_s, import},
        {u"diff of commits"_s, diff(DiffRange::BaseToHead)},
        {u"log"_s, [&git] { return done(await(git.reader.log(git.tree))); }},
    };
}

void HostileSession::leaveChange() const
{
    QFile::remove(workFile(u"README"_s)); // it may be a link by now
    writeFile(workFile(u"README"_s), "by the agent, not committed\n");
}

QList<Deed> HostileSession::stagingDeeds()
{
    auto &git = m_session;
    leaveChange();
    const auto stage = [&git] { return done(await(git.staging.stage(git.tree, {}))); };
    const auto unstage = [&git] { return done(await(git.staging.unstage(git.tree, {}))); };
    const auto undo = [&git] {
        const auto undone = await(git.staging.undo(git.tree));
        // There may have been nothing to do, and what was done before that is committed by now.
        const bool isFine = undone || undone.error().kind == ErrorKind::NotFound ||
                            undone.error().kind == ErrorKind::Conflict;
        return isFine ? Result<Done>(Done{}) : fail(undone.error());
    };
    return {
        {u"comparison for staging"_s, [&git] { return done(await(git.staging.view(git.tree))); }},
        {u"staging"_s, stage},
        {u"making a commit"_s,
         [&git]() -> Result<Done> {
             const auto view = await(git.staging.view(git.tree));
             if (!view)
                 return done(view);
             if (view->staged.files.isEmpty())
                 return Done{};
             return done(await(git.staging.buildCommit(git.tree, {.message = u"by hand"_s})));
         }},
        {u"unstaging"_s, unstage},
        {u"taking that back"_s, undo},
        {u"unstaging again"_s, unstage},
        {u"discarding"_s, [&git] { return done(await(git.staging.discard(git.tree, {}))); }},
        {u"bringing it back"_s, undo},
    };
}

QList<Deed> HostileSession::paddocksDeeds()
{
    auto &git = m_session;
    auto &manager = git.fixture.manager;
    const QString project = git.fixture.project.path();
    return readingDeeds() + stagingDeeds() +
           QList<Deed>{
               {u"stray refs"_s, [&git] { return done(await(git.importer.strayRefs(git.tree))); }},
               {u"inspect"_s,
                [&manager, project] { return done(await(manager.inspect(project))); }},
               {u"start again"_s, [&git] { return done(await(git.repository.ensure(git.tree))); }},
               {u"status after the import"_s,
                [&git] { return done(await(git.reader.status(git.tree))); }},
               {u"list of worktrees"_s,
                [&manager, project] { return done(await(manager.list(project))); }},
               {u"clean-up of stale worktrees"_s,
                [&git, &manager, project] {
                    return done(await(manager.cleanStale(project, {git.tree.session})));
                }},
               {u"another session begins on the branch and is taken back"_s,
                [&git, &manager] {
                    auto options = git.fixture.options(u"another"_s);
                    options.session = {u"zz99yy88"_s};
                    options.sessionFolder = git.fixture.sessionFolder(options.session);
                    options.base = git.tree.branch;
                    const auto other = await(manager.create(options));
                    if (!other)
                        return done(other);
                    return done(await(manager.undoCreate(*other)));
                },
                true},
           };
}

Deed HostileSession::byHand(const QStringList &arguments, const QString &folder)
{
    return {
        .name = u"by hand in %1: git %2"_s.arg(folder, arguments.join(u' ')),
        .run = [this, arguments, folder]() -> Result<Done> {
            const auto answer = runGit(
                folder, arguments, {}, {.program = m_watch.program(), .milliseconds = kLimitMs});
            const bool nothingFound = answer.exitCode == 1 && arguments.first() == u"grep"_s;
            if (answer.exitCode != 0 && !nothingFound)
                return fail(ErrorKind::GitFailed,
                            u"%1 %2"_s.arg(answer.exitCode).arg(QString::fromUtf8(answer.errors)));
            return Done{};
        },
        .startsHelpers = true};
}

QList<Deed> HostileSession::personsDeeds()
{
    QList<Deed> deeds;
    const QString work = tree().workPath;
    const QString top = project().path();
    leaveChange();
    for (const QString &words : {u"status"_s,
                                 u"status --porcelain --ignored -uall"_s,
                                 u"diff"_s,
                                 u"diff HEAD"_s,
                                 u"diff --stat --cached"_s,
                                 u"log -p --stat --max-count=5"_s,
                                 u"show HEAD"_s,
                                 u"blame README"_s,
                                 u"grep -n agent"_s,
                                 u"describe --always --dirty"_s,
                                 u"stash"_s,
                                 u"stash pop"_s,
                                 u"add README"_s,
                                 u"diff --cached"_s,
                                 u"commit -q -m by-hand"_s,
                                 u"branch by-hand"_s,
                                 u"checkout -q by-hand"_s,
                                 u"checkout -q -"_s,
                                 u"status --short"_s,
                                 u"reflog"_s,
                                 u"archive --format=tar HEAD"_s,
                                 u"format-patch --stdout -1"_s,
                                 u"ls-files -m -o"_s,
                                 u"clean -n -d -x"_s,
                                 u"reset -q --hard"_s,
                                 u"worktree list"_s,
                                 u"gc -q"_s})
        deeds += byHand(words.split(u' '), work);
    for (const QString &words :
         {u"status"_s, u"log -p --all --max-count=5"_s, u"worktree list"_s, u"gc -q"_s})
        deeds += byHand(words.split(u' '), top);
    return deeds;
}

QList<Deed> HostileSession::lastDeeds()
{
    auto &git = m_session;
    return {
        {u"removal of the worktree"_s,
         [&git]() -> Result<Done> {
             const auto removed = await(git.fixture.manager.remove(
                 git.tree,
                 {.looseChanges = LooseChanges::Discard, .branch = BranchOnRemove::Delete}));
             if (removed && !removed->leftBehind.isEmpty())
                 return fail(ErrorKind::IoFailed, removed->leftBehind.join(u'\n'));
             return done(removed);
         }},
        {u"removal of the private repository"_s,
         [&git] { return done(await(git.repository.remove(git.tree))); }},
        {u"last clean-up"_s,
         [&git] {
             return done(await(git.fixture.manager.cleanStale(git.fixture.project.path(), {})));
         }},
    };
}

QByteArray HostileSession::outside() const
{
    QByteArray all = readFile(m_session.fixture.project.path(u".git/config"_s));
    for (const QString &folder :
         {path(u"outside"_s), m_session.fixture.project.path(u".git/hooks"_s)}) {
        QDirIterator files(folder,
                           QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                           QDirIterator::Subdirectories);
        QStringList names;
        while (files.hasNext())
            names += files.next();
        names.sort();
        for (const QString &name : names)
            all +=
                name.toUtf8() + '\n' + (QFileInfo(name).isFile() ? readFile(name) : QByteArray());
    }
    return all;
}

QStringList HostileSession::complaints(const QList<Deed> &deeds)
{
    QStringList found;
    for (const Deed &deed : deeds) {
        forget();
        const QByteArray before = outside();
        QElapsedTimer clock;
        clock.start();
        const auto result = deed.run();
        const auto complain = [&](const QString &what) { found += deed.name + u": "_s + what; };
        if (!result)
            complain(result.error().toString());
        if (clock.elapsed() > kLimitMs)
            complain(u"took %1 ms"_s.arg(clock.elapsed()));
        if (ran())
            complain(u"ran "_s + QString::fromUtf8(marks()));
        const auto started = m_watch.started();
        if (!started.other.isEmpty())
            complain(u"started "_s + started.other.join(u", "_s));
        if (!deed.startsHelpers && !started.git.isEmpty())
            complain(u"started "_s + started.git.join(u", "_s));
        if (outside() != before)
            complain(u"changed something outside"_s);
    }
    forget();
    return found;
}

} // namespace paddock::test
