// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/UiFixture.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

using D = sessions::ConversationEntry::Direction;

QByteArray compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

} // namespace

TalkWriter::TalkWriter(FakeSessionService &service, SessionId id)
    : m_service(service)
    , m_id(std::move(id))
{
}

void TalkWriter::toAgent(const QJsonObject &message)
{
    m_service.appendEntry(m_id, D::ToAgent, compact(message));
}

void TalkWriter::fromAgent(const QJsonObject &message)
{
    m_service.appendEntry(m_id, D::FromAgent, compact(message));
}

void TalkWriter::update(const QJsonObject &what)
{
    fromAgent({{u"jsonrpc"_s, u"2.0"_s},
               {u"method"_s, u"session/update"_s},
               {u"params"_s, QJsonObject{{u"sessionId"_s, u"s"_s}, {u"update"_s, what}}}});
}

void TalkWriter::initialize()
{
    const int id = m_next++;
    toAgent({{u"jsonrpc"_s, u"2.0"_s},
             {u"id"_s, id},
             {u"method"_s, u"initialize"_s},
             {u"params"_s, QJsonObject{{u"protocolVersion"_s, 1}}}});
    fromAgent({{u"jsonrpc"_s, u"2.0"_s},
               {u"id"_s, id},
               {u"result"_s, QJsonObject{{u"protocolVersion"_s, 1}}}});
}

void TalkWriter::prompt(const QString &text)
{
    m_prompt = m_next++;
    toAgent({{u"jsonrpc"_s, u"2.0"_s},
             {u"id"_s, m_prompt},
             {u"method"_s, u"session/prompt"_s},
             {u"params"_s,
              QJsonObject{{u"sessionId"_s, u"s"_s},
                          {u"prompt"_s,
                           QJsonArray{QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, text}}}}}}});
}

void TalkWriter::say(const QString &text, const QString &messageId)
{
    update({{u"sessionUpdate"_s, u"agent_message_chunk"_s},
            {u"messageId"_s, messageId},
            {u"content"_s, QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, text}}}});
}

void TalkWriter::think(const QString &text)
{
    update({{u"sessionUpdate"_s, u"agent_thought_chunk"_s},
            {u"content"_s, QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, text}}}});
}

void TalkWriter::plan(const QList<std::pair<QString, QString>> &entries)
{
    QJsonArray array;
    for (const auto &[content, status] : entries)
        array.append(QJsonObject{
            {u"content"_s, content}, {u"priority"_s, u"medium"_s}, {u"status"_s, status}});
    update({{u"sessionUpdate"_s, u"plan"_s}, {u"entries"_s, array}});
}

void TalkWriter::tool(const QJsonObject &what, bool isNew)
{
    QJsonObject whole = what;
    whole.insert(u"sessionUpdate"_s, isNew ? u"tool_call"_s : u"tool_call_update"_s);
    update(whole);
}

void TalkWriter::edit(const QString &toolId,
                      const QString &path,
                      const QString &before,
                      const QString &after)
{
    QJsonObject diff{{u"type"_s, u"diff"_s}, {u"path"_s, path}, {u"newText"_s, after}};
    if (!before.isNull())
        diff.insert(u"oldText"_s, before);
    tool({{u"toolCallId"_s, toolId},
          {u"title"_s, u"Edit "_s + path},
          {u"kind"_s, u"edit"_s},
          {u"status"_s, u"completed"_s},
          {u"content"_s, QJsonArray{diff}},
          {u"rawInput"_s, QJsonObject{{u"file_path"_s, path}}}},
         true);
}

void TalkWriter::run(const QString &toolId,
                     const QString &command,
                     const QString &output,
                     const QString &status)
{
    tool({{u"toolCallId"_s, toolId},
          {u"title"_s, command},
          {u"kind"_s, u"execute"_s},
          {u"status"_s, status},
          {u"rawInput"_s, QJsonObject{{u"command"_s, command}}},
          {u"content"_s,
           QJsonArray{QJsonObject{
               {u"type"_s, u"content"_s},
               {u"content"_s, QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, output}}}}}}},
         true);
}

int TalkWriter::ask(const QString &toolId, const QString &command, const QString &description)
{
    const int id = m_nextAsk++;
    const auto option = [](const QString &optionId, const QString &name, const QString &kind) {
        return QJsonObject{{u"optionId"_s, optionId}, {u"name"_s, name}, {u"kind"_s, kind}};
    };
    QJsonObject input{{u"command"_s, command}};
    if (!description.isEmpty())
        input.insert(u"description"_s, description);
    fromAgent({{u"jsonrpc"_s, u"2.0"_s},
               {u"id"_s, id},
               {u"method"_s, u"session/request_permission"_s},
               {u"params"_s,
                QJsonObject{{u"sessionId"_s, u"s"_s},
                            {u"toolCall"_s,
                             QJsonObject{{u"toolCallId"_s, toolId},
                                         {u"title"_s, command.left(200)},
                                         {u"kind"_s, u"execute"_s},
                                         {u"status"_s, u"pending"_s},
                                         {u"rawInput"_s, input}}},
                            {u"options"_s,
                             QJsonArray{option(u"always"_s, u"Always"_s, u"allow_always"_s),
                                        option(u"yes"_s, u"Yes"_s, u"allow_once"_s),
                                        option(u"no"_s, u"No"_s, u"reject_once"_s)}}}}});
    return id;
}

void TalkWriter::answer(int agentId, bool allow)
{
    toAgent({{u"jsonrpc"_s, u"2.0"_s},
             {u"id"_s, agentId},
             {u"result"_s,
              QJsonObject{{u"outcome"_s,
                           QJsonObject{{u"outcome"_s, u"selected"_s},
                                       {u"optionId"_s, allow ? u"yes"_s : u"no"_s}}}}}});
}

void TalkWriter::usage(qint64 tokens, double cost)
{
    update({{u"sessionUpdate"_s, u"usage_update"_s},
            {u"used"_s, tokens},
            {u"size"_s, 200000},
            {u"cost"_s, QJsonObject{{u"amount"_s, cost}, {u"currency"_s, u"USD"_s}}}});
}

void TalkWriter::endTurn()
{
    fromAgent({{u"jsonrpc"_s, u"2.0"_s},
               {u"id"_s, m_prompt},
               {u"result"_s,
                QJsonObject{{u"stopReason"_s, u"end_turn"_s},
                            {u"usage"_s,
                             QJsonObject{{u"inputTokens"_s, 52'000},
                                         {u"outputTokens"_s, 9'341},
                                         {u"totalTokens"_s, 61'341}}}}}});
}

void TalkWriter::notice(const QString &kind, const QString &text)
{
    m_service.appendEntry(m_id, D::Notice, compact({{u"kind"_s, kind}, {u"text"_s, text}}));
}

facade::HealthItem healthItem(const QString &id,
                              const QString &title,
                              facade::HealthItem::Status status,
                              std::optional<Error> error,
                              const QString &action)
{
    return {
        .id = id, .title = title, .status = status, .error = std::move(error), .action = action};
}

facade::Health engineDownHealth()
{
    using S = facade::HealthItem::Status;
    facade::Health health;
    health.mode = u"docker"_s;
    health.imageName = u"claude-agent-base:latest"_s;
    health.socketPath = u"/var/run/docker.sock"_s;
    health.items = {
        healthItem(u"engine"_s,
                   u"Container engine"_s,
                   S::Broken,
                   Error(ErrorKind::DockerUnavailable,
                         u"No container engine answers at /var/run/docker.sock."_s)
                       .withRemedy(u"Start Docker, or set DOCKER_HOST to the engine to use."_s)
                       .withDetail(u"connect /var/run/docker.sock: No such file or directory"_s),
                   u"retry"_s),
        healthItem(u"projects"_s, u"Projects"_s, S::Good),
    };
    return health;
}

void fillStory(FakeServices &fake)
{
    using S = sessions::SessionState;
    using H = facade::HealthItem::Status;
    facade::Health health = goodHealth();
    health.imageName = u"claude-agent-base:latest"_s;
    health.items = {healthItem(u"engine"_s, u"Docker 20.10 (API 1.41)"_s, H::Good),
                    healthItem(u"image"_s, u"Image claude-agent-base:latest"_s, H::Good),
                    healthItem(u"network"_s, u"Network"_s, H::Good),
                    healthItem(u"projects"_s, u"Projects"_s, H::Good)};
    fake.health.setHealth(health);
    const ProjectId shop{u"shop0001"_s};
    const ProjectId parser{u"pars0001"_s};
    fake.projects.projects = {
        {.id = shop,
         .name = u"storefront"_s,
         .path = u"/home/ada/src/storefront"_s,
         .settings = {.image = u"claude-agent-node"_s},
         .problem = {}},
        {.id = parser,
         .name = u"parser"_s,
         .path = u"/home/ada/src/parser"_s,
         .settings = {},
         .problem = {}},
    };
    fake.images.images = {
        {.id = u"sha256:1"_s,
         .tags = {u"claude-agent-base:latest"_s},
         .createdAt = {},
         .isAgentImage = true},
        {.id = u"sha256:2"_s,
         .tags = {u"claude-agent-node:latest"_s},
         .createdAt = {},
         .isAgentImage = true},
        {.id = u"sha256:3"_s, .tags = {u"debian:bookworm-slim"_s}, .createdAt = {}},
    };
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const auto add = [&](const QString &id,
                         const QString &title,
                         const ProjectId &project,
                         S state,
                         const QString &substate,
                         int minutes) {
        sessions::Session session = sampleSession(id, title);
        session.projectId = project;
        session.projectName = project == shop ? u"storefront"_s : u"parser"_s;
        session.state = state;
        session.substate = substate;
        session.branch = u"paddock/"_s + slugOf(title, 20) + u"-7f"_s;
        session.image = u"claude-agent-node:latest"_s;
        session.imageSource = u"project"_s;
        session.createdAt = now.addSecs(-60 * minutes);
        session.updatedAt = session.createdAt;
        session.failure.reset();
        if (state == S::Failed)
            session.failure =
                Error(ErrorKind::ResourceLimitExceeded,
                      u"The agent used up its 4 GiB of memory and was ended."_s)
                    .withRemedy(u"Restart the session, or give the project a higher limit."_s)
                    .withDetail(u"container exited with 137, OOMKilled"_s);
        fake.sessions.addSession(session);
    };
    add(u"sess0007"_s, u"Rewrite quick start"_s, parser, S::Failed, u"running"_s, 120);
    add(u"sess0006"_s, u"Fuzz the lexer"_s, parser, S::Running, u"idle"_s, 61);
    add(u"sess0005"_s, u"Unicode identifiers"_s, parser, S::Waiting, u"prompt"_s, 11);
    add(u"sess0004"_s, u"Upgrade to Node 22"_s, shop, S::Queued, {}, 9);
    add(u"sess0003"_s, u"Flaky payment tests"_s, shop, S::Stopped, {}, 8);
    add(u"sess0002"_s, u"Dark mode for checkout"_s, shop, S::Running, u"working"_s, 6);
    add(u"sess0001"_s, u"Cart totals lose cents"_s, shop, S::Waiting, u"approval"_s, 0);

    TalkWriter talk(fake.sessions, kStorySession);
    talk.initialize();
    talk.notice(u"step"_s, u"Sandbox ready: no network interface, uid 1000, no capabilities."_s);
    talk.prompt(
        u"Totals in the cart are sometimes a cent off. Find out why and fix it, with a test."_s);
    talk.think(
        u"Look at how totals are added up, then at rounding.\nThe usual cause is floating point."_s);
    talk.say(u"Prices are added as floating point numbers in `cart/total.ts`. I will keep money in "
             u"integer "
             "cents and round **once**, at the edge."_s,
             u"m1"_s);
    talk.plan({{u"Reproduce the lost cent"_s, u"completed"_s},
               {u"Cents type"_s, u"completed"_s},
               {u"Migrate callers"_s, u"completed"_s},
               {u"Run the tests"_s, u"in_progress"_s}});
    talk.edit(u"t1"_s,
              u"/workspace/cart/total.ts"_s,
              u"import { Item } from './item'\n\nexport function total(items: Item[]): number {\n  "
              u"return "
              "items.reduce((sum, i) => sum + i.price * i.count, 0)\n}\n"_s,
              u"import { Item } from './item'\nimport { toCents, fromCents } from "
              u"'./money'\n\nexport function "
              "total(items: Item[]): number {\n  const cents = items.reduce((sum, i) => sum + "
              "toCents(i.price) * "
              "i.count, 0)\n  return fromCents(cents)\n}\n"_s);
    talk.run(u"t2"_s,
             u"git commit -m \"cart: money in integer cents\""_s,
             u"[paddock/cart 3f2a1c] cart: money"_s,
             u"completed"_s);
    talk.run(u"t3"_s,
             u"npm run lint"_s,
             u"cart/total.ts\n  3:1  error  Unexpected console statement\n\n1 problem"_s,
             u"failed"_s);
    talk.usage(61'341, 0.42);
    (void)talk.ask(u"t4"_s, u"npm test -- cart"_s, u"Run the tests of the cart"_s);

    facade::SessionDiff diff;
    diff.baseCommit = QString(40, u'a');
    diff.headCommit = QString(40, u'b');
    diff.commits = 1;
    diff.uncommitted = true;
    diff.files = {
        {.path = u"cart/money.ts"_s, .added = 4, .removed = 0, .status = u"added"_s},
        {.path = u"cart/total.ts"_s, .added = 3, .removed = 1, .status = u"modified"_s},
        {.path = u"cart/legacy-round.ts"_s, .added = 0, .removed = 2, .status = u"deleted"_s},
        {.path = u"assets/logo.png"_s, .added = -1, .removed = -1, .status = u"modified"_s}};
    diff.patch =
        "diff --git a/cart/money.ts b/cart/money.ts\nnew file mode 100644\nindex "
        "0000000..1111111\n--- "
        "/dev/null\n+++ b/cart/money.ts\n@@ -0,0 +1,4 @@\n+export const toCents = (n: number) => "
        "Math.round(n "
        "* 100)\n+\n+export const fromCents = (n: number) => n / 100\n+\n"
        "diff --git a/cart/total.ts b/cart/total.ts\nindex 2222222..3333333 100644\n--- "
        "a/cart/total.ts\n+++ b/cart/total.ts\n@@ -1,5 +1,7 @@\n import { Item } from "
        "'./item'\n+import { "
        "toCents, fromCents } from './money'\n \n export function total(items: Item[]): number "
        "{\n-  return "
        "items.reduce((sum, i) => sum + i.price * i.count, 0)\n+  const cents = items.reduce((sum, "
        "i) => "
        "sum + toCents(i.price) * i.count, 0)\n+  return fromCents(cents)\n }\n"
        "diff --git a/cart/legacy-round.ts b/cart/legacy-round.ts\ndeleted file mode 100644\nindex "
        "4444444..0000000\n--- a/cart/legacy-round.ts\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-export "
        "const round = "
        "(n: number) => Math.floor(n)\n-\n";
    fake.sessions.diffs.insert(kStorySession, diff);
}

} // namespace paddock::test
