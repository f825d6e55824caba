// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

/// Categories are named paddock.<module>[.<part>]; each module declares its own in its Logging.h.
Q_DECLARE_LOGGING_CATEGORY(lcPaddockBase)
