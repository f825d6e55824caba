// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/health/EngineProbes.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::health {

namespace {

/// The answer of \a from, changed by \a convert; cancelling goes through.
template <typename To, typename From, typename Convert>
Pending<To> converted(Pending<From> from, QObject *context, Convert convert)
{
    Promise<To> promise;
    promise.onCancel([from]() mutable { from.cancel(); });
    from.then(context, [promise, convert](const Result<From> &result) {
        if (result)
            promise.resolve(convert(*result));
        else
            promise.reject(result.error());
    });
    return promise.pending();
}

} // namespace

Result<Done> probeProjectsFolder(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    struct stat info = {};
    if (::stat(name.constData(), &info) != 0) {
        if (errno == ENOENT)
            return Done{};
        return fail(
            Error(ErrorKind::IoFailed,
                  QCoreApplication::translate("Health", "The projects folder %1 cannot be read.")
                      .arg(path))
                .withDetail(QString::fromLocal8Bit(std::strerror(errno)))
                .withRemedy(QCoreApplication::translate(
                    "Health", "Check its permissions, or set PROJECTS_ROOT.")));
    }
    if (S_ISDIR(info.st_mode) && ::access(name.constData(), R_OK | X_OK) == 0)
        return Done{};
    return fail(
        Error(S_ISDIR(info.st_mode) ? ErrorKind::PermissionDenied : ErrorKind::InvalidConfig,
              S_ISDIR(info.st_mode)
                  ? QCoreApplication::translate("Health", "The projects folder %1 cannot be read.")
                        .arg(path)
                  : QCoreApplication::translate("Health", "%1 is not a folder.").arg(path))
            .withRemedy(QCoreApplication::translate(
                "Health", "Set PROJECTS_ROOT to the folder your projects are in.")));
}

HealthProbes engineProbes(docker::Engine &engine,
                          images::ImageCatalog &catalog,
                          std::function<Result<docker::Endpoint>()> place,
                          std::function<Result<Done>()> settings,
                          const EngineProbeOptions &options)
{
    HealthProbes probes;
    QObject *context = &catalog;
    probes.place = [place = std::move(place)]() -> Result<HealthProbes::Place> {
        const auto endpoint = place();
        if (!endpoint)
            return fail(endpoint.error());
        return HealthProbes::Place{endpoint->socketPath, endpoint->originDetail};
    };
    probes.engine = [&engine, context] {
        return converted<Findings::EngineFacts>(
            engine.system().version(), context, [](const docker::EngineVersion &version) {
                return Findings::EngineFacts{
                    version.version, version.api.toText(), version.isPodman};
            });
    };
    probes.image = [&catalog, context, reference = options.imageReference] {
        return converted<Done>(catalog.validate(reference),
                               context,
                               [](const images::AvailableImage &) { return Done{}; });
    };
    probes.network = [&engine, context, wanted = options.networkName] {
        return converted<bool>(engine.networks().list(),
                               context,
                               [wanted](const QList<docker::NetworkSummary> &networks) {
                                   for (const auto &network : networks) {
                                       if (network.name == wanted)
                                           return true;
                                   }
                                   return false;
                               });
    };
    probes.projects = [folder = options.projectsFolder] { return probeProjectsFolder(folder); };
    probes.settings = std::move(settings);
    return probes;
}

} // namespace paddock::health
