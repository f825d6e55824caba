// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/Logging.h"

Q_LOGGING_CATEGORY(lcPaddockSessions, "paddock.sessions", QtInfoMsg)
