// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gateway/GatewayClient.h"
#include "tests/support/Await.h"
#include "tests/support/TestEnvironment.h"

#include <QTest>

#include <memory>

namespace paddock::test {

/// The real paddock-gateway in a folder of its own, with an owner's client. Ends it at the end.
/// Needs a TestEnvironment before it.
class GatewayFixture
{
public:
    explicit GatewayFixture(const TestEnvironment &environment);
    ~GatewayFixture();
    Q_DISABLE_COPY_MOVE(GatewayFixture)

    [[nodiscard]] gateway::GatewayClient &client() { return *m_client; }
    [[nodiscard]] QString folder() const { return m_folder; }
    /// The owner goes away without a word, and a new one comes.
    void replaceOwner();

    /// A fresh run folder of a session, 0700.
    [[nodiscard]] QString runFolder(const QString &session) const;
    /// A door to the scripted provider with the scripts of a folder (empty: the demo).
    [[nodiscard]] gateway::DoorOptions demoDoor(const QString &session,
                                                const QString &scripts = {}) const;
    /// A door to an address, Anthropic protocol.
    [[nodiscard]] gateway::DoorOptions providerDoor(const QString &session, const QUrl &base) const;

private:
    QString m_root;
    QString m_folder;
    std::unique_ptr<gateway::GatewayClient> m_client;
};

/// What came back on a door's socket.
struct RawAnswer
{
    QByteArray bytes; ///< everything until the connection ended
    int status = 0;   ///< 0: no status line
    QByteArray head;
    QByteArray body; ///< chunks put together; see isWhole
    bool isWhole = false;
    [[nodiscard]] QByteArray header(const QByteArray &name) const;
};
/// Sends \a request to a socket in one piece and reads to the end of the connection.
[[nodiscard]] RawAnswer exchange(const QString &socket, const QByteArray &request);
/// A POST with a length, as agents send it. \a headers end with \r\n each.
[[nodiscard]] QByteArray
postRequest(const QByteArray &target, const QByteArray &body, const QByteArray &headers = {});
/// A streamed Messages request whose user text is \a text, with \a toolResults after it.
[[nodiscard]] QByteArray messagesBody(const QString &text, int toolResults = 0);

} // namespace paddock::test
