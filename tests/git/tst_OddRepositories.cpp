// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

#include <functional>
#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Expected
{
    // Of those that are refused: words of the reason and of the remedy.
    ErrorKind refused = ErrorKind::Internal;
    const char16_t *reason = nullptr;
    const char16_t *remedy = nullptr;
    // Of those that work: what a notice says, and the file that the agent changes.
    const char16_t *notice = nullptr;
    QString file = u"README"_s;
    QByteArray content = "changed by the agent\n";
};

/// A repository of some kind, made by \a make, which answers the folder to be used as a project.
struct Kind
{
    const char *name;
    std::function<QString(GitFixture &)> make;
    Expected expected{};
};

void person(const QString &folder, const QStringList &arguments, const QByteArray &input = {})
{
    const auto answer = runGit(folder, arguments, input);
    if (answer.exitCode != 0)
        qFatal("git %s: %s", qPrintable(arguments.join(u' ')), answer.errors.constData());
}

QString cloned(GitFixture &f, const QStringList &how, const QString &name = u"clone"_s)
{
    person(f.environment.path(),
           QStringList{u"clone"_s, u"-q"_s} + how +
               QStringList{u"file://"_s + f.project.path(), name});
    return f.environment.path(name);
}

/// The fixture's own project, changed by \a change.
std::function<QString(GitFixture &)> own(const std::function<void(ScratchRepository &)> &change)
{
    return [change](GitFixture &f) {
        change(f.project);
        return f.project.path();
    };
}

std::function<QString(GitFixture &)> at(const QString &name)
{
    return [name](GitFixture &f) { return ScratchRepository(f.environment.path(name)).path(); };
}

std::function<QString(GitFixture &)> withSetting(const QByteArray &config)
{
    return own([config](ScratchRepository &r) {
        QFile file(r.path(u".git/config"_s));
        if (!file.open(QIODevice::Append) || file.write(config) < 0)
            qFatal("cannot write the configuration");
    });
}

QString withSubmodule(GitFixture &f, bool initialised)
{
    const ScratchRepository inner(f.environment.path(u"inner"_s));
    person(f.project.path(),
           {u"-c"_s,
            u"protocol.file.allow=always"_s,
            u"submodule"_s,
            u"add"_s,
            u"-q"_s,
            inner.path(),
            u"sub"_s});
    f.project.commitAll(u"submodule"_s);
    if (!initialised)
        person(f.project.path(), {u"submodule"_s, u"deinit"_s, u"-q"_s, u"-f"_s, u"sub"_s});
    return f.project.path();
}

/// Two branches that change the same line, \a command started on them.
std::function<QString(GitFixture &)> stoppedIn(const QString &command)
{
    return own([command](ScratchRepository &r) {
        r.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"theirs"_s});
        r.write(u"README"_s, "theirs\n");
        r.commitAll(u"theirs"_s);
        r.git({u"checkout"_s, u"-q"_s, u"main"_s});
        r.write(u"README"_s, "ours\n");
        r.commitAll(u"ours"_s);
        if (runGit(r.path(), {command, u"theirs"_s}).exitCode == 0)
            qFatal("no conflict");
    });
}

QString manyFiles(GitFixture &f)
{
    constexpr int kFiles = 100'000;
    QByteArray stream = "blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/main\n"
                        "committer T <t@example.org> 0 +0000\ndata 4\nmany\n"
                        "M 100644 :1 README\n";
    for (int i = 0; i < kFiles; ++i)
        stream +=
            "M 100644 :1 d" + QByteArray::number(i / 500) + "/f" + QByteArray::number(i) + '\n';
    const ScratchRepository many(f.environment.path(u"many"_s), ScratchRepository::Start::Unborn);
    many.git({u"fast-import"_s, u"--quiet"_s}, stream);
    many.git({u"read-tree"_s, u"HEAD"_s}); // the main checkout needs no files for this
    return many.path();
}

const QList<Kind> &kinds()
{
    using Repository = ScratchRepository;
    constexpr auto kUnsupported = ErrorKind::UnsupportedRepository;
    static const QList<Kind> all{
        {"ordinary", own([](Repository &) {})},
        {"no commit yet",
         [](GitFixture &f) {
             return Repository(f.environment.path(u"unborn"_s), Repository::Start::Unborn).path();
         },
         {.notice = u"no commit yet"}},
        {"bare",
         [](GitFixture &f) { return cloned(f, {u"--bare"_s}); },
         {.refused = kUnsupported, .reason = u"bare", .remedy = u"Clone it"}},
        {"shallow",
         [](GitFixture &f) {
             f.project.write(u"second"_s, "2\n");
             f.project.commitAll(u"second"_s);
             f.project.write(u"third"_s, "3\n");
             f.project.commitAll(u"third"_s);
             return cloned(f, {u"--depth=2"_s});
         },
         {.notice = u"shallow"}},
        {"shallow to one commit",
         [](GitFixture &f) {
             f.project.write(u"second"_s, "2\n");
             f.project.commitAll(u"second"_s);
             return cloned(f, {u"--depth=1"_s});
         },
         {.notice = u"shallow"}},
        {"partial",
         [](GitFixture &f) {
             f.project.git({u"config"_s, u"uploadpack.allowFilter"_s, u"true"_s});
             return cloned(f, {u"--filter=blob:none"_s});
         },
         {.refused = kUnsupported, .reason = u"partial clone", .remedy = u"full clone"}},
        {"SHA-256",
         [](GitFixture &f) {
             person(f.environment.path(),
                    {u"init"_s, u"-q"_s, u"--object-format=sha256"_s, u"sha256"_s});
             return f.environment.path(u"sha256"_s);
         },
         {.refused = kUnsupported, .reason = u"SHA-256", .remedy = u"SHA-1"}},
        {"relative worktrees",
         withSetting("[core]\n\trepositoryformatversion = 1\n[extensions]\n\trelativeWorktrees = "
                     "true\n"),
         {.refused = kUnsupported, .reason = u"relative paths", .remedy = u"worktree repair"}},
        {"reftable",
         withSetting("[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = "
                     "reftable\n"),
         {.refused = kUnsupported, .reason = u"reftable", .remedy = u"refs migrate"}},
        {"unknown extension",
         withSetting("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tfromTheFuture = "
                     "1\n"),
         {.refused = kUnsupported, .reason = u"does not know", .remedy = u"default format"}},
        {"submodule, initialised",
         [](GitFixture &f) { return withSubmodule(f, true); },
         {.notice = u"submodules"}},
        {"submodule, not initialised",
         [](GitFixture &f) { return withSubmodule(f, false); },
         {.notice = u"submodules"}},
        {"a submodule itself",
         [](GitFixture &f) { return withSubmodule(f, true) + u"/sub"_s; },
         {.refused = kUnsupported,
          .reason = u"not the folder .git",
          .remedy = u"cloned by itself"}},
        {"git directory elsewhere",
         [](GitFixture &f) {
             return cloned(f, {u"--separate-git-dir="_s + f.environment.path(u"elsewhere"_s)});
         },
         {.refused = kUnsupported, .reason = u"not the folder .git", .remedy = u"ordinary clone"}},
        {"LFS",
         own([](Repository &r) {
             r.write(u".gitattributes"_s, "*.bin filter=lfs diff=lfs merge=lfs -text\n");
             r.write(u"large.bin"_s, "version https://git-lfs.github.com/spec/v1\n");
             r.commitAll(u"lfs"_s);
             r.git({u"config"_s, u"filter.lfs.smudge"_s, u"false"_s});
             r.git({u"config"_s, u"filter.lfs.clean"_s, u"false"_s});
             r.git({u"config"_s, u"filter.lfs.required"_s, u"true"_s});
         }),
         {.notice = u"LFS"}},
        {"nested alternates",
         [](GitFixture &f) {
             const QString first = cloned(f, {u"--shared"_s}, u"first"_s);
             person(f.environment.path(), {u"clone"_s, u"-q"_s, u"--shared"_s, first, u"second"_s});
             return f.environment.path(u"second"_s);
         }},
        {"linked worktree",
         [](GitFixture &f) {
             person(f.project.path(),
                    {u"worktree"_s,
                     u"add"_s,
                     u"-q"_s,
                     u"-b"_s,
                     u"side"_s,
                     f.environment.path(u"side"_s)});
             return f.environment.path(u"side"_s);
         }},
        {"linked worktree of a bare repository",
         [](GitFixture &f) {
             const QString bare = cloned(f, {u"--bare"_s}, u"store.git"_s);
             person(bare,
                    {u"worktree"_s, u"add"_s, u"-q"_s, f.environment.path(u"side"_s), u"main"_s});
             return f.environment.path(u"side"_s);
         }},
        {"sparse",
         own([](Repository &r) {
             r.git({u"sparse-checkout"_s, u"set"_s, u"src"_s});
         }),
         {.notice = u"sparse"}},
        {"100,000 files", manyFiles},
        {"names that differ in case only",
         own([](Repository &r) {
             r.write(u"readme"_s, "small\n");
             r.commitAll(u"case"_s);
         }),
         {.file = u"readme"_s}},
        {"names that are not UTF-8", own([](Repository &r) {
             const QByteArray blob = r.git({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "bytes\n");
             r.git({u"update-index"_s, u"-z"_s, u"--index-info"_s},
                   "100644 " + blob + "\tb\xff\xfe.txt" + QByteArray(1, '\0'));
             r.git({u"commit"_s, u"-q"_s, u"-m"_s, u"bytes"_s});
             r.git({u"checkout"_s, u"-q"_s, u"--"_s, u"."_s});
         })},
        {"autocrlf true",
         own([](Repository &r) {
             r.git({u"config"_s, u"core.autocrlf"_s, u"true"_s});
         }),
         {.content = "one\r\ntwo\r\n"}},
        {"autocrlf input",
         own([](Repository &r) {
             r.git({u"config"_s, u"core.autocrlf"_s, u"input"_s});
         }),
         {.content = "one\r\ntwo\r\n"}},
        {"eol by attribute",
         own([](Repository &r) {
             r.write(u".gitattributes"_s, "README text eol=crlf\n");
             r.commitAll(u"eol"_s);
         }),
         {.content = "one\r\ntwo\r\n"}},
        {"dirty", own([](Repository &r) {
             r.write(u"README"_s, "of the person\n");
             r.write(u"staged"_s, "staged\n");
             r.git({u"add"_s, u"staged"_s});
             r.write(u"new"_s, "new\n");
         })},
        {"locked", own([](Repository &r) { r.write(u".git/index.lock"_s, ""); })},
        {"merge not finished", stoppedIn(u"merge"_s)},
        {"rebase not finished", stoppedIn(u"rebase"_s)},
        {"detached", own([](Repository &r) {
             r.git({u"checkout"_s, u"-q"_s, u"--detach"_s});
         })},
        {"path with spaces", at(u"a project  of mine"_s)},
        {"path with a line break", at(u"two\nlines"_s)},
        {"path with a colon", at(u"c:drive:x"_s)},
        {"path with quotes", at(u"\"quoted\" 'x' \\back"_s)},
        {"path in other letters", at(u"проект 项目 é"_s)},
        {"path that is not UTF-8",
         [](GitFixture &f) {
             const QByteArray path = f.environment.path().toUtf8() + "/b\xff\xfe";
             ::mkdir(path.constData(), 0755);
             if (::symlink(path.constData(),
                           QFile::encodeName(f.environment.path(u"link"_s)).constData()) != 0)
                 qFatal("no link");
             person(f.environment.path(), {u"init"_s, u"-q"_s, f.environment.path(u"link"_s)});
             return f.environment.path(u"link"_s);
         },
         {.refused = kUnsupported, .reason = u"not UTF-8", .remedy = u"Rename"}},
        {"worktree of a session",
         [](GitFixture &f) {
             const auto tree = f.create();
             if (!tree)
                 qFatal("no worktree");
             f.session = {u"zz99zz99"_s};
             return tree->workPath;
         },
         {.refused = kUnsupported,
          .reason = u"worktree of a session",
          .remedy = u"project it belongs to"}},
        {"no repository",
         [](GitFixture &f) {
             QDir().mkpath(f.environment.path(u"plain"_s));
             return f.environment.path(u"plain"_s);
         },
         {.refused = ErrorKind::NotARepository,
          .reason = u"not in a git repository",
          .remedy = u"git init"}},
    };
    return all;
}

/// Stores in the form of GIT_ALTERNATE_OBJECT_DIRECTORIES, quoted as git wants it.
QString quotedStores(const git::RepositoryInfo &info)
{
    QStringList quoted;
    for (QString store : QStringList{info.objectDir} + info.borrowed) {
        store.replace(u'\\', u"\\\\"_s).replace(u'"', u"\\\""_s).replace(u'\n', u"\\n"_s);
        quoted += u'"' + store + u'"';
    }
    return quoted.join(u':');
}

} // namespace

/// Each kind of repository a person may have: a whole round of a session, or a refusal that says
/// what to do.
class tst_OddRepositories : public QObject
{
    Q_OBJECT

    static void round(GitFixture &f, const QString &path, const Expected &kind);

private Q_SLOTS:
    void everyKindHasAnAnswer_data()
    {
        QTest::addColumn<qsizetype>("kind");
        for (qsizetype i = 0; i < kinds().size(); ++i)
            QTest::newRow(kinds()[i].name) << i;
    }

    void everyKindHasAnAnswer()
    {
        QFETCH(qsizetype, kind);
        const Expected &odd = kinds()[kind].expected;
        GitFixture f;
        const QString path = kinds()[kind].make(f);
        // The folder of the test cannot delete names that are no text.
        const auto clean = qScopeGuard([&] {
            const auto left = removeTree(f.environment.path(), std::nullopt);
            Q_UNUSED(left)
        });
        if (!odd.reason) {
            round(f, path, odd);
            return;
        }
        auto options = f.options();
        options.projectPath = path;
        const auto tree = await(f.manager.create(options));
        QVERIFY(!tree);
        qInfo() << qUtf8Printable(tree.error().toString()) << "->"
                << qUtf8Printable(tree.error().remedy);
        QCOMPARE(tree.error().kind, odd.refused);
        QVERIFY(tree.error().message.contains(odd.reason));
        QVERIFY(tree.error().remedy.contains(odd.remedy));
    }

    void aLinkedWorktreeIsExploredBehindAGitFile()
    {
        GitFixture f;
        person(
            f.project.path(),
            {u"worktree"_s, u"add"_s, u"-q"_s, u"-b"_s, u"side"_s, f.environment.path(u"side"_s)});
        const auto tree =
            await(f.manager.useMainCheckout({.session = f.session,
                                             .sessionFolder = f.sessionFolder(f.session),
                                             .projectPath = f.environment.path(u"side"_s)}));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->baseBranch, u"side"_s);
        PrivateRepository repository(f.pool, f.git);
        const auto mounts = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QCOMPARE(mounts->containerGitDir, u"/paddock/git"_s);
        QCOMPARE(mounts->mounts[1].kind, TreeMount::Kind::GitFile);
        QCOMPARE(mounts->mounts[1].containerPath, u"/workspace/.git"_s);
        QCOMPARE(mounts->masks, QStringList{u"/workspace/.worktrees"_s});
        const LocalAgentGit agent(*tree, f.project.path(u".git/objects"_s));
        QCOMPARE(agent.git({u"status"_s, u"--porcelain"_s, u"-b"_s}).output,
                 QByteArray("## side\n"));
    }

    void nothingIsExploredWithoutACommit()
    {
        GitFixture f;
        const ScratchRepository unborn(f.environment.path(u"unborn"_s),
                                       ScratchRepository::Start::Unborn);
        const auto tree =
            await(f.manager.useMainCheckout({.session = f.session,
                                             .sessionFolder = f.sessionFolder(f.session),
                                             .projectPath = unborn.path()}));
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::UnsupportedRepository);
        QVERIFY(tree.error().remedy.contains(u"first commit"_s));
    }

    void sessionsWithoutACommitHaveOneRoot()
    {
        GitFixture f;
        const ScratchRepository unborn(f.environment.path(u"unborn"_s),
                                       ScratchRepository::Start::Unborn);
        auto options = f.options();
        options.projectPath = unborn.path();
        const auto one = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(one);
        f.session = {u"cd34ef56"_s};
        options = f.options();
        options.projectPath = unborn.path();
        const auto two = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(two);
        QCOMPARE(one->baseCommit, two->baseCommit);
        // HEAD is as unborn as before.
        QVERIFY(!unborn.has(u"main"_s));
        QVERIFY(!unborn.has(u"HEAD"_s));
    }
};

void tst_OddRepositories::round(GitFixture &f, const QString &path, const Expected &kind)
{
    const auto project = await(f.manager.inspect(path));
    PADDOCK_VERIFY_OK(project);
    if (kind.notice)
        QVERIFY2(project->notices.join(u'\n').contains(kind.notice),
                 qPrintable(project->notices.join(u'\n')));
    const QByteArray before =
        runGit(path, {u"status"_s, u"--porcelain=v2"_s, u"--branch"_s}).output;

    auto options = f.options();
    options.projectPath = path;
    const auto tree = await(f.manager.create(options), std::chrono::seconds(120));
    PADDOCK_VERIFY_OK(tree);
    PrivateRepository repository(f.pool, f.git);
    PADDOCK_VERIFY_OK(await(repository.ensure(*tree), std::chrono::seconds(120)));
    const auto agent = std::make_shared<LocalAgentGit>(*tree, quotedStores(*project));
    QCOMPARE(agent->git({u"status"_s, u"--porcelain"_s}).output, QByteArray());
    QCOMPARE(agent->git({u"log"_s, u"--oneline"_s}).exitCode, 0);
    SessionDiff reader(f.pool, f.git);
    auto status = await(reader.status(*tree));
    PADDOCK_VERIFY_OK(status);
    QVERIFY2(status->files.isEmpty(), status->files.value(0).path.constData());

    const QByteArray tip = agent->commit(kind.file, kind.content, u"of the agent"_s);
    QVERIFY(!tip.isEmpty());
    QVERIFY(!agent->git({u"show"_s, u"HEAD:"_s + kind.file}).output.contains('\r'));
    Importer importer(f.pool, f.git);
    const auto report = await(importer.run(*tree, agent, u"/paddock/git"_s));
    PADDOCK_VERIFY_OK(report);
    QCOMPARE(report->branch, ImportReport::Branch::FastForwarded);
    QCOMPARE(report->newCommits, 1);
    QCOMPARE(runGit(path, {u"rev-parse"_s, tree->branchRef()}).output.trimmed(), tip);

    status = await(reader.status(*tree));
    PADDOCK_VERIFY_OK(status);
    QVERIFY2(status->files.isEmpty(), status->files.value(0).path.constData());
    QCOMPARE(status->ahead, 1);
    const auto diff = await(reader.diff(*tree, {.range = DiffRange::BaseToFiles}));
    PADDOCK_VERIFY_OK(diff);
    QCOMPARE(diff->files.size(), 1);
    QCOMPARE(diff->files.first().path, kind.file.toUtf8());
    const auto log = await(reader.log(*tree));
    PADDOCK_VERIFY_OK(log);
    QCOMPARE(log->size(), 1);
    PADDOCK_VERIFY_OK(await(importer.strayRefs(*tree)));

    const auto removed = await(f.manager.remove(*tree, {.branch = BranchOnRemove::DeleteIfMerged}),
                               std::chrono::seconds(120));
    PADDOCK_VERIFY_OK(removed);
    QVERIFY(removed->worktreeRemoved);
    QVERIFY2(removed->branchKeptBecause.contains(u"1 commit"_s),
             qPrintable(removed->branchKeptBecause));
    PADDOCK_VERIFY_OK(await(repository.remove(*tree)));
    QVERIFY(!QFile::exists(tree->workPath));
    // The person's own checkout is as it was.
    QCOMPARE(runGit(path, {u"status"_s, u"--porcelain=v2"_s, u"--branch"_s}).output, before);
}

QTEST_GUILESS_MAIN(tst_OddRepositories)
#include "tst_OddRepositories.moc"
