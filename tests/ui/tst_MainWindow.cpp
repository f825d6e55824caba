// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/TestEnvironment.h"
#include "tests/ui/UiFixture.h"
#include "ui/changes/ChangesPage.h"
#include "ui/changes/DiffView.h"
#include "ui/conversation/ConversationPage.h"
#include "ui/main/MainWindow.h"
#include "ui/session/SessionPage.h"
#include "ui/sessions/SessionListPane.h"
#include "ui/text/EnglishPlurals.h"
#include "ui/theme/Theme.h"
#include "ui/widgets/MessageCard.h"

#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QRadioButton>
#include <QTabBar>

using namespace paddock;
using namespace paddock::ui;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using S = sessions::SessionState;

/// The window driven by keys and clicks over services in memory.
class tst_MainWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_environment = std::make_unique<TestEnvironment>();
        QCoreApplication::installTranslator(&m_plurals);
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

    void sessionsAreLive()
    {
        auto *list = child<SessionListView>(m_window.get(), u"sessionList"_s);
        QCOMPARE(list->model()->rowCount(), 7);
        m_fake->sessions.addSession(sampleSession(u"fresh001"_s, u"Fresh"_s));
        QTRY_COMPARE(list->model()->rowCount(), 8);
        m_fake->sessions.dropSession(SessionId{u"fresh001"_s});
        QTRY_COMPARE(list->model()->rowCount(), 7);
    }

    void aClickOpensASession()
    {
        openByClick(u"Fuzz the lexer"_s);
        QCOMPARE(page()->session(), SessionId{u"sess0006"_s});
        QVERIFY(page()->isVisible());
    }

    void filterByKeyboard()
    {
        key(Qt::Key_F, Qt::ControlModifier);
        auto *filter = child<QLineEdit>(m_window.get(), u"sessionFilter"_s);
        QTRY_VERIFY(filter->hasFocus());
        QTest::keyClicks(filter, u"fuzz"_s);
        auto *list = child<SessionListView>(m_window.get(), u"sessionList"_s);
        QCOMPARE(list->model()->rowCount(), 1);
        QTest::keyClick(filter, Qt::Key_Down);
        QTRY_VERIFY(list->hasFocus());
        QCOMPARE(page()->session(), SessionId{u"sess0006"_s});
        key(Qt::Key_F, Qt::ControlModifier);
        QTest::keyClicks(filter, u"nothing like this"_s);
        auto *empty = child<EmptyState>(m_window.get(), u"sessionListEmpty"_s);
        QVERIFY(empty->isVisible());
        QCOMPARE(empty->content().title, u"No session matches"_s);
        QTest::keyClick(filter, Qt::Key_Escape);
        QCOMPARE(list->model()->rowCount(), 7);
    }

    void nextWaitingByKeyboard()
    {
        key(Qt::Key_J, Qt::ControlModifier);
        QTRY_COMPARE(page()->session(), SessionId{u"sess0005"_s}); // waits longest
        key(Qt::Key_J, Qt::ControlModifier);
        QTRY_COMPARE(page()->session(), SessionId{u"sess0001"_s});
        QVERIFY(child<QPushButton>(m_window.get(), u"waitingButton"_s)
                    ->accessibleName()
                    .startsWith(u"2 sessions"_s));
        m_fake->sessions.setState(SessionId{u"sess0005"_s}, S::Running, u"working"_s);
        m_fake->sessions.setState(SessionId{u"sess0001"_s}, S::Running, u"working"_s);
        QTRY_VERIFY(!child<QPushButton>(m_window.get(), u"waitingButton"_s)->isVisible());
    }

    void theWindowNeverSwitchesSessionByItself()
    {
        openByClick(u"Fuzz the lexer"_s);
        m_fake->sessions.setState(SessionId{u"sess0002"_s}, S::Waiting, u"approval"_s);
        m_fake->sessions.addSession(sampleSession(u"fresh001"_s, u"Fresh"_s));
        settle();
        QCOMPARE(page()->session(), SessionId{u"sess0006"_s});
    }

    void buttonsFitTheState_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<QString>("visible");
        QTest::newRow("running") << static_cast<int>(S::Running) << u"stop finish"_s;
        QTest::newRow("waiting") << static_cast<int>(S::Waiting) << u"stop finish"_s;
        QTest::newRow("preparing") << static_cast<int>(S::Preparing) << QString();
        QTest::newRow("stopping") << static_cast<int>(S::Stopping) << QString();
        QTest::newRow("stopped") << static_cast<int>(S::Stopped) << u"restart finish remove"_s;
        QTest::newRow("failed") << static_cast<int>(S::Failed) << u"restart finish remove"_s;
        QTest::newRow("finished") << static_cast<int>(S::Finished) << u"remove"_s;
    }
    void buttonsFitTheState()
    {
        QFETCH(int, state);
        QFETCH(QString, visible);
        m_window->openSession(kStorySession);
        m_fake->sessions.setState(kStorySession, static_cast<S>(state));
        settle();
        QStringList found;
        for (const QString &name : {u"stop"_s, u"restart"_s, u"finish"_s, u"remove"_s}) {
            if (child<QPushButton>(m_window.get(), name + u"Session"_s)->isVisible())
                found += name;
        }
        QCOMPARE(found.join(u' '), visible);
    }

    void stopAndRestart()
    {
        m_window->openSession(kStorySession);
        click(u"stopSession"_s);
        QCOMPARE(m_fake->script.calls(u"session.stop"_s).size(), 1);
        QCOMPARE(m_fake->script.calls(u"session.stop"_s).first().actor, u"person:window"_s);
        QTRY_VERIFY(child<QPushButton>(m_window.get(), u"restartSession"_s)->isVisible());
        click(u"restartSession"_s);
        QTRY_COMPARE(m_fake->script.calls(u"session.restart"_s).size(), 1);
    }

    void aRefusedActionShowsWhy()
    {
        m_fake->script.failNext(u"session.stop"_s,
                                Error(ErrorKind::Timeout, u"The agent did not end in 10 s."_s)
                                    .withRemedy(u"Try again."_s));
        m_window->openSession(kStorySession);
        click(u"stopSession"_s);
        auto *card = child<MessageCard>(m_window.get(), u"sessionError"_s);
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(card->message(), u"The agent did not end in 10 s."_s);
        QCOMPARE(card->remedy(), u"Try again."_s);
        QVERIFY(child<QPushButton>(m_window.get(), u"stopSession"_s)->isEnabled());
    }

    void everyKindOfErrorShowsASentence_data()
    {
        QTest::addColumn<int>("kind");
        for (int kind = 0; kind <= static_cast<int>(ErrorKind::ProviderFailed); ++kind)
            QTest::newRow(errorKindInfo(static_cast<ErrorKind>(kind)).name) << kind;
    }
    void everyKindOfErrorShowsASentence()
    {
        QFETCH(int, kind);
        m_fake->script.failNext(u"session.stop"_s, Error(static_cast<ErrorKind>(kind), {}));
        m_window->openSession(kStorySession);
        page()->stop();
        auto *card = child<MessageCard>(m_window.get(), u"sessionError"_s);
        QTRY_VERIFY(card->isVisible());
        QVERIFY(card->message().size() > 10);
        QVERIFY(card->remedy().size() > 10);
        auto *details = child<QPushButton>(card, u"cardDetails"_s);
        QVERIFY(details->isVisible());
        details->click();
        QVERIFY(
            child<QPlainTextEdit>(card, u"cardDetailText"_s)
                ->toPlainText()
                .contains(QString::fromLatin1(errorKindInfo(static_cast<ErrorKind>(kind)).name)));
    }

    void finishKeepsOrDiscards_data()
    {
        QTest::addColumn<bool>("discard");
        QTest::addColumn<QString>("asked");
        QTest::newRow("keep") << false << u"keep"_s;
        QTest::newRow("discard") << true << u"discard"_s;
    }
    void finishKeepsOrDiscards()
    {
        QFETCH(bool, discard);
        QFETCH(QString, asked);
        m_window->openSession(kStorySession);
        click(u"finishSession"_s);
        auto *dialog = child<QDialog>(m_window.get(), u"finishDialog"_s);
        QVERIFY(child<QPushButton>(dialog, u"cancelButton"_s)->isDefault());
        QTRY_VERIFY(child<QLabel>(dialog, u"finishWork"_s)
                        ->text()
                        .contains(u"1 commit on the branch, 4 files changed"_s));
        if (discard)
            child<QRadioButton>(dialog, u"discardBranch"_s)->click();
        child<QPushButton>(dialog, u"finishButton"_s)->click();
        QTRY_COMPARE(m_fake->script.calls(u"session.finish"_s).size(), 1);
        QCOMPARE(m_fake->script.calls(u"session.finish"_s).first().arguments.last(), asked);
    }

    void cancellingAFinishDoesNothing()
    {
        m_window->openSession(kStorySession);
        click(u"finishSession"_s);
        auto *dialog = child<QDialog>(m_window.get(), u"finishDialog"_s);
        QTest::keyClick(dialog, Qt::Key_Return); // the default is Cancel
        QTRY_VERIFY(!m_window->findChild<QDialog *>(u"finishDialog"_s));
        QVERIFY(m_fake->script.calls(u"session.finish"_s).isEmpty());
    }

    void removingProtectsWork()
    {
        const SessionId id{u"sess0007"_s};
        m_window->openSession(id);
        settle();
        m_fake->script.failNext(u"session.remove"_s,
                                Error(ErrorKind::WorktreeDirty, u"3 files are not committed."_s));
        click(u"removeSession"_s);
        QPointer<QDialog> dialog = child<QDialog>(m_window.get(), u"removeDialog"_s);
        auto *discard = child<QCheckBox>(dialog, u"discardWork"_s);
        auto *remove = child<QPushButton>(dialog, u"removeButton"_s);
        QVERIFY(!discard->isVisible());
        remove->click();
        QTRY_VERIFY(discard->isVisible());
        QCOMPARE(m_fake->script.calls(u"session.remove"_s).last().arguments.last(), u"protect"_s);
        QVERIFY(!remove->isEnabled());
        discard->click();
        remove->click();
        QTRY_VERIFY(!dialog);
        QCOMPARE(m_fake->script.calls(u"session.remove"_s).last().arguments.last(), u"discard"_s);
        QTRY_VERIFY(page()->session() != id); // what is gone is not shown any more
    }

    void changesAreShown()
    {
        m_window->openSession(kStorySession);
        QCOMPARE(m_fake->script.calls(u"session.diff"_s).size(), 0); // hidden pages do no work
        key(Qt::Key_2, Qt::ControlModifier);
        auto *files = child<QListWidget>(m_window.get(), u"changedFiles"_s);
        QTRY_COMPARE(files->count(), 4);
        QCOMPARE(page()->changes()->diffView()->lines().size(), 6);
        files->setCurrentRow(3);
        QCOMPARE(page()->changes()->diffView()->lines().size(), 1); // binary: says so
        QCOMPARE(child<QTabBar>(m_window.get(), u"sessionTabs"_s)->tabText(1), u"Changes 4"_s);
        key(Qt::Key_F5);
        QTRY_COMPARE(m_fake->script.calls(u"session.diff"_s).size(), 2);
    }

    void anUnreadableDiffOffersToTryAgain()
    {
        m_fake->script.failNext(u"session.diff"_s, Error(ErrorKind::GitFailed, {}));
        m_window->openSession(kStorySession);
        key(Qt::Key_2, Qt::ControlModifier);
        auto *empty = child<EmptyState>(m_window.get(), u"changesEmpty"_s);
        QTRY_COMPARE(empty->content().action, u"Try again"_s);
        child<QPushButton>(empty, u"emptyAction"_s)->click();
        QTRY_COMPARE(child<QListWidget>(m_window.get(), u"changedFiles"_s)->count(), 4);
    }

    void importBringsCommitsOver()
    {
        m_window->openSession(kStorySession);
        key(Qt::Key_2, Qt::ControlModifier);
        click(u"importNow"_s);
        QTRY_COMPARE(m_fake->script.calls(u"session.import"_s).size(), 1);
        auto *card = child<MessageCard>(m_window.get(), u"changeWarnings"_s);
        QTRY_VERIFY(card->isVisible());
        QVERIFY(card->message().contains(u"bbbbbbbbbb"_s));
    }

    void keysOfTheHelpWork()
    {
        key(Qt::Key_F1);
        auto *dialog = child<QDialog>(m_window.get(), u"shortcutsDialog"_s);
        QVERIFY(dialog->isVisible());
        dialog->close();
        key(Qt::Key_F5);
        QTRY_VERIFY(m_fake->script.calls(u"health.check"_s).size() >= 2);
    }

    void projectsNarrowTheList()
    {
        auto *navigation = child<QListWidget>(m_window.get(), u"navigationList"_s);
        QCOMPARE(navigation->count(), 4); // sessions, heading, two projects
        navigation->setCurrentRow(3);
        auto *list = child<SessionListView>(m_window.get(), u"sessionList"_s);
        QCOMPARE(list->model()->rowCount(), 4);
        m_window->openSession(SessionId{u"sess0006"_s}); // of the other project
        QCOMPARE(list->model()->rowCount(), 7);
        QCOMPARE(page()->session(), SessionId{u"sess0006"_s});
    }

    void addingAProjectThatIsNone()
    {
        m_fake->script.failNext(u"project.add"_s,
                                Error(ErrorKind::NotARepository, u"/tmp is in no repository."_s));
        click(u"addProject"_s);
        auto *chooser = child<QFileDialog>(m_window.get(), u"projectChooser"_s);
        Q_EMIT chooser->fileSelected(u"/tmp"_s);
        auto *card = child<MessageCard>(m_window.get(), u"windowMessage"_s);
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(card->message(), u"/tmp is in no repository."_s);
        chooser->close();
    }

    void opensWithoutAnEngineAndRecovers()
    {
        m_window.reset();
        m_fake = std::make_unique<FakeServices>();
        m_fake->health.setHealth(engineDownHealth());
        openWindow();
        auto *empty = child<EmptyState>(m_window.get(), u"noSession"_s);
        QTRY_COMPARE(empty->content().title,
                     u"No container engine answers at /var/run/docker.sock."_s);
        QVERIFY(empty->content().command.contains(u"systemctl"_s));
        child<QPushButton>(empty, u"emptyAction"_s)->click();
        QTRY_COMPARE(m_fake->script.calls(u"health.check"_s).size(), 2);
        m_fake->health.setHealth(goodHealth());
        QTRY_COMPARE(empty->content().action, u"New session"_s);
    }

    void placeAndChoiceAreKept()
    {
        m_window.reset();
        const QString file = m_environment->path(u"window.ini"_s);
        {
            MainWindow window(m_fake->services(), file);
            window.resize(1100, 700);
            window.show();
            window.openSession(SessionId{u"sess0006"_s});
            window.close();
        }
        MainWindow again(m_fake->services(), file);
        again.show();
        QCOMPARE(again.size(), QSize(1100, 700));
        QTRY_COMPARE(again.findChild<SessionPage *>()->session(), SessionId{u"sess0006"_s});
    }

    void everyControlHasANameForAssistiveTechnology()
    {
        m_window->openSession(kStorySession);
        settle();
        m_window->newSession();
        settle();
        int controls = 0;
        const QList<QWidget *> widgets = m_window->findChildren<QWidget *>();
        for (QWidget *widget : widgets) {
            const bool control =
                qobject_cast<QAbstractButton *>(widget) || qobject_cast<QComboBox *>(widget) ||
                qobject_cast<QLineEdit *>(widget) || qobject_cast<QTextEdit *>(widget) ||
                qobject_cast<QPlainTextEdit *>(widget) ||
                qobject_cast<QAbstractItemView *>(widget) || qobject_cast<QTabBar *>(widget);
            // The scroll buttons of a tab bar and the sign in a line edit are parts of those.
            if (!control || !widget->isVisible() ||
                qobject_cast<QTabBar *>(widget->parentWidget()) ||
                qobject_cast<QLineEdit *>(widget->parentWidget()))
                continue;
            ++controls;
            const QAccessibleInterface *face = QAccessible::queryAccessibleInterface(widget);
            QVERIFY(face);
            QVERIFY2(!face->text(QAccessible::Name).isEmpty(),
                     qPrintable(QLatin1StringView(widget->metaObject()->className()) + u' ' +
                                widget->objectName()));
        }
        QVERIFY(controls > 15);
    }

    void tabReachesEverythingThatCanBeClicked()
    {
        m_window->openSession(kStorySession);
        settle();
        QSet<QWidget *> reached;
        child<SessionListView>(m_window.get(), u"sessionList"_s)->setFocus();
        for (int i = 0; i < 200; ++i) {
            if (QWidget *focus = QApplication::focusWidget())
                reached.insert(focus);
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        const QList<QPushButton *> buttons = m_window->findChildren<QPushButton *>();
        for (QPushButton *button : buttons) {
            if (button->isVisible() && button->isEnabled())
                QVERIFY2(reached.contains(button),
                         qPrintable(button->objectName() + button->text()));
        }
    }

    void noLabelInterpretsMarkup()
    {
        m_window->openSession(kStorySession);
        settle();
        m_window->newSession();
        key(Qt::Key_F1);
        settle();
        const QList<QLabel *> labels = m_window->findChildren<QLabel *>();
        QVERIFY(labels.size() > 20);
        for (const QLabel *label : labels)
            QVERIFY2(label->textFormat() == Qt::PlainText, qPrintable(label->text()));
    }

    void aThousandSessionsDoNotSlowTheList()
    {
        for (int i = 0; i < 1000; ++i) {
            sessions::Session session =
                sampleSession(u"m%1"_s.arg(i, 7, 10, QChar(u'0')), u"Session %1"_s.arg(i));
            session.projectId = ProjectId{u"p%1"_s.arg(i % 25)};
            session.projectName = session.projectId.value;
            m_fake->sessions.addSession(session);
        }
        auto *list = child<SessionListView>(m_window.get(), u"sessionList"_s);
        QTRY_COMPARE(list->model()->rowCount(), 1007);
        settle();
        QElapsedTimer timer;
        timer.start();
        int frames = 0;
        for (int value = 0; value < list->verticalScrollBar()->maximum(); value += 997) {
            list->verticalScrollBar()->setValue(value);
            list->viewport()->repaint();
            ++frames;
        }
        QVERIFY(frames > 30);
        // Generous for a busy machine and a debug build; the bench has the real figure.
        QVERIFY2(timer.elapsed() / frames < 60,
                 qPrintable(QString::number(timer.elapsed() / frames)));
    }

private:
    void openWindow()
    {
        m_window = std::make_unique<MainWindow>(m_fake->services(), QString());
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    SessionPage *page() const { return m_window->findChild<SessionPage *>(); }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(m_window.get(), key, modifiers);
    }
    void click(const QString &name)
    {
        auto *button = child<QPushButton>(m_window.get(), name);
        QTRY_VERIFY(button->isVisible() && button->isEnabled());
        QTest::mouseClick(button, Qt::LeftButton);
    }
    void openByClick(const QString &title)
    {
        auto *list = child<SessionListView>(m_window.get(), u"sessionList"_s);
        for (int row = 0; row < list->model()->rowCount(); ++row) {
            const QModelIndex index = list->model()->index(row, 0);
            if (index.data().toString() == title) {
                const QRect rect = list->visualRect(index);
                QTest::mouseClick(list->viewport(),
                                  Qt::LeftButton,
                                  {},
                                  QPoint(rect.center().x(), rect.bottom() - 8));
                return;
            }
        }
        QFAIL("no such row");
    }
    static void settle()
    {
        for (int i = 0; i < 6; ++i)
            QTest::qWait(5);
    }

    std::unique_ptr<TestEnvironment> m_environment;
    EnglishPlurals m_plurals;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<FakeServices> m_fake;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(tst_MainWindow)
#include "tst_MainWindow.moc"
