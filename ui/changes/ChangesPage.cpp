// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/changes/ChangesPage.h"

#include "ui/changes/DiffView.h"
#include "ui/session/WindowActor.h"
#include "ui/text/DisplayText.h"
#include "ui/text/ErrorText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"

#include <QHBoxLayout>
#include <QListWidget>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QSplitter>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr auto kSettle = std::chrono::milliseconds(1500);

enum FileRole { StatusRole = Qt::UserRole, AddedRole, RemovedRole };

struct StatusLook
{
    QString letter;
    Tone tone;
};

StatusLook statusLook(const QString &status)
{
    if (status == "added"_L1 || status == "untracked"_L1)
        return {u"A"_s, Tone::Success};
    if (status == "deleted"_L1)
        return {u"D"_s, Tone::Failure};
    if (status == "renamed"_L1)
        return {u"R"_s, Tone::Accent};
    return {u"M"_s, Tone::Attention};
}

/// "M  cart/total.ts            +9 -4"
class FileDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter,
               const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const Tones &tones = tonesFor(option.palette);
        painter->save();
        painter->setLayoutDirection(Qt::LayoutDirectionAuto);
        if (option.state.testFlag(QStyle::State_Selected))
            painter->fillRect(option.rect, tones.selected);
        else if (option.state.testFlag(QStyle::State_MouseOver))
            painter->fillRect(option.rect, tones.hover);
        const auto lead =
            static_cast<int>(QStyle::visualAlignment(option.direction, Qt::AlignLeft) |
                             Qt::AlignVCenter | Qt::TextSingleLine);
        const auto place = [&option](const QRect &rect) {
            return QStyle::visualRect(option.direction, option.rect, rect);
        };
        const QRect row = option.rect.adjusted(4 * kGrid, 0, -4 * kGrid, 0);
        const StatusLook look = statusLook(index.data(StatusRole).toString());
        painter->setFont(codeFont(option.font, 1));
        painter->setPen(tones.of(look.tone));
        painter->drawText(
            place(QRect(row.left(), row.top(), 4 * kGrid, row.height())), lead, look.letter);

        const qint64 added = index.data(AddedRole).toLongLong();
        const qint64 removed = index.data(RemovedRole).toLongLong();
        painter->setFont(codeFont(option.font, kSecondary));
        const QFontMetrics metrics = painter->fontMetrics();
        int right = row.right() + 1;
        const auto count = [&](const QString &text, const QColor &color) {
            const int width = metrics.horizontalAdvance(text);
            right -= width;
            painter->setPen(color);
            painter->drawText(place(QRect(right, row.top(), width, row.height())), lead, text);
            right -= 2 * kGrid;
        };
        if (added < 0 || removed < 0) {
            count(QCoreApplication::translate("ChangesPage", "binary"), tones.dim);
        } else {
            if (removed > 0)
                count(u'-' + QString::number(removed), tones.failure);
            if (added > 0)
                count(u'+' + QString::number(added), tones.success);
        }
        painter->setFont(option.font);
        painter->setPen(tones.text);
        const int left = row.left() + 5 * kGrid;
        const QRect name(left, row.top(), qMax(0, right - left), row.height());
        painter->drawText(place(name),
                          lead,
                          painter->fontMetrics().elidedText(
                              index.data().toString(), Qt::ElideMiddle, name.width()));
        if (option.state.testFlag(QStyle::State_HasFocus)) {
            painter->setPen(tones.accent);
            painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
        }
        painter->restore();
    }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option,
                                 const QModelIndex &) const override
    {
        return {120, QFontMetrics(option.font).height() + 3 * kGrid};
    }
};

} // namespace

ChangesPage::ChangesPage(facade::SessionService &service, QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_stackBox(new QWidget(this))
    , m_stack(new QStackedLayout(m_stackBox))
    , m_empty(new EmptyState(m_stackBox))
    , m_content(new QWidget(m_stackBox))
    , m_summary(new PlainLabel({}, this))
    , m_import(new QPushButton(tr("Bring commits over"), this))
    , m_refresh(new QPushButton(this))
    , m_warnings(new MessageCard(MessageCard::Closing::Dismissable, this))
    , m_list(new QListWidget(m_content))
    , m_fileName(new PlainLabel({}, m_content))
    , m_diff(new DiffView(m_content))
{
    buildLayout();
    m_later.setSingleShot(true);
    m_later.setInterval(kSettle);
    connect(&m_later, &QTimer::timeout, this, &ChangesPage::read);
    connect(&service, &facade::SessionService::conversationGrew, this, [this](const SessionId &id) {
        if (id != m_session.id)
            return;
        m_isStale = true;
        if (isVisible() && !m_later.isActive())
            m_later.start();
    });
    connect(m_list, &QListWidget::currentRowChanged, this, &ChangesPage::showCurrentFile);
    connect(m_refresh, &QPushButton::clicked, this, &ChangesPage::refresh);
    connect(m_import, &QPushButton::clicked, this, &ChangesPage::importNow);
    connect(m_empty, &EmptyState::actionClicked, this, &ChangesPage::refresh);
}

void ChangesPage::buildLayout()
{
    m_list->setObjectName(u"changedFiles"_s);
    m_list->setAccessibleName(tr("Changed files"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setItemDelegate(new FileDelegate(m_list));
    m_list->setMouseTracking(true);
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_diff->setObjectName(u"diffView"_s);
    m_diff->setAccessibleName(tr("Diff of the file"));
    m_warnings->setObjectName(u"changeWarnings"_s);
    m_warnings->hide();
    m_summary->setTone(Tone::Dim);
    m_summary->setObjectName(u"changesSummary"_s);
    m_import->setObjectName(u"importNow"_s);
    m_import->setToolTip(
        tr("Checks the agent's commits and moves the branch on this machine to them"));
    m_refresh->setObjectName(u"refreshChanges"_s);
    m_refresh->setIcon(makeIcon(Icon::Refresh));
    m_refresh->setAccessibleName(tr("Read the changes again"));
    m_refresh->setToolTip(tr("Read the changes again (F5)"));
    m_fileName->setFont(codeFont(font()));
    m_fileName->setWordWrap(false);
    m_empty->setObjectName(u"changesEmpty"_s);

    auto *head = new QHBoxLayout;
    head->setContentsMargins(4 * kGrid, 2 * kGrid, 4 * kGrid, 2 * kGrid);
    head->setSpacing(2 * kGrid);
    head->addWidget(m_summary, 1);
    head->addWidget(m_import);
    head->addWidget(m_refresh);

    auto *right = new QWidget(m_content);
    auto *nameBox = new QHBoxLayout;
    nameBox->setContentsMargins(3 * kGrid, 2 * kGrid, 3 * kGrid, 2 * kGrid);
    nameBox->addWidget(m_fileName);
    auto *rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    rightColumn->addLayout(nameBox);
    rightColumn->addWidget(new Line(Qt::Horizontal, right));
    rightColumn->addWidget(m_diff, 1);
    auto *splitter = new QSplitter(Qt::Horizontal, m_content);
    splitter->setObjectName(u"changesSplitter"_s);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_list);
    splitter->addWidget(right);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 3);
    splitter->setSizes({260, 640});
    auto *content = new QVBoxLayout(m_content);
    content->setContentsMargins(0, 0, 0, 0);
    content->setSpacing(0);
    content->addWidget(new Line(Qt::Horizontal, m_content));
    content->addWidget(splitter, 1);

    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_content);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    auto *warningBox = new QVBoxLayout;
    warningBox->setContentsMargins(4 * kGrid, 0, 4 * kGrid, 0);
    warningBox->addWidget(m_warnings);
    column->addLayout(warningBox);
    column->addWidget(m_stackBox, 1);
}

void ChangesPage::setSession(const sessions::Session &session)
{
    const bool other = session.id != m_session.id;
    const bool moved =
        session.headCommit != m_session.headCommit || session.state != m_session.state;
    m_session = session;
    m_import->setVisible(session.mode == sessions::SessionMode::Write &&
                         sessions::isActive(session.state));
    if (other) {
        m_reading.cancel();
        m_reading = {};
        m_later.stop();
        m_files.clear();
        m_shown = {};
        m_list->clear();
        m_diff->setLines({});
        m_warnings->hide();
        m_summary->setShownText({});
        m_wanted.clear();
        m_isStale = true;
        m_empty->setContent({.icon = Icon::Clock, .title = tr("Reading the changes")});
        m_stack->setCurrentWidget(m_empty);
    }
    if (other || moved) {
        m_isStale = true;
        if (isVisible())
            read();
    }
}

void ChangesPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (m_isStale)
        read();
}

void ChangesPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_later.stop();
}

void ChangesPage::refresh()
{
    m_isStale = true;
    if (isVisible())
        read();
}

void ChangesPage::read()
{
    if (m_session.id.isEmpty() || m_reading.isValid())
        return;
    m_isStale = false;
    m_reading = m_service.diff(m_session.id);
    m_reading.then(this, [this](const Result<facade::SessionDiff> &result) {
        m_reading = {};
        if (result) {
            show(*result);
        } else {
            const ErrorWords words = wordsFor(result.error());
            m_empty->setContent({.icon = Icon::Alert,
                                 .tone = Tone::Failure,
                                 .title = words.message,
                                 .text = words.remedy,
                                 .action = tr("Try again")});
            m_stack->setCurrentWidget(m_empty);
        }
        // It went on while this was being read.
        if (m_isStale && isVisible() && !m_later.isActive())
            m_later.start();
    });
}

void ChangesPage::show(const facade::SessionDiff &diff)
{
    const QString current = !m_wanted.isEmpty()     ? m_wanted
                            : m_list->currentItem() ? m_list->currentItem()->text()
                                                    : QString();
    m_shown = diff;
    m_files = parsePatch(diff.patch);
    QStringList words;
    if (diff.commits > 0)
        words += tr("%n commit(s)", nullptr, diff.commits);
    words += tr("%n file(s) changed", nullptr, static_cast<int>(diff.files.size()));
    if (diff.uncommitted)
        words += tr("with work that is not committed");
    if (!diff.baseCommit.isEmpty())
        words += tr("against %1").arg(shortCommit(diff.baseCommit));
    if (diff.truncated)
        words += tr("the diff was cut at the size limit");
    m_summary->setShownText(words.join(u" · "_s));
    m_warnings->setVisible(!diff.warnings.isEmpty());
    if (!diff.warnings.isEmpty())
        m_warnings->showNotice(Tone::Attention,
                               Icon::Alert,
                               tr("The check of the agent's work found something to look at."),
                               diff.warnings.mid(0, 20).join(u'\n'));
    Q_EMIT counted(static_cast<int>(diff.files.size()));

    {
        const QSignalBlocker blocker(m_list);
        m_list->clear();
        int chosen = 0;
        for (const facade::DiffFile &file : diff.files) {
            auto *item =
                new QListWidgetItem(visibleText(file.path.left(2'000), Lines::One), m_list);
            item->setData(StatusRole, file.status);
            item->setData(AddedRole, file.added);
            item->setData(RemovedRole, file.removed);
            item->setToolTip(plainToolTip(file.path));
            if (!current.isEmpty() &&
                (item->text() == current || current.endsWith(u'/' + item->text())))
                chosen = m_list->count() - 1;
        }
        m_list->setCurrentRow(diff.files.isEmpty() ? -1 : chosen);
    }
    m_wanted.clear();
    if (diff.files.isEmpty()) {
        m_empty->setContent({.icon = Icon::Check,
                             .title = tr("No changes yet"),
                             .text = tr("What the agent writes in its worktree appears here."),
                             .action = tr("Look again")});
        m_stack->setCurrentWidget(m_empty);
        return;
    }
    m_stack->setCurrentWidget(m_content);
    showCurrentFile();
}

void ChangesPage::showCurrentFile()
{
    const QListWidgetItem *item = m_list->currentItem();
    if (!item) {
        m_diff->setLines({});
        m_fileName->setShownText({});
        return;
    }
    m_fileName->setShownText(item->text());
    const auto found = std::ranges::find(m_files, item->text(), &PatchFile::path);
    if (found != m_files.end() && !found->lines.isEmpty()) {
        m_diff->setLines(found->lines);
        return;
    }
    const bool binary = item->data(AddedRole).toLongLong() < 0;
    m_diff->setLines({{DiffLine::Kind::Note,
                       0,
                       0,
                       binary              ? tr("A binary file: there is nothing to show as text.")
                       : m_shown.truncated ? tr("This file is beyond the size limit of the diff.")
                                           : tr("No lines changed in this file.")}});
}

void ChangesPage::showFile(const QString &path)
{
    m_wanted = path;
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->text() == path) {
            m_list->setCurrentRow(row);
            m_wanted.clear();
        }
    }
    refresh();
}

void ChangesPage::importNow()
{
    m_import->setEnabled(false);
    const SessionId id = m_session.id;
    m_service.import(windowActor(), id).then(this, [this, id](const Result<QString> &result) {
        m_import->setEnabled(true);
        if (id != m_session.id)
            return;
        if (result)
            m_warnings->showNotice(
                Tone::Success,
                Icon::Check,
                tr("The branch %1 is now at %2.").arg(m_session.branch, shortCommit(*result)),
                {});
        else
            m_warnings->showError(result.error());
        m_warnings->show();
        refresh();
    });
}

} // namespace paddock::ui
