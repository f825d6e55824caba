// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/Logging.h"

Q_LOGGING_CATEGORY(lcPaddockControl, "paddock.control", QtInfoMsg)
