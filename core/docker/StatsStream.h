// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/docker/ContainerTypes.h"

#include <QObject>

namespace paddock::docker {

/// Samples of a running container, about one a second, until it ends. finished() comes last.
class StatsStream : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

Q_SIGNALS:
    void sample(const paddock::docker::ContainerStats &stats);
    void finished(const paddock::Result<paddock::Done> &result);
};

} // namespace paddock::docker
