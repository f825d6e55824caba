// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Status and words of the engine to kind and category: the whole table.

#include "core/docker/EngineErrors.h"

#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(paddock::docker::Action)

class tst_EngineErrors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void table_data();
    void table();
    void everyErrorHasWords();
    void wordsOfABody();
};

void tst_EngineErrors::table_data()
{
    QTest::addColumn<Action>("action");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("words");
    QTest::addColumn<ErrorKind>("kind");
    QTest::addColumn<Category>("category");
    using A = Action;
    using K = ErrorKind;
    using C = Category;
    const auto row =
        [](const char *name, A action, int status, const QString &words, K kind, C category) {
            QTest::newRow(name) << action << status << words << kind << category;
        };
    row("create 400", A::ContainerCreate, 400, u"bad"_s, K::InvalidConfig, C::InvalidArgument);
    row("create 400 cpus",
        A::ContainerCreate,
        400,
        u"Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"_s,
        K::ResourceLimitExceeded,
        C::RefusedByPolicy);
    row("create 400 memory",
        A::ContainerCreate,
        400,
        u"Minimum memory limit allowed is 6MB"_s,
        K::ResourceLimitExceeded,
        C::RefusedByPolicy);
    row("create 400 capability",
        A::ContainerCreate,
        400,
        u"invalid CapAdd: unknown capability: \"CAP_FOO\""_s,
        K::InvalidConfig,
        C::InvalidArgument);
    row("create 400 mount",
        A::ContainerCreate,
        400,
        u"invalid mount config for type \"bind\": bind source path does not exist: /x"_s,
        K::MountFailed,
        C::Io);
    row("create 400 runtime",
        A::ContainerCreate,
        400,
        u"Unknown runtime specified runsc"_s,
        K::UnsupportedOption,
        C::Unsupported);
    row("create 404 is the image",
        A::ContainerCreate,
        404,
        u"No such image: x:1"_s,
        K::ImageNotFound,
        C::NotFound);
    row("create 409",
        A::ContainerCreate,
        409,
        u"Conflict. The container name is in use"_s,
        K::ContainerCreateFailed,
        C::Conflict);
    row("create 500", A::ContainerCreate, 500, u"boom"_s, K::ContainerCreateFailed, C::Io);
    row("create 500 disk",
        A::ContainerCreate,
        500,
        u"write /x: no space left on device"_s,
        K::DiskFull,
        C::Io);
    row("start 404 is the container",
        A::ContainerStart,
        404,
        u"No such container: x"_s,
        K::ContainerNotFound,
        C::NotFound);
    row("start 404 network",
        A::ContainerStart,
        404,
        u"network abc not found"_s,
        K::NetworkFailed,
        C::Unreachable);
    row("start 409",
        A::ContainerStart,
        409,
        u"cannot start a paused container"_s,
        K::Conflict,
        C::Conflict);
    row("start 500", A::ContainerStart, 500, u"boom"_s, K::ContainerStartFailed, C::Io);
    row("start 400 program",
        A::ContainerStart,
        400,
        u"OCI runtime create failed: exec: \"x\": executable file not found in $PATH: unknown"_s,
        K::CommandNotFound,
        C::NotFound);
    row("start 400 mount",
        A::ContainerStart,
        400,
        u"error mounting \"/a\" to rootfs: no such file or directory: unknown"_s,
        K::MountFailed,
        C::Io);
    row("start 400 rlimit",
        A::ContainerStart,
        400,
        u"error setting rlimits for ready process: error setting rlimit type 7"_s,
        K::ResourceLimitExceeded,
        C::RefusedByPolicy);
    row("kill 409",
        A::ContainerKill,
        409,
        u"Container x is not running"_s,
        K::Conflict,
        C::Conflict);
    row("kill 404",
        A::ContainerKill,
        404,
        u"No such container"_s,
        K::ContainerNotFound,
        C::NotFound);
    row("stop 500", A::ContainerStop, 500, u"boom"_s, K::IoFailed, C::Io);
    row("rm 409 in progress",
        A::ContainerRemove,
        409,
        u"removal of container x is already in progress"_s,
        K::RemoveInProgress,
        C::Conflict);
    row("rm 409 running",
        A::ContainerRemove,
        409,
        u"You cannot remove a running container"_s,
        K::Conflict,
        C::Conflict);
    row("rm 404",
        A::ContainerRemove,
        404,
        u"No such container"_s,
        K::ContainerNotFound,
        C::NotFound);
    row("archive 404 path",
        A::ContainerArchive,
        404,
        u"Could not find the file /x in container"_s,
        K::FileNotFound,
        C::NotFound);
    row("archive 404 container",
        A::ContainerArchive,
        404,
        u"No such container: x"_s,
        K::ContainerNotFound,
        C::NotFound);
    row("stats 500", A::ContainerStats, 500, u"boom"_s, K::StatsUnavailable, C::Unreachable);
    row("exec create 409",
        A::ExecCreate,
        409,
        u"Container x is paused"_s,
        K::Conflict,
        C::Conflict);
    row("exec create 404",
        A::ExecCreate,
        404,
        u"No such container"_s,
        K::ContainerNotFound,
        C::NotFound);
    row("exec start 404", A::ExecStart, 404, u"No such exec instance"_s, K::NotFound, C::NotFound);
    row("image 404", A::ImageOther, 404, u"no such image"_s, K::ImageNotFound, C::NotFound);
    row("image 409", A::ImageOther, 409, u"image is being used"_s, K::Conflict, C::Conflict);
    row("pull 404", A::ImagePull, 404, u"pull access denied"_s, K::ImageNotFound, C::NotFound);
    row("pull 500 offline",
        A::ImagePull,
        500,
        u"Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup: network is not found"_s,
        K::ImagePullFailed,
        C::Unreachable);
    row("pull 401", A::ImagePull, 401, u"unauthorized"_s, K::ImagePullFailed, C::PermissionDenied);
    row("build 400", A::ImageBuild, 400, u"dockerfile parse error"_s, K::ImageBuildFailed, C::Io);
    row("build 500 disk", A::ImageBuild, 500, u"no space left on device"_s, K::DiskFull, C::Io);
    row("network 500", A::NetworkOther, 500, u"boom"_s, K::NetworkFailed, C::Unreachable);
    row("network 404", A::NetworkOther, 404, u"no such network"_s, K::NotFound, C::NotFound);
    row("403",
        A::ContainerOther,
        403,
        u"forbidden by proxy"_s,
        K::PermissionDenied,
        C::PermissionDenied);
    row("503", A::System, 503, u"starting"_s, K::DockerUnavailable, C::Unreachable);
    row("a name that says no space is no full disk",
        A::ContainerOther,
        404,
        u"No such container: no-space-left-on-device"_s,
        K::ContainerNotFound,
        C::NotFound);
}

void tst_EngineErrors::table()
{
    QFETCH(Action, action);
    QFETCH(int, status);
    QFETCH(QString, words);
    QFETCH(ErrorKind, kind);
    QFETCH(Category, category);
    const Error error = engineError(action, status, words);
    QCOMPARE(error.kind, kind);
    QCOMPARE(error.category, category);
    QCOMPARE(error.detail, words); // the engine's own words, always
    QVERIFY(error.message.endsWith(u'.'));
    QVERIFY(!error.operation.isEmpty());
}

void tst_EngineErrors::everyErrorHasWords()
{
    for (int action = 0; action <= int(Action::NetworkOther); ++action) {
        for (const int status : {400, 401, 403, 404, 405, 409, 418, 500, 501, 503, 599}) {
            const Error error = engineError(Action(action), status, QString());
            QVERIFY(error.message.endsWith(u'.'));
            QVERIFY(!error.detail.isEmpty());
            QVERIFY(!error.operation.isEmpty());
        }
    }
}

void tst_EngineErrors::wordsOfABody()
{
    QCOMPARE(engineMessageFromBody("{\"message\":\"no such image\"}\n"), u"no such image"_s);
    // Podman's form has more fields.
    QCOMPARE(engineMessageFromBody(R"({"cause":"x","message":"no container","response":404})"),
             u"no container"_s);
    QCOMPARE(engineMessageFromBody("page not found\n"), u"page not found"_s);
    QCOMPARE(engineMessageFromBody("{\"message\":"), u"{\"message\":"_s);
    QCOMPARE(engineMessageFromBody(""), QString());
    QCOMPARE(engineMessageFromBody(QByteArray(100'000, 'x')).size(), 4096);
}

QTEST_GUILESS_MAIN(tst_EngineErrors)
#include "tst_EngineErrors.moc"
