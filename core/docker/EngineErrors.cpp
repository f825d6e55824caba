// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/EngineErrors.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>

#include <optional>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qsizetype kMaxWords = 4096;

QString translated(const char *text)
{
    return QCoreApplication::translate("DockerErrors", text);
}

struct WordsRow
{
    const char *contains; // lower case
    ErrorKind kind;
    const char *message;
    const char *remedy;
};

/// Causes that have no status code of their own. First match wins.
constexpr WordsRow kWords[] = {
    {"no space left on device",
     ErrorKind::DiskFull,
     QT_TRANSLATE_NOOP("DockerErrors", "The disk of the engine is full."),
     QT_TRANSLATE_NOOP("DockerErrors",
                       "Remove images and containers that are not needed; see what takes the "
                       "space:\ndocker system df")},
    {"disk quota exceeded",
     ErrorKind::DiskFull,
     QT_TRANSLATE_NOOP("DockerErrors", "The disk quota of the engine is used up."),
     QT_TRANSLATE_NOOP("DockerErrors",
                       "Remove images and containers that are not needed; see what takes the "
                       "space:\ndocker system df")},
    {"bind source path does not exist",
     ErrorKind::MountFailed,
     QT_TRANSLATE_NOOP("DockerErrors", "A folder that the container should see does not exist."),
     QT_TRANSLATE_NOOP("DockerErrors",
                       "Make the folder named in the details, or remove that mount.")},
    {"invalid mount config",
     ErrorKind::MountFailed,
     QT_TRANSLATE_NOOP("DockerErrors", "The engine refused a mount."),
     QT_TRANSLATE_NOOP("DockerErrors", "Check the mounts of the profile.")},
    {"error mounting",
     ErrorKind::MountFailed,
     QT_TRANSLATE_NOOP("DockerErrors", "The engine could not make a mount."),
     QT_TRANSLATE_NOOP("DockerErrors", "Check the mounts of the profile.")},
    {"range of cpus",
     ErrorKind::ResourceLimitExceeded,
     QT_TRANSLATE_NOOP("DockerErrors", "The CPU limit is more than this machine has."),
     QT_TRANSLATE_NOOP("DockerErrors", "Lower the CPU limit to the number in the details.")},
    {"minimum memory limit",
     ErrorKind::ResourceLimitExceeded,
     QT_TRANSLATE_NOOP("DockerErrors", "The memory limit is lower than the engine allows."),
     QT_TRANSLATE_NOOP("DockerErrors", "Raise the memory limit.")},
    {"setting rlimit",
     ErrorKind::ResourceLimitExceeded,
     QT_TRANSLATE_NOOP("DockerErrors", "A limit is higher than the engine itself may have."),
     QT_TRANSLATE_NOOP("DockerErrors",
                       "Lower the limit of open files, or raise the engine's own limit.")},
    {"executable file not found",
     ErrorKind::CommandNotFound,
     QT_TRANSLATE_NOOP("DockerErrors", "The program is not in the image."),
     QT_TRANSLATE_NOOP("DockerErrors", "Choose an image that has it, or change the command.")},
    {"no such file or directory: unknown",
     ErrorKind::CommandNotFound,
     QT_TRANSLATE_NOOP("DockerErrors", "The program, or its interpreter, is not in the image."),
     QT_TRANSLATE_NOOP("DockerErrors", "Choose an image that has it, or change the command.")},
    {"unknown or invalid runtime",
     ErrorKind::UnsupportedOption,
     QT_TRANSLATE_NOOP("DockerErrors", "The engine does not have the chosen runtime."),
     QT_TRANSLATE_NOOP("DockerErrors", "Choose another runtime, or add it to the engine.")},
    {"unknown runtime",
     ErrorKind::UnsupportedOption,
     QT_TRANSLATE_NOOP("DockerErrors", "The engine does not have the chosen runtime."),
     QT_TRANSLATE_NOOP("DockerErrors", "Choose another runtime, or add it to the engine.")},
    {"capabilit",
     ErrorKind::InvalidConfig,
     QT_TRANSLATE_NOOP("DockerErrors", "The engine does not know one of the capabilities."),
     QT_TRANSLATE_NOOP("DockerErrors", "Remove the capability named in the details.")},
};

std::optional<Error> errorFromWords(Action action, const QString &words)
{
    const QString lower = words.toLower();
    for (const WordsRow &row : kWords) {
        if (lower.contains(QLatin1StringView(row.contains)))
            return Error(row.kind, translated(row.message)).withRemedy(translated(row.remedy));
    }
    const bool starts = action == Action::ContainerCreate || action == Action::ContainerStart;
    if (starts && lower.contains(u"network"_s) && lower.contains(u"not found"_s)) {
        return Error(ErrorKind::NetworkFailed,
                     translated("The network of the container does not exist."))
            .withRemedy(translated("Choose another network in the profile, or create it."));
    }
    return std::nullopt;
}

bool usesWords(Action action)
{
    return action == Action::ContainerCreate || action == Action::ContainerStart ||
           action == Action::ExecCreate || action == Action::ExecStart ||
           action == Action::ContainerArchive || action == Action::ImagePull ||
           action == Action::ImageBuild;
}

Error imageMissing()
{
    return Error(ErrorKind::ImageNotFound, translated("The image is not on the engine."))
        .withRemedy(translated("Build or pull the image, or choose another one."));
}

Error containerMissing()
{
    return Error(ErrorKind::ContainerNotFound, translated("The container does not exist any more."))
        .withRemedy(translated("Start the session again; its work is kept."));
}

Error notFoundError(Action action, const QString &words)
{
    switch (action) {
    case Action::ContainerCreate:
    case Action::ImageOther:
    case Action::ImagePull:
        return imageMissing();
    case Action::ContainerStart:
    case Action::ContainerStop:
    case Action::ContainerKill:
    case Action::ContainerRemove:
    case Action::ContainerOther:
    case Action::ContainerStats:
    case Action::ExecCreate:
        return containerMissing();
    case Action::ContainerArchive:
        // One endpoint, two things that may be missing.
        if (words.contains(u"no such container"_s, Qt::CaseInsensitive))
            return containerMissing();
        return Error(ErrorKind::FileNotFound,
                     translated("The path does not exist in the container."));
    case Action::ExecStart:
    case Action::ExecOther:
        return Error(ErrorKind::NotFound, translated("The process does not exist any more."));
    case Action::NetworkOther:
        return Error(ErrorKind::NotFound, translated("The network does not exist."));
    case Action::System:
    case Action::ImageBuild:
        break;
    }
    return Error(ErrorKind::NotFound, translated("The engine does not know what was asked for."));
}

Error conflictError(Action action, const QString &words)
{
    switch (action) {
    case Action::ContainerCreate:
        return Error(ErrorKind::ContainerCreateFailed,
                     translated("A container with this name exists already."))
            .withCategory(Category::Conflict)
            .withRemedy(translated("Remove the old container, then try again."));
    case Action::ContainerRemove:
        if (words.contains(u"already in progress"_s, Qt::CaseInsensitive))
            return Error(ErrorKind::RemoveInProgress,
                         translated("The engine is already removing the container."));
        return Error(ErrorKind::Conflict, translated("The container is running."))
            .withRemedy(translated("Stop it first."));
    case Action::ContainerKill:
    case Action::ContainerStop:
    case Action::ExecCreate:
    case Action::ExecStart:
    case Action::ExecOther:
        return Error(ErrorKind::Conflict, translated("The container is not running."))
            .withRemedy(translated("Start it first."));
    case Action::ContainerStart:
        return Error(ErrorKind::Conflict,
                     translated("The container cannot be started as it is now."));
    case Action::ImageOther:
        return Error(ErrorKind::Conflict, translated("A container uses the image."))
            .withRemedy(translated("Remove the containers that use it first."));
    case Action::NetworkOther:
        return Error(ErrorKind::Conflict, translated("The network exists already, or is in use."));
    default:
        return Error(ErrorKind::Conflict, translated("The engine cannot do that now."));
    }
}

Error badRequestError(Action action)
{
    if (action == Action::ContainerCreate || action == Action::ContainerStart)
        return Error(ErrorKind::InvalidConfig,
                     translated("The engine refused the settings of the container."))
            .withRemedy(translated("Change the setting named in the details."));
    if (action == Action::ImageBuild)
        return Error(ErrorKind::ImageBuildFailed, translated("The image could not be built."))
            .withRemedy(translated("Correct the recipe; the details say where."));
    return Error(ErrorKind::InvalidArgument, translated("The engine refused the request."));
}

Error failureError(Action action)
{
    switch (action) {
    case Action::ContainerCreate:
        return Error(ErrorKind::ContainerCreateFailed,
                     translated("The container could not be created."));
    case Action::ContainerStart:
        return Error(ErrorKind::ContainerStartFailed,
                     translated("The container could not be started."));
    case Action::ImagePull:
        return Error(ErrorKind::ImagePullFailed, translated("The image could not be pulled."))
            .withRemedy(translated("Check the name of the image and the network connection of the "
                                   "engine."));
    case Action::ImageBuild:
        return Error(ErrorKind::ImageBuildFailed, translated("The image could not be built."));
    case Action::NetworkOther:
        return Error(ErrorKind::NetworkFailed,
                     translated("The engine could not set up a network."));
    case Action::ContainerStats:
        return Error(ErrorKind::StatsUnavailable,
                     translated("The engine has no figures for this container."));
    default:
        return Error(ErrorKind::IoFailed, translated("The engine failed at what was asked."))
            .withRemedy(translated("Look at the engine's log:\njournalctl -u docker -n 50"));
    }
}

Error errorForStatus(Action action, int status, const QString &words)
{
    if (usesWords(action)) {
        if (auto known = errorFromWords(action, words); known && status != 409)
            return *known;
    }
    switch (status) {
    case 400:
        return badRequestError(action);
    case 401:
    case 403:
        if (action == Action::ImagePull)
            return Error(ErrorKind::ImagePullFailed,
                         translated("The registry refused to give the image."))
                .withCategory(Category::PermissionDenied)
                .withRemedy(translated("Log in to the registry."));
        return Error(ErrorKind::PermissionDenied, translated("The engine refused the request."))
            .withRemedy(
                translated("A proxy or plugin in front of the engine forbids this; allow it "
                           "there."));
    case 404:
        return notFoundError(action, words);
    case 409:
        return conflictError(action, words);
    case 503:
        return Error(ErrorKind::DockerUnavailable, translated("The engine is not ready."))
            .withRemedy(translated("Wait a moment and try again."));
    default:
        if (status >= 500)
            return failureError(action);
        return badRequestError(action);
    }
}

} // namespace

QString engineMessageFromBody(const QByteArray &body)
{
    const QByteArray trimmed = body.trimmed();
    if (trimmed.startsWith('{')) {
        if (const auto object = parseJsonObject(trimmed)) {
            const QString message = object->value(u"message"_s).toString();
            if (!message.isEmpty())
                return message.left(kMaxWords).trimmed();
        }
    }
    return QString::fromUtf8(trimmed.left(kMaxWords)).trimmed();
}

Error engineError(Action action, int status, const QString &words)
{
    return errorForStatus(action, status, words)
        .withDetail(words.isEmpty() ? u"status %1"_s.arg(status) : words)
        .withOperation(actionName(action));
}

QString actionName(Action action)
{
    switch (action) {
    case Action::System:
        return u"engine"_s;
    case Action::ContainerCreate:
        return u"container create"_s;
    case Action::ContainerStart:
        return u"container start"_s;
    case Action::ContainerStop:
        return u"container stop"_s;
    case Action::ContainerKill:
        return u"container kill"_s;
    case Action::ContainerRemove:
        return u"container remove"_s;
    case Action::ContainerOther:
        return u"container"_s;
    case Action::ContainerArchive:
        return u"container archive"_s;
    case Action::ContainerStats:
        return u"container stats"_s;
    case Action::ExecCreate:
        return u"exec create"_s;
    case Action::ExecStart:
        return u"exec start"_s;
    case Action::ExecOther:
        return u"exec"_s;
    case Action::ImagePull:
        return u"image pull"_s;
    case Action::ImageBuild:
        return u"image build"_s;
    case Action::ImageOther:
        return u"image"_s;
    case Action::NetworkOther:
        return u"network"_s;
    }
    Q_UNREACHABLE();
}

} // namespace paddock::docker
