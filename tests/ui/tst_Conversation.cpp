// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/TestEnvironment.h"
#include "tests/ui/UiFixture.h"
#include "ui/conversation/Composer.h"
#include "ui/conversation/ConversationModel.h"
#include "ui/conversation/ConversationPage.h"
#include "ui/conversation/PermissionCard.h"
#include "ui/conversation/RowWidgets.h"
#include "ui/conversation/TranscriptView.h"
#include "ui/session/StartSteps.h"
#include "ui/theme/Theme.h"
#include "ui/widgets/MessageCard.h"
#include "ui/widgets/TextViews.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QSignalSpy>

using namespace paddock;
using namespace paddock::ui;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using S = sessions::SessionState;

class tst_Conversation : public QObject
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
        m_session = sampleSession(u"talk0001"_s, u"Talk"_s);
        m_session.state = S::Running;
        m_session.substate = u"working"_s;
        m_fake->sessions.addSession(m_session);
        m_talk = std::make_unique<TalkWriter>(m_fake->sessions, m_session.id);
        m_steps = std::make_unique<StartSteps>(m_fake->sessions);
        m_page = std::make_unique<ConversationPage>(m_fake->sessions, *m_steps);
        m_page->resize(800, 700);
    }
    void cleanup()
    {
        m_page.reset();
        m_steps.reset();
        m_talk.reset();
        m_fake.reset();
    }

    void hiddenReadsNothing()
    {
        m_talk->initialize();
        m_page->setSession(m_session);
        m_talk->prompt(u"hello"_s);
        QTest::qWait(20);
        QCOMPARE(m_fake->script.calls(u"session.conversation"_s).size(), 0);
        m_page->show();
        QTRY_COMPARE(m_page->model()->rowCount(), 1);
        m_page->hide();
        const qsizetype asked = m_fake->script.calls(u"session.conversation"_s).size();
        m_talk->say(u"more"_s, u"m"_s);
        QTest::qWait(20);
        QCOMPARE(m_fake->script.calls(u"session.conversation"_s).size(), asked);
        m_page->show();
        QTRY_COMPARE(m_page->model()->rowCount(), 2);
    }

    void modelKeepsItsContract()
    {
        ConversationModel model(m_fake->sessions, m_session.id);
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setActive(true);
        m_talk->initialize();
        m_talk->notice(u"step"_s, u"ready"_s);
        m_talk->prompt(u"hello"_s);
        m_talk->say(u"one "_s, u"m"_s);
        QTRY_COMPARE(model.rowCount(), 3);
        QVERIFY(model.noticeAt(0));
        QCOMPARE(model.rowAt(1)->text, u"hello"_s);
        QVERIFY(model.startsSpeech(1));
        QVERIFY(model.startsSpeech(2));
        const qint64 key = model.keyOf(2);
        changed.clear();
        m_talk->say(u"two"_s, u"m"_s);
        QTRY_COMPARE(changed.count(), 1);
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.rowAt(2)->text, u"one two"_s);
        QCOMPARE(model.keyOf(2), key);
        m_talk->say(u"again"_s, u"other"_s);
        QTRY_COMPARE(model.rowCount(), 4);
        QVERIFY(!model.startsSpeech(3));
    }

    void droppedRowsLeaveTheFront()
    {
        // More than the transcript keeps; the model follows without a reset.
        ConversationModel model(m_fake->sessions, m_session.id);
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_talk->initialize();
        for (int i = 0; i < 21'000; ++i)
            m_talk->say(u"row"_s, QString::number(i));
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.setActive(true);
        QTRY_COMPARE_WITH_TIMEOUT(model.loadState(), ConversationModel::LoadState::Ready, 30'000);
        QCOMPARE(model.rowCount(), 20'000);
        QCOMPARE(model.droppedRows(), 1'000);
        QVERIFY(model.rowAt(0));
        QVERIFY(model.rowAt(19'999));
        QCOMPARE(reset.count(), 0);
    }

    void tenThousandRowsAreShownWithFewWidgets()
    {
        m_talk->initialize();
        for (int i = 0; i < 2'500; ++i) {
            m_talk->prompt(u"Question %1"_s.arg(i));
            m_talk->say(
                u"Answer %1, with some words that may well need a second line when the window is narrow."_s
                    .arg(i),
                u"m%1"_s.arg(i));
            m_talk->run(u"t%1"_s.arg(i), u"echo %1"_s.arg(i), u"%1"_s.arg(i), u"completed"_s);
            m_talk->endTurn();
        }
        openPage();
        QElapsedTimer timer;
        timer.start();
        QTRY_COMPARE_WITH_TIMEOUT(m_page->model()->rowCount(), 10'000, 30'000);
        TranscriptView *view = m_page->view();
        QTRY_VERIFY(view->widgetCount() > 0);
        QVERIFY(view->widgetCount() < 120);
        QVERIFY(view->isFollowing());
        QTRY_VERIFY(view->widgetOf(9'999)); // at the end
        QScrollBar *bar = view->verticalScrollBar();
        QVERIFY(bar->maximum() > 100'000);
        timer.restart();
        int steps = 0;
        for (int value = bar->maximum(); value > 0; value -= bar->maximum() / 60) {
            bar->setValue(value);
            ++steps;
        }
        bar->setValue(0);
        QVERIFY2(timer.elapsed() / steps < 120,
                 qPrintable(QString::number(timer.elapsed() / steps)));
        QVERIFY(view->widgetOf(0));
        QVERIFY(!view->isFollowing());
        QVERIFY(view->widgetCount() < 120);
        // What is being read stays where it is while the conversation goes on.
        m_talk->say(u"new"_s, u"later"_s);
        QTRY_COMPARE(m_page->model()->rowCount(), 10'001);
        QTest::qWait(20);
        QCOMPARE(bar->value(), 0);
        child<QPushButton>(view, u"jumpToNewest"_s)->click();
        QTRY_COMPARE(bar->value(), bar->maximum());
        QVERIFY(view->isFollowing());
    }

    void followsTheEndWhileItIsThere()
    {
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        openPage();
        for (int i = 0; i < 60; ++i)
            m_talk->say(u"Line %1\n\n"_s.arg(i), u"m"_s);
        QScrollBar *bar = m_page->view()->verticalScrollBar();
        QTRY_VERIFY(bar->maximum() > 200);
        QTRY_COMPARE(bar->value(), bar->maximum());
        m_talk->say(u"and more\n\n\n\n\n"_s, u"m"_s);
        QTRY_COMPARE(bar->value(), bar->maximum());
    }

    void fiveMegabytesInOneLineDoNotHang_data()
    {
        QTest::addColumn<QString>("where");
        QTest::newRow("message") << u"message"_s;
        QTest::newRow("output") << u"output"_s;
        QTest::newRow("command") << u"command"_s;
        QTest::newRow("edit") << u"edit"_s;
    }
    void fiveMegabytesInOneLineDoNotHang()
    {
        QFETCH(QString, where);
        const QString huge(5'000'000, u'x');
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        if (where == u"message"_s)
            m_talk->say(huge, u"m"_s);
        else if (where == u"output"_s)
            m_talk->run(u"t"_s, u"cat"_s, huge, u"failed"_s); // failed: shown at once
        else if (where == u"command"_s)
            (void)m_talk->ask(u"t"_s, huge);
        else
            m_talk->edit(u"t"_s, u"/workspace/a"_s, u"before"_s, huge);
        QElapsedTimer timer;
        timer.start();
        openPage();
        QTRY_VERIFY(m_page->model()->rowCount() >= 2);
        QTRY_VERIFY(m_page->view()->widgetCount() >= 1);
        m_page->grab();
        QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
    }

    void aRequestIsAnsweredByClick_data()
    {
        QTest::addColumn<bool>("allow");
        QTest::newRow("allow") << true;
        QTest::newRow("deny") << false;
    }
    void aRequestIsAnsweredByClick()
    {
        QFETCH(bool, allow);
        const int id = askNow(u"npm test -- cart"_s);
        PermissionCard *card = permission();
        QCOMPARE(child<CodeView>(card, u"permissionWhat"_s)->toPlainText(), u"npm test -- cart"_s);
        QTRY_VERIFY(card->isArmed());
        QTest::mouseClick(
            child<QPushButton>(card, allow ? u"permissionAllow"_s : u"permissionDeny"_s),
            Qt::LeftButton);
        const auto calls = m_fake->script.calls(u"session.answer"_s);
        QCOMPARE(calls.size(), 1);
        QCOMPARE(calls.first().arguments.at(2), allow ? u"allow"_s : u"reject"_s);
        QCOMPARE(calls.first().arguments.at(1), card->requestId());
        // A second click on the way answers nothing.
        QTest::mouseClick(child<QPushButton>(card, u"permissionAllow"_s), Qt::LeftButton);
        QCOMPARE(m_fake->script.calls(u"session.answer"_s).size(), 1);
        m_talk->answer(id, allow);
        QTRY_VERIFY(!card->isVisible());
    }

    void aRequestIsAnsweredByKey_data()
    {
        QTest::addColumn<int>("key");
        QTest::addColumn<QString>("answer");
        QTest::newRow("y") << static_cast<int>(Qt::Key_Y) << u"allow"_s;
        QTest::newRow("n") << static_cast<int>(Qt::Key_N) << u"reject"_s;
    }
    void aRequestIsAnsweredByKey()
    {
        QFETCH(int, key);
        QFETCH(QString, answer);
        (void)askNow(u"make"_s);
        QTRY_VERIFY(permission()->isArmed());
        // In the composer the letter is a letter.
        auto *text = child<QPlainTextEdit>(m_page.get(), u"composerText"_s);
        text->setFocus();
        QTest::keyClick(text, static_cast<Qt::Key>(key));
        QCOMPARE(m_fake->script.calls(u"session.answer"_s).size(), 0);
        QCOMPARE(text->toPlainText().size(), 1);
        m_page->focusWhatWaits();
        QVERIFY(permission()->hasFocus());
        QTest::keyClick(permission(), static_cast<Qt::Key>(key));
        QTRY_COMPARE(m_fake->script.calls(u"session.answer"_s).size(), 1);
        QCOMPARE(m_fake->script.calls(u"session.answer"_s).first().arguments.at(2), answer);
    }

    // E10: agent-controlled text cannot push the buttons off the screen, take focus or the default
    // button; nothing that is pressed within half a second after the question appeared counts.
    void approvalCannotBeForged()
    {
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        openPage();
        auto *text = child<QPlainTextEdit>(m_page.get(), u"composerText"_s);
        text->setFocus();
        QElapsedTimer since;
        since.start();
        (void)m_talk->ask(u"t"_s,
                          u"echo <b>safe</b>\n"_s + QString(3'000, u'\n') + u"rm -rf ~ \u202E"_s);
        PermissionCard *card = permission();
        QTRY_VERIFY(card->isVisible());
        QVERIFY(text->hasFocus()); // the focus was not taken
        auto *allow = child<QPushButton>(card, u"permissionAllow"_s);
        auto *deny = child<QPushButton>(card, u"permissionDeny"_s);
        QVERIFY(!allow->isDefault() && !allow->autoDefault());
        // Everything at once: click, key, Enter and Space on the button.
        QTest::mouseClick(allow, Qt::LeftButton);
        QTest::keyClick(card, Qt::Key_Y);
        allow->setFocus();
        QTest::keyClick(allow, Qt::Key_Return);
        QTest::keyClick(allow, Qt::Key_Space);
        QVERIFY2(since.elapsed() < PermissionCard::kGuardMilliseconds, "too slow to show anything");
        QCOMPARE(m_fake->script.calls(u"session.answer"_s).size(), 0);
        // Buttons stay inside the window, whatever the text.
        for (const QPushButton *button : {allow, deny}) {
            const QRect place(button->mapTo(m_page.get(), QPoint()), button->size());
            QVERIFY(m_page->rect().contains(place));
            QVERIFY(button->visibleRegion().contains(button->rect().center()));
        }
        auto *what = child<CodeView>(card, u"permissionWhat"_s);
        QVERIFY(what->toPlainText().contains(u"<b>safe</b>"_s));        // as it is
        QVERIFY(what->toPlainText().contains(u"rm -rf ~ \\u{202E}"_s)); // to its end, made visible
        QVERIFY(what->verticalScrollBar()->maximum() > 0);              // reachable by scrolling
        // The control: after the guard the same click counts.
        QTRY_VERIFY(card->isArmed());
        QTest::mouseClick(allow, Qt::LeftButton);
        QCOMPARE(m_fake->script.calls(u"session.answer"_s).size(), 1);
    }

    void theGuardBeginsAgainForTheNextQuestion()
    {
        const int first = askNow(u"one"_s);
        (void)m_talk->ask(u"t2"_s, u"two"_s);
        PermissionCard *card = permission();
        QTRY_VERIFY(card->isArmed());
        QTest::mouseClick(child<QPushButton>(card, u"permissionAllow"_s), Qt::LeftButton);
        m_talk->answer(first, true);
        QTRY_COMPARE(child<CodeView>(card, u"permissionWhat"_s)->toPlainText(), u"two"_s);
        QVERIFY(!card->isArmed());
        QTest::mouseClick(child<QPushButton>(card, u"permissionAllow"_s), Qt::LeftButton);
        QCOMPARE(m_fake->script.calls(u"session.answer"_s).size(), 1);
    }

    void aRefusedAnswerCanBeGivenAgain()
    {
        (void)askNow(u"make"_s);
        m_fake->script.failNext(u"session.answer"_s,
                                Error(ErrorKind::Conflict, u"The question is gone."_s));
        QTRY_VERIFY(permission()->isArmed());
        QTest::mouseClick(child<QPushButton>(permission(), u"permissionAllow"_s), Qt::LeftButton);
        auto *card = child<MessageCard>(m_page.get(), u"conversationError"_s);
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(card->message(), u"The question is gone."_s);
        QVERIFY(permission()->isArmed());
    }

    void messagesAreSentAndKeptWhenRefused()
    {
        openPage();
        auto *text = child<QPlainTextEdit>(m_page.get(), u"composerText"_s);
        auto *send = child<QPushButton>(m_page.get(), u"sendMessage"_s);
        QVERIFY(!send->isEnabled()); // nothing to send
        QTest::keyClicks(text, u"first"_s);
        QTest::keyClick(text, Qt::Key_Return); // a line, not a message
        QTest::keyClicks(text, u"second"_s);
        QCOMPARE(m_fake->script.calls(u"session.send"_s).size(), 0);
        m_fake->script.failNext(u"session.send"_s, Error(ErrorKind::DiskFull, {}));
        QTest::keyClick(text, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(m_fake->script.calls(u"session.send"_s).size(), 1);
        QTRY_VERIFY(child<MessageCard>(m_page.get(), u"conversationError"_s)->isVisible());
        QCOMPARE(text->toPlainText(), u"first\nsecond"_s);
        QTRY_VERIFY(send->isEnabled());
        QTest::mouseClick(send, Qt::LeftButton);
        QTRY_COMPARE(m_fake->script.calls(u"session.send"_s).size(), 2);
        QCOMPARE(m_fake->script.calls(u"session.send"_s).last().arguments.at(1),
                 u"first\nsecond"_s);
        QTRY_VERIFY(text->toPlainText().isEmpty());
    }

    void aMessageOnItsWayIsNotSentTwice()
    {
        openPage();
        m_fake->script.hold(u"session.send"_s);
        auto *text = child<QPlainTextEdit>(m_page.get(), u"composerText"_s);
        QTest::keyClicks(text, u"once"_s);
        QTest::keyClick(text, Qt::Key_Return, Qt::ControlModifier);
        QTest::keyClick(text, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(m_fake->script.calls(u"session.send"_s).size(), 1);
        m_fake->script.release(u"session.send"_s);
        QTRY_VERIFY(text->toPlainText().isEmpty());
    }

    void theComposerSaysWhatWillHappen_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<QString>("substate");
        QTest::addColumn<bool>("writable");
        QTest::addColumn<QString>("button");
        QTest::newRow("idle") << static_cast<int>(S::Running) << u"idle"_s << true << u"Send"_s;
        QTest::newRow("busy") << static_cast<int>(S::Running) << u"working"_s << true << u"Queue"_s;
        QTest::newRow("asks") << static_cast<int>(S::Waiting) << u"approval"_s << true
                              << u"Queue"_s;
        QTest::newRow("stopped") << static_cast<int>(S::Stopped) << QString() << false << u"Send"_s;
    }
    void theComposerSaysWhatWillHappen()
    {
        QFETCH(int, state);
        QFETCH(QString, substate);
        QFETCH(bool, writable);
        QFETCH(QString, button);
        m_session.state = static_cast<S>(state);
        m_session.substate = substate;
        openPage();
        QCOMPARE(child<QPlainTextEdit>(m_page.get(), u"composerText"_s)->isReadOnly(), !writable);
        QCOMPARE(child<QPushButton>(m_page.get(), u"sendMessage"_s)->text(), button);
    }

    void draftsStayWithTheirSession()
    {
        openPage();
        auto *text = child<QPlainTextEdit>(m_page.get(), u"composerText"_s);
        QTest::keyClicks(text, u"draft"_s);
        sessions::Session other = sampleSession(u"talk0002"_s, u"Other"_s);
        other.state = S::Running;
        m_fake->sessions.addSession(other);
        m_page->setSession(other);
        QVERIFY(text->toPlainText().isEmpty());
        m_page->setSession(m_session);
        QCOMPARE(text->toPlainText(), u"draft"_s);
    }

    void aTurnCanBeStopped()
    {
        openPage();
        QTest::mouseClick(child<QPushButton>(m_page.get(), u"cancelTurn"_s), Qt::LeftButton);
        QCOMPARE(m_fake->script.calls(u"session.cancelTurn"_s).size(), 1);
    }

    void aStartShowsItsStepsAndCanBeCancelled()
    {
        m_session.state = S::Preparing;
        for (const QString &step : {u"image"_s, u"worktree"_s, u"container"_s}) {
            m_session.substate = step;
            m_session.stepTitle = u"Doing "_s + step;
            m_fake->sessions.updateSession(m_session);
        }
        openPage();
        auto *card = child<StartCard>(m_page.get(), u"startCard"_s);
        QVERIFY(card->isVisible());
        QStringList shown;
        const QList<QLabel *> labels = card->findChildren<QLabel *>();
        for (const QLabel *label : labels)
            shown += label->text();
        QVERIFY(shown.contains(u"Doing image"_s));
        QVERIFY(shown.contains(u"Doing container"_s));
        QVERIFY(!child<Composer>(m_page.get(), u"composer"_s)->isVisible());
        QSignalSpy cancel(m_page.get(), &ConversationPage::cancelStartRequested);
        QTest::mouseClick(child<QPushButton>(card, u"cancelStart"_s), Qt::LeftButton);
        QCOMPARE(cancel.count(), 1);
        m_session.state = S::Running;
        m_fake->sessions.updateSession(m_session);
        m_page->setSession(m_session);
        QVERIFY(!card->isVisible());
        QVERIFY(m_steps->stepsOf(m_session.id).isEmpty());
    }

    void aFailureSaysWhyAndOffersARestart()
    {
        m_session.state = S::Failed;
        m_session.failure = Error(ErrorKind::AgentExited, u"The agent ended with code 1."_s);
        openPage();
        auto *card = child<MessageCard>(m_page.get(), u"failureCard"_s);
        QVERIFY(card->isVisible());
        QCOMPARE(card->message(), u"The agent ended with code 1."_s);
        QSignalSpy restart(m_page.get(), &ConversationPage::restartRequested);
        child<QPushButton>(card, u"failureRestart"_s)->click();
        QCOMPARE(restart.count(), 1);
    }

    void anUnreadableConversationOffersToTryAgain()
    {
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        m_fake->script.failNext(u"session.conversation"_s, Error(ErrorKind::StoreCorrupt, {}));
        openPage();
        auto *empty = m_page->findChild<EmptyState *>();
        QTRY_COMPARE(empty->content().action, u"Try again"_s);
        child<QPushButton>(empty, u"emptyAction"_s)->click();
        QTRY_COMPARE(m_page->model()->rowCount(), 1);
    }

    void toolCardsUnfold()
    {
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        m_talk->run(u"t"_s, u"ls"_s, u"one\ntwo"_s, u"completed"_s);
        openPage();
        QTRY_VERIFY(m_page->view()->widgetOf(1));
        const int folded = m_page->view()->widgetOf(1)->height();
        child<QPushButton>(m_page->view()->widgetOf(1), u"expandRow"_s)->click();
        QTRY_VERIFY(m_page->view()->widgetOf(1)->height() > folded);
        QCOMPARE(m_page->view()->widgetOf(1)->findChild<CodeView *>()->toPlainText(),
                 u"one\ntwo"_s);
    }

    // E8: text that is turned around is shown as what it is, in messages and in diffs.
    void hiddenCharactersAreVisible()
    {
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        m_talk->say(u"access\u202Elevel"_s, u"m"_s);
        m_talk->edit(u"t"_s, u"/workspace/a\u2066b.c"_s, u"x\n"_s, u"y\u202E\n"_s);
        openPage();
        QTRY_VERIFY(m_page->view()->widgetOf(2));
        QVERIFY(m_page->view()->widgetOf(1)->findChild<ProseView *>()->toPlainText().contains(
            u"access\\u{202E}level"_s));
        RowWidget *card = m_page->view()->widgetOf(2);
        QVERIFY(card->accessibleName().contains(u"a\\u{2066}b.c"_s));
        QVERIFY(card->findChild<CodeView *>()->toPlainText().contains(u"+ y\\u{202E}"_s));
    }

    // E1: what looks like markup is shown as written.
    void markupIsTextEverywhere()
    {
        const QString evil = u"x<table>hidden <img src=file:///etc/passwd> <a href=\"x\">y</a>"_s;
        m_talk->initialize();
        m_talk->prompt(evil);
        m_talk->say(evil, u"m"_s);
        m_talk->think(evil);
        m_talk->plan({{evil, u"in_progress"_s}});
        m_talk->run(u"t"_s, evil, evil, u"failed"_s);
        m_talk->notice(u"error"_s, evil);
        (void)m_talk->ask(u"t2"_s, evil, evil);
        m_session.failure = Error(ErrorKind::Internal, evil).withRemedy(evil).withDetail(evil);
        openPage();
        QTRY_VERIFY(permission()->isVisible());
        QTRY_VERIFY(m_page->view()->widgetCount() > 3);
        int shown = 0;
        const QList<QLabel *> labels = m_page->findChildren<QLabel *>();
        for (const QLabel *label : labels) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
            shown += label->text().contains(u"<table>"_s) ? 1 : 0;
        }
        const QList<ProseView *> prose = m_page->findChildren<ProseView *>();
        for (const ProseView *view : prose) {
            QVERIFY(!view->document()->toHtml().contains(u"<table"_s));
            shown += view->toPlainText().contains(u"<table>hidden <img"_s) ? 1 : 0;
        }
        const QList<CodeView *> code = m_page->findChildren<CodeView *>();
        for (const CodeView *view : code)
            shown += view->toPlainText().contains(u"<table>"_s) ? 1 : 0;
        QVERIFY2(shown >= 4, qPrintable(QString::number(shown)));
        const QList<QWidget *> widgets = m_page->findChildren<QWidget *>();
        for (const QWidget *widget : widgets)
            QVERIFY(!widget->toolTip().contains(u"<table>"_s));
    }

private:
    void openPage()
    {
        m_page->setSession(m_session);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }
    int askNow(const QString &command)
    {
        m_talk->initialize();
        m_talk->prompt(u"go"_s);
        const int id = m_talk->ask(u"t"_s, command);
        openPage();
        [this] { QTRY_VERIFY(permission()->isVisible()); }();
        return id;
    }
    PermissionCard *permission() const
    {
        return child<PermissionCard>(m_page.get(), u"permissionCard"_s);
    }

    std::unique_ptr<TestEnvironment> m_environment;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<FakeServices> m_fake;
    sessions::Session m_session;
    std::unique_ptr<TalkWriter> m_talk;
    std::unique_ptr<StartSteps> m_steps;
    std::unique_ptr<ConversationPage> m_page;
};

QTEST_MAIN(tst_Conversation)
#include "tst_Conversation.moc"
