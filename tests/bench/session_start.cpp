// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How long a session takes from the call that starts it to the first byte that its agent is seen to
// write (stored and signalled), against a script that does `git worktree add` and `docker run -d`
// with the same flags and follows the container's log. Pairs alternate; medians are compared.
#include "tests/support/SessionWorld.h"

#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPairs = 15;

double median(QList<double> values)
{
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

/// The loop is one as the program itself runs; the waits of QTest sleep 10 ms between two turns.
double oursMs(SessionWorld &world)
{
    QEventLoop loop;
    QObject scope;
    SessionId id;
    QObject::connect(
        &world.sessions(),
        &facade::SessionService::conversationGrew,
        &scope,
        [&](const SessionId &grown, qint64) {
            world.sessions()
                .conversation(grown, 0, 1000)
                .then(&scope, [&](const Result<QList<sessions::ConversationEntry>> &entries) {
                    using Direction = sessions::ConversationEntry::Direction;
                    if (entries && std::ranges::any_of(*entries, [](const auto &entry) {
                            return entry.direction == Direction::FromAgent;
                        }))
                        loop.quit();
                });
        });
    QTimer::singleShot(60'000, &scope, [] { qFatal("the session did not start"); });
    QElapsedTimer clock;
    clock.start();
    world.sessions()
        .start(facade::Actor::person(u"bench"_s), world.agentOptions({}))
        .then(&scope, [&](const Result<SessionId> &started) {
            if (!started)
                qFatal("no session: %s", qPrintable(started.error().toString()));
            id = *started;
        });
    loop.exec();
    const double took = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    (void)world.waitFor(id, {u"waiting/prompt"_s, u"failed"_s});
    (void)await(world.sessions().remove(facade::Actor::person(u"bench"_s),
                                        id,
                                        {.work = sessions::RemoveOptions::Work::Discard}),
                std::chrono::seconds(60));
    return took;
}

double theirsMs(SessionWorld &world, int number)
{
    const QString tree = world.environment().path(u"tree-%1"_s.arg(number));
    const QString name = u"pdk-bench-%1-%2"_s.arg(::getpid()).arg(number);
    const QString user = ::getuid() == 0 ? u"0:0"_s : u"%1:%2"_s.arg(::getuid()).arg(::getgid());
    // The same limits and seals; the user differs only where this runs as root, which owns the
    // tree.
    const QString script = uR"(set -e
git -C "$1" worktree add -q -b "$3" "$2"
docker run -d -i --name "$3" --network none --read-only --cap-drop ALL --security-opt no-new-privileges \
  --user "$4" --memory 4g --memory-swap 4g --cpus 2 --pids-limit 512 --shm-size 256m --ipc private \
  --tmpfs /tmp:rw,nosuid,nodev,exec,size=1g --tmpfs /var/tmp:rw,nosuid,nodev,exec,size=256m \
  --tmpfs /run:rw,nosuid,nodev,noexec,size=16m --log-opt max-size=10m --log-opt max-file=3 \
  -v "$2":/workspace -w /workspace claude-agent-base:latest /workspace/agent > /dev/null
exec docker logs -f "$3")"_s;
    QProcess process;
    QElapsedTimer clock;
    clock.start();
    process.start(u"bash"_s,
                  {u"-c"_s, script, u"bench"_s, world.project().path(), tree, name, user});
    if (!process.waitForReadyRead(60'000))
        qFatal("the script failed: %s", process.readAllStandardError().constData());
    const double took = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    process.kill();
    process.waitForFinished();
    (void)docker({u"rm"_s, u"-f"_s, name});
    (void)runGit(world.project().path(), {u"worktree"_s, u"remove"_s, u"--force"_s, tree});
    (void)runGit(world.project().path(), {u"branch"_s, u"-D"_s, name});
    return took;
}

void measure(const QString &measureName, int files)
{
    SessionWorld world;
    for (int i = 0; i < files; ++i)
        world.project().write(u"src/%1/file%2.txt"_s.arg(i / 100).arg(i),
                              QByteArray::number(i) + '\n');
    if (files > 0)
        world.project().commitAll(u"many files"_s);
    if (!QTest::qWaitFor([&] { return world.owner().services().health->current().socketConnected; },
                         20'000))
        qFatal("no engine answers");
    QList<double> ours;
    QList<double> theirs;
    (void)oursMs(world); // warms caches of both sides
    (void)theirsMs(world, 0);
    for (int i = 1; i <= kPairs; ++i) {
        ours += oursMs(world);
        theirs += theirsMs(world, i);
    }
    const QJsonObject line{{u"measure"_s, measureName},
                           {u"value"_s, median(ours)},
                           {u"unit"_s, u"ms"_s},
                           {u"against"_s, u"git worktree add + docker run -d + docker logs -f"_s},
                           {u"ratio"_s, median(ours) / median(theirs)},
                           {u"runs"_s, kPairs}};
    std::printf("%s\n", QJsonDocument(line).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    measure(u"session-start-tiny"_s, 0);
    measure(u"session-start-5000-files"_s, 5000);
    return 0;
}
