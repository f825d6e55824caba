// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Connection.h"

namespace paddock::store {

/// The schema version this program writes (PRAGMA user_version).
[[nodiscard]] int schemaVersion();

/// Brings the file to schemaVersion(), each numbered step in one transaction. Before the first step
/// of a file that has content, a copy `<path>.backup-v<version>` is made. StoreNewer when the file
/// is of a later version; it is not touched.
[[nodiscard]] Result<Done> migrate(Connection &connection, const QString &path);

} // namespace paddock::store
