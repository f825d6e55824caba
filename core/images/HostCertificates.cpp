// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/HostCertificates.h"

#include "core/base/Bytes.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QSet>
#include <QSslCertificate>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::images {

namespace {

constexpr qint64 kMaxBytes = 4 * kMiB;
/// A distribution's own bundle has some 140 certificates in 220 KiB.
constexpr qint64 kMaxFileBytes = 2 * kMiB;

void take(const QString &path, QList<RecipeFile> &all, QSet<QString> &seen, qint64 &total)
{
    // A link may lead to a device or a FIFO, which never end.
    if (!QFileInfo(path).isFile())
        return;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QByteArray content = file.read(kMaxFileBytes + 1);
    if (content.size() > kMaxFileBytes)
        return;
    // Parsing and writing out again leaves behind everything that is no certificate.
    for (const QSslCertificate &certificate : QSslCertificate::fromData(content, QSsl::Pem)) {
        const QString name =
            QString::fromLatin1(certificate.digest(QCryptographicHash::Sha256).toHex()) + u".crt"_s;
        if (certificate.isNull() || seen.contains(name))
            continue;
        seen.insert(name);
        const QByteArray pem = certificate.toPem();
        total += pem.size();
        all.append({.path = name, .content = pem});
    }
}

} // namespace

QStringList hostCertificateFolders()
{
    return {u"/usr/local/share/ca-certificates"_s,          // Debian, Ubuntu, Alpine
            u"/etc/pki/ca-trust/source/anchors"_s,          // Fedora
            u"/etc/ca-certificates/trust-source/anchors"_s, // Arch
            u"/etc/pki/trust/anchors"_s};                   // openSUSE
}

QStringList hostCertificateFiles()
{
    QStringList files;
    for (const char *variable : {"SSL_CERT_FILE",
                                 "NODE_EXTRA_CA_CERTS",
                                 "CURL_CA_BUNDLE",
                                 "REQUESTS_CA_BUNDLE",
                                 "GIT_SSL_CAINFO"}) {
        const QString path = qEnvironmentVariable(variable);
        if (path.startsWith(u'/') && !files.contains(path))
            files.append(path);
    }
    return files;
}

Result<QList<RecipeFile>> hostCertificates(const QStringList &folders, const QStringList &files)
{
    QList<RecipeFile> all;
    QSet<QString> seen;
    qint64 total = 0;
    for (const QString &folder : folders) {
        QDirIterator each(folder,
                          {u"*.crt"_s, u"*.pem"_s, u"*.cer"_s},
                          QDir::Files,
                          QDirIterator::Subdirectories);
        while (each.hasNext() && total <= kMaxBytes)
            take(each.next(), all, seen, total);
    }
    for (const QString &file : files)
        take(file, all, seen, total);
    if (total > kMaxBytes) {
        return fail(Error(ErrorKind::FileTooLarge,
                          QCoreApplication::translate("HostCertificates",
                                                      "This machine has more than %1 of added "
                                                      "certificate authorities.")
                              .arg(formatByteSize(kMaxBytes)))
                        .withRemedy(QCoreApplication::translate("HostCertificates",
                                                                "Keep only your own below %1.")
                                        .arg(folders.value(0))));
    }
    std::ranges::sort(all, {}, &RecipeFile::path);
    return all;
}

QByteArray certificateBundle(const QList<RecipeFile> &certificates)
{
    QByteArray bundle;
    for (const RecipeFile &certificate : certificates)
        bundle += certificate.content;
    return bundle;
}

} // namespace paddock::images
