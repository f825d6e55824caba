// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// paddock-gateway --folder DIR: the host-side door to models. Everything else it is told over the
// control socket in DIR; keys come that way too, never by arguments or environment.
#include "app/gateway/GatewayServer.h"
#include "app/gateway/Hardening.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <QSocketNotifier>

#include <csignal>
#include <cstdio>
#include <sys/signalfd.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxLog = 1024 * 1024;

QFile *logFile = nullptr; // set once in main, before the handler is installed

void writeLog(QtMsgType type, const QMessageLogContext &, const QString &message)
{
    const char *level = type == QtDebugMsg     ? "debug"
                        : type == QtInfoMsg    ? "info"
                        : type == QtWarningMsg ? "warning"
                                               : "error";
    const QByteArray line = QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs).toLatin1() +
                            ' ' + level + ' ' + message.toUtf8() + '\n';
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
    if (logFile->size() > kMaxLog)
        logFile->resize(0);
    logFile->write(line);
    logFile->flush();
}

/// SIGTERM and SIGINT as readable descriptor, so that the end is an ordinary event.
int signalDescriptor()
{
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    return ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

} // namespace

int main(int argc, char **argv)
{
    using namespace paddock;
    using namespace paddock::gateway;
    if (const auto hardened = hardenProcess(); !hardened) {
        std::fprintf(stderr, "%s\n", qPrintable(hardened.error().toString()));
        return 1;
    }
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"paddock-gateway"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(PADDOCK_VERSION));

    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"The host-side door of Paddock's sessions to their models. Started by Paddock itself."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption folderOption(
        u"folder"_s, u"Private folder of this gateway (control socket, logs)."_s, u"folder"_s);
    parser.addOption(folderOption);
    parser.process(application);
    const QString folder = parser.value(folderOption);
    if (!folder.startsWith(u'/')) {
        std::fprintf(stderr, "paddock-gateway: --folder needs an absolute path\n");
        return 2;
    }

    GatewayServer server(folder);
    if (const auto listening = server.listen(); !listening) {
        std::fprintf(stderr, "%s\n", qPrintable(listening.error().toString()));
        // The other one serves: as good as this one.
        return listening.error().kind == ErrorKind::Conflict ? 0 : 1;
    }
    QFile log(folder + u"/gateway.log"_s);
    if (log.open(QIODevice::WriteOnly | QIODevice::Append)) {
        logFile = &log;
        qInstallMessageHandler(writeLog);
    }
    QSocketNotifier signalNotifier(signalDescriptor(), QSocketNotifier::Read);
    QObject::connect(&signalNotifier, &QSocketNotifier::activated, &application, [] {
        QCoreApplication::quit();
    });
    // Queued: the answer to "shutdown" is written before.
    QObject::connect(
        &server,
        &GatewayServer::ended,
        &application,
        [] { QCoreApplication::quit(); },
        Qt::QueuedConnection);
    qInfo("paddock-gateway %s serves", PADDOCK_VERSION);
    const int code = QCoreApplication::exec();
    qInstallMessageHandler(nullptr);
    return code;
}
