// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/TestAuthority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <QFile>

namespace paddock::test {

namespace {

constexpr long kDay = 24 * 60 * 60;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Key newKey()
{
    return Key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
}

void addExtension(X509 *certificate, X509 *issuer, int nid, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.constData());
    if (!extension)
        qFatal("no extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Certificate newCertificate(const char *name, EVP_PKEY *key, long from, long to)
{
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to);
    X509_set_pubkey(certificate.get(), key);
    QByteArray text(name);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()),
                               "CN",
                               MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char *>(text.constData()),
                               static_cast<int>(text.size()),
                               -1,
                               0);
    return certificate;
}

QByteArray pemOf(X509 *certificate)
{
    BIO *memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    char *data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    const QByteArray pem(data, size);
    BIO_free(memory);
    return pem;
}

QByteArray pemOf(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    char *data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    const QByteArray pem(data, size);
    BIO_free(memory);
    return pem;
}

} // namespace

struct TestAuthority::Private
{
    Key key = newKey();
    Certificate certificate = newCertificate("Paddock test", key.get(), -kDay, kDay);
};

TestAuthority::TestAuthority()
    : d(std::make_unique<Private>())
{
    X509 *own = d->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    addExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
    addExtension(own, own, NID_key_usage, "critical,keyCertSign");
    X509_sign(own, d->key.get(), EVP_sha256());
}

TestAuthority::~TestAuthority() = default;

TestAuthority::Server TestAuthority::server(const QByteArray &name, Validity validity) const
{
    const Key key = newKey();
    const bool isExpired = validity == Validity::Expired;
    const Certificate certificate = newCertificate(
        "server", key.get(), isExpired ? -3 * kDay : -kDay, isExpired ? -kDay : kDay);
    X509 *own = certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(d->certificate.get()));
    addExtension(own, d->certificate.get(), NID_subject_alt_name, name);
    X509_sign(own, d->key.get(), EVP_sha256());
    return {.certificate = QSslCertificate(pemOf(own)), .key = QSslKey(pemOf(key.get()), QSsl::Ec)};
}

void TestAuthority::writeTo(const QString &fileName) const
{
    QFile file(fileName);
    if (!file.open(QIODevice::WriteOnly) || file.write(pemOf(d->certificate.get())) <= 0)
        qFatal("cannot write %s", qPrintable(fileName));
}

} // namespace paddock::test
