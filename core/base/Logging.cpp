// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Logging.h"

Q_LOGGING_CATEGORY(lcPaddockBase, "paddock.base", QtInfoMsg)
