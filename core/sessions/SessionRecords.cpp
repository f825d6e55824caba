// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/SessionRecords.h"

#include "core/base/JsonReader.h"
#include "core/store/Rows.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::sessions::records {

using store::allRows;
using store::forEachRow;
using store::Statement;

namespace {

qint64 milliseconds(const QDateTime &time)
{
    return time.toMSecsSinceEpoch();
}

QDateTime fromMilliseconds(qint64 value)
{
    return QDateTime::fromMSecsSinceEpoch(value, Qt::UTC);
}

qint64 nowMs()
{
    return QDateTime::currentMSecsSinceEpoch();
}

QString failureToText(const std::optional<Error> &error)
{
    if (!error)
        return {};
    const QJsonObject object{{u"kind"_s, error->kindName()},
                             {u"category"_s, static_cast<int>(error->category)},
                             {u"message"_s, error->message},
                             {u"detail"_s, error->detail},
                             {u"remedy"_s, error->remedy},
                             {u"operation"_s, error->operation}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

std::optional<Error> failureFromText(const QString &text)
{
    if (text.isEmpty())
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(text.toUtf8()).object();
    Error error(errorKindFromName(object.value(u"kind").toString()).value_or(ErrorKind::Internal),
                object.value(u"message").toString());
    error.category = static_cast<Category>(
        qBound(0, object.value(u"category").toInt(), static_cast<int>(Category::Internal)));
    error.detail = object.value(u"detail").toString();
    error.remedy = object.value(u"remedy").toString();
    error.operation = object.value(u"operation").toString();
    return error;
}

// Names of files are bytes, which need not be text.
QJsonArray encoded(const QList<QByteArray> &list)
{
    QJsonArray array;
    for (const QByteArray &bytes : list)
        array.append(QString::fromLatin1(bytes.toBase64()));
    return array;
}

QList<QByteArray> decoded(const QStringList &list)
{
    QList<QByteArray> all;
    for (const QString &text : list)
        all.append(QByteArray::fromBase64(text.toLatin1()));
    return all;
}

QString optionsToText(const StartOptions &options)
{
    const QJsonObject object{{u"project"_s, options.project},
                             {u"title"_s, options.title},
                             {u"adapter"_s, options.adapter},
                             {u"mode"_s, modeName(options.mode)},
                             {u"image"_s, options.image},
                             {u"message"_s, options.message},
                             {u"base"_s, options.base},
                             {u"branch"_s, options.branch},
                             {u"adopt"_s, options.adopt},
                             {u"fetch"_s, options.fetch},
                             {u"fetchRemote"_s, options.fetchRemote},
                             {u"copyIgnored"_s, encoded(options.copyIgnored)},
                             {u"withSecrets"_s, options.withSecrets},
                             {u"include"_s, QJsonArray::fromStringList(options.include)},
                             {u"exclude"_s, QJsonArray::fromStringList(options.exclude)},
                             {u"command"_s, QJsonArray::fromStringList(options.command)},
                             {u"commandKind"_s, options.commandKind},
                             {u"upstream"_s, options.upstream},
                             {u"demoScript"_s, options.demoScript}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

StartOptions optionsFromText(const QString &text)
{
    JsonReader reader(QJsonDocument::fromJson(text.toUtf8()).object());
    StartOptions options;
    options.project = reader.optionalText(u"project");
    options.title = reader.optionalText(u"title");
    options.adapter = reader.optionalText(u"adapter");
    options.mode = modeFromName(reader.optionalText(u"mode")).value_or(SessionMode::Write);
    options.image = reader.optionalText(u"image");
    options.message = reader.optionalText(u"message");
    options.base = reader.optionalText(u"base");
    options.branch = reader.optionalText(u"branch");
    options.adopt = reader.optionalText(u"adopt");
    options.fetch = reader.optionalBoolean(u"fetch");
    options.fetchRemote = reader.optionalText(u"fetchRemote");
    options.copyIgnored = decoded(reader.optionalTexts(u"copyIgnored"));
    options.withSecrets = reader.optionalBoolean(u"withSecrets");
    options.include = reader.optionalTexts(u"include");
    options.exclude = reader.optionalTexts(u"exclude");
    options.command = reader.optionalTexts(u"command");
    options.commandKind = reader.optionalText(u"commandKind");
    options.upstream = reader.optionalText(u"upstream");
    options.demoScript = reader.optionalText(u"demoScript");
    return options;
}

QString directionName(ConversationEntry::Direction direction)
{
    switch (direction) {
    case ConversationEntry::Direction::ToAgent:
        return u"to-agent"_s;
    case ConversationEntry::Direction::FromAgent:
        return u"from-agent"_s;
    case ConversationEntry::Direction::Notice:
        return u"notice"_s;
    }
    Q_UNREACHABLE();
}

ConversationEntry::Direction directionFromName(const QString &name)
{
    if (name == u"to-agent")
        return ConversationEntry::Direction::ToAgent;
    if (name == u"from-agent")
        return ConversationEntry::Direction::FromAgent;
    return ConversationEntry::Direction::Notice;
}

// Binds the columns that insert and update share, in the order of kColumns.
void bindSession(Statement &statement, const SessionRecord &record)
{
    const Session &s = record.session;
    statement.bind(1, s.id.value)
        .bind(2, s.title)
        .bind(3, stateName(s.state))
        .bind(4, s.substate)
        .bind(5, s.stepTitle)
        .bind(6, failureToText(s.failure))
        .bind(7, s.adapter)
        .bind(8, s.projectId.value)
        .bind(9, modeName(s.mode))
        .bind(10, s.image)
        .bind(11, s.imageSource)
        .bind(12, s.imageId.value)
        .bind(13, s.containerId.value)
        .bind(14, s.branch)
        .bind(15, s.worktree)
        .bind(16, s.baseCommit)
        .bind(17, s.headCommit)
        .bind(18, s.acpSessionId)
        .bind(19, optionsToText(record.options))
        .bind(20, record.actor)
        .bind(21, milliseconds(s.createdAt))
        .bind(22, milliseconds(s.updatedAt))
        .bind(23, record.baseBranch)
        .bind(24, worktrees::checkoutName(s.checkout))
        .bind(25, record.worktreesRoot);
}

} // namespace

Result<QList<SessionRecord>> sessions(Connection &connection)
{
    Statement all = connection.prepare(
        "SELECT s.id, s.title, s.state, s.substate, s.step_title, s.failure, s.adapter, "
        "s.project_id,"
        " s.mode, s.image, s.image_source, s.image_id, s.container_id, s.branch, s.worktree,"
        " s.base_commit, s.head_commit, s.acp_session_id, s.options, s.actor, s.created_at,"
        " s.updated_at, p.name, p.path, s.base_branch, s.checkout, s.worktrees_root"
        " FROM sessions s JOIN projects p ON p.id = s.project_id"
        " ORDER BY s.created_at DESC, s.id");
    return allRows(all, [&all] {
        SessionRecord record;
        Session &s = record.session;
        s.id = SessionId{all.text(0)};
        s.title = all.text(1);
        // The CHECK of the table admits the names of the vocabulary only.
        s.state = stateFromName(all.text(2)).value_or(SessionState::Lost);
        s.substate = all.text(3);
        s.stepTitle = all.text(4);
        s.failure = failureFromText(all.text(5));
        s.adapter = all.text(6);
        s.projectId = ProjectId{all.text(7)};
        s.mode = modeFromName(all.text(8)).value_or(SessionMode::Explore);
        s.image = all.text(9);
        s.imageSource = all.text(10);
        s.imageId = ImageId{all.text(11)};
        s.containerId = ContainerId{all.text(12)};
        s.branch = all.text(13);
        s.worktree = all.text(14);
        s.baseCommit = all.text(15);
        s.headCommit = all.text(16);
        s.acpSessionId = all.text(17);
        record.options = optionsFromText(all.text(18));
        record.actor = all.text(19);
        s.createdAt = fromMilliseconds(all.integer(20));
        s.updatedAt = fromMilliseconds(all.integer(21));
        s.projectName = all.text(22);
        s.projectPath = all.text(23);
        record.baseBranch = all.text(24);
        s.checkout =
            worktrees::checkoutFromName(all.text(25)).value_or(worktrees::Checkout::MainReadOnly);
        record.worktreesRoot = all.text(26);
        return record;
    });
}

Result<Done> insertSession(Connection &connection, const SessionRecord &record)
{
    Statement statement = connection.prepare(
        "INSERT INTO sessions (id, title, state, substate, step_title, failure, adapter, "
        "project_id,"
        " mode, image, image_source, image_id, container_id, branch, worktree, base_commit,"
        " head_commit, acp_session_id, options, actor, created_at, updated_at, base_branch,"
        " checkout, worktrees_root) VALUES"
        " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
        " ?20, ?21, ?22, ?23, ?24, ?25)");
    bindSession(statement, record);
    return statement.run();
}

Result<Done> updateSession(Connection &connection, const SessionRecord &record)
{
    // updated_at and actor come first in effect: the audit trigger reads the new row.
    Statement statement = connection.prepare(
        "UPDATE sessions SET title = ?2, state = ?3, substate = ?4, step_title = ?5, failure = ?6,"
        " adapter = ?7, project_id = ?8, mode = ?9, image = ?10, image_source = ?11, image_id = "
        "?12,"
        " container_id = ?13, branch = ?14, worktree = ?15, base_commit = ?16, head_commit = ?17,"
        " acp_session_id = ?18, options = ?19, actor = ?20, created_at = ?21, updated_at = ?22,"
        " base_branch = ?23, checkout = ?24, worktrees_root = ?25"
        " WHERE id = ?1");
    bindSession(statement, record);
    return statement.run();
}

Result<Done> deleteSession(Connection &connection, const SessionId &id)
{
    return connection.prepare("DELETE FROM sessions WHERE id = ?1").bind(1, id.value).run();
}

Result<Done> insertStep(Connection &connection, const SessionId &id, const StepRecord &step)
{
    return connection
        .prepare("INSERT INTO steps (session_id, operation, event, step, at) VALUES (?1, ?2, ?3, "
                 "?4, ?5)")
        .bind(1, id.value)
        .bind(2, step.operation)
        .bind(3, step.event)
        .bind(4, step.step)
        .bind(5, nowMs())
        .run();
}

Result<Done> insertPlan(Connection &connection,
                        const SessionId &id,
                        const QString &operation,
                        const QStringList &steps)
{
    for (const QString &step : steps) {
        auto planned = insertStep(
            connection, id, {.operation = operation, .event = u"planned"_s, .step = step});
        if (!planned)
            return planned;
    }
    return Done{};
}

Result<QList<StepRecord>> unfinishedSteps(Connection &connection, const SessionId &id)
{
    Statement steps = connection.prepare(
        "SELECT operation, event, step FROM steps WHERE session_id = ?1 AND number > "
        "coalesce((SELECT"
        " max(number) FROM steps WHERE session_id = ?1 AND event = 'ended'), 0) ORDER BY number");
    steps.bind(1, id.value);
    return allRows(steps, [&steps] {
        return StepRecord{
            .operation = steps.text(0), .event = steps.text(1), .step = steps.text(2)};
    });
}

Result<Done> audit(Connection &connection,
                   const QString &actor,
                   const QString &action,
                   const SessionId &id,
                   const QString &detail)
{
    return connection
        .prepare(
            "INSERT INTO audit (at, actor, action, session_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(1, nowMs())
        .bind(2, actor)
        .bind(3, action)
        .bind(4, id.value)
        .bind(5, detail)
        .run();
}

Result<qint64> lastSequence(Connection &connection, const SessionId &id)
{
    Statement last =
        connection.prepare("SELECT max(sequence) FROM conversation WHERE session_id = ?1");
    auto row = last.bind(1, id.value).step();
    if (!row)
        return fail(row.error());
    return *row ? last.integer(0) : 0;
}

Result<qint64> appendConversation(Connection &connection,
                                  const SessionId &id,
                                  const QByteArray &epoch,
                                  const QList<NewEntry> &entries)
{
    auto last = lastSequence(connection, id);
    if (!last)
        return last;
    qint64 sequence = *last;
    const qint64 at = nowMs();
    Statement insert = connection.prepare("INSERT OR IGNORE INTO conversation (session_id, "
                                          "sequence, direction, at, epoch, link_sequence,"
                                          " bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    for (const NewEntry &entry : entries) {
        insert.bind(1, id.value)
            .bind(2, sequence + 1)
            .bind(3, directionName(entry.direction))
            .bind(4, at)
            .bindBlob(5, entry.linkSequence > 0 ? epoch : QByteArray())
            .bind(6, static_cast<qint64>(entry.linkSequence))
            .bindBlob(7, entry.bytes);
        if (auto done = insert.run(); !done)
            return fail(done.error());
        if (connection.changes() > 0)
            ++sequence;
    }
    return sequence;
}

Result<QList<ConversationEntry>>
conversation(Connection &connection, const SessionId &id, qint64 after, int limit)
{
    Statement rows =
        connection.prepare("SELECT sequence, direction, at, bytes FROM conversation WHERE"
                           " session_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3");
    rows.bind(1, id.value).bind(2, after).bind(3, qint64{limit});
    return allRows(rows, [&rows] {
        return ConversationEntry{.sequence = rows.integer(0),
                                 .direction = directionFromName(rows.text(1)),
                                 .at = fromMilliseconds(rows.integer(2)),
                                 .bytes = rows.blob(3)};
    });
}

Result<LinkRecord> link(Connection &connection, const SessionId &id)
{
    LinkRecord record;
    Statement head =
        connection.prepare("SELECT epoch, next_outbound FROM links WHERE session_id = ?1");
    auto row = head.bind(1, id.value).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return record;
    record.epoch = head.blob(0);
    record.nextOutbound = static_cast<quint64>(head.integer(1));

    Statement positions =
        connection.prepare("SELECT channel, position FROM link_positions WHERE session_id = ?1");
    positions.bind(1, id.value);
    auto read = forEachRow(positions, [&] {
        record.positions.insert(static_cast<quint16>(positions.integer(0)),
                                static_cast<quint64>(positions.integer(1)));
    });
    if (!read)
        return fail(read.error());
    Statement outbox = connection.prepare(
        "SELECT number, channel, bytes FROM link_outbox WHERE session_id = ?1 ORDER BY number");
    outbox.bind(1, id.value);
    auto entries = allRows(outbox, [&outbox] {
        return OutboxEntry{.number = static_cast<quint64>(outbox.integer(0)),
                           .channel = static_cast<quint16>(outbox.integer(1)),
                           .bytes = outbox.blob(2)};
    });
    if (!entries)
        return fail(entries.error());
    record.outbox = *entries;
    return record;
}

Result<Done> beginEpoch(Connection &connection, const SessionId &id, const QByteArray &epoch)
{
    for (const char *sql : {"DELETE FROM link_positions WHERE session_id = ?1",
                            "DELETE FROM link_outbox WHERE session_id = ?1"}) {
        if (auto done = connection.prepare(sql).bind(1, id.value).run(); !done)
            return done;
    }
    return connection
        .prepare("INSERT INTO links (session_id, epoch, next_outbound) VALUES (?1, ?2, 1)"
                 " ON CONFLICT (session_id) DO UPDATE SET epoch = ?2, next_outbound = 1")
        .bind(1, id.value)
        .bindBlob(2, epoch)
        .run();
}

Result<Done>
setPosition(Connection &connection, const SessionId &id, quint16 channel, quint64 position)
{
    return connection
        .prepare("INSERT INTO link_positions (session_id, channel, position) VALUES (?1, ?2, ?3)"
                 " ON CONFLICT (session_id, channel) DO UPDATE SET position = max(position, ?3)")
        .bind(1, id.value)
        .bind(2, qint64{channel})
        .bind(3, static_cast<qint64>(position))
        .run();
}

Result<Done> insertOutbox(Connection &connection, const SessionId &id, const OutboxEntry &entry)
{
    auto stored = connection
                      .prepare("INSERT INTO link_outbox (session_id, number, channel, bytes)"
                               " VALUES (?1, ?2, ?3, ?4)")
                      .bind(1, id.value)
                      .bind(2, static_cast<qint64>(entry.number))
                      .bind(3, qint64{entry.channel})
                      .bindBlob(4, entry.bytes)
                      .run();
    if (!stored)
        return stored;
    return connection
        .prepare("UPDATE links SET next_outbound = max(next_outbound, ?2) WHERE session_id = ?1")
        .bind(1, id.value)
        .bind(2, static_cast<qint64>(entry.number + 1))
        .run();
}

Result<Done> deleteOutboxUpTo(Connection &connection, const SessionId &id, quint64 number)
{
    return connection.prepare("DELETE FROM link_outbox WHERE session_id = ?1 AND number <= ?2")
        .bind(1, id.value)
        .bind(2, static_cast<qint64>(number))
        .run();
}

Result<qint64>
insertPrompt(Connection &connection, const SessionId &id, const QString &actor, const QString &text)
{
    auto stored = connection
                      .prepare("INSERT INTO prompts (session_id, state, actor, at, text)"
                               " VALUES (?1, 'queued', ?2, ?3, ?4)")
                      .bind(1, id.value)
                      .bind(2, actor)
                      .bind(3, nowMs())
                      .bind(4, text)
                      .run();
    if (!stored)
        return fail(stored.error());
    return connection.queryInteger("SELECT last_insert_rowid()");
}

Result<Done> markPromptSent(Connection &connection, const SessionId &id, qint64 number)
{
    return connection
        .prepare("UPDATE prompts SET state = 'sent' WHERE session_id = ?1 AND number = ?2")
        .bind(1, id.value)
        .bind(2, number)
        .run();
}

Result<QList<PromptRecord>> queuedPrompts(Connection &connection, const SessionId &id)
{
    Statement rows = connection.prepare("SELECT number, text FROM prompts WHERE session_id = ?1 "
                                        "AND state = 'queued' ORDER BY number");
    rows.bind(1, id.value);
    return allRows(
        rows, [&rows] { return PromptRecord{.number = rows.integer(0), .text = rows.text(1)}; });
}

} // namespace paddock::sessions::records
