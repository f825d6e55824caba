// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <QByteArray>
#include <QString>

namespace paddock::docker {

/// What was asked of the engine, to tell what a status code means.
enum class Action {
    System,
    ContainerCreate,
    ContainerStart,
    ContainerStop,
    ContainerKill,
    ContainerRemove,
    ContainerOther,
    ContainerArchive,
    ContainerStats,
    ExecCreate,
    ExecStart,
    ExecOther,
    ImagePull,
    ImageBuild,
    ImageOther,
    NetworkOther,
};

/// The words of an error body: JSON with "message", or plain text; trimmed and bounded.
[[nodiscard]] QString engineMessageFromBody(const QByteArray &body);

/// The error for status \a status (400 and up) with the engine's own \a words in the detail.
/// A 404 is told apart by the action: on create it is the image, elsewhere the container.
/// Some causes the engine only tells in its words (a mount, a limit, a full disk, a program that is
/// not there); those words are looked for in this one place.
[[nodiscard]] Error engineError(Action action, int status, const QString &words);

/// The short name for Error::operation: "container create".
[[nodiscard]] QString actionName(Action action);

} // namespace paddock::docker
