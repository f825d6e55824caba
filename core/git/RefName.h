// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QString>

namespace paddock::git {

/// The rules of git-check-ref-format(1) for a full name below refs/, and stricter where a name
/// comes from an agent: at most 200 bytes, printable ASCII or valid UTF-8 without control or
/// format characters, no component that starts with '-'.
[[nodiscard]] bool isSafeRefName(QByteArrayView name);

/// True for a name that may be a branch: isSafeRefName("refs/heads/" + name), and not "HEAD".
[[nodiscard]] bool isValidBranchName(const QString &name);

} // namespace paddock::git
