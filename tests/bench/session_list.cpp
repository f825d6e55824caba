// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// `paddockctl session list` with 200 sessions against `docker ps -a`: whole commands, interleaved,
// first beside the containers that are there anyway, then with 200 of them.

#include "core/base/XdgPaths.h"
#include "core/sessions/ProjectRecords.h"
#include "core/sessions/SessionRecords.h"
#include "core/store/Database.h"
#include "tests/support/FakeServices.h"
#include "tests/support/TestEnvironment.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

using namespace paddock;
using namespace Qt::StringLiterals;

namespace {

constexpr int kSessions = 200;
constexpr int kRuns = 21;

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Milliseconds from start to end, output thrown away. posix_spawn: QProcess would add its own
/// time.
double timed(const std::vector<QByteArray> &words)
{
    std::vector<char *> argv;
    for (const QByteArray &word : words)
        argv.push_back(const_cast<char *>(word.constData()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    QElapsedTimer timer;
    timer.start();
    pid_t child = -1;
    int status = -1;
    const int code = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    if (code != 0 || ::waitpid(child, &status, 0) != child || status != 0)
        qFatal("%s failed", argv[0]);
    const double elapsed = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    ::posix_spawn_file_actions_destroy(&actions);
    return elapsed;
}

/// One line of JSON for packaging/bench.
void compare(const char *measure, const QByteArray &paddockctl, const char *against)
{
    const std::vector<QByteArray> ours{paddockctl, "session", "list"};
    const std::vector<QByteArray> theirs{"docker", "ps", "-a"};
    std::vector<double> our;
    std::vector<double> their;
    for (int i = 0; i < kRuns + 2; ++i) {
        const double a = timed(ours);
        const double b = timed(theirs);
        if (i < 2)
            continue; // caches
        our.push_back(a);
        their.push_back(b);
    }
    std::printf("{\"measure\":\"%s\",\"value\":%.2f,\"unit\":\"ms\",\"against\":\"%s: %.2f ms\","
                "\"ratio\":%.3f,\"runs\":%d}\n",
                measure,
                median(our),
                against,
                median(their),
                median(our) / median(their),
                kRuns);
    std::fflush(stdout);
}

Result<Done> fillStore(const XdgPaths &paths)
{
    auto database = store::Database::open(paths.database());
    if (!database)
        return fail(database.error());
    return (*database)->readNow<Done>([](store::Connection &connection) -> Result<Done> {
        if (auto begun = connection.begin(); !begun)
            return begun;
        const auto now = QDateTime::currentDateTimeUtc();
        for (int i = 0; i < kSessions; ++i) {
            sessions::records::SessionRecord record;
            record.session =
                test::sampleSession(u"s%1"_s.arg(i, 7, 10, QChar(u'0')),
                                    u"Mend the thing with the number %1 in it"_s.arg(i));
            record.session.state = sessions::SessionState::Finished;
            record.session.substate.clear();
            record.session.containerId = {};
            record.session.createdAt = now.addSecs(i);
            record.session.updatedAt = record.session.createdAt;
            record.actor = u"system:bench"_s;
            if (i == 0) {
                auto made = sessions::records::insertProject(connection,
                                                             {.id = record.session.projectId,
                                                              .name = record.session.projectName,
                                                              .path = record.session.projectPath,
                                                              .settings = {},
                                                              .createdAt = now});
                if (!made)
                    return made;
            }
            if (auto made = sessions::records::insertSession(connection, record); !made)
                return made;
        }
        return connection.commit();
    });
}

QByteArray run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(120'000) || process.exitCode() != 0)
        qFatal("%s %s: %s",
               qPrintable(program),
               qPrintable(arguments.join(u' ')),
               process.readAllStandardError().constData());
    return process.readAllStandardOutput();
}

/// Containers that never ran, by a shell for speed; removed by remove().
class Containers
{
public:
    explicit Containers(int count)
    {
        run(u"sh"_s,
            {u"-c"_s,
             u"seq %1 | xargs -P 4 -I N docker create --network none --label %2 --name %3-N "
             "debian:bookworm-slim true"_s.arg(count)
                 .arg(m_label, m_label)});
    }
    ~Containers()
    {
        run(u"sh"_s,
            {u"-c"_s,
             u"docker ps -aq --filter label=%1 | xargs -n 25 -P 4 docker rm"_s.arg(m_label)});
    }
    Q_DISABLE_COPY_MOVE(Containers)

private:
    QString m_label = u"paddock-bench-%1"_s.arg(QCoreApplication::applicationPid());
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const test::TestEnvironment environment;
    const auto paths = XdgPaths::fromEnvironment();
    if (!paths || !paths->create())
        qFatal("no folders");
    if (const auto filled = fillStore(*paths); !filled)
        qFatal("%s", qPrintable(filled.error().toString()));
    const QString paddockctl = test::builtProgram(u"paddockctl"_s);
    const QByteArray program = QFile::encodeName(paddockctl);
    // Starts the owner; its start is not what is measured.
    const auto lines = run(paddockctl, {u"session"_s, u"list"_s}).count('\n');
    if (lines != kSessions + 1)
        qFatal("the list has %lld lines", static_cast<long long>(lines));

    compare("session_list_200", program, "docker ps -a");
    {
        const Containers containers(kSessions);
        compare("session_list_200_containers_200", program, "docker ps -a with 200 containers");
    }
    run(paddockctl, {u"serve"_s, u"--stop"_s});
    return 0;
}
