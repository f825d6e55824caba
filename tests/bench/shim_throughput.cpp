// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes from a program through the shim to the owner's end of the link, against `cat | socat` to
// the same kind of socket; and what an idle shim keeps in memory.

#include "core/sandbox/link/AgentLink.h"
#include "core/sandbox/link/LocalShim.h"
#include "core/sandbox/link/ShimInstaller.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kBytes = qint64{256} * 1024 * 1024;
constexpr int kRuns = 9;

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void writeInput(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("no room for the input");
    QByteArray block;
    for (int i = 0; block.size() < 1024 * 1024; ++i)
        block += QByteArray(150 + i % 100, static_cast<char>('a' + i % 26)) + '\n';
    for (qint64 size = 0; size < kBytes; size += block.size())
        file.write(block);
    file.resize(kBytes - 1);
    file.seek(kBytes - 1);
    file.write("\n");
}

/// Seconds from starting the programs to the last byte.
double throughSocat(const QString &input, const QString &folder)
{
    const QByteArray path = QFile::encodeName(folder + u"/socat.sock"_s);
    ::unlink(path.constData());
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy_n(path.constData(), path.size(), address.sun_path);
    if (::bind(listener, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 ||
        ::listen(listener, 1) != 0) {
        qFatal("the socket cannot be made");
    }
    QElapsedTimer timer;
    timer.start();
    QProcess pipeline;
    pipeline.start(u"/bin/sh"_s,
                   {u"-c"_s,
                    u"cat \"$0\" | socat -u - UNIX-CONNECT:\"$1\""_s,
                    input,
                    QString::fromLocal8Bit(path)});
    const int fd = ::accept(listener, nullptr, nullptr);
    std::vector<char> buffer(128 * 1024);
    qint64 size = 0;
    for (ssize_t count; (count = ::read(fd, buffer.data(), buffer.size())) > 0;)
        size += count;
    const double seconds = double(timer.nsecsElapsed()) / 1e9;
    ::close(fd);
    ::close(listener);
    pipeline.waitForFinished();
    if (size != kBytes)
        qFatal("socat carried %lld bytes", static_cast<long long>(size));
    return seconds;
}

/// Seconds from ordering the start to the last line.
double throughShim(AgentLink &link, const QString &input, quint64 number)
{
    QEventLoop loop;
    quint64 size = 0;
    double seconds = 0;
    QElapsedTimer timer;
    QObject context;
    QObject::connect(&link,
                     &AgentLink::message,
                     &context,
                     [&](Channel channel, quint64 seq, const QByteArray &bytes) {
                         size += static_cast<quint64>(bytes.size()) + 1;
                         link.acknowledge(channel, seq);
                         if (size == static_cast<quint64>(kBytes))
                             seconds = double(timer.nsecsElapsed()) / 1e9;
                     });
    QObject::connect(&link, &AgentLink::processExited, &context, [&](quint64 seq) {
        link.acknowledge(shimlink::kControlChannel, seq);
        loop.quit();
    });
    timer.start();
    StartRequest start;
    start.id = QString::number(number);
    start.argv = QStringList{u"cat"_s, input};
    if (!link.sendMessage(shimlink::kControlChannel, number, AgentLink::encodeStart(start)))
        qFatal("the start is refused");
    loop.exec();
    if (size != static_cast<quint64>(kBytes))
        qFatal("the shim carried %lld bytes", static_cast<long long>(size));
    return seconds;
}

double residentMegabytes(qint64 pid)
{
    // The shim is not dumpable: smaps is closed to its own user, statm is not.
    QFile file(u"/proc/%1/statm"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the shim is not there");
    const double pages = file.readAll().split(' ').at(1).toDouble();
    return pages * double(::sysconf(_SC_PAGESIZE)) / 1024 / 1024;
}

void report(const char *measure,
            double value,
            const char *unit,
            const char *against,
            double ratio,
            int runs)
{
    std::printf(
        "{\"measure\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"against\":\"%s\",\"ratio\":%.3f,"
        "\"runs\":%d}\n",
        measure,
        value,
        unit,
        against,
        ratio,
        runs);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QTemporaryDir folder(u"/tmp/paddock-bench-XXXXXX"_s);
    const QString input = folder.filePath(u"input"_s);
    if (!qEnvironmentVariableIsSet("PADDOCK_SHIM"))
        qputenv("PADDOCK_SHIM",
                QFile::encodeName(app.applicationDirPath() + u"/../bin/paddock-shim"_s));
    const Result<QString> program = ShimInstaller::find();
    if (!program || QStandardPaths::findExecutable(u"socat"_s).isEmpty()) {
        std::fprintf(stderr, "shim_throughput: needs paddock-shim and socat\n");
        return 1;
    }
    writeInput(input);

    LinkOptions linkOptions;
    linkOptions.runFolder = folder.path();
    AgentLink link(linkOptions);
    LocalShimOptions shimOptions;
    shimOptions.program = *program;
    shimOptions.runFolder = folder.path();
    shimOptions.spoolFolder = folder.path();
    LocalShim shim(shimOptions);
    QEventLoop connected;
    QObject::connect(&link, &AgentLink::linkUp, &connected, &QEventLoop::quit);
    QObject::connect(&link, &AgentLink::processStarted, &link, [&link](quint64 seq) {
        link.acknowledge(shimlink::kControlChannel, seq);
    });
    if (!link.listen() || !shim.start())
        qFatal("the shim cannot be started");
    connected.exec();
    const double idle = residentMegabytes(shim.pid());

    quint64 number = 0;
    throughSocat(input, folder.path());
    throughShim(link, input, ++number);
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int i = 0; i < kRuns; ++i) {
        theirs.push_back(throughSocat(input, folder.path()));
        ours.push_back(throughShim(link, input, ++number));
    }
    const double megabytes = double(kBytes) / 1024 / 1024;
    report("shim-throughput",
           megabytes / median(ours),
           "MiB/s",
           "cat | socat",
           median(theirs) / median(ours),
           kRuns);
    report("shim-idle-memory", idle, "MiB", "4 MiB", idle / 4, 1);
    const double after = residentMegabytes(shim.pid());
    report("shim-memory-after-load", after, "MiB", "4 MiB", after / 4, 1);
    return 0;
}
