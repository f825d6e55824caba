// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/GatewayFixture.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::test {

GatewayFixture::GatewayFixture(const TestEnvironment &environment)
    : m_root(environment.path())
    , m_folder(environment.path(u"state/paddock/gateway"_s))
{
    replaceOwner();
}

GatewayFixture::~GatewayFixture()
{
    if (await(m_client->ensureRunning()))
        (void)await(m_client->shutdown());
}

void GatewayFixture::replaceOwner()
{
    m_client.reset();
    gateway::GatewayClientOptions options;
    options.folder = m_folder;
    options.program = builtProgram(u"paddock-gateway"_s);
    m_client = std::make_unique<gateway::GatewayClient>(options);
}

QString GatewayFixture::runFolder(const QString &session) const
{
    const QString folder = m_root + u"/state/paddock/s/"_s + session + u"/run"_s;
    (void)makePrivateFolder(folder);
    return folder;
}

gateway::DoorOptions GatewayFixture::demoDoor(const QString &session, const QString &scripts) const
{
    gateway::DoorOptions options;
    options.id = SessionId{session};
    options.runFolder = runFolder(session);
    options.uid = ::geteuid();
    options.gid = ::getegid();
    options.upstream.scripts = scripts;
    return options;
}

gateway::DoorOptions GatewayFixture::providerDoor(const QString &session, const QUrl &base) const
{
    gateway::DoorOptions options = demoDoor(session);
    options.upstream.kind = gateway::UpstreamKind::Provider;
    options.upstream.baseUrl = base;
    return options;
}

QByteArray RawAnswer::header(const QByteArray &name) const
{
    for (const QByteArray &line : head.split('\n')) {
        if (line.left(name.size() + 1).compare(name + ':', Qt::CaseInsensitive) == 0)
            return line.mid(name.size() + 1).trimmed();
    }
    return {};
}

RawAnswer exchange(const QString &socket, const QByteArray &request)
{
    RawAnswer answer;
    QLocalSocket local;
    local.connectToServer(socket);
    if (!local.waitForConnected(5000))
        return answer;
    local.write(request);
    // The gateway may end the connection while we write: what it said before is still there.
    (void)QTest::qWaitFor(
        [&] {
            answer.bytes += local.readAll();
            return local.state() == QLocalSocket::UnconnectedState;
        },
        20'000);
    answer.bytes += local.readAll();
    const qsizetype end = answer.bytes.indexOf("\r\n\r\n");
    if (!answer.bytes.startsWith("HTTP/1.1 ") || end < 0)
        return answer;
    answer.status = answer.bytes.mid(9, 3).toInt();
    answer.head = answer.bytes.left(end);
    QByteArray rest = answer.bytes.mid(end + 4);
    if (answer.header("transfer-encoding") != "chunked") {
        answer.body = rest;
        answer.isWhole = rest.size() == answer.header("content-length").toLongLong();
        return answer;
    }
    while (true) {
        const qsizetype line = rest.indexOf("\r\n");
        if (line < 0)
            return answer;
        const qsizetype size = rest.left(line).toLongLong(nullptr, 16);
        if (size == 0) {
            answer.isWhole = true;
            return answer;
        }
        answer.body += rest.mid(line + 2, size);
        rest.remove(0, line + 2 + size + 2);
    }
}

QByteArray postRequest(const QByteArray &target, const QByteArray &body, const QByteArray &headers)
{
    return "POST " + target +
           " HTTP/1.1\r\nHost: 127.0.0.1:3129\r\nContent-Type: application/json" +
           "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n" + headers + "\r\n" +
           body;
}

QByteArray messagesBody(const QString &text, int toolResults)
{
    QJsonArray messages{QJsonObject{{u"role"_s, u"user"_s}, {u"content"_s, text}}};
    for (int i = 0; i < toolResults; ++i) {
        messages.append(QJsonObject{
            {u"role"_s, u"assistant"_s},
            {u"content"_s,
             QJsonArray{QJsonObject{{u"type"_s, u"tool_use"_s}, {u"id"_s, QString::number(i)}}}}});
        messages.append(QJsonObject{{u"role"_s, u"user"_s},
                                    {u"content"_s,
                                     QJsonArray{QJsonObject{{u"type"_s, u"tool_result"_s},
                                                            {u"tool_use_id"_s, QString::number(i)},
                                                            {u"content"_s, u"ok"_s}}}}});
    }
    return QJsonDocument(QJsonObject{{u"model"_s, u"any"_s},
                                     {u"stream"_s, true},
                                     {u"messages"_s, messages},
                                     {u"tools"_s, QJsonArray{QJsonObject{{u"name"_s, u"Bash"_s}}}}})
        .toJson(QJsonDocument::Compact);
}

} // namespace paddock::test
