// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/health/HealthStrip.h"

#include "ui/health/BuildController.h"
#include "ui/text/DisplayText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QScreen>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

using Status = facade::HealthItem::Status;

constexpr qsizetype kMaxTitle = 40;

struct StatusLook
{
    Icon icon;
    Tone tone;
    QString word;
};

StatusLook lookOf(Status status)
{
    switch (status) {
    case Status::Checking:
        return {Icon::Clock, Tone::Dim, HealthStrip::tr("checking")};
    case Status::Good:
        return {Icon::Dot, Tone::Success, HealthStrip::tr("fine")};
    case Status::Missing:
        return {Icon::Alert, Tone::Attention, HealthStrip::tr("missing")};
    case Status::Broken:
        return {Icon::Cross, Tone::Failure, HealthStrip::tr("does not work")};
    }
    return {Icon::None, Tone::Dim, {}};
}

/// A small window that goes when one clicks elsewhere.
class Popover final : public QFrame
{
public:
    explicit Popover(QWidget *parent)
        : QFrame(parent, Qt::Popup | Qt::FramelessWindowHint)
    {
        setAttribute(Qt::WA_DeleteOnClose);
        setObjectName(u"healthPopover"_s);
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Tones &tones = tonesFor(palette());
        QPainter painter(this);
        painter.fillRect(rect(), tones.panel);
        painter.setPen(tones.border);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
};

} // namespace

HealthStrip::HealthStrip(facade::HealthService &health, BuildController &build, QWidget *parent)
    : Surface(Kind::Panel, parent)
    , m_health(health)
    , m_build(build)
    , m_row(new QHBoxLayout)
    , m_building(new QPushButton(this))
    , m_counts(new ElidedLabel(this))
{
    setObjectName(u"healthStrip"_s);
    setAccessibleName(tr("What Paddock needs"));
    m_building->setObjectName(u"buildingButton"_s);
    ButtonRoles::set(m_building, ButtonRole::Quiet);
    m_building->setFont(scaledFont(font(), kSecondary));
    m_counts->setObjectName(u"healthCounts"_s);
    m_counts->setFont(scaledFont(font(), kSecondary));
    m_counts->setTone(Tone::Dim);
    m_row->setContentsMargins(kGrid, 0, 3 * kGrid, 0);
    m_row->setSpacing(0);
    m_row->addStretch(1);
    m_row->addWidget(m_building);
    m_row->addSpacing(2 * kGrid);
    m_row->addWidget(m_counts);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(new Line(Qt::Horizontal, this));
    column->addLayout(m_row);
    connect(&health, &facade::HealthService::changed, this, &HealthStrip::update);
    connect(&build, &BuildController::stateChanged, this, &HealthStrip::updateBuild);
    connect(&build, &BuildController::progressChanged, this, &HealthStrip::updateBuild);
    connect(m_building, &QPushButton::clicked, this, &HealthStrip::showBuildRequested);
    update();
    updateBuild();
}

void HealthStrip::check()
{
    if (m_isChecking)
        return;
    m_isChecking = true;
    update();
    m_health.check().then(this, [this](const Result<facade::Health> &) {
        m_isChecking = false;
        update();
    });
}

void HealthStrip::setCounts(const QString &text)
{
    m_counts->setShownText(text);
}

void HealthStrip::update()
{
    const QList<facade::HealthItem> items = m_health.current().items;
    while (m_items.size() > items.size()) {
        QPushButton *button = m_items.takeLast();
        button->hide();
        button->deleteLater();
    }
    while (m_items.size() < items.size()) {
        auto *button = new QPushButton(this);
        ButtonRoles::set(button, ButtonRole::Quiet);
        button->setFont(scaledFont(font(), kSecondary));
        button->setMinimumWidth(8 * kGrid); // gives way, elided
        const auto index = static_cast<int>(m_items.size());
        connect(button, &QPushButton::clicked, this, [this, index] { openItem(index); });
        m_row->insertWidget(index, button);
        m_items += button;
    }
    for (qsizetype i = 0; i < items.size(); ++i) {
        const facade::HealthItem &item = items.at(i);
        // What is wrong is being looked at again: seen at once, also when nothing changes.
        const bool again = m_isChecking && item.status != Status::Good;
        const StatusLook look = lookOf(again ? Status::Checking : item.status);
        QPushButton *button = m_items.at(i);
        const QString title = item.title.isEmpty() ? item.id : item.title;
        button->setObjectName(u"health-"_s + item.id);
        button->setIcon(makeIcon(look.icon, look.tone));
        // A path in a title must not make the window wider than the screen.
        button->setText(plainButtonText(
            title.size() > kMaxTitle ? title.left(kMaxTitle / 2) + u'…' + title.right(kMaxTitle / 2)
                                     : title));
        button->setAccessibleName(visibleText(u"%1: %2"_s.arg(title, look.word), Lines::One));
        button->setToolTip(
            plainToolTip(item.error ? item.error->message : u"%1: %2"_s.arg(title, look.word)));
    }
}

void HealthStrip::updateBuild()
{
    using S = BuildController::State;
    const S state = m_build.state();
    m_building->setVisible(state == S::Running || state == S::Failed);
    if (state == S::Failed) {
        m_building->setIcon(makeIcon(Icon::Cross, Tone::Failure));
        m_building->setText(tr("Image build failed"));
    } else if (state == S::Running) {
        m_building->setIcon(makeIcon(Icon::Box, Tone::Accent));
        m_building->setText(
            m_build.steps() > 0
                ? tr("Building image, %1 of %2").arg(m_build.step()).arg(m_build.steps())
                : tr("Building image"));
    }
}

void HealthStrip::openItem(int index)
{
    const facade::Health health = m_health.current();
    if (index >= health.items.size())
        return;
    const facade::HealthItem &item = health.items.at(index);
    const StatusLook look = lookOf(item.status);
    auto *popover = new Popover(this);
    auto *card = new MessageCard(MessageCard::Closing::Fixed, popover);
    if (item.error) {
        card->showError(*item.error);
    } else {
        QStringList lines;
        if (item.id == "engine"_L1 && !health.socketPath.isEmpty())
            lines += tr("Socket %1 (%2)").arg(health.socketPath, health.socketSource);
        if (item.id == "image"_L1 && !health.imageName.isEmpty())
            lines += tr("Image %1").arg(health.imageName);
        card->showNotice(look.tone == Tone::Success ? Tone::Success : Tone::Dim,
                         look.icon,
                         u"%1: %2"_s.arg(item.title, look.word),
                         lines.join(u'\n'));
    }
    if (item.action == "build-image"_L1) {
        QPushButton *build = card->addButton(tr("Build image"), u"healthBuild"_s, true);
        connect(build, &QPushButton::clicked, popover, [this, popover] {
            popover->close();
            Q_EMIT buildRequested();
        });
    }
    QPushButton *retry =
        card->addButton(item.status == Status::Good ? tr("Check again") : tr("Retry"),
                        u"healthRetry"_s,
                        item.action == "retry"_L1);
    connect(retry, &QPushButton::clicked, popover, [this, popover] {
        popover->close();
        check();
    });
    auto *box = new QVBoxLayout(popover);
    box->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
    box->addWidget(card);
    popover->setFixedWidth(qMin(105 * kGrid, window()->width() - 4 * kGrid));
    popover->adjustSize();
    // Above its button, inside the window.
    const QPoint anchor = m_items.at(index)->mapToGlobal(QPoint(0, 0));
    const QRect frame = window()->frameGeometry();
    const int x = qBound(frame.left() + kGrid,
                         anchor.x(),
                         qMax(frame.left(), frame.right() - popover->width() - kGrid));
    popover->move(x, anchor.y() - popover->height() - kGrid);
    popover->show();
    retry->setFocus(Qt::PopupFocusReason);
}

} // namespace paddock::ui
