// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/GitProcess.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace paddock;
using namespace paddock::git;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_GitProcess : public QObject
{
    Q_OBJECT

    /// A program in place of git, as a script.
    static QString script(const TestEnvironment &environment, const QByteArray &body)
    {
        const QString path = environment.path(u"program"_s);
        writeFile(path, "#!/bin/sh\n" + body);
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return path;
    }

private Q_SLOTS:
    void argumentsAndEnvironmentAreExactlyThese()
    {
        const TestEnvironment environment;
        qputenv("GIT_DIR", "/somewhere");
        qputenv("SECRET_CANARY", "x");
        const GitProcess git(script(
            environment, "for a in \"$@\"; do echo \"$a\"; done; echo ---; env | sort; pwd"));
        const auto output = git.check({.arguments = {u"status"_s, u"a b"_s},
                                       .gitDir = environment.path(),
                                       .workTree = u"/"_s,
                                       .indexFile = u"/i"_s,
                                       .objectDirectory = u"/o"_s,
                                       .settings = {{"x.y", "z"}}});
        qunsetenv("GIT_DIR");
        qunsetenv("SECRET_CANARY");
        PADDOCK_VERIFY_OK(output);
        const QByteArray folder = environment.path().toUtf8();
        const QByteArray expected =
            "--no-replace-objects\n--literal-pathspecs\n"
            "-c\ncore.hooksPath=/dev/null\n-c\ncore.fsmonitor=false\n"
            "-c\nsafe.bareRepository=explicit\n-c\nsubmodule.recurse=false\n"
            "-c\ndiff.ignoreSubmodules=all\n-c\nprotocol.allow=never\n"
            "-c\ncore.attributesFile=/dev/null\n-c\nlog.showSignature=false\n"
            "-c\ngc.auto=0\n-c\nmaintenance.auto=false\n-c\nx.y=z\n"
            "--git-dir=" +
            folder +
            "\n--work-tree=/\nstatus\na b\n---\n"
            "GIT_ATTR_NOSYSTEM=1\nGIT_COMMITTER_EMAIL=paddock@localhost\nGIT_COMMITTER_NAME="
            "Paddock\n"
            "GIT_CONFIG_GLOBAL=/dev/null\nGIT_CONFIG_NOSYSTEM=1\nGIT_INDEX_FILE=/i\n"
            "GIT_OBJECT_DIRECTORY=/o\nGIT_OPTIONAL_LOCKS=0\nGIT_TERMINAL_PROMPT=0\n"
            "HOME=/nonexistent\nLC_ALL=C\nMALLOC_TOP_PAD_=4194304\nPATH=/usr/bin:/bin\nPWD=" +
            folder + "\n" + folder + "\n";
        QCOMPARE(*output, expected);
    }

    void missingProgramIsNamed()
    {
        const GitProcess git(u"/nonexistent/git"_s);
        const auto output = git.run({.arguments = {u"version"_s}});
        QVERIFY(!output);
        QCOMPARE(output.error().kind, ErrorKind::CommandNotFound);
        QVERIFY(output.error().remedy.contains(u"git"_s));
    }

    void versionOfTheInstalledProgram()
    {
        const auto version = GitProcess().version();
        PADDOCK_VERIFY_OK(version);
        QVERIFY(version->major >= 2);
        const TestEnvironment environment;
        const auto old = GitProcess(script(environment, "echo git version 2.20.1")).version();
        QVERIFY(!old);
        QCOMPARE(old.error().category, Category::Unsupported);
        const auto odd = GitProcess(script(environment, "echo hello")).version();
        QVERIFY(!odd);
    }

    void inputAndOutputOfAnySize()
    {
        const TestEnvironment environment;
        const GitProcess git(script(environment, "exec cat"));
        const QByteArray input(3'000'000, 'x');
        const auto output = git.check({.arguments = {u"x"_s}, .input = input});
        PADDOCK_VERIFY_OK(output);
        QCOMPARE(output->size(), input.size());
    }

    void noDescriptorGoesAlong()
    {
        const TestEnvironment environment;
        const int leaked = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC
        QVERIFY(leaked > 2);
        const GitProcess git(script(environment, "ls /proc/self/fd"));
        const auto output = git.check({.arguments = {u"x"_s}});
        ::close(leaked);
        PADDOCK_VERIFY_OK(output);
        QCOMPARE(*output, QByteArray("0\n1\n2\n3\n")); // 3: the folder that ls reads
    }

    void withoutInputStdinIsEmpty()
    {
        const TestEnvironment environment;
        const GitProcess git(script(environment, "exec cat"));
        const auto output = git.check({.arguments = {u"x"_s}, .timeout = std::chrono::seconds(10)});
        PADDOCK_VERIFY_OK(output);
        QCOMPARE(*output, QByteArray());
    }

    void aReaderThatStopsDoesNotKillUs()
    {
        const TestEnvironment environment;
        const GitProcess git(script(environment, "exec 0<&-; echo done"));
        const auto output = git.run({.arguments = {u"x"_s}, .input = QByteArray(3'000'000, 'x')});
        PADDOCK_VERIFY_OK(output);
        QCOMPARE(output->output, QByteArray("done\n"));
    }

    void outputLimits()
    {
        const TestEnvironment environment;
        const GitProcess git(script(environment, "exec yes"));
        const auto failed = git.run({.arguments = {u"x"_s}, .maxOutput = 100'000});
        QVERIFY(!failed);
        QCOMPARE(failed.error().kind, ErrorKind::FileTooLarge);
        const auto cut = git.run({.arguments = {u"x"_s},
                                  .maxOutput = 100'000,
                                  .overLimit = GitRequest::OverLimit::Truncate});
        PADDOCK_VERIFY_OK(cut);
        QVERIFY(cut->truncated);
        QCOMPARE(cut->output.size(), 100'000);
        qint64 seen = 0;
        const auto sunk = git.run({.arguments = {u"x"_s}, .sink = [&](QByteArrayView bytes) {
                                       seen += bytes.size();
                                       return seen < 50'000;
                                   }});
        PADDOCK_VERIFY_OK(sunk);
        QVERIFY(sunk->truncated && sunk->output.isEmpty() && seen >= 50'000);
    }

    void timeoutKillsTheWholeGroup()
    {
        const TestEnvironment environment;
        const QString pids = environment.path(u"pids"_s);
        const GitProcess git(script(environment,
                                    "sleep 300 & echo $! > " + pids.toUtf8() + "\necho $$ >> " +
                                        pids.toUtf8() + "\nwait"));
        QElapsedTimer clock;
        clock.start();
        const auto output =
            git.run({.arguments = {u"x"_s}, .timeout = std::chrono::milliseconds(400)});
        QVERIFY(!output);
        QCOMPARE(output.error().kind, ErrorKind::CommandTimeout);
        QVERIFY(clock.elapsed() < 5000);
        for (const QByteArray &pid : readFile(pids).trimmed().split('\n')) {
            QVERIFY(pid.toInt() > 1);
            // The grandchild is reaped by init: until then it is a zombie, which is dead enough.
            const auto gone = [&] {
                const QByteArray status = readFile(u"/proc/%1/stat"_s.arg(pid.toInt()));
                return status.isEmpty() || status.contains(") Z ");
            };
            QTRY_VERIFY(gone());
        }
    }

    void cancelAndStopEndIt()
    {
        const TestEnvironment environment;
        const GitProcess git(script(environment, "sleep 300"));
        const CancelToken cancel;
        QElapsedTimer clock;
        clock.start();
        std::thread canceller([&] { cancel.cancel(); });
        const auto cancelled = git.run({.arguments = {u"x"_s}}, cancel);
        canceller.join();
        QVERIFY(!cancelled);
        QVERIFY(cancelled.error().isCancelled());
        std::thread stopper([&] { git.stopAll(); });
        const auto stopped = git.run({.arguments = {u"x"_s}});
        stopper.join();
        QVERIFY(!stopped);
        QVERIFY(stopped.error().isCancelled());
        QVERIFY(clock.elapsed() < 5000);
    }

    void exitCodesAndWords()
    {
        const TestEnvironment environment;
        const auto kindOf = [&](const QByteArray &words) {
            const GitProcess git(script(environment, "echo \"" + words + "\" >&2; exit 3"));
            const auto output = git.check({.arguments = {u"frob"_s}});
            return output ? ErrorKind::Internal : output.error().kind;
        };
        QCOMPARE(kindOf("fatal: something"), ErrorKind::GitFailed);
        QCOMPARE(kindOf("fatal: write error: No space left on device"), ErrorKind::DiskFull);
        QCOMPARE(kindOf("error: could not lock: Permission denied"), ErrorKind::PermissionDenied);
        QCOMPARE(kindOf("fatal: Unable to create '/x/index.lock': File exists."),
                 ErrorKind::Conflict);
        const GitProcess git(script(environment, "kill -9 $$"));
        const auto killed = git.run({.arguments = {u"x"_s}});
        PADDOCK_VERIFY_OK(killed);
        QCOMPARE(killed->exitCode, 128 + SIGKILL);
    }

    void closedOutputBeforeTheEndIsAwaited()
    {
        const TestEnvironment environment;
        const GitProcess git(script(environment, "exec 1>&- 2>&-; sleep 0.2; exit 7"));
        const auto output = git.run({.arguments = {u"x"_s}});
        PADDOCK_VERIFY_OK(output);
        QCOMPARE(output->exitCode, 7);
    }

    void fileSizeLimitHolds()
    {
        const TestEnvironment environment;
        const QString file = environment.path(u"big"_s);
        const GitProcess git(script(environment, "head -c 3000000 /dev/zero > " + file.toUtf8()));
        const auto output = git.run({.arguments = {u"x"_s}, .maxFileSize = 1'000'000});
        PADDOCK_VERIFY_OK(output);
        QVERIFY(output->exitCode != 0);
        QCOMPARE(QFileInfo(file).size(), 1'000'000);
    }

    // A sparse file costs an agent nothing; git reads it into memory as a whole.
    void memoryLimitHolds()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        QFile ignore(repository.path(u".gitignore"_s));
        QVERIFY(ignore.open(QIODevice::WriteOnly) && ignore.resize(96LL * 1024 * 1024));
        ignore.close();
        const GitProcess git;
        GitRequest request{.arguments = {u"status"_s, u"--porcelain=v2"_s, u"-z"_s},
                           .gitDir = repository.path(u".git"_s),
                           .workTree = repository.path()};
        PADDOCK_VERIFY_OK(git.check(request)); // control
        request.maxMemory = 48LL * 1024 * 1024;
        const auto status = git.check(request);
        QVERIFY(!status);
        QCOMPARE(status.error().kind, ErrorKind::FileTooLarge);
        QVERIFY(status.error().remedy.contains(u".gitignore"_s));
    }

    // A positive control of the whole form: a hostile configuration runs programs with plain git.
    void hostileConfigurationDoesNotRun()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s));
        const QString marker = environment.path(u"marker"_s);
        const QString evil = script(environment, "echo ran >> " + marker.toUtf8() + "\n");
        repository.git({u"config"_s, u"core.fsmonitor"_s, evil});
        repository.git({u"config"_s, u"core.hooksPath"_s, environment.path()});
        QVERIFY(QFile::copy(evil, environment.path(u"reference-transaction"_s)));
        QFile::remove(marker);
        const GitProcess git;
        const auto status = git.check({.arguments = {u"status"_s, u"--porcelain=v2"_s, u"-z"_s},
                                       .gitDir = repository.path(u".git"_s),
                                       .workTree = repository.path()});
        PADDOCK_VERIFY_OK(status);
        const auto moved = git.check({.arguments = {u"update-ref"_s, u"refs/heads/x"_s, u"HEAD"_s},
                                      .gitDir = repository.path(u".git"_s)});
        PADDOCK_VERIFY_OK(moved);
        QVERIFY(!QFile::exists(marker));
        repository.git({u"status"_s});
        QVERIFY(QFile::exists(marker));
    }
};

QTEST_GUILESS_MAIN(tst_GitProcess)
#include "tst_GitProcess.moc"
