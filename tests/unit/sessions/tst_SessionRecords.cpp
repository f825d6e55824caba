// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/ProjectRecords.h"
#include "core/sessions/SessionRecords.h"
#include "core/store/Database.h"

#include <QTemporaryDir>
#include <QTest>

using namespace paddock;
using namespace paddock::sessions;
using namespace paddock::sessions::records;
using namespace Qt::StringLiterals;

class tst_SessionRecords : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<store::Database> m_database;
    SessionId m_id{u"bbbbbbbb"_s};

    template <typename Function>
    auto on(Function function)
    {
        using R = std::invoke_result_t<Function, store::Connection &>;
        return m_database->readNow<typename R::value_type>(function);
    }

    SessionRecord record() const
    {
        SessionRecord r;
        r.actor = u"person:test"_s;
        r.session.id = m_id;
        r.session.title = u"Fix \u202e it"_s;
        r.session.state = SessionState::Preparing;
        r.session.adapter = u"custom"_s;
        r.session.projectId = ProjectId{u"aaaaaaaa"_s};
        r.session.projectName = u"p"_s;
        r.session.projectPath = u"/p"_s;
        r.session.createdAt = r.session.updatedAt =
            QDateTime::fromMSecsSinceEpoch(1'000'000, Qt::UTC);
        r.options.project = u"/p"_s;
        r.options.command = {u"agent"_s, u"--flag with space"_s};
        r.options.upstream = u"demo"_s;
        r.options.branch = u"feature/x"_s;
        r.options.adopt = u"topic"_s;
        r.options.fetch = true;
        r.options.fetchRemote = u"upstream"_s;
        r.options.copyIgnored = {".env", "a b/\xff"};
        r.options.withSecrets = true;
        r.options.include = {u"/src/"_s};
        r.options.exclude = {u"*.pem"_s};
        return r;
    }

private Q_SLOTS:
    void init()
    {
        m_database.reset();
        QFile::remove(m_folder.filePath(u"paddock.db"_s));
        m_database = *store::Database::open(m_folder.filePath(u"paddock.db"_s));
        QVERIFY(on([](store::Connection &c) {
            return insertProject(c,
                                 {.id = ProjectId{u"aaaaaaaa"_s},
                                  .name = u"p"_s,
                                  .path = u"/p"_s,
                                  .settings = {},
                                  .createdAt = QDateTime::currentDateTimeUtc()});
        }));
        QVERIFY(on([this](store::Connection &c) { return insertSession(c, record()); }));
    }

    void sessionsComeBackAsTheyWere()
    {
        SessionRecord changed = record();
        changed.session.state = SessionState::Failed;
        changed.session.failure = Error(ErrorKind::ImageNotFound, u"No image."_s)
                                      .withRemedy(u"Build it."_s)
                                      .withDetail(u"daemon words"_s)
                                      .withOperation(u"image"_s);
        changed.session.branch = u"paddock/x-1a"_s;
        changed.baseBranch = u"trunk"_s;
        changed.worktreesRoot = u"/p/elsewhere"_s;
        changed.session.checkout = worktrees::Checkout::MainReadWrite;
        changed.session.containerId = ContainerId{QString(64, u'a')};
        QVERIFY(on([&](store::Connection &c) { return updateSession(c, changed); }));
        const auto all = on([](store::Connection &c) { return records::sessions(c); });
        QCOMPARE(all->size(), 1);
        QCOMPARE(all->first().session, changed.session);
        QCOMPARE(all->first().options.command, changed.options.command);
        QCOMPARE(all->first().options.upstream, u"demo"_s);
        const StartOptions &options = all->first().options;
        QCOMPARE(options.branch, changed.options.branch);
        QCOMPARE(options.adopt, changed.options.adopt);
        QVERIFY(options.fetch && options.withSecrets);
        QCOMPARE(options.fetchRemote, changed.options.fetchRemote);
        QCOMPARE(options.copyIgnored, changed.options.copyIgnored);
        QCOMPARE(options.include, changed.options.include);
        QCOMPARE(options.exclude, changed.options.exclude);
        QCOMPARE(all->first().baseBranch, u"trunk"_s);
        QCOMPARE(all->first().worktreesRoot, u"/p/elsewhere"_s);
    }

    void projectsComeBackAsTheyWere()
    {
        ProjectRecord changed =
            *on([](store::Connection &c) { return records::project(c, ProjectId{u"aaaaaaaa"_s}); });
        QCOMPARE(changed.settings, projects::ProjectSettings());
        changed.name = u"shop"_s;
        changed.settings = {.image = u"i:1"_s,
                            .isolation = projects::Isolation::Concurrent,
                            .worktreesRoot = u"../w"_s,
                            .protectedBranches = {},
                            .gitName = u"A"_s,
                            .gitEmail = u"a@b"_s,
                            .gitSettings = {{"core.eol", "lf"}, {"x.y", QByteArray("\xff \n", 3)}},
                            .group = u"dev"_s,
                            .umask = 0};
        QVERIFY(on([&](store::Connection &c) { return updateProject(c, changed); }));
        QCOMPARE(on([](store::Connection &c) { return records::projects(c); })->value(0), changed);
        QVERIFY(on([](store::Connection &c) {
            return c.execute("UPDATE projects SET settings = '{\"umask\":\"999\",\"newer\":1}'");
        }));
        // Of another version: what cannot be read is as if it had not been set.
        const auto other =
            on([](store::Connection &c) { return records::projects(c); })->value(0).settings;
        QCOMPARE(other.protectedBranches, projects::ProjectSettings().protectedBranches);
        QVERIFY(!other.umask && other.group.isEmpty());
        QCOMPARE(other.isolation, projects::Isolation::Concurrent);
        QVERIFY(!on([](store::Connection &c) {
            return c.execute("UPDATE projects SET isolation = 'often'");
        }));
        QCOMPARE(
            on([](store::Connection &c) { return records::project(c, ProjectId{u"bbbbbbbb"_s}); })
                .error()
                .kind,
            ErrorKind::NotFound);
    }

    // The options are JSON in one column: rows of an older and of a newer version can be read.
    void optionsOfAnotherVersionAreRead()
    {
        QVERIFY(on([](store::Connection &c) {
            return c.prepare("UPDATE sessions SET options = ?1")
                .bind(1, uR"({"project":"/p","base":"main","newer":[1]})"_s)
                .run();
        }));
        const auto all = on([](store::Connection &c) { return records::sessions(c); });
        const StartOptions &options = all->first().options;
        QCOMPARE(options.project, u"/p"_s);
        QCOMPARE(options.base, u"main"_s);
        QVERIFY(options.branch.isEmpty() && options.adopt.isEmpty() && !options.fetch);
        QVERIFY(options.copyIgnored.isEmpty() && !options.withSecrets);
        QVERIFY(options.include.isEmpty() && options.exclude.isEmpty());
    }

    void aRepeatedMessageIsOneRow()
    {
        const QByteArray epoch(16, 'e');
        const QList<NewEntry> batch = {{.direction = ConversationEntry::Direction::FromAgent,
                                        .linkSequence = 10,
                                        .bytes = "one"},
                                       {.direction = ConversationEntry::Direction::FromAgent,
                                        .linkSequence = 20,
                                        .bytes = "two"}};
        for (int i = 0; i < 2; ++i)
            QCOMPARE(*on([&](store::Connection &c) {
                return appendConversation(c, m_id, epoch, batch);
            }),
                     2);
        // The same position in another life of the shim is another message.
        QCOMPARE(*on([&](store::Connection &c) {
            return appendConversation(c, m_id, QByteArray(16, 'f'), {batch.first()});
        }),
                 3);
        // And the same number in the other direction.
        QCOMPARE(*on([&](store::Connection &c) {
            return appendConversation(c,
                                      m_id,
                                      epoch,
                                      {{.direction = ConversationEntry::Direction::ToAgent,
                                        .linkSequence = 10,
                                        .bytes = "out"}});
        }),
                 4);
        const auto rows = on([&](store::Connection &c) { return conversation(c, m_id, 1, 2); });
        QCOMPARE(rows->size(), 2);
        QCOMPARE(rows->first().bytes, QByteArray("two"));
        QCOMPARE(rows->first().sequence, 2);
    }

    void noticesAreNeverTakenForRepeats()
    {
        for (int i = 1; i <= 3; ++i) {
            QCOMPARE(*on([&](store::Connection &c) {
                return appendConversation(c, m_id, {}, {{.bytes = "{\"kind\":\"x\"}"}});
            }),
                     i);
        }
    }

    void anEpochBeginsFromZero()
    {
        QVERIFY(on([&](store::Connection &c) { return beginEpoch(c, m_id, QByteArray(16, 'a')); }));
        QVERIFY(on([&](store::Connection &c) { return setPosition(c, m_id, 1, 500); }));
        QVERIFY(
            on([&](store::Connection &c) { return setPosition(c, m_id, 1, 400); })); // never back
        QVERIFY(on([&](store::Connection &c) {
            return insertOutbox(c, m_id, {.number = 7, .channel = 1, .bytes = "hi"});
        }));
        auto known = on([&](store::Connection &c) { return link(c, m_id); });
        QCOMPARE(known->epoch, QByteArray(16, 'a'));
        QCOMPARE(known->positions.value(1), 500U);
        QCOMPARE(known->nextOutbound, 8U);
        QCOMPARE(known->outbox.size(), 1);
        QCOMPARE(known->outbox.first().bytes, QByteArray("hi"));
        QVERIFY(on([&](store::Connection &c) { return deleteOutboxUpTo(c, m_id, 7); }));
        known = on([&](store::Connection &c) { return link(c, m_id); });
        QVERIFY(known->outbox.isEmpty());
        QCOMPARE(known->nextOutbound, 8U); // a number is used once
        QVERIFY(on([&](store::Connection &c) { return beginEpoch(c, m_id, QByteArray(16, 'b')); }));
        known = on([&](store::Connection &c) { return link(c, m_id); });
        QVERIFY(known->positions.isEmpty());
        QCOMPARE(known->nextOutbound, 1U);
    }

    void promptsGoOutOnceAndInOrder()
    {
        for (const QString &text : {u"first"_s, u"second"_s})
            QVERIFY(on([&](store::Connection &c) {
                return insertPrompt(c, m_id, u"person:test"_s, text);
            }));
        auto queued = on([&](store::Connection &c) { return queuedPrompts(c, m_id); });
        QCOMPARE(queued->size(), 2);
        QCOMPARE(queued->first().text, u"first"_s);
        QVERIFY(on(
            [&](store::Connection &c) { return markPromptSent(c, m_id, queued->first().number); }));
        queued = on([&](store::Connection &c) { return queuedPrompts(c, m_id); });
        QCOMPARE(queued->size(), 1);
        QCOMPARE(queued->first().text, u"second"_s);
    }

    void unfinishedStepsAreThoseAfterTheLastEnd()
    {
        const auto add = [&](const char *event, const char *step) {
            QVERIFY(on([&](store::Connection &c) {
                return insertStep(c,
                                  m_id,
                                  {.operation = u"start"_s,
                                   .event = QString::fromLatin1(event),
                                   .step = QString::fromLatin1(step)});
            }));
        };
        add("begin", "old");
        add("ended", "");
        QVERIFY(on([&](store::Connection &c) { return unfinishedSteps(c, m_id); })->isEmpty());
        QVERIFY(on([&](store::Connection &c) {
            return insertPlan(c, m_id, u"start"_s, {u"worktree"_s, u"create"_s});
        }));
        add("begin", "worktree");
        add("done", "worktree");
        const auto steps = on([&](store::Connection &c) { return unfinishedSteps(c, m_id); });
        QCOMPARE(steps->size(), 4);
        QCOMPARE(steps->first().event, u"planned"_s);
        QCOMPARE(steps->first().step, u"worktree"_s);
        QCOMPARE(steps->at(1).step, u"create"_s);
    }

    void removingASessionTakesItsRowsButNotTheAudit()
    {
        QVERIFY(
            on([&](store::Connection &c) { return audit(c, u"person:test"_s, u"x"_s, m_id, {}); }));
        QVERIFY(on([&](store::Connection &c) {
            return appendConversation(c, m_id, {}, {{.bytes = "{}"}});
        }));
        QVERIFY(on([&](store::Connection &c) { return deleteSession(c, m_id); }));
        for (const char *sql :
             {"SELECT count(*) FROM conversation", "SELECT count(*) FROM sessions"})
            QCOMPARE(*on([sql](store::Connection &c) { return c.queryInteger(sql); }), 0);
        QCOMPARE(
            *on([](store::Connection &c) { return c.queryInteger("SELECT count(*) FROM audit"); }),
            1);
    }
};

QTEST_GUILESS_MAIN(tst_SessionRecords)
#include "tst_SessionRecords.moc"
