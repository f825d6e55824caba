// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/Session.h"
#include "core/store/Database.h"
#include "core/store/Migrations.h"

#include <sqlite3.h>

#include <QFile>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::store;
using namespace Qt::StringLiterals;

class tst_Database : public QObject
{
    Q_OBJECT

    template <typename T>
    Result<T> await(Pending<T> pending)
    {
        std::optional<Result<T>> answer;
        pending.then(this, [&](const Result<T> &result) { answer = result; });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
            return fail(ErrorKind::Timeout, u"no answer"_s);
        return *answer;
    }

    static const char *insertSession()
    {
        return "INSERT INTO projects (id, name, path, image, created_at) VALUES "
               "('aaaaaaaa','p','/p','',0);"
               "INSERT INTO sessions "
               "(id,title,state,adapter,project_id,mode,actor,created_at,updated_at)"
               " VALUES ('bbbbbbbb','t','draft','custom','aaaaaaaa','write','person:test',0,0);";
    }

private Q_SLOTS:
    void opensPrivateUnderAnyUmask()
    {
        QTemporaryDir folder;
        const mode_t old = ::umask(0);
        const QString path = folder.filePath(u"paddock.db"_s);
        auto database = Database::open(path);
        ::umask(old);
        QVERIFY(database.has_value());
        for (const QString &file : {path, path + u"-wal"_s}) {
            struct stat info = {};
            QCOMPARE(::stat(QFile::encodeName(file).constData(), &info), 0);
            QCOMPARE(info.st_mode & 0777, mode_t{0600});
        }
    }

    void aFailedWriteLeavesNothing()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        auto answer = await(database->write<Done>([](Connection &c) -> Result<Done> {
            if (auto done = c.execute("INSERT INTO projects (id, name, path, image, created_at) "
                                      "VALUES ('aaaaaaaa','p','/p','',0)");
                !done)
                return done;
            return fail(ErrorKind::Internal, u"changed my mind"_s);
        }));
        QVERIFY(!answer.has_value());
        const auto count = await(database->read<qint64>(
            [](Connection &c) { return c.queryInteger("SELECT count(*) FROM projects"); }));
        QCOMPARE(*count, 0);
    }

    // Writes that wait at the same time: one transaction, answers of their own.
    void whatWaitsTogetherIsCommittedTogether()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        int commits = 0;
        (void)database->readNow<Done>([&](Connection &c) -> Result<Done> {
            sqlite3_commit_hook(
                c.handle(), [](void *count) { return ++*static_cast<int *>(count), 0; }, &commits);
            return Done{};
        });
        const auto insert = [&](int number) {
            return database->write<Done>([number](Connection &c) {
                return c
                    .prepare("INSERT INTO projects (id, name, path, image, created_at) VALUES (?1, "
                             "'p', '/p' || ?1, '', 0)")
                    .bind(1, QString::number(number).rightJustified(8, u'0'))
                    .run();
            });
        };
        QSemaphore gate;
        auto held = database->read<Done>([&gate](Connection &) -> Result<Done> {
            gate.acquire();
            return Done{};
        });
        QList<Pending<Done>> writes;
        for (int number : {1, 2, 3, 2, 4}) // the second 2 is refused
            writes += insert(number);
        auto between = database->read<qint64>(
            [](Connection &c) { return c.queryInteger("SELECT count(*) FROM projects"); });
        writes += insert(5);
        gate.release();
        QVERIFY(await(held));
        QList<bool> answers;
        for (const Pending<Done> &write : std::as_const(writes))
            answers += await(write).has_value();
        QCOMPARE(answers, QList<bool>({true, true, true, false, true, true}));
        QCOMPARE(*await(between), 4); // reads keep their place in the order
        QCOMPARE(commits, 2);
        (void)database->readNow<Done>([](Connection &c) -> Result<Done> {
            sqlite3_commit_hook(c.handle(), nullptr, nullptr);
            return Done{};
        });
    }

    // What ends the whole transaction takes nobody else's write with it.
    void aLostTransactionIsTriedOneByOne()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        QSemaphore gate;
        auto held = database->read<Done>([&gate](Connection &) -> Result<Done> {
            gate.acquire();
            return Done{};
        });
        auto before = database->write<Done>([](Connection &c) {
            return c.execute("INSERT INTO projects (id, name, path, image, created_at) VALUES "
                             "('aaaaaaaa','p','/p','',0)");
        });
        auto rude = database->write<Done>([](Connection &c) -> Result<Done> {
            c.rollback();
            return fail(ErrorKind::DiskFull, u"full"_s);
        });
        auto after = database->write<Done>([](Connection &c) {
            return c.execute("INSERT INTO projects (id, name, path, image, created_at) VALUES "
                             "('bbbbbbbb','q','/q','',0)");
        });
        gate.release();
        QVERIFY(await(held));
        QVERIFY(await(before));
        QCOMPARE(await(rude).error().kind, ErrorKind::DiskFull);
        QVERIFY(await(after));
        QCOMPARE(*await(database->read<qint64>([](Connection &c) {
            return c.queryInteger("SELECT count(*) FROM projects");
        })),
                 2);
    }

    void anOlderFileIsBroughtUpWithItsRows()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"paddock.db"_s);
        {
            // As version 1 left it.
            auto database = *Database::open(path);
            QVERIFY(database->readNow<Done>([](Connection &c) {
                return c.execute(
                    (QByteArray(insertSession()) +
                     "ALTER TABLE sessions DROP COLUMN base_branch;"
                     "ALTER TABLE sessions DROP COLUMN checkout;"
                     "ALTER TABLE sessions DROP COLUMN worktrees_root;"
                     "ALTER TABLE projects DROP COLUMN isolation;"
                     "ALTER TABLE projects DROP COLUMN worktrees_root;"
                     "ALTER TABLE projects DROP COLUMN settings;"
                     "UPDATE sessions SET mode = 'explore';"
                     "DROP TABLE steps; CREATE TABLE steps (number INTEGER PRIMARY KEY, session_id "
                     "TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, operation TEXT NOT "
                     "NULL, event TEXT NOT NULL CHECK (event IN ('begin','done','undo','ended')), "
                     "step TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
                     "INSERT INTO steps VALUES (7,'bbbbbbbb','start','begin','image',1);"
                     "PRAGMA user_version=1;")
                        .constData());
            }));
        }
        auto opened = Database::open(path);
        QVERIFY2(opened, opened ? "" : qPrintable(opened.error().toString()));
        auto database = std::move(*opened);
        QVERIFY(QFile::exists(path + u".backup-v1"_s));
        QVERIFY(database->readNow<Done>([](Connection &c) {
            return c.execute("INSERT INTO steps (session_id, operation, event, step, at) VALUES "
                             "('bbbbbbbb','start','planned','create',2)");
        }));
        QCOMPARE(*database->readNow<qint64>([](Connection &c) {
            return c.queryInteger(
                "SELECT count(*) FROM steps WHERE session_id='bbbbbbbb' AND number "
                "IN (7, 8)");
        }),
                 2);
        // What follows from the rows as they were.
        QCOMPARE(*database->readNow<qint64>([](Connection &c) {
            return c.queryInteger("SELECT count(*) FROM sessions JOIN projects ON project_id = "
                                  "projects.id WHERE checkout = 'main-read-only' AND isolation = "
                                  "'always'");
        }),
                 1);
        // The rows still go with their session.
        QVERIFY(database->readNow<Done>(
            [](Connection &c) { return c.execute("DELETE FROM sessions"); }));
        QCOMPARE(*database->readNow<qint64>(
                     [](Connection &c) { return c.queryInteger("SELECT count(*) FROM steps"); }),
                 0);
    }

    void theTriggerAndTheCodeAgreeOnStates()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        QSet<QString> stored;
        (void)database->readNow<Done>([&](Connection &c) -> Result<Done> {
            Statement all = c.prepare("SELECT from_state, to_state FROM state_transitions");
            while (*all.step())
                stored.insert(all.text(0) + u'>' + all.text(1));
            return Done{};
        });
        QSet<QString> coded;
        for (int from = 0; from <= int(sessions::SessionState::Lost); ++from) {
            for (int to = 0; to <= int(sessions::SessionState::Lost); ++to) {
                const auto a = sessions::SessionState(from), b = sessions::SessionState(to);
                if (sessions::isTransitionAllowed(a, b))
                    coded.insert(sessions::stateName(a) + u'>' + sessions::stateName(b));
            }
        }
        QCOMPARE(stored, coded);
        QVERIFY(!coded.isEmpty());
    }

    void refusesAStateThatCannotFollow()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        QVERIFY(
            await(database->write<Done>([](Connection &c) { return c.execute(insertSession()); })));
        auto wrong = await(database->write<Done>([](Connection &c) {
            return c.execute("UPDATE sessions SET state='running' WHERE id='bbbbbbbb'");
        }));
        QVERIFY(!wrong.has_value());
        QCOMPARE(wrong.error().kind, ErrorKind::Conflict);
        auto right = await(database->write<Done>([](Connection &c) {
            return c.execute("UPDATE sessions SET state='preparing' WHERE id='bbbbbbbb'");
        }));
        QVERIFY(right.has_value());
        const auto audit = await(database->read<qint64>([](Connection &c) {
            return c.queryInteger("SELECT count(*) FROM audit WHERE detail='draft > preparing'");
        }));
        QCOMPARE(*audit, 1);
    }

    void theAuditIsAppendOnly()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        QVERIFY(await(database->write<Done>([](Connection &c) {
            return c.execute("INSERT INTO audit (at,actor,action) VALUES (1,'person:test','x')");
        })));
        for (const char *sql : {"DELETE FROM audit", "UPDATE audit SET action='y'"}) {
            auto answer =
                await(database->write<Done>([sql](Connection &c) { return c.execute(sql); }));
            QVERIFY2(!answer.has_value(), sql);
        }
    }

    void refusesANewerFileUntouched()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"paddock.db"_s);
        {
            auto database = *Database::open(path);
            (void)database->readNow<Done>(
                [](Connection &c) { return c.execute("PRAGMA user_version=999"); });
        }
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray before = file.readAll();
        auto again = Database::open(path);
        QVERIFY(!again.has_value());
        QCOMPARE(again.error().kind, ErrorKind::StoreNewer);
        file.seek(0);
        QCOMPARE(file.readAll(), before);
    }

    void damagedFilesAreTold_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("garbage") << QByteArray(8192, 'x');
        QTest::newRow("cut header") << QByteArray("SQLite format 3");
    }
    void damagedFilesAreTold()
    {
        QFETCH(QByteArray, content);
        QTemporaryDir folder;
        const QString path = folder.filePath(u"paddock.db"_s);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        auto database = Database::open(path);
        QVERIFY(!database.has_value());
        QCOMPARE(database.error().kind, ErrorKind::StoreCorrupt);
        QVERIFY(!database.error().remedy.isEmpty());
    }

    void aFullDiskIsToldAndTheRestCanBeRead()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        QVERIFY(
            await(database->write<Done>([](Connection &c) { return c.execute(insertSession()); })));
        (void)database->readNow<Done>([](Connection &c) -> Result<Done> {
            auto pages = c.queryInteger("PRAGMA page_count");
            return c.execute(
                ("PRAGMA max_page_count=" + QByteArray::number(*pages + 2)).constData());
        });
        auto full = await(database->write<Done>([](Connection &c) -> Result<Done> {
            Statement insert =
                c.prepare("INSERT INTO conversation (session_id,sequence,direction,at,bytes) "
                          "VALUES ('bbbbbbbb',1,'notice',0,?1)");
            return insert.bindBlob(1, QByteArray(1'000'000, 'x')).run();
        }));
        QVERIFY(!full.has_value());
        QCOMPARE(full.error().kind, ErrorKind::DiskFull);
        QCOMPARE(*await(database->read<qint64>([](Connection &c) {
            return c.queryInteger("SELECT count(*) FROM sessions");
        })),
                 1);
        (void)database->readNow<Done>(
            [](Connection &c) { return c.execute("PRAGMA max_page_count=1000000"); });
        QVERIFY(await(database->write<Done>(
            [](Connection &c) { return c.execute("UPDATE sessions SET title='again'"); })));
    }

    void hostileTextRoundTrips()
    {
        QTemporaryDir folder;
        auto database = *Database::open(folder.filePath(u"paddock.db"_s));
        const QString text = u"x'); DROP TABLE sessions; --\u202e\u0007"_s + QChar(0) + u"tail"_s;
        const auto back = await(database->read<QString>([text](Connection &c) -> Result<QString> {
            Statement echo = c.prepare("SELECT ?1");
            if (auto row = echo.bind(1, text).step(); !row)
                return fail(row.error());
            return echo.text(0);
        }));
        QCOMPARE(*back, text);
    }
};

QTEST_GUILESS_MAIN(tst_Database)
#include "tst_Database.moc"
