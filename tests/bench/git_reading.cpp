// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a session's git costs, against the commands a person would type: status, diff, worktree and
// import, on a tree of 50,000 files. Interleaved, medians. The agent's side of the import is git on
// the same machine (LocalAgentGit), so the start of an exec in a container is not in it.

#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

constexpr int kFolders = 500;
constexpr int kFilesInFolder = 100;
constexpr int kRuns = 9;
constexpr int kHeavyRuns = 3;
constexpr auto kLong = std::chrono::minutes(5);

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double timed(const std::function<void()> &work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

/// The git program as a person starts it, output thrown away. posix_spawn: QProcess would add its
/// own time.
void plainGit(const QString &folder, const QStringList &arguments)
{
    std::vector<QByteArray> words{"git", "-C", QFile::encodeName(folder)};
    for (const QString &argument : arguments)
        words.push_back(QFile::encodeName(argument));
    std::vector<char *> argv;
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    int status = -1;
    const int code = ::posix_spawnp(&child, "git", &actions, nullptr, argv.data(), environ);
    if (code != 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        qFatal("git %s failed", qPrintable(arguments.join(u' ')));
    ::posix_spawn_file_actions_destroy(&actions);
}

void report(const char *measure, double ours, const char *against, double theirs, int runs)
{
    std::printf("{\"measure\":\"%s\",\"value\":%.2f,\"unit\":\"ms\",\"against\":\"%s: %.2f ms\","
                "\"ratio\":%.3f,\"runs\":%d}\n",
                measure,
                ours,
                against,
                theirs,
                ours / theirs,
                runs);
    std::fflush(stdout);
}

void compare(const char *measure,
             const std::function<void()> &ours,
             const char *against,
             const std::function<void()> &theirs,
             int runs = kRuns)
{
    std::vector<double> our;
    std::vector<double> their;
    for (int i = 0; i <= runs; ++i) {
        const double b = timed(theirs);
        const double a = timed(ours);
        if (i == 0)
            continue; // caches
        our.push_back(a);
        their.push_back(b);
    }
    report(measure, median(our), against, median(their), runs);
}

template <typename T>
T got(Result<T> result)
{
    if (!result)
        qFatal("%s", qPrintable(result.error().toString()));
    return std::move(*result);
}

QString fileName(int number)
{
    return u"d%1/s%2/f%3.txt"_s.arg(number / 2500)
        .arg(number / kFilesInFolder % 25)
        .arg(number % kFilesInFolder);
}

void change(const QString &tree, int first, int count, int step, int round)
{
    for (int i = 0; i < count; ++i)
        writeFile(tree + u'/' + fileName(first + i * step),
                  "round " + QByteArray::number(round) + " line\nof file " + QByteArray::number(i) +
                      '\n');
}

class Bench
{
public:
    Bench()
    {
        for (int i = 0; i < kFolders * kFilesInFolder; ++i)
            m_git.project.write(fileName(i), "line of " + QByteArray::number(i) + "\nand more\n");
        m_git.project.commitAll(u"files"_s);
    }

    void worktree()
    {
        int number = 0;
        const QString root = m_git.environment.path(u"plain"_s);
        std::vector<double> ours;
        std::vector<double> theirs;
        for (int i = 0; i <= kHeavyRuns; ++i) {
            const QString name = QString::number(++number);
            const double b = timed([&] {
                plainGit(
                    m_git.project.path(),
                    {u"worktree"_s, u"add"_s, u"-q"_s, u"-b"_s, u"plain-"_s + name, root + name});
            });
            auto options = m_git.options(u"Number "_s + name);
            options.session = SessionId{u"bench%1"_s.arg(number, 3, 10, QChar(u'0'))};
            options.sessionFolder = m_git.sessionFolder(options.session);
            SessionTree tree;
            const double a =
                timed([&] { tree = got(await(m_git.manager.create(options), kLong)); });
            got(await(m_git.manager.remove(tree,
                                           {.looseChanges = LooseChanges::Discard,
                                            .branch = BranchOnRemove::Delete}),
                      kLong));
            plainGit(m_git.project.path(), {u"worktree"_s, u"remove"_s, u"--force"_s, root + name});
            if (i == 0)
                continue;
            ours.push_back(a);
            theirs.push_back(b);
        }
        report("worktree_50000", median(ours), "git worktree add", median(theirs), kHeavyRuns);
    }

    void read()
    {
        m_tree = got(await(m_git.manager.create(m_git.options()), kLong));
        plainGit(m_tree.workPath, {u"update-index"_s, u"-q"_s, u"--refresh"_s});
        change(m_tree.workPath, 0, 100, 499, 0);
        SessionDiff cold(m_git.pool, m_git.git);
        compare(
            "status_cold_50000_100",
            [&] { check(got(await(cold.status(m_tree))), 100); },
            "git status",
            [&] {
                plainGit(m_tree.workPath, {u"status"_s, u"--porcelain=v2"_s});
            });

        SessionDiff warm(m_git.pool, m_git.git);
        const auto watch = warm.watch(m_tree, {.program = builtProgram(u"paddock-tree-worker"_s)});
        const double opened = timed([&] { got(await(warm.status(m_tree))); });
        std::printf("{\"measure\":\"status_first_of_watch\",\"value\":%.2f,\"unit\":\"ms\"}\n",
                    opened);
        for (const int moved : {0, 1, 10, 100}) {
            int round = 0;
            compare(
                qPrintable(u"status_warm_%1_moved"_s.arg(moved)),
                [&] {
                    const auto status = got(await(warm.status(m_tree)));
                    check(status, 100);
                    if (!status.fromWatch || watch->lastLooked() > quint32(moved))
                        qFatal("looked at %u files", watch->lastLooked());
                },
                "git status",
                [&] {
                    change(m_tree.workPath, 0, moved, 499, ++round);
                    plainGit(m_tree.workPath, {u"status"_s, u"--porcelain=v2"_s});
                });
        }
        int made = 0;
        compare(
            "status_warm_1_new",
            [&] { check(got(await(warm.status(m_tree))), 100 + made); },
            "git status",
            [&] {
                writeFile(m_tree.workPath + u"/d3/s3/new%1"_s.arg(++made), "x\n");
                plainGit(m_tree.workPath, {u"status"_s, u"--porcelain=v2"_s});
            });

        change(m_tree.workPath, 0, 500, 99, 1);
        compare(
            "diff_500",
            [&] {
                const auto diff = got(await(cold.diff(m_tree, {.range = DiffRange::HeadToFiles})));
                if (diff.files.size() < 500 || diff.truncated)
                    qFatal("%lld files differ", static_cast<long long>(diff.files.size()));
            },
            "git diff",
            [&] { plainGit(m_tree.workPath, {u"diff"_s}); });
    }

    void import()
    {
        PrivateRepository repository(m_git.pool, m_git.git);
        Importer importer(m_git.pool, m_git.git);
        auto options = m_git.options(u"Import"_s);
        options.session = SessionId{u"import00"_s};
        options.sessionFolder = m_git.sessionFolder(options.session);
        const SessionTree tree = got(await(m_git.manager.create(options), kLong));
        got(await(repository.ensure(tree), kLong));
        const QString objects = m_git.project.path(u".git/objects"_s);
        auto agent = std::make_shared<LocalAgentGit>(tree, objects);
        // What fetches has the same objects as the project: a copy beside it.
        const QString other = m_git.environment.path(u"other"_s);
        plainGit(m_git.environment.path(),
                 {u"clone"_s, u"-q"_s, u"--bare"_s, u"--no-local"_s, m_git.project.path(), other});
        // git takes the variable from the environment of what it starts on the other side.
        const QString otherSide =
            u"GIT_ALTERNATE_OBJECT_DIRECTORIES='%1' git-upload-pack"_s.arg(objects);
        std::vector<double> ours;
        std::vector<double> theirs;
        for (int run = 0; run <= kHeavyRuns; ++run) {
            for (int i = 0; i < 9'900; ++i)
                writeFile(tree.workPath + u"/new%1/%2/%3"_s.arg(run).arg(i / 100).arg(i),
                          "object " + QByteArray::number(i) + " of " + QByteArray::number(run) +
                              '\n');
            agent->commit(u"README"_s, QByteArray::number(run), u"Many"_s);
            // Once before both, so that neither pays for reading what was just written.
            plainGit(m_git.environment.path(),
                     {u"--git-dir"_s,
                      tree.privateGitDir(),
                      u"cat-file"_s,
                      u"--batch-all-objects"_s,
                      u"--batch"_s});
            theirs.push_back(timed([&] {
                plainGit(other,
                         {u"fetch"_s,
                          u"-q"_s,
                          u"--upload-pack"_s,
                          otherSide,
                          tree.privateGitDir(),
                          u"+refs/heads/%1:refs/heads/taken"_s.arg(tree.branch)});
            }));
            ours.push_back(timed([&] {
                const auto imported =
                    got(await(importer.run(tree, agent, u"/paddock/git"_s), kLong));
                if (imported.newCommits != 1)
                    qFatal("nothing was imported");
            }));
        }
        ours.erase(ours.begin());
        theirs.erase(theirs.begin());
        report("import_10000", median(ours), "git fetch", median(theirs), kHeavyRuns);
    }

private:
    static void check(const TreeStatus &status, int count)
    {
        if (status.files.size() != count)
            qFatal("%lld files instead of %d", static_cast<long long>(status.files.size()), count);
    }

    GitFixture m_git;
    SessionTree m_tree;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QString only = argc > 1 ? QString::fromLocal8Bit(argv[1]) : QString();
    Bench bench;
    if (only.isEmpty() || only == u"worktree")
        bench.worktree();
    if (only.isEmpty() || only == u"read")
        bench.read();
    if (only.isEmpty() || only == u"import")
        bench.import();
    return 0;
}
