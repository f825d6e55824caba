// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/TestEnvironment.h"
#include "tests/ui/UiFixture.h"
#include "ui/main/MainWindow.h"
#include "ui/newsession/NewSessionDialog.h"
#include "ui/session/SessionPage.h"
#include "ui/theme/Theme.h"
#include "ui/widgets/MessageCard.h"

#include <QComboBox>
#include <QFileDialog>
#include <QProgressBar>

using namespace paddock;
using namespace paddock::ui;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using H = facade::HealthItem::Status;

/// New session, health strip, build of an image.
class tst_Dialogs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_environment = std::make_unique<TestEnvironment>();
        m_theme = std::make_unique<Theme>(*qApp, Scheme::Light, Theme::Follow::Nothing);
    }
    void init()
    {
        m_fake = std::make_unique<FakeServices>();
        fillStory(*m_fake);
        openWindow();
    }
    void cleanup()
    {
        m_window.reset();
        m_fake.reset();
    }

    void startWithTheKeyboardAlone()
    {
        QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
        QPointer<QDialog> dialog = newDialog();
        auto *message = child<QPlainTextEdit>(dialog, u"newMessage"_s);
        QTRY_VERIFY(message->hasFocus());
        QTest::keyClicks(message, u"Fix the parser"_s);
        QTest::keyClick(message, Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(m_fake->script.calls(u"session.start"_s).size(), 1);
        const auto call = m_fake->script.calls(u"session.start"_s).first();
        QCOMPARE(call.actor, u"person:window"_s);
        QCOMPARE(call.arguments.at(0), u"shop0001"_s);
        QCOMPARE(call.arguments.at(1), u"Fix the parser"_s);
        QCOMPARE(call.arguments.at(2), u"claude-code"_s);
        QCOMPARE(call.arguments.at(3), u"write"_s);
        QCOMPARE(call.arguments.at(5), u"Fix the parser"_s);
        // The session opens at once, with its start on view.
        QTRY_VERIFY(!dialog);
        QTRY_COMPARE(m_window->findChild<SessionPage *>()->session(), SessionId{u"start001"_s});
        QTRY_VERIFY(child<QWidget>(m_window.get(), u"startCard"_s)->isVisible());
        QTest::mouseClick(child<QPushButton>(m_window.get(), u"cancelStart"_s), Qt::LeftButton);
        QTRY_COMPARE(m_fake->script.calls(u"session.stop"_s).size(), 1);
    }

    void everyChoiceIsSent()
    {
        m_window->newSession();
        QDialog *dialog = newDialog();
        child<QPlainTextEdit>(dialog, u"newMessage"_s)->setPlainText(u"Look around\nand tell"_s);
        auto *project = child<QComboBox>(dialog, u"newProject"_s);
        project->setCurrentIndex(project->findData(u"pars0001"_s));
        child<QPushButton>(dialog, u"modeExplore"_s)->click();
        auto *image = child<QComboBox>(dialog, u"newImage"_s);
        QTRY_VERIFY(image->findData(u"claude-agent-node:latest"_s) > 0);
        image->setCurrentIndex(image->findData(u"claude-agent-node:latest"_s));
        child<QPushButton>(dialog, u"startButton"_s)->click();
        QTRY_COMPARE(m_fake->script.calls(u"session.start"_s).size(), 1);
        const QStringList arguments = m_fake->script.calls(u"session.start"_s).first().arguments;
        QCOMPARE(arguments.at(0), u"pars0001"_s);
        QCOMPARE(arguments.at(1), u"Look around"_s);
        QCOMPARE(arguments.at(3), u"explore"_s);
        QCOMPARE(arguments.at(4), u"claude-agent-node:latest"_s);
        QVERIFY(arguments.at(9).isEmpty());
    }

    /// Whoever lets an agent into their own files sees it before the start.
    void theModeSaysWhereTheAgentWorks()
    {
        using projects::Isolation;
        const QHash<Isolation, QString> words{{Isolation::Always, u"A worktree and a branch"_s},
                                              {Isolation::Concurrent, u"or a worktree while"_s},
                                              {Isolation::Never, u"with all files in it"_s}};
        for (auto it = words.cbegin(); it != words.cend(); ++it) {
            for (facade::ProjectInfo &project : m_fake->projects.projects)
                project.settings.isolation = it.key();
            m_window->newSession();
            QDialog *dialog = newDialog();
            const auto says = [dialog](const QString &text) {
                return std::ranges::any_of(dialog->findChildren<QLabel *>(), [&](QLabel *label) {
                    return label->text().contains(text);
                });
            };
            QVERIFY2(says(it.value()), qPrintable(it.value()));
            child<QPushButton>(dialog, u"modeExplore"_s)->click();
            QVERIFY(!says(it.value()) && says(u"read-only"_s));
            dialog->reject();
            QTRY_VERIFY(!m_window->findChild<QDialog *>(u"newSessionDialog"_s));
        }
    }

    void theDemonstrationBringsItsProject()
    {
        m_window->newSession();
        QDialog *dialog = newDialog();
        auto *agent = child<QComboBox>(dialog, u"newAgent"_s);
        agent->setCurrentIndex(1);
        QVERIFY(!child<QComboBox>(dialog, u"newProject"_s)->isEnabled());
        QCOMPARE(child<QPlainTextEdit>(dialog, u"newMessage"_s)->toPlainText(),
                 u"Fix the word count"_s);
        child<QPushButton>(dialog, u"startButton"_s)->click();
        QTRY_COMPARE(m_fake->script.calls(u"session.start"_s).size(), 1);
        QCOMPARE(m_fake->script.calls(u"project.add"_s).first().arguments.first(),
                 u"/sample/word-count"_s);
        const QStringList arguments = m_fake->script.calls(u"session.start"_s).first().arguments;
        QCOMPARE(arguments.at(0), m_fake->projects.projects.last().id.value);
        QCOMPARE(arguments.at(9), u"demo"_s);
    }

    void theImageSaysWhereItComesFrom()
    {
        m_window->newSession();
        auto *dialog = qobject_cast<NewSessionDialog *>(newDialog());
        const auto says = [dialog](const QString &text) {
            const QList<QLabel *> labels = dialog->findChildren<QLabel *>();
            return std::ranges::any_of(
                labels, [&](const QLabel *label) { return label->text().contains(text); });
        };
        QVERIFY(says(u"claude-agent-node, from the project."_s));
        auto *project = child<QComboBox>(dialog, u"newProject"_s);
        project->setCurrentIndex(project->findData(u"pars0001"_s));
        QVERIFY(says(u"because the project names none"_s));
    }

    void whatIsMissingIsSaid()
    {
        m_window->newSession();
        auto *dialog = qobject_cast<NewSessionDialog *>(newDialog());
        auto *start = child<QPushButton>(dialog, u"startButton"_s);
        QVERIFY(!start->isEnabled());
        QCOMPARE(child<QLabel>(dialog, u"newProblem"_s)->text(), u"Say what is to be done."_s);
        child<QPlainTextEdit>(dialog, u"newMessage"_s)->setPlainText(u"x"_s);
        QVERIFY(start->isEnabled());
        m_fake->projects.projects[0].problem = u"It is a SHA-256 repository."_s;
        Q_EMIT m_fake->projects.changed();
        QVERIFY(!start->isEnabled());
        QCOMPARE(dialog->problem(), u"It is a SHA-256 repository."_s);
        m_fake->projects.projects.clear();
        Q_EMIT m_fake->projects.changed();
        QCOMPARE(dialog->problem(), u"Add a project first."_s);
        m_fake->health.setHealth(engineDownHealth());
    }

    void anEngineThatIsDownIsSaidBeforeTheStart()
    {
        m_fake->health.setHealth(engineDownHealth());
        m_window->newSession();
        auto *dialog = qobject_cast<NewSessionDialog *>(newDialog());
        child<QPlainTextEdit>(dialog, u"newMessage"_s)->setPlainText(u"x"_s);
        QVERIFY(dialog->problem().contains(u"docker.sock"_s));
        m_fake->health.setHealth(goodHealth());
        QVERIFY(dialog->problem().isEmpty());
    }

    void aRefusedStartKeepsWhatWasTyped()
    {
        m_fake->script.failNext(u"session.start"_s,
                                Error(ErrorKind::BranchExists, u"paddock/x exists."_s));
        m_window->newSession();
        QDialog *dialog = newDialog();
        child<QPlainTextEdit>(dialog, u"newMessage"_s)->setPlainText(u"x"_s);
        child<QPushButton>(dialog, u"startButton"_s)->click();
        auto *card = child<MessageCard>(dialog, u"newError"_s);
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(card->message(), u"paddock/x exists."_s);
        QCOMPARE(child<QPlainTextEdit>(dialog, u"newMessage"_s)->toPlainText(), u"x"_s);
        QVERIFY(child<QPushButton>(dialog, u"startButton"_s)->isEnabled());
    }

    void aProjectIsAddedFromTheDialog()
    {
        m_window->newSession();
        QDialog *dialog = newDialog();
        child<QPushButton>(dialog, u"newAddProject"_s)->click();
        auto *chooser = child<QFileDialog>(dialog, u"projectChooser"_s);
        Q_EMIT chooser->fileSelected(u"/home/ada/src/fresh"_s);
        QTRY_COMPARE(m_fake->script.calls(u"project.add"_s).size(), 1);
        QTRY_VERIFY(child<QComboBox>(dialog, u"newProject"_s)->currentText().contains(u"fresh"_s));
        chooser->close();
    }

    void healthShowsRemedyAndRetry()
    {
        m_fake->health.setHealth(engineDownHealth());
        auto *engine = child<QPushButton>(m_window.get(), u"health-engine"_s);
        QVERIFY(engine->accessibleName().contains(u"does not work"_s));
        engine->click();
        QPointer<QWidget> popover = child<QWidget>(m_window.get(), u"healthPopover"_s);
        QVERIFY(popover->isVisible());
        const auto *card = popover->findChild<MessageCard *>();
        QCOMPARE(card->remedy(), u"Start Docker, or set DOCKER_HOST to the engine to use."_s);
        const qsizetype before = m_fake->script.calls(u"health.check"_s).size();
        child<QPushButton>(popover, u"healthRetry"_s)->click();
        QCOMPARE(m_fake->script.calls(u"health.check"_s).size(), before + 1);
        QTRY_VERIFY(!popover);
    }

    void aMissingImageIsBuiltAndTheWindowStaysUsable()
    {
        facade::Health health = goodHealth();
        health.imageAvailable = false;
        health.items = {healthItem(u"engine"_s, u"Docker"_s, H::Good),
                        healthItem(u"image"_s,
                                   u"Image claude-agent-base"_s,
                                   H::Missing,
                                   Error(ErrorKind::ImageNotFound, {}),
                                   u"build-image"_s)};
        m_fake->health.setHealth(health);
        child<QPushButton>(m_window.get(), u"health-image"_s)->click();
        child<QPushButton>(m_window.get(), u"healthBuild"_s)->click();
        QTRY_COMPARE(m_fake->script.calls(u"image.build"_s).size(), 1);
        QPointer<QDialog> dialog = child<QDialog>(m_window.get(), u"buildDialog"_s);
        QVERIFY(m_fake->images.running);
        Q_EMIT m_fake->images.running->progress(2, 7);
        Q_EMIT m_fake->images.running->log(u"Step 2/7 : RUN apt-get \x1b[31minstall"_s);
        QCOMPARE(child<QLabel>(dialog, u"buildStep"_s)->text(), u"Step 2 of 7"_s);
        QCOMPARE(child<QProgressBar>(dialog, u"buildProgress"_s)->value(), 2);
        auto *log = child<QPlainTextEdit>(dialog, u"buildLog"_s);
        QTRY_COMPARE(log->toPlainText(), u"Step 2/7 : RUN apt-get \\u{001B}[31minstall"_s);
        child<QPushButton>(dialog, u"closeBuild"_s)->click(); // continue in background
        QTRY_VERIFY(!dialog);
        auto *building = child<QPushButton>(m_window.get(), u"buildingButton"_s);
        QVERIFY(building->isVisible());
        QCOMPARE(building->text(), u"Building image, 2 of 7"_s);
        building->click();
        dialog = child<QDialog>(m_window.get(), u"buildDialog"_s);
        QVERIFY(
            child<QPlainTextEdit>(dialog, u"buildLog"_s)->toPlainText().contains(u"Step 2/7"_s));
        const qsizetype checks = m_fake->script.calls(u"health.check"_s).size();
        Q_EMIT m_fake->images.running->finished(u"sha256:1"_s);
        QTRY_VERIFY(!building->isVisible());
        QCOMPARE(m_fake->script.calls(u"health.check"_s).size(), checks + 1);
        QCOMPARE(child<QLabel>(dialog, u"buildStep"_s)->text(), u"The image is ready."_s);
    }

    void aBuildCanBeCancelledAndStartedAgain()
    {
        facade::Health health = goodHealth();
        health.items = {healthItem(u"image"_s,
                                   u"Image"_s,
                                   H::Missing,
                                   Error(ErrorKind::ImageNotFound, {}),
                                   u"build-image"_s)};
        m_fake->health.setHealth(health);
        child<QPushButton>(m_window.get(), u"health-image"_s)->click();
        child<QPushButton>(m_window.get(), u"healthBuild"_s)->click();
        QDialog *dialog = child<QDialog>(m_window.get(), u"buildDialog"_s);
        QPointer<FakeImageBuild> build = m_fake->images.running;
        child<QPushButton>(dialog, u"cancelBuild"_s)->click();
        QVERIFY(build->cancelled);
        if (build)
            Q_EMIT build->finished(fail(ErrorKind::Cancelled, QString()));
        auto *again = child<QPushButton>(dialog, u"buildAgain"_s);
        QTRY_VERIFY(again->isVisible());
        again->click();
        QTRY_COMPARE(m_fake->script.calls(u"image.build"_s).size(), 2);
        Q_EMIT m_fake->images.running->finished(
            fail(Error(ErrorKind::ImageBuildFailed, u"Step 3 failed."_s)
                     .withDetail(u"apt: no network"_s)));
        auto *card = child<MessageCard>(dialog, u"buildError"_s);
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(card->message(), u"Step 3 failed."_s);
    }

private:
    void openWindow()
    {
        const Demo demo{
            .projectName = u"word-count"_s,
            .prompt = u"Fix the word count"_s,
            .prepareProject = [] { return Pending<QString>::ready(u"/sample/word-count"_s); }};
        m_window = std::make_unique<MainWindow>(m_fake->services(), QString(), demo);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    QDialog *newDialog() const { return child<QDialog>(m_window.get(), u"newSessionDialog"_s); }

    std::unique_ptr<TestEnvironment> m_environment;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<FakeServices> m_fake;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(tst_Dialogs)
#include "tst_Dialogs.moc"
