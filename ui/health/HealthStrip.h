// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/widgets/Labels.h"

class QHBoxLayout;
class QPushButton;

namespace paddock::ui {

class BuildController;

/// The bottom line of the window: what Paddock needs, each with sign and word; what is missing
/// opens its reason, remedy and one button.
class HealthStrip final : public Surface
{
    Q_OBJECT

public:
    /// Both outlive the strip.
    HealthStrip(facade::HealthService &health, BuildController &build, QWidget *parent = nullptr);

    void check();
    /// Text at the end of the line: what is going on.
    void setCounts(const QString &text);

Q_SIGNALS:
    void buildRequested();
    void showBuildRequested();

private:
    void update();
    void updateBuild();
    void openItem(int index);

    facade::HealthService &m_health;
    BuildController &m_build;
    QHBoxLayout *m_row;
    QList<QPushButton *> m_items;
    QPushButton *m_building;
    ElidedLabel *m_counts;
    bool m_isChecking = false;
};

} // namespace paddock::ui
