// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Logging.h"

Q_LOGGING_CATEGORY(lcPaddockGit, "paddock.git", QtInfoMsg)
