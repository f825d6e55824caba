// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/Facade.h"

#include "core/docker/DockerClient.h"
#include "core/facade/ChangesFacade.h"
#include "core/facade/HealthFacade.h"
#include "core/facade/ImageFacade.h"
#include "core/facade/ProjectFacade.h"
#include "core/facade/SessionFacade.h"
#include "core/health/EngineProbes.h"
#include "core/images/ImageResolver.h"
#include "core/sandbox/link/ShimInstaller.h"

#include <QDir>
#include <QProcessEnvironment>

#include <sys/stat.h>

using namespace Qt::StringLiterals;

namespace paddock::facade {

namespace {

// Names this installation on engines; made once with the database.
Result<QString> instanceOf(store::Connection &connection)
{
    const auto created =
        connection.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('instance', ?1)")
            .bind(1, randomShortId() + randomShortId())
            .run();
    if (!created)
        return fail(created.error());
    store::Statement row = connection.prepare("SELECT value FROM meta WHERE key = 'instance'");
    if (auto found = row.step(); !found)
        return fail(found.error());
    return row.text(0);
}

// A place to look at again and again when there is no engine yet.
docker::Endpoint endpointOrDefault(const docker::EndpointEnvironment &environment)
{
    if (auto found = docker::discoverEndpoint(environment))
        return *found;
    if (auto candidates = docker::endpointCandidates(environment);
        candidates && !candidates->isEmpty())
        return candidates->first();
    return {.socketPath = u"/var/run/docker.sock"_s,
            .origin = docker::EndpointOrigin::SystemSocket,
            .originDetail = u"/var/run/docker.sock"_s};
}

secrets::Secret keyFromEnvironment()
{
    QByteArray text = qgetenv("ANTHROPIC_API_KEY");
    return secrets::Secret::takeFrom(text);
}

} // namespace

// The kernel tells it only to who changes it.
int ownUmask()
{
    const mode_t mask = ::umask(077);
    ::umask(mask);
    // An agent that could not read its own files would be of no use.
    return static_cast<int>(mask) & 0077;
}

// Members in the order in which they need each other.
class Facade::Private
{
public:
    Private(const Options &options,
            settings::Settings read,
            std::unique_ptr<store::Database> opened,
            const QString &instance,
            const QString &shimPath,
            QList<images::RecipeFile> certificates)
        : paths(options.paths)
        , settings(std::move(read))
        , database(std::move(opened))
        , endpoint(endpointOrDefault(endpointEnvironment()))
        , engine(endpoint)
        , watch(engine, watchOptions(instance))
        , engineReader(engine, watch, endpoint.socketPath)
        , pool(2)
        , worktrees(pool, git)
        , fetcher(pool, git)
        , ignored(pool, git)
        , repositories(pool, git)
        , importer(pool, git)
        , diffs(pool, git)
        , history(pool, git)
        , staging(pool, git)
        , handOver(pool, git, importer)
        , integration(pool, git)
        , review(pool, git)
        , gateway(gatewayOptions(options))
        , catalog(engine.images())
        , policy(policy::PolicyContext::forThisUser(paths, {endpoint.socketPath}))
        , services{.paths = paths,
                   .instance = instance,
                   .shimPath = shimPath,
                   .database = *database,
                   .engine = engine,
                   .engineReader = engineReader,
                   .pool = pool,
                   .git = git,
                   .worktrees = worktrees,
                   .fetcher = fetcher,
                   .ignored = ignored,
                   .repositories = repositories,
                   .importer = importer,
                   .diffs = diffs,
                   .history = history,
                   .staging = staging,
                   .handOver = handOver,
                   .integration = integration,
                   .review = review,
                   .gateway = gateway,
                   .catalog = catalog,
                   .policy = policy,
                   .settings = settings,
                   .clock = clock,
                   .providerKey = keyFromEnvironment,
                   .providerBaseUrl = qEnvironmentVariable("ANTHROPIC_BASE_URL"),
                   .personsUmask = ownUmask(),
                   .certificateBundle = images::certificateBundle(certificates)}
        , manager(services, watch)
        , projects(services, manager)
        , sessions(manager, services, projects)
        , changes(manager, services)
        , images(engine, std::move(certificates))
        , monitor(
              health::engineProbes(
                  engine,
                  catalog,
                  [this] { return place(); },
                  [this] { return settingsProblem(); },
                  {.imageReference = defaultImage(),
                   .projectsFolder = settings.values().projectsRoot.value}),
              {.isLocal = settings.values().executionMode.value == settings::ExecutionMode::Local,
               .imageName = defaultImage(),
               .projectsFolder = settings.values().projectsRoot.value})
        , health(monitor)
    {
        QObject::connect(&watch,
                         &docker::EngineWatch::stateChanged,
                         &monitor,
                         &health::HealthMonitor::recheckSoon);
        QObject::connect(
            &images, &ImageFacade::built, &monitor, &health::HealthMonitor::recheckSoon);
    }

    // A worker may wait for git; it comes back at once when told.
    ~Private() { git.stopAll(); }

    [[nodiscard]] docker::EndpointEnvironment endpointEnvironment() const
    {
        const auto &setting = settings.values().dockerSocket;
        return docker::EndpointEnvironment::fromProcess(
            setting.origin == settings::ValueOrigin::ConfigFile ? setting.value : QString());
    }

    [[nodiscard]] Result<docker::Endpoint> place() const
    {
        if (auto usable = docker::probeEndpoint(endpoint); !usable)
            return fail(usable.error());
        return endpoint;
    }

    [[nodiscard]] Result<Done> settingsProblem() const
    {
        if (auto problem = settings.error())
            return fail(*problem);
        return Done{};
    }

    [[nodiscard]] QString defaultImage() const
    {
        const auto &image = settings.values().defaultImage;
        return images::resolveImage(
                   {.explicitImage = {},
                    .agentImage = {},
                    .projectImage = {},
                    .environmentDefault =
                        image.origin == settings::ValueOrigin::Default ? QString() : image.value})
            .reference;
    }

    static gateway::GatewayClientOptions gatewayOptions(const Options &options)
    {
        auto wanted = gateway::GatewayClientOptions::forInstance(options.paths);
        if (!options.gatewayProgram.isEmpty())
            wanted.program = options.gatewayProgram;
        return wanted;
    }

    static docker::EngineWatchOptions watchOptions(const QString &instance)
    {
        docker::EngineWatchOptions options;
        options.events.types = {u"container"_s};
        options.events.labels = {QString::fromUtf16(sandbox::kLabelInstance) + u'=' + instance};
        return options;
    }

    XdgPaths paths;
    SystemClock clock;
    settings::Settings settings;
    std::unique_ptr<store::Database> database;
    docker::Endpoint endpoint;
    docker::DockerClient engine;
    docker::EngineWatch watch;
    sessions::EngineReader engineReader;
    git::GitProcess git;
    WorkerPool pool;
    worktrees::WorktreeManager worktrees;
    worktrees::ProjectFetch fetcher;
    worktrees::IgnoredFiles ignored;
    worktrees::PrivateRepository repositories;
    worktrees::Importer importer;
    worktrees::SessionDiff diffs;
    worktrees::SessionHistory history;
    worktrees::Staging staging;
    worktrees::HandOver handOver;
    worktrees::Integration integration;
    worktrees::Review review;
    gateway::GatewayClient gateway;
    images::ImageCatalog catalog;
    policy::PolicyCheck policy;
    sessions::SessionServices services;
    sessions::SessionManager manager;
    ProjectFacade projects;
    SessionFacade sessions;
    ChangesFacade changes;
    ImageFacade images;
    health::HealthMonitor monitor;
    HealthFacade health;
};

Facade::Facade() = default;
Facade::~Facade() = default;

Result<std::unique_ptr<Facade>> Facade::create(const Options &options)
{
    const XdgPaths &paths = options.paths;
    if (auto made = paths.create(); !made)
        return fail(made.error());
    auto database = store::Database::open(paths.database());
    if (!database)
        return fail(database.error());
    auto instance = (*database)->readNow<QString>(instanceOf);
    if (!instance)
        return fail(instance.error());
    auto shim = sandbox::link::ShimInstaller(paths.data).install();
    if (!shim)
        return fail(shim.error());
    auto certificates =
        images::hostCertificates(images::hostCertificateFolders(), images::hostCertificateFiles());
    if (!certificates)
        return fail(certificates.error());

    std::unique_ptr<Facade> facade(new Facade);
    facade->d = std::make_unique<Private>(
        options,
        settings::Settings::load(
            paths.config, QProcessEnvironment::systemEnvironment(), QDir::homePath()),
        std::move(*database),
        *instance,
        *shim,
        *certificates);
    if (auto loaded = facade->d->manager.load(); !loaded)
        return fail(loaded.error());
    if (auto loaded = facade->d->projects.load(); !loaded)
        return fail(loaded.error());
    return facade;
}

Services Facade::services() const
{
    return {.sessions = &d->sessions,
            .changes = &d->changes,
            .projects = &d->projects,
            .images = &d->images,
            .health = &d->health};
}

void Facade::start()
{
    d->watch.start();
    d->monitor.start();
}

QStringList Facade::notices() const
{
    return d->settings.notices();
}

} // namespace paddock::facade
