// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/DockerSandbox.h"

#include "core/sandbox/ExecCommandRun.h"
#include "core/sandbox/FileArchive.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::sandbox {

namespace {

constexpr qint64 kListLimit = 64 * kMiB;

QString translated(const char *text)
{
    return QCoreApplication::translate("DockerSandbox", text);
}

SandboxInformation::Condition conditionOf(docker::ContainerState state)
{
    using Condition = SandboxInformation::Condition;
    switch (state) {
    case docker::ContainerState::Created:
        return Condition::Created;
    case docker::ContainerState::Running:
        return Condition::Running;
    case docker::ContainerState::Paused:
        return Condition::Paused;
    case docker::ContainerState::Restarting:
        return Condition::Restarting;
    case docker::ContainerState::Removing:
        return Condition::Removing;
    case docker::ContainerState::Exited:
        return Condition::Exited;
    case docker::ContainerState::Dead:
    case docker::ContainerState::Unknown:
        break;
    }
    return Condition::Dead;
}

SandboxInformation informationOf(const docker::ContainerDetails &details)
{
    return {.condition = conditionOf(details.state),
            .container = details.id,
            .image = details.imageId,
            .name = details.name,
            .specHash = details.labels.value(QString::fromUtf16(kLabelSpecHash)),
            .pid = details.pid,
            .exitCode = details.exitCode,
            .outOfMemory = details.oomKilled,
            .engineError = details.error,
            .startedAt = details.startedAt,
            .finishedAt = details.finishedAt};
}

/// Ours by exact labels; a name alone proves nothing.
bool belongsTo(const docker::ContainerDetails &details, const policy::SandboxSpec &spec)
{
    return details.labels.value(QString::fromUtf16(kLabelInstance)) == spec.instance &&
           details.labels.value(QString::fromUtf16(kLabelSession)) == spec.session.value;
}

template <typename T>
Pending<T> failed(Error error)
{
    return Pending<T>::ready(fail(std::move(error)));
}

/// Answers \a promise with what \a pending says, made into a T; a cancel goes the other way.
template <typename From, typename T>
void forward(QObject *context,
             Pending<From> pending,
             const Promise<T> &promise,
             std::function<Result<T>(From)> convert)
{
    promise.onCancel([pending]() mutable { pending.cancel(); });
    pending.then(context, [promise, convert = std::move(convert)](Result<From> result) {
        if (result)
            promise.resolve(convert(std::move(*result)));
        else
            promise.reject(std::move(result).error());
    });
}

QString parentOf(const QString &path)
{
    const qsizetype slash = path.lastIndexOf(u'/');
    return slash <= 0 ? u"/"_s : path.left(slash);
}

/// Output of find -printf '%y %m %s %T@ %P\0%l\0'.
Result<QList<FileEntry>> entriesOfFind(const QByteArray &output)
{
    QList<FileEntry> all;
    const QList<QByteArray> fields = output.split('\0');
    for (qsizetype i = 0; i + 1 < fields.size(); i += 2) {
        const QByteArray &line = fields.at(i);
        const QList<QByteArray> words = line.split(' ');
        if (words.size() < 5)
            return fail(ErrorKind::ProtocolError, translated("The list of files cannot be read."));
        qsizetype skip = 4;
        for (int word = 0; word < 4; ++word)
            skip += words.at(word).size();
        FileEntry entry;
        entry.path = QFile::decodeName(line.mid(skip));
        entry.type = words.at(0) == "f"   ? FileEntry::Type::File
                     : words.at(0) == "d" ? FileEntry::Type::Folder
                     : words.at(0) == "l" ? FileEntry::Type::Link
                                          : FileEntry::Type::Other;
        entry.mode = words.at(1).toInt(nullptr, 8);
        entry.size = words.at(2).toLongLong();
        entry.modified =
            QDateTime::fromSecsSinceEpoch(static_cast<qint64>(words.at(3).toDouble()), Qt::UTC);
        entry.linkTarget = QFile::decodeName(fields.at(i + 1));
        all.append(entry);
    }
    std::ranges::sort(all, {}, &FileEntry::path);
    return all;
}

} // namespace

DockerSandbox::DockerSandbox(docker::Engine &engine, DockerSandboxOptions options, QObject *parent)
    : ExecutionSandbox(parent)
    , m_engine(engine)
    , m_options(std::move(options))
{
}

void DockerSandbox::setState(State state)
{
    if (std::exchange(m_state, state) != state)
        Q_EMIT stateChanged(state);
}

std::optional<Error> DockerSandbox::missing(const QString &operation) const
{
    if (m_state == State::Destroyed) {
        return Error(ErrorKind::Destroyed, translated("The container was removed."))
            .withOperation(operation);
    }
    if (m_container.isEmpty()) {
        return Error(ErrorKind::NotInitialized, translated("There is no container yet."))
            .withOperation(operation);
    }
    return std::nullopt;
}

Pending<ContainerId> DockerSandbox::create(const policy::CheckedSpec &checked)
{
    if (!m_container.isEmpty() || m_state != State::Uninitialized) {
        return failed<ContainerId>(Error(ErrorKind::AlreadyInitialized,
                                         translated("This sandbox has a container already."))
                                       .withOperation(u"container create"_s));
    }
    const auto request = compile(checked);
    if (!request)
        return failed<ContainerId>(request.error());
    m_spec = checked.spec();

    Promise<ContainerId> promise;
    createOrAdopt(*request, promise, MayReplace::Yes);
    return promise.pending();
}

void DockerSandbox::createOrAdopt(const CreateRequest &request,
                                  const Promise<ContainerId> &promise,
                                  MayReplace mayReplace)
{
    const auto once = [this, request] {
        Promise<docker::CreatedContainer> answer;
        auto pending = m_engine.containers().create(request.name, request.body);
        answer.onCancel([pending]() mutable { pending.cancel(); });
        pending.then(this, [answer](Result<docker::CreatedContainer> created) {
            // A taken name does not become free by waiting.
            if (!created && created.error().category == Category::Conflict)
                created.error().kind = ErrorKind::Conflict;
            answer.resolve(std::move(created));
        });
        return answer.pending();
    };
    auto creating = retry<docker::CreatedContainer>(m_options.retry, once, m_options.onRetry);
    promise.onCancel([creating]() mutable { creating.cancel(); });
    creating.then(this,
                  [this, request, promise, mayReplace](Result<docker::CreatedContainer> created) {
                      if (created)
                          return onMade(created->id, promise);
                      if (created.error().kind == ErrorKind::Conflict)
                          return resolveConflict(request, created.error(), promise, mayReplace);
                      promise.reject(std::move(created).error());
                  });
}

void DockerSandbox::onMade(const ContainerId &container, const Promise<ContainerId> &promise)
{
    m_container = container;
    m_neverStarted = true;
    setState(State::Created);
    promise.resolve(container);
}

/// The name is taken: by an attempt of ours whose answer was lost, by a leftover of ours, or by
/// somebody else's container, which is left alone.
void DockerSandbox::resolveConflict(const CreateRequest &request,
                                    const Error &conflict,
                                    const Promise<ContainerId> &promise,
                                    MayReplace mayReplace)
{
    auto inspecting = m_engine.containers().inspect(ContainerId{request.name});
    promise.onCancel([inspecting]() mutable { inspecting.cancel(); });
    inspecting.then(this, [=, this](Result<docker::ContainerDetails> there) {
        const bool isOurs = there && belongsTo(*there, m_spec);
        if (!isOurs || there->isRunning() || mayReplace == MayReplace::No) {
            promise.reject(conflict.withRemedy(
                isOurs ? translated("Stop the session that runs in it first.")
                       : translated("Rename or remove the container %1, which is not one of this "
                                    "installation.")
                             .arg(request.name)));
            return;
        }
        if (there->state == docker::ContainerState::Created &&
            there->labels.value(QString::fromUtf16(kLabelSpecHash)) == request.specHash)
            return onMade(there->id, promise);
        auto removing = m_engine.containers().remove(there->id, {.force = true, .volumes = true});
        promise.onCancel([removing]() mutable { removing.cancel(); });
        removing.then(this, [this, request, promise](Result<Done> removed) {
            if (!removed)
                return promise.reject(std::move(removed).error());
            createOrAdopt(request, promise, MayReplace::No);
        });
    });
}

Pending<SandboxInformation> DockerSandbox::adopt(const ContainerId &container,
                                                 const policy::SandboxSpec &spec)
{
    if (!m_container.isEmpty() || m_state != State::Uninitialized) {
        return failed<SandboxInformation>(Error(ErrorKind::AlreadyInitialized,
                                                translated("This sandbox has a container already."))
                                              .withOperation(u"container adopt"_s));
    }
    Promise<SandboxInformation> promise;
    auto inspecting = m_engine.containers().inspect(container);
    promise.onCancel([inspecting]() mutable { inspecting.cancel(); });
    inspecting.then(this, [this, spec, promise](Result<docker::ContainerDetails> details) {
        if (!details)
            return promise.reject(std::move(details).error());
        if (!belongsTo(*details, spec)) {
            return promise.reject(
                Error(ErrorKind::Conflict,
                      translated("The container %1 belongs to another session or installation.")
                          .arg(details->name))
                    .withOperation(u"container adopt"_s));
        }
        m_spec = spec;
        m_container = details->id;
        setState(details->isRunning()                                ? State::Running
                 : details->state == docker::ContainerState::Created ? State::Created
                                                                     : State::Stopped);
        promise.resolve(informationOf(*details));
    });
    return promise.pending();
}

Pending<Done> DockerSandbox::start()
{
    if (auto error = missing(u"container start"_s))
        return failed<Done>(*error);
    Promise<Done> promise;
    auto starting = retry<Done>(
        m_options.retry,
        [this] { return m_engine.containers().start(m_container); },
        m_options.onRetry);
    promise.onCancel([starting]() mutable { starting.cancel(); });
    starting.then(this, [this, promise](Result<Done> started) {
        if (!started)
            return onStartFailed(std::move(started).error(), promise);
        m_neverStarted = false;
        setState(State::Running);
        promise.resolve(Done{});
    });
    return promise.pending();
}

void DockerSandbox::onStartFailed(const Error &error, const Promise<Done> &promise)
{
    if (!m_neverStarted)
        return promise.reject(error);
    // A container that never ran is of no use to anyone; the cause is in the error.
    m_engine.containers()
        .remove(m_container, {.force = true, .volumes = true})
        .then(this, [this, error, promise](const Result<Done> &removed) {
            if (!removed) {
                return promise.reject(error.withDetail(
                    error.detail + u' ' +
                    translated("The container %1 could not be removed: %2")
                        .arg(m_container.value.left(12), removed.error().toString())));
            }
            m_container = {};
            m_neverStarted = false;
            setState(State::Destroyed);
            promise.reject(error);
        });
}

Pending<SandboxInformation> DockerSandbox::inspect()
{
    Promise<SandboxInformation> promise;
    forward<docker::ContainerDetails, SandboxInformation>(
        this,
        m_engine.containers().inspect(m_container),
        promise,
        [this](const docker::ContainerDetails &details) -> Result<SandboxInformation> {
            if (m_state == State::Running && !details.isRunning())
                setState(State::Stopped);
            else if (details.isRunning())
                setState(State::Running);
            return informationOf(details);
        });
    return promise.pending();
}

Pending<SandboxInformation> DockerSandbox::information()
{
    if (auto error = missing(u"container inspect"_s))
        return failed<SandboxInformation>(*error);
    return inspect();
}

std::unique_ptr<CommandRun> DockerSandbox::execute(const Command &command)
{
    if (auto error = missing(u"exec"_s))
        return std::make_unique<ExecCommandRun>(m_engine, *error);
    const auto options = compileExec(command, m_spec);
    if (!options)
        return std::make_unique<ExecCommandRun>(m_engine, options.error());
    return std::make_unique<ExecCommandRun>(m_engine, m_container, *options);
}

Pending<QByteArray> DockerSandbox::readFile(const QString &path, qint64 limit)
{
    if (auto error = missing(u"file read"_s))
        return failed<QByteArray>(*error);
    Promise<QByteArray> promise;
    forward<QByteArray, QByteArray>(
        this,
        // The tar around one file is small, but not nothing.
        m_engine.containers().getArchive(m_container, path, {.maxBytes = limit + 64 * kKiB}),
        promise,
        [limit](const QByteArray &tar) { return unpackFile(tar, limit); });
    return promise.pending();
}

Pending<Done> DockerSandbox::writeFile(const QString &path, const QByteArray &content, int mode)
{
    if (auto error = missing(u"file write"_s))
        return failed<Done>(*error);
    const QString name = path.section(u'/', -1);
    if (!path.startsWith(u'/') || name.isEmpty() || path.contains(QChar::Null)) {
        return failed<Done>(
            Error(ErrorKind::InvalidArgument, translated("\"%1\" is no path of a file.").arg(path))
                .withRemedy(translated("Give an absolute path in the container."))
                .withOperation(u"file write"_s));
    }
    const auto tar = packFile(name, content, mode, {m_spec.uid, m_spec.gid});
    if (!tar)
        return failed<Done>(tar.error());
    return m_engine.containers().putArchive(m_container, parentOf(path), *tar);
}

Pending<QList<FileEntry>> DockerSandbox::listFiles(const QString &folder)
{
    if (auto error = missing(u"file list"_s))
        return failed<QList<FileEntry>>(*error);
    if (!folder.startsWith(u'/') || folder.contains(QChar::Null)) {
        return failed<QList<FileEntry>>(
            Error(ErrorKind::InvalidArgument, translated("\"%1\" is no absolute path.").arg(folder))
                .withOperation(u"file list"_s));
    }
    Promise<QList<FileEntry>> promise;
    // GNU find reads one folder; the archive below would bring along everything in it.
    auto finding = run({.argv = {u"find"_s,
                                 folder,
                                 u"-mindepth"_s,
                                 u"1"_s,
                                 u"-maxdepth"_s,
                                 u"1"_s,
                                 u"-printf"_s,
                                 uR"(%y %m %s %T@ %P\0%l\0)"_s}});
    promise.onCancel([finding]() mutable { finding.cancel(); });
    finding.then(this, [this, folder, promise](const Result<CommandResult> &found) {
        if (found && found->exitCode == 0)
            return promise.resolve(entriesOfFind(found->output));
        forward<QByteArray, QList<FileEntry>>(
            this,
            m_engine.containers().getArchive(m_container, folder, {.maxBytes = kListLimit}),
            promise,
            [](const QByteArray &tar) { return entriesOf(tar); });
    });
    return promise.pending();
}

Pending<Done> DockerSandbox::copyIn(const QString &hostPath, const QString &folder)
{
    if (auto error = missing(u"copy in"_s))
        return failed<Done>(*error);
    const auto tar = packTree(hostPath, {m_spec.uid, m_spec.gid});
    if (!tar)
        return failed<Done>(tar.error());
    return m_engine.containers().putArchive(m_container, folder, *tar);
}

Pending<Done> DockerSandbox::copyOut(const QString &path, const QString &hostFolder, qint64 limit)
{
    if (auto error = missing(u"copy out"_s))
        return failed<Done>(*error);
    Promise<Done> promise;
    forward<QByteArray, Done>(
        this,
        m_engine.containers().getArchive(m_container, path, {.maxBytes = limit}),
        promise,
        [hostFolder](const QByteArray &tar) { return unpackTree(tar, hostFolder); });
    return promise.pending();
}

Pending<ResourceUsage> DockerSandbox::resourceUsage()
{
    if (auto error = missing(u"container stats"_s))
        return failed<ResourceUsage>(*error);
    Promise<ResourceUsage> promise;
    forward<docker::ContainerStats, ResourceUsage>(
        this,
        m_engine.containers().stats(m_container),
        promise,
        [](const docker::ContainerStats &stats) -> Result<ResourceUsage> {
            ResourceUsage usage;
            usage.cpuPercent = stats.cpuPercent.value_or(-1);
            usage.memoryBytes = stats.memoryBytes;
            usage.memoryLimit = stats.memoryLimitBytes;
            usage.networkReceived = stats.networkReceivedBytes;
            usage.networkSent = stats.networkSentBytes;
            usage.blockRead = stats.blockReadBytes;
            usage.blockWritten = stats.blockWrittenBytes;
            usage.pids = stats.pids;
            usage.at = stats.read;
            return usage;
        });
    return promise.pending();
}

Pending<Done> DockerSandbox::stop()
{
    if (auto error = missing(u"container stop"_s))
        return failed<Done>(*error);
    Promise<Done> promise;
    forward<Done, Done>(
        this,
        m_engine.containers().stop(m_container, {.grace = m_spec.profile.limits.stopGrace}),
        promise,
        [this](Done done) -> Result<Done> {
            setState(State::Stopped);
            return done;
        });
    return promise.pending();
}

Pending<Done> DockerSandbox::kill()
{
    if (auto error = missing(u"container kill"_s))
        return failed<Done>(*error);
    Promise<Done> promise;
    auto killing = m_engine.containers().kill(m_container);
    promise.onCancel([killing]() mutable { killing.cancel(); });
    killing.then(this, [this, promise](Result<Done> killed) {
        // Conflict: it does not run, which is what was wanted.
        if (!killed && killed.error().category != Category::Conflict)
            return promise.reject(std::move(killed).error());
        setState(State::Stopped);
        promise.resolve(Done{});
    });
    return promise.pending();
}

Pending<Done> DockerSandbox::cleanup()
{
    if (m_state == State::Destroyed || (m_container.isEmpty() && m_spec.session.isEmpty()))
        return Pending<Done>::ready(Done{});
    Promise<Done> promise;
    if (!m_container.isEmpty()) {
        removeContainer(m_container, promise);
        return promise.pending();
    }
    // A create that was given up may have succeeded in the engine.
    auto inspecting = m_engine.containers().inspect(ContainerId{containerName(m_spec.session)});
    promise.onCancel([inspecting]() mutable { inspecting.cancel(); });
    inspecting.then(this, [this, promise](Result<docker::ContainerDetails> there) {
        if (there && belongsTo(*there, m_spec))
            return removeContainer(there->id, promise);
        if (!there && there.error().kind != ErrorKind::ContainerNotFound)
            return promise.reject(std::move(there).error());
        setState(State::Destroyed);
        promise.resolve(Done{});
    });
    return promise.pending();
}

void DockerSandbox::removeContainer(const ContainerId &container, const Promise<Done> &promise)
{
    const auto remove = [this, container] {
        return m_engine.containers().remove(container, {.force = true, .volumes = true});
    };
    forward<Done, Done>(this,
                        retry<Done>(m_options.retry, remove, m_options.onRetry),
                        promise,
                        [this](Done done) -> Result<Done> {
                            m_container = {};
                            setState(State::Destroyed);
                            return done;
                        });
}

} // namespace paddock::sandbox
