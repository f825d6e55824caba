// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QApplication;
class QDBusVariant;

namespace paddock::ui {

enum class Scheme { System, Light, Dark };

/// Gives the application its style and the palette of a scheme, and follows the desktop's choice
/// (portal org.freedesktop.portal.Settings, org.freedesktop.appearance color-scheme) while the
/// scheme is System. Without a portal the palette that the platform gave at start decides. Main
/// thread; one per application, made by the composition root.
class Theme final : public QObject
{
    Q_OBJECT

public:
    enum class Follow { Desktop, Nothing };
    /// Style and first palette are in place when this returns; the portal is asked afterwards.
    Theme(QApplication &application, Scheme scheme, Follow follow, QObject *parent = nullptr);

    void setScheme(Scheme scheme);
    [[nodiscard]] Scheme scheme() const { return m_scheme; }
    [[nodiscard]] bool isDark() const { return m_isDark; }

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    // Connected by name: QtDBus has no other form.
    void onPortalSetting(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void watchPortal();
    void takePortalValue(uint value);
    void apply();

    QApplication &m_application;
    Scheme m_scheme;
    bool m_desktopIsDark = false;
    bool m_isDark = false;
    bool m_isApplied = false;
};

} // namespace paddock::ui
