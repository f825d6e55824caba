// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HandOver.h"
#include "tests/git/AgentSession.h"

#include <QTest>

#include <atomic>
#include <random>
#include <thread>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

/// An agent that commits as fast as git lets it, in a thread of its own.
class BusyAgent
{
public:
    BusyAgent(const AgentSession &session, int commits, unsigned seed)
        : m_environment(session.agent->environment())
        , m_tree(session.tree)
        , m_thread([this, commits, seed] { run(commits, seed); })
    {
    }
    ~BusyAgent() { join(); }
    Q_DISABLE_COPY_MOVE(BusyAgent)

    void join()
    {
        if (m_thread.joinable())
            m_thread.join();
    }
    [[nodiscard]] int done() const { return m_done; }
    /// After join(): short ids of all that it committed, and what failed for good.
    [[nodiscard]] const QStringList &commits() const { return m_commits; }
    [[nodiscard]] const QByteArray &failure() const { return m_failure; }

private:
    GitAnswer git(const QStringList &arguments) const
    {
        QProcess process;
        process.setProcessEnvironment(m_environment);
        process.setWorkingDirectory(m_tree.workPath);
        process.start(u"/usr/bin/git"_s,
                      QStringList{u"--git-dir="_s + m_tree.privateGitDir(),
                                  u"--work-tree="_s + m_tree.workPath} +
                          arguments,
                      QIODevice::ReadOnly);
        process.waitForFinished(60'000);
        return {.exitCode = process.exitCode(),
                .output = process.readAllStandardOutput(),
                .errors = process.readAllStandardError()};
    }

    /// As an agent does when another git is in the way.
    GitAnswer insist(const QStringList &arguments)
    {
        GitAnswer answer;
        for (int i = 0; i < 2000; ++i) {
            answer = git(arguments);
            if (answer.exitCode == 0 ||
                !(answer.errors.contains("File exists") || answer.errors.contains("but expected")))
                break;
        }
        if (answer.exitCode != 0 && m_failure.isEmpty())
            m_failure = answer.output + answer.errors;
        return answer;
    }

    void run(int commits, unsigned seed)
    {
        std::mt19937 random(seed);
        for (int i = 0; i < commits && m_failure.isEmpty(); ++i) {
            const QString file = u"agent-%1.txt"_s.arg(random() % 7);
            writeFile(m_tree.workPath + u'/' + file, QByteArray::number(i) + '\n');
            insist({u"add"_s, file});
            if (random() % 4 == 0) // its staging area is looked at and written in between, too
                git({u"status"_s});
            const GitAnswer answer = insist({u"commit"_s, u"-m"_s, u"agent %1"_s.arg(i)});
            // "[paddock/fix-login-ab 1234567] agent 1"
            const QByteArray head = answer.output.left(answer.output.indexOf(']'));
            m_commits += QString::fromLatin1(head.mid(head.lastIndexOf(' ') + 1));
            ++m_done;
        }
    }

    QProcessEnvironment m_environment;
    SessionTree m_tree;
    QStringList m_commits;
    QByteArray m_failure;
    std::atomic_int m_done = 0;
    std::thread m_thread; // last: it uses the others
};

struct Race : AgentSession
{
    HandOver handOver{fixture.pool, fixture.git, importer};

    git::Oid head() const { return *git::Oid::fromHex(fixture.project.id(tree.branch)); }

    HandOverRequest personCommits(int number) const
    {
        const QString file = u"person-%1.txt"_s.arg(number % 5);
        writeFile(tree.workPath + u'/' + file, QByteArray::number(number) + '\n');
        [&] { QCOMPARE(runGit(tree.workPath, {u"add"_s, file}).exitCode, 0); }();
        const QByteArray content = runGit(tree.workPath, {u"write-tree"_s}).output.trimmed();
        const QByteArray id = hostGit({u"commit-tree"_s,
                                       u"-p"_s,
                                       tree.branch,
                                       u"-m"_s,
                                       u"person %1"_s.arg(number),
                                       QString::fromLatin1(content)});
        return {.from = head(), .commit = *git::Oid::fromHex(id)};
    }

    /// The lines of the branch's history, "<subject>: <files>", in the order of the subjects.
    QStringList history() const
    {
        const QByteArray log =
            hostGit({u"log"_s, u"--format=%x00%s"_s, u"--name-only"_s, tree.branch});
        QStringList lines;
        for (const QByteArray &entry : log.split('\0')) {
            QList<QByteArray> parts = entry.trimmed().split('\n');
            parts.removeAll({});
            if (!parts.isEmpty())
                lines += QString::fromUtf8(parts.takeFirst() + ": " + parts.join(' '));
        }
        lines.sort();
        return lines;
    }

    int reachable(const QStringList &commits) const
    {
        int count = 0;
        for (const QString &commit : commits)
            count += runGit(fixture.project.path(),
                            {u"merge-base"_s, u"--is-ancestor"_s, commit, tree.branch})
                                 .exitCode == 0
                         ? 1
                         : 0;
        return count;
    }
};

} // namespace

/// Case D27 of the threat model: the agent and the person commit to one branch at the same time.
class tst_HandOverRace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void agentAndPersonCommitAtOnce_data() { seeds(2, 40, 10); }
    void agentAndPersonCommitAtOnce() { raceOnce(); }

    void campaign_data() { seeds(20, 200, 50); }
    void campaign() { raceOnce(); }

    // Control: with the branch moved whatever it was, commits of the agent are lost.
    void withoutCompareAndSwapCommitsAreLost()
    {
        Race race;
        BusyAgent agent(race, 60, 1);
        for (int i = 0; i < 10; ++i) {
            PADDOCK_VERIFY_OK(race.import());
            const HandOverRequest request = race.personCommits(i);
            const QString commit = request.commit.toString();
            race.agent->git({u"update-ref"_s, race.tree.branchRef(), commit});
            race.hostGit({u"update-ref"_s, race.tree.branchRef(), commit});
        }
        agent.join();
        PADDOCK_VERIFY_OK(race.import());
        const int kept = race.reachable(agent.commits());
        QVERIFY2(kept < agent.commits().size(), qPrintable(QString::number(kept)));
    }

private:
    static void seeds(int count, int agentCommits, int personCommits)
    {
        QTest::addColumn<int>("seed");
        QTest::addColumn<int>("agentCommits");
        QTest::addColumn<int>("personCommits");
        for (int seed = 1; seed <= count; ++seed)
            QTest::addRow("seed %d", seed) << seed << agentCommits << personCommits;
    }

    static void raceOnce()
    {
        QFETCH(int, seed);
        QFETCH(int, agentCommits);
        QFETCH(int, personCommits);
        Race race;
        BusyAgent agent(race, agentCommits, static_cast<unsigned>(seed));
        int reapplied = 0;
        int rounds = 0;
        int whileBusy = 0;
        for (int i = 0; i < personCommits; ++i) {
            const HandOverRequest request = race.personCommits(i);
            const auto report =
                await(race.handOver.deliver(race.tree, race.agent, u"/paddock/git"_s, request),
                      std::chrono::minutes(2));
            PADDOCK_VERIFY_OK(report);
            QCOMPARE(report->outcome, HandOverReport::Outcome::Delivered);
            QVERIFY2(report->notices.isEmpty(), qUtf8Printable(report->notices.join(u'\n')));
            reapplied += report->reapplied ? 1 : 0;
            rounds += report->rounds;
            whileBusy += agent.done() < agentCommits ? 1 : 0;
        }
        agent.join();
        QVERIFY2(agent.failure().isEmpty(), agent.failure().constData());
        PADDOCK_VERIFY_OK(race.import());
        qInfo("%d of %d delivered while the agent committed, %d applied again, %d rounds",
              whileBusy,
              personCommits,
              reapplied,
              rounds);
        QVERIFY(whileBusy > 0 && reapplied > 0); // else it was no race

        QCOMPARE(race.reachable(agent.commits()), agentCommits);
        QCOMPARE(race.agent->id(race.tree.branchRef()), race.head().toHex());
        // Each commit is there once and changes what it was made for, and nothing of the other's.
        const QStringList history = race.history();
        QCOMPARE(history.size(), 1 + agentCommits + personCommits);
        for (const QString &line : history) {
            const bool ofAgent = line.startsWith(u"agent "_s);
            const bool ofPerson = line.startsWith(u"person "_s);
            QVERIFY2(!ofAgent || !line.contains(u"person"_s), qUtf8Printable(line));
            QVERIFY2(!ofPerson || (!line.contains(u"agent"_s) && line.contains(u"person-"_s)),
                     qUtf8Printable(line));
        }
        QCOMPARE(runGit(race.tree.workPath, {u"status"_s, u"--porcelain"_s}).output, QByteArray());
        QCOMPARE(race.agent->git({u"status"_s, u"--porcelain"_s}).output, QByteArray());
        race.hostGit({u"fsck"_s, u"--strict"_s, u"--no-dangling"_s});
    }
};

QTEST_GUILESS_MAIN(tst_HandOverRace)
#include "tst_HandOverRace.moc"
