// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/images/ImageRecipe.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::images {

/// Where this machine keeps authorities that somebody added (a company, a proxy).
[[nodiscard]] QStringList hostCertificateFolders();
/// Bundles named by SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, CURL_CA_BUNDLE and the like.
[[nodiscard]] QStringList hostCertificateFiles();

/// PEM certificates found there, each once, as files "<sha256>.crt"; private keys and anything that
/// is no certificate are left out. Unreadable places are skipped. At most 4 MiB altogether, beyond
/// it FileTooLarge. Reads files: not for the GUI thread when folders are large.
[[nodiscard]] Result<QList<RecipeFile>> hostCertificates(const QStringList &folders,
                                                         const QStringList &files);

/// All of them in one file, for a running container; empty when the host has none of its own.
[[nodiscard]] QByteArray certificateBundle(const QList<RecipeFile> &certificates);

} // namespace paddock::images
