// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/TestEnvironment.h"
#include "tests/ui/UiFixture.h"
#include "ui/conversation/ConversationPage.h"
#include "ui/conversation/PermissionCard.h"
#include "ui/main/MainWindow.h"
#include "ui/session/SessionPage.h"
#include "ui/text/EnglishPlurals.h"
#include "ui/theme/Theme.h"

#include <QApplication>
#include <QDir>
#include <QImage>
#include <QPainter>

using namespace paddock;
using namespace paddock::ui;
using namespace paddock::test;
using namespace Qt::StringLiterals;

/// Writes pictures of the window for a person to look at (build folder, screenshots/) and checks
/// what a machine can see of them: size, that something is drawn, that nothing wider than the
/// window asks for room.
class tst_Screenshots : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_environment = std::make_unique<TestEnvironment>();
        m_folder = qEnvironmentVariable("PADDOCK_BUILD_DIR", u"."_s) + u"/screenshots"_s;
        QVERIFY(QDir().mkpath(m_folder));
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
        QFont font = QApplication::font();
        font.setPointSizeF(10);
        QApplication::setFont(font);
        QCoreApplication::installTranslator(&m_plurals);
        m_theme = std::make_unique<Theme>(*qApp, Scheme::Light, Theme::Follow::Nothing);
    }

    void init()
    {
        m_fake = std::make_unique<FakeServices>();
        m_theme->setScheme(Scheme::Light);
        QApplication::setLayoutDirection(Qt::LeftToRight);
    }

    void cleanup()
    {
        m_window.reset();
        m_fake.reset();
    }

    void story_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<QSize>("size");
        QTest::addColumn<bool>("rightToLeft");
        QTest::newRow("conversation-light") << false << QSize(1440, 900) << false;
        QTest::newRow("window-light") << false << QSize(1440, 1100) << false;
        QTest::newRow("window-dark") << true << QSize(1440, 1100) << false;
        QTest::newRow("conversation-dark") << true << QSize(1440, 900) << false;
        QTest::newRow("conversation-small") << false << QSize(1024, 600) << false;
        QTest::newRow("conversation-rtl") << false << QSize(1440, 900) << true;
    }
    void story()
    {
        QFETCH(bool, dark);
        QFETCH(QSize, size);
        QFETCH(bool, rightToLeft);
        m_theme->setScheme(dark ? Scheme::Dark : Scheme::Light);
        QApplication::setLayoutDirection(rightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
        fillStory(*m_fake);
        openWindow(size);
        m_window->openSession(kStorySession);
        QTRY_VERIFY(child<PermissionCard>(m_window.get(), u"permissionCard"_s)->isVisible());
        write(QString::fromLatin1(QTest::currentDataTag()), size);
    }

    void changes_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("changes-light") << false;
        QTest::newRow("changes-dark") << true;
    }
    void changes()
    {
        QFETCH(bool, dark);
        m_theme->setScheme(dark ? Scheme::Dark : Scheme::Light);
        fillStory(*m_fake);
        openWindow({1440, 900});
        m_window->openSession(kStorySession);
        QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
        QTRY_VERIFY(m_fake->script.calls(u"session.diff"_s).size() > 0);
        settle();
        write(QString::fromLatin1(QTest::currentDataTag()), {1440, 900});
    }

    void empty()
    {
        m_fake->health.setHealth(goodHealth());
        openWindow({1440, 900});
        settle();
        write(u"empty"_s, {1440, 900});
    }

    void engineDown()
    {
        m_fake->health.setHealth(engineDownHealth());
        openWindow({1440, 900});
        settle();
        write(u"engine-down"_s, {1440, 900});
    }

    void loading()
    {
        fillStory(*m_fake);
        m_fake->script.hold(u"session.conversation"_s);
        openWindow({1440, 900});
        m_window->openSession(kStorySession);
        settle();
        write(u"loading"_s, {1440, 900});
        m_fake->script.release(u"session.conversation"_s);
    }

    void failed()
    {
        fillStory(*m_fake);
        openWindow({1440, 900});
        m_window->openSession(SessionId{u"sess0007"_s});
        settle();
        write(u"failed"_s, {1440, 900});
    }

    void starting()
    {
        fillStory(*m_fake);
        openWindow({1440, 900});
        sessions::Session session = sampleSession(u"newsess1"_s, u"Speed up the search index"_s);
        session.projectName = u"storefront"_s;
        session.projectId = ProjectId{u"shop0001"_s};
        session.createdAt = session.updatedAt = QDateTime::currentDateTimeUtc();
        session.state = sessions::SessionState::Preparing;
        session.substate.clear();
        m_fake->sessions.addSession(session);
        const QList<std::pair<QString, QString>> steps{
            {u"image"_s, u"Looking for the image claude-agent-node"_s},
            {u"worktree"_s, u"Making branch and worktree"_s},
            {u"git"_s, u"Making the private repository"_s},
            {u"create"_s, u"Making the container"_s}};
        for (const auto &[name, title] : steps) {
            session.substate = name;
            session.stepTitle = title;
            m_fake->sessions.updateSession(session);
        }
        settle();
        m_window->openSession(session.id);
        settle();
        write(u"starting"_s, {1440, 900});
    }

    void newSession()
    {
        fillStory(*m_fake);
        openWindow({1440, 900});
        m_window->newSession();
        auto *dialog = child<QDialog>(m_window.get(), u"newSessionDialog"_s);
        child<QPlainTextEdit>(dialog, u"newMessage"_s)
            ->setPlainText(
                u"Totals in the cart are sometimes a cent off. Find out why and fix it, with a test."_s);
        settle();
        write(u"new-session"_s, dialog->size(), dialog);
    }

    void newSessionInTheOwnCheckout_data()
    {
        QTest::addColumn<Scheme>("scheme");
        QTest::newRow("light") << Scheme::Light;
        QTest::newRow("dark") << Scheme::Dark;
    }
    void newSessionInTheOwnCheckout()
    {
        QFETCH(Scheme, scheme);
        m_theme->setScheme(scheme);
        fillStory(*m_fake);
        for (facade::ProjectInfo &project : m_fake->projects.projects)
            project.settings.isolation = projects::Isolation::Concurrent; // the longest words
        openWindow({1024, 600});
        m_window->newSession();
        auto *dialog = child<QDialog>(m_window.get(), u"newSessionDialog"_s);
        settle();
        write(u"new-session-own-checkout-"_s + QString::fromLatin1(QTest::currentDataTag()),
              dialog->size(),
              dialog);
    }

    void manyRows()
    {
        fillStory(*m_fake);
        for (int i = 0; i < 200; ++i) {
            sessions::Session session = sampleSession(u"many%1"_s.arg(i, 4, 10, QChar(u'0')),
                                                      u"Session number %1 of many"_s.arg(i));
            session.projectId = ProjectId{u"proj%1"_s.arg(i / 20, 4, 10, QChar(u'0'))};
            session.projectName = u"project-%1"_s.arg(i / 20);
            session.createdAt = session.updatedAt =
                QDateTime::currentDateTimeUtc().addSecs(-i * 400);
            m_fake->sessions.addSession(session);
        }
        openWindow({1440, 900});
        settle();
        write(u"rows-200"_s, {1440, 900});
    }

    void longNames()
    {
        fillStory(*m_fake);
        sessions::Session session = *m_fake->sessions.find(kStorySession);
        session.title =
            u"A very long title that goes on and on <b>bold</b> \u202Eevil\u202C and has "_s +
            QString(300, u'x');
        session.projectName = u"project-with-a-name-"_s + QString(120, u'p');
        session.branch = u"paddock/"_s + QString(200, u'b');
        session.image = u"registry.example/very/long/"_s + QString(150, u'i');
        m_fake->sessions.updateSession(session);
        openWindow({1024, 600});
        m_window->openSession(kStorySession);
        settle();
        write(u"long-names"_s, {1024, 600});
    }

private:
    void openWindow(QSize size)
    {
        m_window = std::make_unique<MainWindow>(m_fake->services(), QString());
        m_window->resize(size);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void settle()
    {
        // Answers of the fakes, coalesced updates and relayouts all come within a few turns.
        for (int i = 0; i < 8; ++i)
            QTest::qWait(10);
    }
    void write(const QString &name, QSize size, QWidget *widget = nullptr)
    {
        settle();
        QWidget *shown = widget ? widget : m_window.get();
        QCOMPARE(shown->size(), size);
        QImage image = shown->grab().toImage();
        QVERIFY(!image.isNull());
        const QString scale = qEnvironmentVariable("QT_SCALE_FACTOR");
        const QString suffix = scale.isEmpty() || scale == u"1" ? QString() : u"@"_s + scale;
        QVERIFY(image.save(m_folder + u'/' + name + suffix + u".png"_s));
        QSet<QRgb> colours;
        for (int y = 0; y < image.height(); y += 7) {
            for (int x = 0; x < image.width(); x += 7)
                colours.insert(image.pixel(x, y));
        }
        QVERIFY2(colours.size() > 8, "the picture is all but empty");
    }

    std::unique_ptr<TestEnvironment> m_environment;
    QString m_folder;
    EnglishPlurals m_plurals;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<FakeServices> m_fake;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(tst_Screenshots)
#include "tst_Screenshots.moc"
