// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/Logging.h"

Q_LOGGING_CATEGORY(lcPaddockDocker, "paddock.docker", QtInfoMsg)
Q_LOGGING_CATEGORY(lcPaddockDockerHttp, "paddock.docker.http", QtInfoMsg)
