// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/RequestRules.h"

#include <QTest>

using namespace paddock;
using namespace paddock::gateway;
using namespace Qt::StringLiterals;

class tst_RequestRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void judges_data()
    {
        QTest::addColumn<ProviderProtocol>("protocol");
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("expected"); // target upstream, "local" or "no"
        const auto row = [](const char *name,
                            ProviderProtocol protocol,
                            const char *method,
                            const char *target,
                            const char *expected) {
            QTest::newRow(name) << protocol << QByteArray(method) << QByteArray(target)
                                << QByteArray(expected);
        };
        using enum ProviderProtocol;
        row("messages", Anthropic, "POST", "/v1/messages", "/v1/messages");
        row("beta", Anthropic, "POST", "/v1/messages?beta=true", "/v1/messages?beta=true");
        row("key in the query",
            Anthropic,
            "POST",
            "/v1/messages?key=x&beta=true",
            "/v1/messages?beta=true");
        row("only a key", Anthropic, "POST", "/v1/messages?key=x", "/v1/messages");
        row("count",
            Anthropic,
            "POST",
            "/v1/messages/count_tokens?beta=true",
            "/v1/messages/count_tokens?beta=true");
        row("models", Anthropic, "GET", "/v1/models?limit=5", "/v1/models?limit=5");
        row("root", Anthropic, "HEAD", "/", "local");
        row("hello", Anthropic, "HEAD", "/api/hello", "local");
        row("root by GET", Anthropic, "GET", "/", "no");
        row("messages by GET", Anthropic, "GET", "/v1/messages", "no");
        row("messages by DELETE", Anthropic, "DELETE", "/v1/messages", "no");
        row("files", Anthropic, "GET", "/v1/files", "no");
        row("batches", Anthropic, "POST", "/v1/messages/batches", "no");
        row("organizations", Anthropic, "GET", "/v1/organizations/me", "no");
        row("longer path", Anthropic, "POST", "/v1/messagesX", "no");
        row("shorter path", Anthropic, "POST", "/v1/message", "no");
        row("other parameter", Anthropic, "POST", "/v1/messages?redirect=x", "no");
        row("odd value", Anthropic, "POST", "/v1/messages?beta=a%20b", "no");
        row("other protocol", Anthropic, "POST", "/v1/responses", "no");
        row("responses", OpenAiResponses, "POST", "/v1/responses", "/v1/responses");
        row("responses by id", OpenAiResponses, "GET", "/v1/responses/r1", "no");
        row("chat", OpenAiChat, "POST", "/v1/chat/completions", "/v1/chat/completions");
        row("chat files", OpenAiChat, "POST", "/v1/files", "no");
        row("gemini",
            Gemini,
            "POST",
            "/v1beta/models/g-2.5:streamGenerateContent?alt=sse&key=x",
            "/v1beta/models/g-2.5:streamGenerateContent?alt=sse");
        row("gemini, other verb", Gemini, "POST", "/v1beta/models/g:batchEmbed", "no");
        row("gemini, deeper", Gemini, "POST", "/v1beta/models/a/b:countTokens", "no");
        row("no provider", None, "POST", "/v1/messages", "no");
    }
    void judges()
    {
        QFETCH(ProviderProtocol, protocol);
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, expected);
        RequestHead head;
        head.method = method;
        const qsizetype question = target.indexOf('?');
        head.path = question < 0 ? target : target.left(question);
        head.query = question < 0 ? QByteArray() : target.mid(question + 1);
        const Verdict verdict = judge(head, protocol);
        QByteArray got;
        if (const auto *forward = std::get_if<Forward>(&verdict))
            got = forward->path + (forward->query.isEmpty() ? "" : "?" + forward->query);
        else if (std::holds_alternative<AnswerLocally>(verdict))
            got = "local";
        else
            got = "no";
        QCOMPARE(got, expected);
        if (got == "no")
            QCOMPARE(std::get<HttpRefusal>(verdict).status, 403);
    }

    void stripsHeaders_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("isKept");
        for (const char *name : {"Authorization",
                                 "X-Api-Key",
                                 "x-goog-api-key",
                                 "Cookie",
                                 "Cookie2",
                                 "Proxy-Authorization",
                                 "X-Auth-Token",
                                 "api-key",
                                 "OpenAI-Secret",
                                 "X-Amz-Security-Token",
                                 "Connection",
                                 "Keep-Alive",
                                 "TE",
                                 "Trailer",
                                 "Upgrade",
                                 "Transfer-Encoding",
                                 "Content-Length",
                                 "Host",
                                 "Expect",
                                 "Via",
                                 "Forwarded",
                                 "X-Forwarded-For",
                                 "X-Forwarded-Host",
                                 "X-Real-IP",
                                 "Proxy-Connection",
                                 "X-Named-By-Connection"})
            QTest::newRow(name) << QByteArray(name) << false;
        for (const char *name : {"Content-Type",
                                 "Accept",
                                 "Accept-Encoding",
                                 "User-Agent",
                                 "anthropic-version",
                                 "anthropic-beta",
                                 "anthropic-dangerous-direct-browser-access",
                                 "x-app",
                                 "x-stainless-lang"})
            QTest::newRow(name) << QByteArray(name) << true;
    }
    void stripsHeaders()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, isKept);
        RequestHead head;
        head.headers = {{name, "value"}, {"connection", "close, x-named-by-connection"}};
        const auto kept = forwardedHeaders(head);
        QCOMPARE(kept.size(), isKept ? 1 : 0);
    }

    void knowsItsContainer_data()
    {
        QTest::addColumn<QByteArray>("cgroup");
        QTest::addColumn<bool>("isInside");
        const QByteArray id(64, 'a');
        const QByteArray other(64, 'b');
        QTest::newRow("version 1") << "12:pids:/docker/" + id + "\n11:cpu:/docker/" + id + "\n"
                                   << true;
        QTest::newRow("version 2, systemd") << "0::/system.slice/docker-" + id + ".scope\n" << true;
        QTest::newRow("a child of it") << "0::/docker/" + id + "/init.scope\n" << true;
        QTest::newRow("rootless")
            << "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id +
                   ".scope\n"
            << true;
        QTest::newRow("podman") << "0::/machine.slice/libpod-" + id + ".scope\n" << true;
        QTest::newRow("another container") << "0::/docker/" + other + "\n" << false;
        QTest::newRow("the host") << QByteArray("0::/user.slice\n") << false;
        QTest::newRow("id inside a longer name") << "0::/docker/x" + id + "x\n" << false;
        QTest::newRow("id as controller") << "0:" + id + ":/\n" << false;
        QTest::newRow("nothing") << QByteArray() << false;
    }
    void knowsItsContainer()
    {
        QFETCH(QByteArray, cgroup);
        QFETCH(bool, isInside);
        QCOMPARE(cgroupNames(cgroup, QString(64, u'a')), isInside);
        QVERIFY(!cgroupNames(cgroup, QString()));
        QVERIFY(!cgroupNames(cgroup, u"scope"_s));
    }
};

QTEST_GUILESS_MAIN(tst_RequestRules)
#include "tst_RequestRules.moc"
