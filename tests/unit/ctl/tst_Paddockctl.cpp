// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"
#include "core/control/Json.h"
#include "core/control/OwnerLock.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QSocketNotifier>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace paddock;
using namespace Qt::StringLiterals;

namespace {

struct Outcome
{
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;

    [[nodiscard]] QJsonValue json() const
    {
        // Exactly one document: parseJson refuses what follows it.
        const auto value = parseJson(output.trimmed());
        return value ? *value : QJsonValue(QJsonValue::Undefined);
    }
    [[nodiscard]] QJsonObject error() const
    {
        const auto value = parseJsonObject(errors.trimmed());
        return value ? value->value(u"error").toObject() : QJsonObject();
    }
};

struct Wish
{
    QJsonObject fake{};
    QByteArray input{};
    QString folder{};
    QHash<QString, QString> environment{};
};

} // namespace

/// The real paddockctl as a process, with an owner whose services are in memory.
class tst_Paddockctl : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_programs{u"/tmp/pdk-bin-XXXXXX"_s};
    std::unique_ptr<test::TestEnvironment> m_environment;

    void prepare(QProcess &process, const QStringList &arguments, const Wish &wish) const
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(
            u"PADDOCK_FAKE"_s,
            QString::fromUtf8(QJsonDocument(wish.fake).toJson(QJsonDocument::Compact)));
        for (auto it = wish.environment.cbegin(); it != wish.environment.cend(); ++it) {
            if (it.value().isNull())
                environment.remove(it.key());
            else
                environment.insert(it.key(), it.value());
        }
        process.setProcessEnvironment(environment);
        process.setProgram(m_programs.filePath(u"paddockctl"_s));
        process.setArguments(arguments);
        if (!wish.folder.isEmpty())
            process.setWorkingDirectory(wish.folder);
    }

    [[nodiscard]] Outcome run(const QStringList &arguments, const Wish &wish = {}) const
    {
        QProcess process;
        prepare(process, arguments, wish);
        process.start();
        process.write(wish.input);
        process.closeWriteChannel();
        if (!process.waitForFinished(20'000) || process.exitStatus() != QProcess::NormalExit)
            return {};
        return {
            process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }

    [[nodiscard]] Outcome run(const QString &line, const Wish &wish = {}) const
    {
        return run(line.split(u' ', Qt::SkipEmptyParts), wish);
    }

    [[nodiscard]] QString repository() const
    {
        const QString path = m_environment->path(u"project"_s);
        QDir().mkpath(path + u"/.git"_s);
        QDir().mkpath(path + u"/src"_s);
        return path;
    }

    [[nodiscard]] QString ownersLog() const
    {
        QFile log(m_environment->path(u"state/paddock/log/serve.log"_s));
        return log.open(QIODevice::ReadOnly) ? QString::fromUtf8(log.readAll()) : QString();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(
            QFile::copy(test::builtProgram(u"paddockctl"_s), m_programs.filePath(u"paddockctl"_s)));
        QVERIFY(QFile::copy(qEnvironmentVariable("PADDOCK_BUILD_DIR") + u"/tests/fake_owner"_s,
                            m_programs.filePath(u"paddock-owner"_s)));
    }

    void init() { m_environment = std::make_unique<test::TestEnvironment>(); }

    void cleanup()
    {
        static_cast<void>(run(u"serve --stop"_s));
        m_environment.reset();
    }

    void contracts_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("fields"); // of the object, or of the list's first element
        QTest::addColumn<int>("elements");   // -1: an object
        const auto row = [](const char *line, const QString &fields, int elements = -1) {
            QTest::newRow(line) << QString::fromLatin1(line) << fields << elements;
        };
        const QString session = u"id title state substate agent project mode image imageSource "
                                "containerId branch worktree baseCommit headCommit"_s;
        row("health", u"ok mode docker"_s);
        row("project add", u"id name path"_s);
        row("project list", u""_s, 0);
        row("project set --name shop", u"id name path settings problem"_s);
        row("project ignored", u"path kind bytes files tooLarge looksSecret"_s, 2);
        row("project preview --exclude docs/", u"shownFiles hiddenFiles hidden canExplore"_s);
        row("image list", u"id tags bytes"_s, 1);
        row("image list --all", u"id tags bytes"_s, 2);
        row("image build", u"recipe image"_s);
        row("image build claude-agent-base --always", u"recipe image"_s);
        row("session start -m hello", session);
        row("session start -m hello --wait", session);
        row("session list", session, 3);
        row("session show s0000001", session);
        row("session show s0000001 --posture", u""_s);
        row("session send s0000001 hello", session);
        row("session answer s0000000 allow", u"id question answer"_s);
        row("session diff s0000000", u"baseCommit headCommit files patchBase64"_s);
        row("session diff s0000000 --unstaged a.txt", u"from to files truncated"_s);
        row("session status s0000000", u"branch baseCommit headCommit ahead files"_s);
        row("session log s0000000", u"id parents author time subject"_s, 1);
        row("session stage s0000000 a.txt", u"files canUndo notices"_s);
        row("session stage s0000000 a.txt --hunk 12 --lines 1-2", u"files canUndo"_s);
        row("session unstage s0000000 --all", u"files canUndo"_s);
        row("session discard s0000000 a.txt", u"files canUndo"_s);
        row("session undo s0000000", u"files canUndo"_s);
        row("session review s0000000 a.txt", u"marked open notices"_s);
        row("session review s0000000 --all --since last-turn --undo", u"marked open"_s);
        row("session seen s0000000", u"seen"_s);
        row("session commit s0000000 -m words", u"commit conflicts"_s);
        row("session merge s0000000 --into main --method squash",
            u"target before after commits files conflicts blockers"_s);
        row("session merge s0000000 --preview", u"target conflicts"_s);
        row("session merge s0000000 --undo", u"target"_s);
        row("session update s0000000 --rebase", u"target after"_s);
        row("session patch s0000000", u"patchBase64"_s);
        row("session stop s0000001", session);
        row("session restart s0000001", session);
        row("session finish s0000001", session);
        row("session remove s0000001 --discard-work", u"id removed"_s);
        row("serve --stop", u"stopped"_s);
    }
    void contracts()
    {
        QFETCH(QString, line);
        QFETCH(QString, fields);
        QFETCH(int, elements);
        const Wish wish{.fake = {{u"sessions"_s, 3}}, .folder = repository() + u"/src"_s};
        const Outcome outcome = run(line + u" --json"_s, wish);
        QVERIFY2(outcome.exitCode == 0, outcome.errors.constData());
        QVERIFY2(outcome.errors.isEmpty(), outcome.errors.constData());
        QCOMPARE(outcome.output.count('\n'), 1);
        const QJsonValue json = outcome.json();
        QVERIFY2(!json.isUndefined(), outcome.output.constData());
        QCOMPARE(json.isArray(), elements >= 0);
        if (elements >= 0)
            QCOMPARE(json.toArray().size(), elements);
        const QJsonObject object = json.isArray() ? json[0].toObject() : json.toObject();
        for (const QString &field : fields.split(u' ', Qt::SkipEmptyParts))
            QVERIFY2(object.contains(field), qPrintable(field));

        // The same as text: something is said, and nothing of it is JSON.
        const Outcome text = run(line, {.fake = {{u"sessions"_s, 3}}, .folder = repository()});
        QVERIFY(!(text.output + text.errors).trimmed().isEmpty());
    }

    void failures_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("method");
        const auto row = [](const char *line, const char *method) {
            QTest::newRow(line) << QString::fromLatin1(line) << QString::fromLatin1(method);
        };
        row("health", "health.check");
        row("project add", "project.add");
        row("project set --umask 002", "project.change");
        row("project ignored", "project.ignored");
        row("project preview", "project.preview");
        row("image list", "image.list");
        row("session start -m x", "session.start");
        row("session send s0000000 x", "session.send");
        row("session answer s0000000 reject", "session.answer");
        row("session show s0000000", "session.conversation");
        row("session diff s0000000", "session.diff");
        row("session stop s0000000", "session.stop");
        row("session restart s0000000", "session.restart");
        row("session finish s0000000", "session.finish");
        row("session remove s0000000", "session.remove");
        row("session attach s0000000", "session.attach");
        row("session shell s0000000", "session.shell");
        row("session show s0000000 --posture", "session.posture");
    }
    void failures()
    {
        QFETCH(QString, line);
        QFETCH(QString, method);
        const Error error = Error(ErrorKind::DockerUnavailable, u"The engine \x1b[1mdied."_s)
                                .withDetail(u"connection refused"_s)
                                .withRemedy(u"Start it."_s);
        const Wish wish{.fake = {{u"sessions"_s, 1},
                                 {u"fail"_s, QJsonObject{{method, control::toJson(error)}}}},
                        .folder = repository()};
        if (method != u"session.conversation") { // show --json does not read it
            const Outcome outcome = run(line + u" --json"_s, wish);
            QCOMPARE(outcome.exitCode, 1);
            QVERIFY2(outcome.output.isEmpty(), outcome.output.constData());
            QCOMPARE(outcome.errors.count('\n'), 1);
            QCOMPARE(outcome.error(), control::toJson(error));
            QCOMPARE(
                outcome.error().keys(),
                QStringList({u"category"_s, u"detail"_s, u"kind"_s, u"message"_s, u"remedy"_s}));
            static_cast<void>(run(u"serve --stop"_s));
        }
        const Outcome text = run(line, wish);
        QCOMPARE(text.exitCode, 1);
        const QString said = QString::fromUtf8(text.errors);
        QVERIFY2(said.contains(u"paddockctl: The engine \\x1b[1mdied."), qPrintable(said));
        QVERIFY(said.contains(u"connection refused"));
        QVERIFY(said.contains(u"Start it."));
        // Without the failure it works: the failure was what made the difference.
        if (!line.contains(u"attach") && !line.contains(u"shell"))
            QVERIFY(run(line, {.folder = repository()}).exitCode == 0 || line.contains(u"restart"));
    }

    void wrongUsageIsTwo()
    {
        for (const QString &line :
             {u""_s, u"fly"_s, u"session"_s, u"session show"_s, u"health --fast"_s}) {
            const Outcome outcome = run(line);
            QCOMPARE(outcome.exitCode, 2);
            QVERIFY(outcome.output.isEmpty());
            QVERIFY(outcome.errors.contains("--help"));
        }
        const Outcome json = run(u"session show --json"_s);
        QCOMPARE(json.exitCode, 2);
        QCOMPARE(json.errors.count('\n'), 1);
        QCOMPARE(json.error().value(u"kind").toString(), u"invalid-argument"_s);
        QVERIFY(!QFileInfo::exists(m_environment->path(u"run/paddock"_s))); // no owner for that
    }

    void helpAndVersionNeedNothing()
    {
        const Wish bare{.environment = {{u"XDG_RUNTIME_DIR"_s, QString()}}};
        const Outcome help = run(u"--help"_s, bare);
        QCOMPARE(help.exitCode, 0);
        QVERIFY(help.output.contains("session start"));
        QVERIFY(help.errors.isEmpty());
        QVERIFY(run(u"--version"_s, bare).output.startsWith("paddockctl "));
        QVERIFY(run(u"session diff --help"_s, bare).output.contains("--stat"));
    }

    void healthIsTheExactObject()
    {
        const Outcome good = run(u"health --json"_s);
        QCOMPARE(good.exitCode, 0);
        QCOMPARE(good.output,
                 QByteArray(R"({"docker":{"imageAvailable":true,"imageName":"claude-agent-base",)"
                            R"("networkExists":true,"socketConnected":true},"mode":"docker",)"
                            R"("ok":true})"
                            "\n"));
        static_cast<void>(run(u"serve --stop"_s));
        const Wish bad{.fake = {{u"health"_s, u"bad"_s}}};
        const Outcome away = run(u"health --json"_s, bad);
        QCOMPARE(away.exitCode, 1);
        QCOMPARE(away.json()[u"ok"].toBool(true), false);
        QCOMPARE(away.json()[u"docker"][u"socketConnected"].toBool(true), false);
        QVERIFY(away.errors.isEmpty());
        const Outcome text = run(u"health"_s, bad);
        QCOMPARE(text.exitCode, 1);
        QVERIFY(text.output.contains("The engine is away."));
        QVERIFY(text.output.contains("Start it."));
    }

    void withoutARuntimeFolder_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::newRow("not set") << QString();
        QTest::newRow("missing") << u"/nonexistent/run"_s;
        QTest::newRow("relative") << u"run"_s;
    }
    void withoutARuntimeFolder()
    {
        QFETCH(QString, folder);
        for (const QString &line : {u"health"_s, u"session list"_s, u"serve --stop"_s}) {
            const Outcome outcome =
                run(line + u" --json"_s, {.environment = {{u"XDG_RUNTIME_DIR"_s, folder}}});
            QCOMPARE(outcome.exitCode, 1);
            QCOMPARE(outcome.error().value(u"kind").toString(), u"runtime-folder-missing"_s);
            QVERIFY(outcome.error().value(u"remedy").toString().contains(u"XDG_RUNTIME_DIR"));
        }
    }

    void aForeignLocaleSaysNothingOnStandardError()
    {
        const Outcome outcome = run(u"health --json"_s, {.environment = {{u"LC_ALL"_s, u"C"_s}}});
        QCOMPARE(outcome.exitCode, 0);
        QVERIFY2(outcome.errors.isEmpty(), outcome.errors.constData());
    }

    void theOwnerIsStartedOnceAndDetached()
    {
        QCOMPARE(run(u"session list"_s).exitCode, 0);
        QCOMPARE(run(u"session list"_s).exitCode, 0);
        QFile started(m_environment->path(u"state/paddock/started"_s));
        QVERIFY(started.open(QIODevice::ReadOnly));
        QCOMPARE(started.readAll(), QByteArray("x"));
        QVERIFY(QFileInfo::exists(m_environment->path(u"state/paddock/log/serve.log"_s)));
        QCOMPARE(QFileInfo(m_environment->path(u"state/paddock/log/serve.log"_s)).permissions() &
                     (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());

        QFile lock(m_environment->path(u"data/paddock/owner.lock"_s));
        QVERIFY(lock.open(QIODevice::ReadOnly));
        const auto owner = static_cast<pid_t>(lock.readLine().trimmed().toInt());
        QVERIFY(owner > 0);
        QCOMPARE(::getsid(owner), owner); // a session of its own
        QVERIFY(::getsid(owner) != ::getsid(0));
    }

    void manyAtOnceAgreeOnOneOwner()
    {
        std::vector<std::unique_ptr<QProcess>> processes;
        for (int i = 0; i < 8; ++i) {
            processes.push_back(std::make_unique<QProcess>());
            prepare(*processes.back(), {u"session"_s, u"list"_s}, {});
            processes.back()->start();
        }
        for (const auto &process : processes) {
            QVERIFY(process->waitForFinished(15'000));
            QVERIFY2(process->exitCode() == 0, process->readAllStandardError().constData());
        }
    }

    void whatTheOwnerSaysWhenItCannotStartIsPassedOn()
    {
        const Error error = Error(ErrorKind::StoreNewer, u"The database is of a newer Paddock."_s)
                                .withRemedy(u"Install the newer one."_s);
        const Outcome outcome =
            run(u"session list --json"_s, {.fake = {{u"refuse"_s, control::toJson(error)}}});
        QCOMPARE(outcome.exitCode, 1);
        QCOMPARE(outcome.error(), control::toJson(error));
    }

    void anOwnerThatEndsAtOnceNamesItsLog()
    {
        const Outcome outcome = run(u"session list --json"_s, {.fake = {{u"crash"_s, true}}});
        QCOMPARE(outcome.exitCode, 1);
        QCOMPARE(outcome.error().value(u"kind").toString(), u"owner-unreachable"_s);
        QVERIFY(outcome.error().value(u"remedy").toString().contains(u"log/serve.log"));
    }

    void anOwnerThatIsNeverReadyTimesOut()
    {
        QElapsedTimer timer;
        timer.start();
        const Outcome outcome = run(u"session list --json"_s, {.fake = {{u"silent"_s, true}}});
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(timer.elapsed() >= 9'000 && timer.elapsed() < 15'000);
        QVERIFY(outcome.error().value(u"remedy").toString().contains(u"log/serve.log"));
        QFile file(m_environment->path(u"state/silent-owner"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const pid_t owner = static_cast<pid_t>(file.readAll().toInt());
        QVERIFY(owner > 0);
        QCOMPARE(::kill(owner, SIGKILL), 0);
    }

    void withoutTheOwnersProgram()
    {
        const QString program = m_programs.filePath(u"paddock-owner"_s);
        const QString aside = m_programs.filePath(u"aside"_s);
        QVERIFY(QFile::rename(program, aside));
        const Outcome outcome = run(u"session list --json"_s);
        const Outcome demo = run(u"demo --json"_s);
        QVERIFY(QFile::rename(aside, program));
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(outcome.error().value(u"detail").toString().contains(u"paddock-owner"));
        QCOMPARE(demo.exitCode, 1);
        QVERIFY(demo.error().value(u"message").toString().contains(u"paddock-owner"));
    }

    void anOwnerKilledInMidRequestIsReplaced()
    {
        const Wish deadly{.fake = {{u"sessions"_s, 2}, {u"die"_s, u"session.stop"_s}}};
        QCOMPARE(run(u"session list"_s, deadly).exitCode, 0);
        const Outcome killed = run(u"session stop s0000000 --json"_s, deadly);
        QCOMPARE(killed.exitCode, 1);
        QCOMPARE(killed.error().value(u"kind").toString(), u"owner-unreachable"_s);
        QVERIFY(!killed.error().value(u"remedy").toString().isEmpty());
        QVERIFY(QFileInfo::exists(m_environment->path(u"run/paddock/control.sock"_s)));
        const Outcome after =
            run(u"session list --json"_s, {.fake = {{u"sessions"_s, 2}}}); // a new one
        QVERIFY2(after.exitCode == 0, after.errors.constData());
        QCOMPARE(after.json().toArray().size(), 2);
    }

    void twoHundredSessions()
    {
        const Wish wish{.fake = {{u"sessions"_s, 200}}};
        const Outcome outcome = run(u"session list"_s, wish);
        QCOMPARE(outcome.exitCode, 0);
        const auto lines = outcome.output.trimmed().split('\n');
        QCOMPARE(lines.size(), 201);
        QVERIFY(lines.first().startsWith("ID"));
        QVERIFY(lines.at(1).startsWith("s0000199"));
        QVERIFY(!outcome.output.contains('\x1b'));
        QCOMPARE(run(u"session list --json"_s, wish).json().toArray().size(), 200);
    }

    void aConversationIsShownSafely()
    {
        const Outcome outcome = run(u"session show s0000000"_s, {.fake = {{u"sessions"_s, 1}}});
        QCOMPARE(outcome.exitCode, 0);
        QVERIFY(outcome.output.contains("> please look"));
        QVERIFY(outcome.output.contains("\\x1b]0;owned\\x07"));
        QVERIFY(outcome.output.contains("\\u202e"));
        QVERIFY(!outcome.output.contains('\x1b'));
        QVERIFY(outcome.output.contains("The agent asks: run the tests"));
        QVERIFY(outcome.output.contains("paddockctl session answer s0000000"));
    }

    void aQuestionIsAnsweredByItsId()
    {
        const Wish wish{.fake = {{u"sessions"_s, 2}}};
        const Outcome outcome = run(u"session answer s0000000 reject --json"_s, wish);
        QCOMPARE(outcome.exitCode, 0);
        const QString question = outcome.json()[u"question"].toString();
        QVERIFY(!question.isEmpty());
        QVERIFY2(ownersLog().contains(u"session.answer(s0000000|"_s + question + u"|reject)"_s),
                 qPrintable(ownersLog()));
        const Outcome nothing = run(u"session answer s0000001 allow --json"_s, wish);
        QCOMPARE(nothing.exitCode, 1);
        QCOMPARE(nothing.error().value(u"kind").toString(), u"not-found"_s);
    }

    void aDiffInAPipeIsBytes()
    {
        const Wish wish{.fake = {{u"sessions"_s, 1}}};
        const Outcome outcome = run(u"session diff s0000000"_s, wish);
        QCOMPARE(outcome.output,
                 QByteArray("--- a/a.txt\n+++ b/a.txt\n@@ -0,0 +1 @@\n+\x1b[31mred\xff\n"));
        QVERIFY(run(u"session diff s0000000 --stat"_s, wish).output.contains("a.txt"));
    }

    void hunksAreNumberedForTheirSelection()
    {
        const Wish wish{.fake = {{u"sessions"_s, 1}}};
        const Outcome shown = run(u"session diff s0000000 --unstaged --hunks a.txt"_s, wish);
        QCOMPARE(shown.output,
                 QByteArray("diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n"
                            "hunk 12ab34  @@ -1,2 +1,2 @@\n       same\n    1 -old\n"
                            "    2 +\x1b[31mnew\xff\n\\ No newline at end of file\n"));
        // A unified diff without --hunks, for git apply.
        QCOMPARE(run(u"session diff s0000000 --unstaged a.txt"_s, wish).output,
                 QByteArray("diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n"
                            "@@ -1,2 +1,2 @@\n same\n-old\n"
                            "+\x1b[31mnew\xff\n\\ No newline at end of file\n"));
        QVERIFY(ownersLog().contains(u"changes.diff(s0000000|unstaged)"));
        QCOMPARE(run(u"session stage s0000000 a.txt --hunk 12 --lines 2"_s, wish).exitCode, 0);
        QVERIFY(ownersLog().contains(u"changes.stage(s0000000|a.txt)"));
        const Outcome gone = run(u"session discard s0000000 a.txt --hunk 99 --json"_s, wish);
        QCOMPARE(gone.exitCode, 1);
        QCOMPARE(gone.error().value(u"kind").toString(), u"not-found"_s);
        QVERIFY(!ownersLog().contains(u"changes.discard("));
    }

    void reviewGoesWithItsComparison()
    {
        const Wish wish{.fake = {{u"sessions"_s, 1}}};
        const Outcome marked =
            run(u"session review s0000000 a.txt --hunk 12 --since last-look"_s, wish);
        QCOMPARE(marked.output, QByteArray("2 change(s) marked as reviewed. 1 left to review.\n"));
        QVERIFY(ownersLog().contains(u"changes.diff(s0000000|last-look)"));
        QVERIFY(ownersLog().contains(u"changes.review(s0000000|a.txt|last-look|reviewed)"));
        QCOMPARE(run(u"session review s0000000 --all --undo"_s, wish).exitCode, 0);
        QVERIFY(ownersLog().contains(u"changes.review(s0000000|everything|open)"));
        const Outcome shown = run(u"session diff s0000000 --since last-look"_s, wish);
        QCOMPARE(shown.exitCode, 0);
        QVERIFY(shown.errors.contains("paddockctl session seen s0000000"));
        QCOMPARE(run(u"session seen s0000000 "_s + QString(40, u'a'), wish).exitCode, 0);
        QVERIFY(ownersLog().contains(u"changes.looked(s0000000|"_s + QString(40, u'a') + u')'));
        QCOMPARE(run(u"session diff s0000000 --since yesterday"_s, wish).exitCode, 2);
    }

    void selectionsThatMeanNothing_data()
    {
        QTest::addColumn<QString>("line");
        QTest::newRow("no file") << u"session stage s0000000"_s;
        QTest::newRow("files and all") << u"session stage s0000000 a.txt --all"_s;
        QTest::newRow("lines without a hunk") << u"session stage s0000000 a.txt --lines 1"_s;
        QTest::newRow("a hunk of two files") << u"session stage s0000000 a.txt b.txt --hunk 1"_s;
        QTest::newRow("odd lines") << u"session stage s0000000 a.txt --hunk 12 --lines 3-1"_s;
        QTest::newRow("no message") << u"session commit s0000000"_s;
        QTest::newRow("two comparisons") << u"session diff s0000000 --staged --commits"_s;
        QTest::newRow("review in two comparisons")
            << u"session review s0000000 a.txt --since last-turn --unstaged"_s;
        QTest::newRow("review of nothing") << u"session review s0000000"_s;
        QTest::newRow("odd context") << u"session diff s0000000 --context many"_s;
        QTest::newRow("odd limit") << u"session log s0000000 --limit 0"_s;
        QTest::newRow("cherry-pick of nothing") << u"session merge s0000000 --method cherry-pick"_s;
        QTest::newRow("commits without cherry-pick") << u"session merge s0000000 --commits abc"_s;
    }
    void selectionsThatMeanNothing()
    {
        QFETCH(QString, line);
        const Outcome outcome = run(line + u" --json"_s, {.fake = {{u"sessions"_s, 1}}});
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(outcome.output.isEmpty());
        QCOMPARE(outcome.error().value(u"kind").toString(), u"invalid-argument"_s);
        QVERIFY(!outcome.error().value(u"message").toString().isEmpty());
        for (const auto &verb : {u"stage("_s, u"commit("_s, u"merge("_s, u"review("_s})
            QVERIFY(!ownersLog().contains(u"changes."_s + verb));
    }

    void conflictsAreFailuresThatNameTheFiles()
    {
        const Wish wish{.fake = {{u"sessions"_s, 1}, {u"conflict"_s, true}}};
        for (const auto &line :
             {u"session commit s0000000 -m x --json"_s, u"session merge s0000000 --json"_s}) {
            const Outcome outcome = run(line, wish);
            QCOMPARE(outcome.exitCode, 1);
            QVERIFY(outcome.output.isEmpty());
            QCOMPARE(outcome.error().value(u"kind").toString(), u"conflict"_s);
            QVERIFY(outcome.error().value(u"detail").toString().contains(u"a.txt (content)"));
            QVERIFY(!outcome.error().value(u"remedy").toString().isEmpty());
        }
        // What would be in the way is no failure of a preview.
        const Outcome preview = run(u"session merge s0000000 --preview"_s, wish);
        QCOMPARE(preview.exitCode, 0);
        QVERIFY(preview.output.contains("Conflict: a.txt (content)"));
        QVERIFY(preview.output.contains("In the way: b.txt"));
    }

    void namesInAStatusSteerNothing()
    {
        const Outcome outcome = run(u"session status s0000000"_s, {.fake = {{u"sessions"_s, 1}}});
        QCOMPARE(outcome.exitCode, 0);
        QVERIFY(!outcome.output.contains('\x1b'));
        QVERIFY2(outcome.output.contains("\"b\\033.txt\""), outcome.output.constData());
        QVERIFY(outcome.output.contains("2 commit(s)"));
        const Outcome log = run(u"session log s0000000"_s, {.fake = {{u"sessions"_s, 1}}});
        QVERIFY(!log.output.contains('\x1b'));
        QVERIFY(log.output.contains("cccccccccccc"));
    }

    void aPatchIsWrittenWhole()
    {
        const QString file = m_environment->path(u"out.patch"_s);
        const Wish wish{.fake = {{u"sessions"_s, 1}}};
        QCOMPARE(run({u"session"_s, u"patch"_s, u"s0000000"_s, u"-o"_s, file}, wish).exitCode, 0);
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        QCOMPARE(written.readAll(), QByteArray("From x\n\xff"));
        const Outcome nowhere =
            run({u"session"_s, u"patch"_s, u"s0000000"_s, u"-o"_s, u"/nonexistent/x"_s}, wish);
        QCOMPARE(nowhere.exitCode, 1);
        QVERIFY(nowhere.errors.contains("/nonexistent/x"));
    }

    void startTakesEveryOption()
    {
        const QString project = repository();
        const Outcome outcome = run({u"session"_s,
                                     u"start"_s,
                                     u"--project"_s,
                                     u"../project"_s,
                                     u"--title"_s,
                                     u"T"_s,
                                     u"--mode"_s,
                                     u"explore"_s,
                                     u"--image"_s,
                                     u"i:1"_s,
                                     u"--base"_s,
                                     u"main"_s,
                                     u"-m"_s,
                                     u"-"_s,
                                     u"--upstream"_s,
                                     u"demo"_s,
                                     u"--terminal"_s,
                                     u"--json"_s,
                                     u"--demo-script"_s,
                                     u"s.json"_s,
                                     u"--branch"_s,
                                     u"feature/x"_s,
                                     u"--adopt"_s,
                                     u"origin/topic"_s,
                                     u"--fetch-remote"_s,
                                     u"up"_s,
                                     u"--copy-ignored"_s,
                                     u"./node_modules/"_s,
                                     u"--copy-ignored"_s,
                                     u".env"_s,
                                     u"--with-secrets"_s,
                                     u"--include"_s,
                                     u"/src/"_s,
                                     u"--exclude"_s,
                                     u"*.pem"_s,
                                     u"--exclude"_s,
                                     u"docs/"_s,
                                     u"--"_s,
                                     u"sh"_s,
                                     u"-c"_s,
                                     u"ls -l"_s},
                                    {.input = "line one\nline two\n", .folder = project});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.constData());
        QVERIFY2(ownersLog().contains(u"session.start("_s + project +
                                      u"|T|custom|explore|i:1|line one\nline two|main|sh -c ls -l|"
                                      u"terminal|demo|"_s +
                                      project +
                                      u"/s.json|feature/x|origin/topic|fetch|up|node_modules "
                                      ".env|with secrets|/src/|*.pem docs/)"_s),
                 qPrintable(ownersLog()));
    }

    void theProjectIsTheRepositoryOfTheFolder()
    {
        const QString project = repository();
        QCOMPARE(run(u"session start -m x"_s, {.folder = project + u"/src"_s}).exitCode, 0);
        QVERIFY(ownersLog().contains(u"session.start("_s + project + u'|'));
        // Paths are those of the folder; they go on as the project has them.
        QCOMPARE(run(u"session start -m x --copy-ignored .env --copy-ignored ../a/b"_s,
                     {.folder = project + u"/src"_s})
                     .exitCode,
                 0);
        QVERIFY2(ownersLog().contains(u"|src/.env a/b|"), qPrintable(ownersLog()));
        const Outcome outside =
            run(u"session start -m x --json"_s, {.folder = m_environment->path(u"home"_s)});
        QCOMPARE(outside.exitCode, 1);
        QCOMPARE(outside.error().value(u"kind").toString(), u"not-a-repository"_s);
        QCOMPARE(run(u"session start -p myproject -m x"_s).exitCode, 0);
        QVERIFY(ownersLog().contains(u"session.start(myproject|"));
    }

    void aProjectIsLookedAtBeforeAStart()
    {
        const QString project = repository();
        const Wish here{.folder = project + u"/src"_s};
        const Outcome ignored = run(u"project ignored"_s, here);
        QVERIFY2(ignored.output.contains("looks secret"), ignored.output.constData());
        QVERIFY(ignored.output.contains("too large"));
        QVERIFY(ignored.output.contains("\"node\\033_modules\""));
        QVERIFY(!ignored.output.contains('\x1b'));
        QVERIFY(ownersLog().contains(u"project.ignored("_s + project + u"|)"_s));
        QCOMPARE(run(u"project ignored shop --pattern *.pem --pattern /build/"_s).exitCode, 0);
        QVERIFY(ownersLog().contains(u"project.ignored(shop|*.pem /build/)"));

        const Outcome preview =
            run(u"project preview .. --base v1 --include /src/ --exclude *.md"_s, here);
        QVERIFY2(preview.output.contains("hidden  \"docs/\\377.md\""), preview.output.constData());
        QVERIFY(preview.output.contains("2 file(s)"));
        QVERIFY2(preview.errors.contains("explores"), preview.errors.constData());
        QVERIFY(ownersLog().contains(u"project.preview("_s + project + u"|v1|/src/|*.md)"_s));
        const Outcome outside =
            run(u"project ignored --json"_s, {.folder = m_environment->path(u"home"_s)});
        QCOMPARE(outside.exitCode, 1);
        QCOMPARE(outside.error().value(u"kind").toString(), u"not-a-repository"_s);
    }

    void settingsOfAProjectAreChangedAndShown()
    {
        const QString project = repository();
        const Wish here{.folder = project + u"/src"_s};
        QCOMPARE(run(u"project add"_s, here).exitCode, 0);
        const Outcome set = run({u"project"_s,
                                 u"set"_s,
                                 u"--isolation"_s,
                                 u"never"_s,
                                 u"--image"_s,
                                 QString(),
                                 u"--protect"_s,
                                 u"main"_s,
                                 u"--protect"_s,
                                 u"release/*"_s,
                                 u"--git"_s,
                                 u"core.eol=lf"_s,
                                 u"--git"_s,
                                 u"merge.conflictStyle="_s,
                                 u"--unset-git"_s,
                                 u"diff.renames"_s,
                                 u"--umask"_s,
                                 u"027"_s},
                                here);
        QVERIFY2(set.exitCode == 0, set.errors.constData());
        QVERIFY2(ownersLog().contains(u"project.change("_s + project +
                                      u"|image= isolation=never protect=main,release/* "
                                      "core.eol=lf merge.conflictStyle= unset-git=diff.renames "
                                      "umask=027)"_s),
                 qPrintable(ownersLog()));
        QVERIFY2(set.output.contains("Isolation           never"), set.output.constData());
        QVERIFY(set.output.contains("core.eol=lf"));
        // Named by what it is called, from anywhere; an empty list of branches is a list.
        QCOMPARE(run({u"project"_s, u"set"_s, u"shop"_s, u"--protect"_s, QString()}).exitCode, 0);
        QVERIFY(ownersLog().contains(u"project.change(shop|protect=)"));

        const Outcome shown = run(u"project show"_s, here);
        QVERIFY2(shown.output.contains("main, master") && shown.output.contains("(yours)"),
                 shown.output.constData());
        const QJsonValue json = run(u"project show --json"_s, here).json();
        QCOMPARE(json[u"settings"][u"isolation"].toString(), u"always"_s);
        const Outcome unknown = run(u"project show nowhere --json"_s);
        QCOMPARE(unknown.error().value(u"kind").toString(), u"not-found"_s);
        for (const char *wrong : {"project set", "project set --git core.eol"}) {
            const Outcome refused = run(QString::fromLatin1(wrong) + u" --json"_s, here);
            QCOMPARE(refused.exitCode, 1);
            QCOMPARE(refused.error().value(u"kind").toString(), u"invalid-argument"_s);
            QVERIFY(!refused.error().value(u"remedy").toString().isEmpty());
        }
        QCOMPARE(run(u"project set --isolation often"_s, here).exitCode, 2);
    }

    void waitFailsWithTheSession()
    {
        const Error error =
            Error(ErrorKind::ImageNotFound, u"There is no image."_s).withRemedy(u"Build it."_s);
        const Outcome outcome =
            run(u"session start -m x --wait --json"_s,
                {.fake = {{u"sessionFailure"_s, control::toJson(error)}}, .folder = repository()});
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(outcome.output.isEmpty());
        QCOMPARE(outcome.error(), control::toJson(error));
    }

    void waitAnswersTheSettledSession()
    {
        const Outcome outcome =
            run(u"session start -m x --wait --json"_s, {.folder = repository()});
        QCOMPARE(outcome.exitCode, 0);
        QCOMPARE(outcome.json()[u"state"].toString(), u"waiting"_s);
    }

    void aMessageFromStandardInput()
    {
        const Wish wish{.fake = {{u"sessions"_s, 1}}, .input = "hello\nthere\n"};
        QCOMPARE(run(u"session send s0000000"_s, wish).exitCode, 0);
        QVERIFY(ownersLog().contains(u"session.send(s0000000|hello\nthere)"));
        const Outcome empty = run(u"session send s0000000 --json"_s);
        QCOMPARE(empty.exitCode, 1);
        QCOMPARE(empty.error().value(u"kind").toString(), u"invalid-argument"_s);
        const Outcome binary =
            run(u"session send s0000000 --json"_s, {.input = QByteArray("\xff\xfe", 2)});
        QCOMPARE(binary.exitCode, 1);
    }

    void aTerminalInAPipe()
    {
        const Wish wish{.fake = {{u"sessions"_s, 1}}, .input = "exit 7\n"};
        const Outcome outcome = run(u"session shell s0000000"_s, wish);
        QCOMPARE(outcome.exitCode, 7);
        QVERIFY(outcome.output.contains("$ "));
    }

    void aRealTerminal_data()
    {
        QTest::addColumn<QString>("how");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("program ends") << u"exit"_s << 3;
        QTest::newRow("detached") << u"detach"_s << 0;
        QTest::newRow("terminated") << u"term"_s << 128 + SIGTERM;
        QTest::newRow("hung up") << u"hangup"_s << 128 + SIGHUP;
        QTest::newRow("owner killed") << u"owner"_s << 1;
    }
    void aRealTerminal()
    {
        QFETCH(QString, how);
        QFETCH(int, exitCode);
        const Wish wish{.fake = {{u"sessions"_s, 1}, {u"die"_s, u"session.stop"_s}}};
        QCOMPARE(run(u"session list"_s, wish).exitCode, 0);

        int master = -1;
        int terminal = -1;
        winsize size = {.ws_row = 43, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
        QCOMPARE(::openpty(&master, &terminal, nullptr, nullptr, &size), 0);
        termios before = {};
        QCOMPARE(::tcgetattr(terminal, &before), 0);
        ::fcntl(master, F_SETFL, O_NONBLOCK);

        QProcess process;
        prepare(process, {u"session"_s, u"attach"_s, u"s0000000"_s}, wish);
        process.setChildProcessModifier([terminal] {
            ::setsid();
            ::ioctl(terminal, TIOCSCTTY, 0);
            for (int descriptor = 0; descriptor < 3; ++descriptor)
                ::dup2(terminal, descriptor);
        });
        process.start();
        QVERIFY(process.waitForStarted());
        QByteArray screen;
        const auto sees = [&](const QByteArray &text) {
            return QTest::qWaitFor(
                [&] {
                    char buffer[4096];
                    for (ssize_t count = 0; (count = ::read(master, buffer, sizeof(buffer))) > 0;)
                        screen.append(buffer, count);
                    return screen.contains(text);
                },
                5'000);
        };
        const auto type = [master](const QByteArray &keys) {
            return ::write(master, keys.constData(), std::size_t(keys.size())) == keys.size();
        };
        QVERIFY2(sees("\x1b[?25l$ "), screen.constData());
        termios during = {};
        QCOMPARE(::tcgetattr(terminal, &during), 0);
        QVERIFY(!(during.c_lflag & (ECHO | ICANON | ISIG)));
        // Ctrl-P Ctrl-Q, Ctrl-C and Ctrl-Z belong to the program.
        QVERIFY(type("\x10\x11\x03\x1a"));
        QVERIFY2(sees("got 1011031a"), screen.constData());
        QVERIFY(type("size"));
        QVERIFY2(sees("132x43"), screen.constData());
        size.ws_col = 90;
        ::ioctl(master, TIOCSWINSZ, &size); // sends SIGWINCH to the foreground
        QVERIFY(QTest::qWaitFor([&] { return type("size") && sees("90x43"); }));

        if (how == u"exit")
            QVERIFY(type("exit 3"));
        else if (how == u"detach")
            QVERIFY(type("\x1d"));
        else if (how == u"term")
            ::kill(static_cast<pid_t>(process.processId()), SIGTERM);
        else if (how == u"hangup")
            ::kill(static_cast<pid_t>(process.processId()), SIGHUP);
        else
            QCOMPARE(run(u"session stop s0000000"_s, wish).exitCode, 1); // kills it
        const bool ended = QTest::qWaitFor(
            [&] {
                static_cast<void>(sees("never"));
                return process.state() == QProcess::NotRunning;
            },
            10'000);
        if (!ended)
            process.kill();
        QVERIFY(ended);
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), exitCode);
        // The terminal is as it was: out of the alternate screen, cursor shown, cooked.
        QVERIFY2(screen.contains("\x1b[?25h") && screen.contains("\x1b[?1049l"),
                 screen.constData());
        termios after = {};
        QCOMPARE(::tcgetattr(terminal, &after), 0);
        QCOMPARE(after.c_lflag, before.c_lflag);
        QCOMPARE(after.c_iflag, before.c_iflag);
        QCOMPARE(after.c_oflag, before.c_oflag);
        ::close(master);
        ::close(terminal);
    }

    void onATerminalNothingSteersIt()
    {
        int master = -1;
        int terminal = -1;
        QCOMPARE(::openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
        ::fcntl(master, F_SETFL, O_NONBLOCK);
        QProcess process;
        prepare(process, {u"session"_s, u"diff"_s, u"s0000000"_s}, {.fake = {{u"sessions"_s, 1}}});
        process.setChildProcessModifier([terminal] { ::dup2(terminal, STDOUT_FILENO); });
        process.start();
        QVERIFY(process.waitForFinished());
        char buffer[4096];
        const ssize_t count = ::read(master, buffer, sizeof(buffer));
        ::close(master);
        ::close(terminal);
        QVERIFY(count > 0);
        const QByteArray shown(buffer, count);
        QVERIFY2(shown.contains("+\\x1b[31mred\\xff"), shown.constData());
        QVERIFY(!shown.contains('\x1b'));
    }

    void whatHappensIsPrintedAsItHappens()
    {
        QProcess process;
        prepare(process, {u"events"_s, u"--json"_s}, {.fake = {{u"sessions"_s, 2}}});
        process.start();
        QList<QJsonObject> events;
        const auto has = [&](const QString &name, int count = 1) {
            return QTest::qWaitFor([&] {
                while (process.canReadLine())
                    events.append(QJsonDocument::fromJson(process.readLine()).object());
                return std::ranges::count_if(events, [&name](const QJsonObject &event) {
                           return event.value(u"event").toString() == name;
                       }) >= count;
            });
        };
        QVERIFY(has(u"session.listed"_s, 2));
        // By others, while it listens.
        QCOMPARE(run(u"session stop s0000001"_s).exitCode, 0);
        QVERIFY(has(u"session.changed"_s));
        QCOMPARE(events.last()[u"session"][u"id"].toString(), u"s0000001"_s);
        QVERIFY(
            QDateTime::fromString(events.last()[u"at"].toString(), Qt::ISODateWithMs).isValid());
        QCOMPARE(run(u"project add"_s, {.folder = repository()}).exitCode, 0);
        QVERIFY(has(u"project.changed"_s));
        QCOMPARE(events.last()[u"projects"][0][u"name"].toString(), u"project"_s);
        QCOMPARE(run(u"session remove s0000000"_s).exitCode, 0);
        QVERIFY(has(u"session.removed"_s));
        // Only what was asked for; in words for people.
        QProcess one;
        prepare(one, {u"events"_s, u"s0000001"_s}, {});
        one.start();
        QVERIFY(QTest::qWaitFor([&one] { return one.canReadLine(); }));
        QVERIFY(one.readLine().contains("s0000001"));
        const Outcome nobody = run(u"events nothing1 --json"_s);
        QCOMPARE(nobody.exitCode, 1);
        QCOMPARE(nobody.error().value(u"kind").toString(), u"not-found"_s);
        static_cast<void>(run(u"serve --stop"_s));
        for (QProcess *listener : {&process, &one}) {
            QVERIFY(listener->waitForFinished());
            QCOMPARE(listener->exitCode(), 1);
        }
        QVERIFY(process.readAllStandardError().contains("owner-unreachable"));
        QVERIFY(!one.readAllStandardOutput().contains("s0000000"));
    }

    void anOwnerThatIsAboutToEndIsWaitedFor()
    {
        // The lock is held, but nobody will ever listen: until the holder ends.
        const auto paths = XdgPaths::fromEnvironment();
        auto lock = control::OwnerLock::acquire(*paths);
        QVERIFY(lock);
        QProcess process;
        prepare(process, {u"session"_s, u"list"_s}, {});
        process.start();
        QVERIFY(!process.waitForFinished(500));
        lock->release();
        QVERIFY(process.waitForFinished(8'000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    }

    void stopWithoutAnOwner()
    {
        const Outcome outcome = run(u"serve --stop --json"_s);
        QCOMPARE(outcome.exitCode, 0);
        QCOMPARE(outcome.json()[u"stopped"].toBool(true), false);
        QCOMPARE(run(u"session list"_s).exitCode, 0);
        QCOMPARE(run(u"serve --stop --json"_s).json()[u"stopped"].toBool(), true);
        QVERIFY(!QFileInfo::exists(m_environment->path(u"run/paddock/control.sock"_s)));
    }
};

QTEST_GUILESS_MAIN(tst_Paddockctl)
#include "tst_Paddockctl.moc"
