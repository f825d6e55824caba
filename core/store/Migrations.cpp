// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Migrations.h"

#include <QCoreApplication>
#include <QFile>

#include <array>

using namespace Qt::StringLiterals;

namespace paddock::store {

namespace {

// Times are milliseconds since 1970 in UTC. Bytes of agents are BLOBs: they need not be text.
constexpr const char *kVersion1 = R"sql(
CREATE TABLE meta (
    key    TEXT PRIMARY KEY,
    value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE projects (
    id          TEXT PRIMARY KEY CHECK (length(id) = 8),
    name        TEXT NOT NULL CHECK (name <> ''),
    path        TEXT NOT NULL UNIQUE CHECK (path LIKE '/%'),
    image       TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE state_transitions (
    from_state  TEXT NOT NULL,
    to_state    TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO state_transitions VALUES
    ('draft','queued'),('draft','preparing'),('queued','preparing'),('queued','stopped'),
    ('preparing','starting'),('preparing','failed'),('preparing','stopping'),('preparing','stopped'),
    ('starting','running'),('starting','waiting'),('starting','failed'),('starting','stopping'),
    ('starting','stopped'),('starting','lost'),('running','waiting'),('waiting','running'),
    ('running','paused'),('paused','running'),('waiting','paused'),('paused','waiting'),
    ('running','stopping'),('waiting','stopping'),('paused','stopping'),('stopping','stopped'),
    ('stopping','failed'),('running','failed'),('waiting','failed'),('running','stopped'),
    ('waiting','stopped'),('paused','stopped'),('running','lost'),('waiting','lost'),
    ('paused','lost'),('stopping','lost'),('running','killed'),('waiting','killed'),
    ('paused','killed'),('starting','killed'),('preparing','killed'),('stopping','killed'),
    ('stopped','preparing'),('stopped','finished'),('failed','preparing'),('failed','finished'),
    ('lost','preparing'),('lost','finished'),('killed','preparing'),('killed','finished'),
    ('failed','stopped'),('lost','stopped');

CREATE TABLE sessions (
    id             TEXT PRIMARY KEY CHECK (length(id) = 8),
    title          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('draft','queued','preparing','starting','running',
                       'waiting','paused','stopping','stopped','finished','failed','killed','lost')),
    substate       TEXT NOT NULL DEFAULT '',
    step_title     TEXT NOT NULL DEFAULT '',
    failure        TEXT NOT NULL DEFAULT '',
    adapter        TEXT NOT NULL,
    project_id     TEXT NOT NULL REFERENCES projects (id),
    mode           TEXT NOT NULL CHECK (mode IN ('write','explore')),
    image          TEXT NOT NULL DEFAULT '',
    image_source   TEXT NOT NULL DEFAULT '' CHECK (image_source IN
                       ('','explicit','agent','project','environment','default')),
    image_id       TEXT NOT NULL DEFAULT '',
    container_id   TEXT NOT NULL DEFAULT '',
    branch         TEXT NOT NULL DEFAULT '',
    worktree       TEXT NOT NULL DEFAULT '',
    base_commit    TEXT NOT NULL DEFAULT '',
    head_commit    TEXT NOT NULL DEFAULT '',
    acp_session_id TEXT NOT NULL DEFAULT '',
    options        TEXT NOT NULL DEFAULT '{}',
    actor          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_project ON sessions (project_id);

CREATE TRIGGER sessions_state_allowed BEFORE UPDATE OF state ON sessions
WHEN NEW.state <> OLD.state AND NOT EXISTS (
    SELECT 1 FROM state_transitions WHERE from_state = OLD.state AND to_state = NEW.state)
BEGIN
    SELECT RAISE(ABORT, 'this change of state is not allowed');
END;

-- The steps of operations, each written before it is done. Reconcile reads them after a crash.
CREATE TABLE steps (
    number      INTEGER PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    operation   TEXT NOT NULL CHECK (operation IN ('start','stop','finish','remove')),
    event       TEXT NOT NULL CHECK (event IN ('begin','done','undo','ended')),
    step        TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX steps_by_session ON steps (session_id, number);

-- Every protocol message of both directions; written before it is sent or shown.
CREATE TABLE conversation (
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    direction     TEXT NOT NULL CHECK (direction IN ('to-agent','from-agent','notice')),
    at            INTEGER NOT NULL,
    epoch         BLOB NOT NULL DEFAULT x'',
    link_sequence INTEGER NOT NULL DEFAULT 0,
    bytes         BLOB NOT NULL,
    PRIMARY KEY (session_id, sequence)
) STRICT, WITHOUT ROWID;
-- A message that the shim sends again after a crash of ours cannot become a second row.
CREATE UNIQUE INDEX conversation_once ON conversation (session_id, epoch, direction, link_sequence)
    WHERE link_sequence > 0;

-- One life of a session's shim: positions and numbers of another epoch mean nothing.
CREATE TABLE links (
    session_id    TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    epoch         BLOB NOT NULL,
    next_outbound INTEGER NOT NULL DEFAULT 1
) STRICT;

-- How far each channel of the current epoch is stored for good. Terminals have their own position:
-- the length of the stream file plus what was dropped.
CREATE TABLE link_positions (
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    channel       INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    PRIMARY KEY (session_id, channel)
) STRICT, WITHOUT ROWID;

-- Messages to the shim of the current epoch, kept until it acknowledges them.
CREATE TABLE link_outbox (
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL,
    channel       INTEGER NOT NULL,
    bytes         BLOB NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

-- What a person said and when it went out: each exactly once.
CREATE TABLE prompts (
    number      INTEGER PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    state       TEXT NOT NULL CHECK (state IN ('queued','sent')),
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    text        TEXT NOT NULL
) STRICT;
CREATE INDEX prompts_by_session ON prompts (session_id, number);

CREATE TABLE audit (
    number      INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    session_id  TEXT NOT NULL DEFAULT '',
    detail      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER sessions_audit_state AFTER UPDATE OF state ON sessions WHEN NEW.state <> OLD.state
BEGIN
    INSERT INTO audit (at, actor, action, session_id, detail)
    VALUES (NEW.updated_at, NEW.actor, 'state', NEW.id, OLD.state || ' > ' || NEW.state);
END;
)sql";

// The steps of an operation are written down as a plan before the first of them is done.
constexpr const char *kVersion2 = R"sql(
CREATE TABLE steps_2 (
    number      INTEGER PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    operation   TEXT NOT NULL CHECK (operation IN ('start','stop','finish','remove')),
    event       TEXT NOT NULL CHECK (event IN ('planned','begin','done','undo','ended')),
    step        TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
INSERT INTO steps_2 SELECT number, session_id, operation, event, step, at FROM steps;
DROP TABLE steps;
ALTER TABLE steps_2 RENAME TO steps;
CREATE INDEX steps_by_session ON steps (session_id, number);
)sql";

// The branch a session started from, whose tip its repository shows to the agent.
constexpr const char *kVersion3 = R"sql(
ALTER TABLE sessions ADD COLUMN base_branch TEXT NOT NULL DEFAULT '';
)sql";

// Settings of projects, and where each session works because of them.
constexpr const char *kVersion4 = R"sql(
ALTER TABLE projects ADD COLUMN isolation TEXT NOT NULL DEFAULT 'always'
    CHECK (isolation IN ('always','concurrent','never'));
ALTER TABLE projects ADD COLUMN worktrees_root TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN settings TEXT NOT NULL DEFAULT '{}' CHECK (settings LIKE '{%}');
ALTER TABLE sessions ADD COLUMN checkout TEXT NOT NULL DEFAULT 'worktree'
    CHECK (checkout IN ('worktree','main-read-only','main-read-write'));
ALTER TABLE sessions ADD COLUMN worktrees_root TEXT NOT NULL DEFAULT '';
UPDATE sessions SET checkout = 'main-read-only' WHERE mode = 'explore';
)sql";

constexpr std::array kMigrations = {kVersion1, kVersion2, kVersion3, kVersion4};

} // namespace

int schemaVersion()
{
    return static_cast<int>(kMigrations.size());
}

Result<Done> migrate(Connection &connection, const QString &path)
{
    auto version = connection.queryInteger("PRAGMA user_version");
    if (!version)
        return fail(version.error());
    if (*version > schemaVersion()) {
        return fail(Error(ErrorKind::StoreNewer,
                          QCoreApplication::translate(
                              "Store", "The database was written by a newer Paddock."))
                        .withDetail(QCoreApplication::translate(
                                        "Store", "%1 has version %2, this program knows %3.")
                                        .arg(path)
                                        .arg(*version)
                                        .arg(schemaVersion()))
                        .withRemedy(QCoreApplication::translate("Store",
                                                                "Install the newer Paddock again. "
                                                                "The file was not changed.")));
    }
    if (*version > 0 && *version < schemaVersion()) {
        // VACUUM INTO gives a consistent copy, WAL included, and refuses to overwrite.
        const QString backup = path + u".backup-v%1"_s.arg(*version);
        QFile::remove(backup);
        Statement copy = connection.prepare("VACUUM INTO ?1");
        if (auto copied = copy.bind(1, backup).run(); !copied)
            return copied;
    }
    for (qint64 next = *version; next < schemaVersion(); ++next) {
        const QByteArray sql = QByteArray("BEGIN IMMEDIATE;") +
                               kMigrations.at(static_cast<std::size_t>(next)) +
                               "PRAGMA user_version=" + QByteArray::number(next + 1) + ";COMMIT;";
        if (auto done = connection.execute(sql.constData()); !done) {
            connection.rollback();
            return fail(done.error().withOperation(u"migrate to version %1"_s.arg(next + 1)));
        }
    }
    return Done{};
}

} // namespace paddock::store
