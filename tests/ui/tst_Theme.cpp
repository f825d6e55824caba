// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/Theme.h"
#include "ui/theme/Tones.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusVariant>
#include <QSignalSpy>
#include <QTest>

using namespace paddock::ui;
using namespace Qt::StringLiterals;

/// The part of the desktop's portal that says which scheme the person chose.
class FakePortal : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")

public:
    uint scheme = 0;

public Q_SLOTS:
    // Wrapped twice, as the portal does.
    QDBusVariant Read(const QString &group, const QString &key) const
    {
        const bool known = group == u"org.freedesktop.appearance"_s && key == u"color-scheme"_s;
        return QDBusVariant(QVariant::fromValue(QDBusVariant(known ? scheme : 99U)));
    }

Q_SIGNALS:
    void SettingChanged(const QString &group, const QString &key, const QDBusVariant &value);
};

/// Runs on a session bus of its own (dbus-run-session).
class tst_Theme : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QDBusConnection bus =
            QDBusConnection::connectToBus(QDBusConnection::SessionBus, u"portal"_s);
        QVERIFY2(bus.isConnected(), "no session bus");
        QVERIFY(bus.registerService(u"org.freedesktop.portal.Desktop"_s));
        QVERIFY(bus.registerObject(u"/org/freedesktop/portal/desktop"_s,
                                   &m_portal,
                                   QDBusConnection::ExportAllSlots |
                                       QDBusConnection::ExportAllSignals));
    }
    void cleanupTestCase() { QDBusConnection::disconnectFromBus(u"portal"_s); }

    void theDesktopsChoiceIsTaken()
    {
        m_portal.scheme = 1;
        const Theme theme(*qApp, Scheme::System, Theme::Follow::Desktop);
        QTRY_VERIFY(theme.isDark());
        QVERIFY(tonesFor(QApplication::palette()).isDark);
    }

    void aChangeIsFollowedAtOnce()
    {
        m_portal.scheme = 2;
        const Theme theme(*qApp, Scheme::System, Theme::Follow::Desktop);
        QTRY_VERIFY(!theme.isDark());
        QSignalSpy changed(&theme, &Theme::changed);
        Q_EMIT m_portal.SettingChanged(
            u"org.freedesktop.appearance"_s, u"color-scheme"_s, QDBusVariant(1U));
        QTRY_VERIFY(theme.isDark());
        Q_EMIT m_portal.SettingChanged(
            u"org.freedesktop.appearance"_s, u"accent-color"_s, QDBusVariant(2U));
        Q_EMIT m_portal.SettingChanged(
            u"org.freedesktop.appearance"_s, u"color-scheme"_s, QDBusVariant(2U));
        QTRY_VERIFY(!theme.isDark());
        QCOMPARE(changed.count(), 2);
    }

    void aFixedSchemeStays()
    {
        m_portal.scheme = 2;
        Theme theme(*qApp, Scheme::Dark, Theme::Follow::Desktop);
        Q_EMIT m_portal.SettingChanged(
            u"org.freedesktop.appearance"_s, u"color-scheme"_s, QDBusVariant(2U));
        QTest::qWait(50);
        QVERIFY(theme.isDark());
        theme.setScheme(Scheme::System);
        QTRY_VERIFY(!theme.isDark());
    }

private:
    FakePortal m_portal;
};

QTEST_MAIN(tst_Theme)
#include "tst_Theme.moc"
