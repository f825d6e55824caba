// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSslCertificate>
#include <QSslKey>
#include <QString>

#include <memory>

namespace paddock::test {

/// A certificate authority made for one test, and servers' certificates signed by it.
class TestAuthority
{
public:
    struct Server
    {
        QSslCertificate certificate;
        QSslKey key;
    };
    enum class Validity { Now, Expired };

    TestAuthority();
    ~TestAuthority();
    Q_DISABLE_COPY_MOVE(TestAuthority)

    /// \a name as in a subjectAltName: "IP:127.0.0.1", "DNS:other.example".
    [[nodiscard]] Server server(const QByteArray &name, Validity validity = Validity::Now) const;
    /// Writes the authority's certificate as PEM.
    void writeTo(const QString &fileName) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace paddock::test
