// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

Q_DECLARE_LOGGING_CATEGORY(lcPaddockDocker)
/// Method, path and status of each request; bodies never (they may hold what a person wrote).
Q_DECLARE_LOGGING_CATEGORY(lcPaddockDockerHttp)
