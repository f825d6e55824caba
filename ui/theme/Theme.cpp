// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/Theme.h"

#include "ui/theme/PaddockStyle.h"
#include "ui/theme/Tones.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

const auto kService = u"org.freedesktop.portal.Desktop"_s;
const auto kPath = u"/org/freedesktop/portal/desktop"_s;
const auto kInterface = u"org.freedesktop.portal.Settings"_s;
const auto kGroup = u"org.freedesktop.appearance"_s;
const auto kKey = u"color-scheme"_s;

// Values of color-scheme: 0 no preference, 1 prefer dark, 2 prefer light.
constexpr uint kPreferDark = 1;
constexpr uint kPreferLight = 2;

} // namespace

Theme::Theme(QApplication &application, Scheme scheme, Follow follow, QObject *parent)
    : QObject(parent)
    , m_application(application)
    , m_scheme(scheme)
    , m_desktopIsDark(QGuiApplication::palette().color(QPalette::Window).lightnessF() < 0.5)
{
    QApplication::setStyle(new PaddockStyle);
    apply();
    if (follow == Follow::Desktop)
        watchPortal();
}

void Theme::setScheme(Scheme scheme)
{
    m_scheme = scheme;
    apply();
}

void Theme::watchPortal()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService,
                kPath,
                kInterface,
                u"SettingChanged"_s,
                this,
                SLOT(onPortalSetting(QString, QString, QDBusVariant)));
    QDBusMessage call = QDBusMessage::createMethodCall(kService, kPath, kInterface, u"Read"_s);
    call << kGroup << kKey;
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(call, 3000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isError())
            return;
        // Read() wraps the value twice; ReadOne() of newer portals once.
        QVariant value = reply.value().variant();
        if (value.canConvert<QDBusVariant>())
            value = value.value<QDBusVariant>().variant();
        takePortalValue(value.toUInt());
    });
}

void Theme::onPortalSetting(const QString &group, const QString &key, const QDBusVariant &value)
{
    if (group == kGroup && key == kKey)
        takePortalValue(value.variant().toUInt());
}

void Theme::takePortalValue(uint value)
{
    if (value == kPreferDark)
        m_desktopIsDark = true;
    else if (value == kPreferLight)
        m_desktopIsDark = false;
    else
        return;
    apply();
}

void Theme::apply()
{
    const bool dark = m_scheme == Scheme::Dark || (m_scheme == Scheme::System && m_desktopIsDark);
    if (m_isApplied && dark == m_isDark)
        return;
    m_isApplied = true;
    m_isDark = dark;
    QApplication::setPalette(paletteOf(dark ? darkTones() : lightTones()));
    Q_EMIT changed();
}

} // namespace paddock::ui
