// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/ToolCard.h"

#include "ui/changes/LineDiff.h"
#include "ui/conversation/ToolFacts.h"
#include "ui/text/DisplayText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/TextViews.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QMouseEvent>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr int kFoldedDiffLines = 14;
constexpr int kOpenLines = 40;
constexpr int kMaxDiffLines = 400;

CodeView::LineKind codeKind(DiffLine::Kind kind)
{
    switch (kind) {
    case DiffLine::Kind::Added:
        return CodeView::LineKind::Added;
    case DiffLine::Kind::Removed:
        return CodeView::LineKind::Removed;
    case DiffLine::Kind::Hunk:
    case DiffLine::Kind::File:
    case DiffLine::Kind::Note:
        return CodeView::LineKind::Heading;
    case DiffLine::Kind::Context:
        break;
    }
    return CodeView::LineKind::Plain;
}

QChar markOf(DiffLine::Kind kind)
{
    return kind == DiffLine::Kind::Added ? u'+' : kind == DiffLine::Kind::Removed ? u'-' : u' ';
}

void fillDiff(CodeView *view, const DiffText &diff)
{
    QString text;
    QList<CodeView::LineKind> kinds;
    for (const DiffLine &line : diff.lines) {
        if (!text.isEmpty())
            text += u'\n';
        text += markOf(line.kind);
        text += u' ';
        text += line.text;
        kinds += codeKind(line.kind);
    }
    if (diff.isCut) {
        text += u'\n' + QCoreApplication::translate("ToolCard", "The rest is in the Changes tab.");
        kinds += CodeView::LineKind::Heading;
    }
    view->setLineKinds({});
    view->setCode(text);
    view->setLineKinds(kinds);
}

void clearBox(QVBoxLayout *box)
{
    while (QLayoutItem *item = box->takeAt(0)) {
        if (QWidget *widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
}

QPushButton *makeToggle(QWidget *parent)
{
    auto *toggle = new QPushButton(parent);
    toggle->setObjectName(u"expandRow"_s);
    ButtonRoles::set(toggle, ButtonRole::Quiet);
    return toggle;
}

void showToggle(QPushButton *toggle, bool expanded)
{
    toggle->setIcon(makeIcon(expanded ? Icon::ChevronDown : Icon::ChevronRight, Tone::Dim));
    const QString name = expanded ? QCoreApplication::translate("ToolCard", "Show less")
                                  : QCoreApplication::translate("ToolCard", "Show more");
    toggle->setAccessibleName(name);
    toggle->setToolTip(name);
    toggle->setProperty("expanded", expanded);
}

} // namespace

ToolCard::ToolCard(QWidget *parent)
    : RowWidget(parent)
    , m_card(new Card(this))
    , m_head(new QWidget(m_card))
    , m_icon(new IconLabel(Icon::Clock, Tone::Dim, 4 * kGrid, m_head))
    , m_verb(new PlainLabel({}, m_head))
    , m_subject(new ElidedLabel(m_head))
    , m_counts(new PlainLabel({}, m_head))
    , m_trail(new PlainLabel({}, m_head))
    , m_changes(new QPushButton(tr("Show in Changes"), m_head))
    , m_toggle(makeToggle(m_head))
    , m_body(new QWidget(m_card))
    , m_bodyBox(new QVBoxLayout(m_body))
{
    m_verb->setWordWrap(false);
    m_counts->setWordWrap(false);
    m_counts->setTone(Tone::Dim);
    m_counts->setFont(codeFont(font()));
    m_trail->setWordWrap(false);
    m_trail->setScale(kSecondary);
    m_trail->setTone(Tone::Dim);
    m_subject->setElideMode(Qt::ElideMiddle);
    m_changes->setObjectName(u"showInChanges"_s);
    ButtonRoles::set(m_changes, ButtonRole::Quiet);

    auto *head = new QHBoxLayout(m_head);
    head->setContentsMargins(3 * kGrid, kGrid, kGrid, kGrid);
    head->setSpacing(2 * kGrid);
    head->addWidget(m_icon);
    head->addWidget(m_verb);
    head->addWidget(m_subject, 1);
    head->addWidget(m_counts);
    head->addWidget(m_trail);
    head->addWidget(m_changes);
    head->addWidget(m_toggle);
    m_head->setMinimumHeight(9 * kGrid);
    m_head->installEventFilter(this);
    m_bodyBox->setContentsMargins(1, 0, 1, kGrid);
    m_bodyBox->setSpacing(0);
    auto *inside = new QVBoxLayout(m_card);
    inside->setContentsMargins(0, 0, 0, 0);
    inside->setSpacing(0);
    inside->addWidget(m_head);
    inside->addWidget(m_body);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(0, kGrid, 0, kGrid);
    box->addWidget(m_card);

    connect(m_toggle, &QPushButton::clicked, this, [this] {
        Q_EMIT expandRequested(!m_shownExpanded);
    });
    connect(m_changes, &QPushButton::clicked, this, [this] { Q_EMIT showInChanges(m_path); });
}

bool ToolCard::eventFilter(QObject *watched, QEvent *event)
{
    // The whole heading is the handle, not the small sign at its end alone.
    if (watched == m_head && event->type() == QEvent::MouseButtonRelease && m_toggle->isVisible() &&
        static_cast<QMouseEvent *>(event)->button() == Qt::LeftButton) {
        m_toggle->click();
        return true;
    }
    return RowWidget::eventFilter(watched, event);
}

bool ToolCard::update(const acp::Row &row, const RowContext &context)
{
    if (row.kind != acp::Row::Kind::Tool)
        return false;
    if (m_isShown && row.tool == m_shown && context.isExpanded == m_shownExpanded)
        return true;
    m_isShown = true;
    m_shown = row.tool;
    m_shownExpanded = context.isExpanded;

    const ToolFacts facts = factsOf(row.tool);
    m_icon->setLook(facts.statusIcon, facts.statusTone);
    m_icon->setAccessibleName(facts.statusWord);
    m_verb->setShownText(facts.verb);
    m_subject->setFont(facts.isCode ? codeFont(font()) : font());
    m_subject->setShownText(facts.subject);
    const bool failed = facts.statusTone == Tone::Failure;
    m_trail->setShownText(failed || facts.status == acp::ToolStatus::InProgress ||
                                  facts.status == acp::ToolStatus::Interrupted
                              ? facts.statusWord
                              : facts.purpose.left(80));
    m_trail->setVisible(!m_trail->text().isEmpty());
    m_path = facts.diffs.isEmpty() ? QString() : facts.diffs.constFirst().path;
    m_changes->setVisible(!m_path.isEmpty() && facts.status == acp::ToolStatus::Completed);
    setAccessibleName(u"%1 %2, %3"_s.arg(facts.verb, facts.subject, facts.statusWord));
    showBody(facts, context.isExpanded);
    showToggle(m_toggle, context.isExpanded);
    const bool hasMore = !facts.command.isEmpty() || !facts.output.isEmpty() ||
                         !facts.input.isEmpty() || !facts.diffs.isEmpty();
    m_toggle->setVisible(hasMore);
    return true;
}

CodeView *ToolCard::addCode(const QString &name, int maxLines)
{
    if (m_bodyBox->count() == 0)
        m_bodyBox->addWidget(new Line(Qt::Horizontal, m_body));
    auto *view = new CodeView(CodeView::Wrap::Never, m_body);
    view->setMaxLines(maxLines);
    view->document()->setDocumentMargin(2 * kGrid);
    view->setAccessibleName(name);
    m_bodyBox->addWidget(view);
    view->show();
    return view;
}

void ToolCard::showBody(const ToolFacts &facts, bool expanded)
{
    clearBox(m_bodyBox);
    int added = 0;
    int removed = 0;
    for (const ToolFacts::FileDiff &file : facts.diffs) {
        const DiffText diff = diffOfTexts(file.before, file.after, 2, kMaxDiffLines);
        added += diff.added;
        removed += diff.removed;
        CodeView *view =
            addCode(tr("Change of %1").arg(file.path), expanded ? kOpenLines : kFoldedDiffLines);
        fillDiff(view, diff);
    }
    m_counts->setShownText(
        u"+%1 -%2"_s.arg(QLocale().toString(added), QLocale().toString(removed)));
    m_counts->setVisible(!facts.diffs.isEmpty());
    const TextLimits limits{.maxCharacters = 60'000, .maxLineCharacters = 2'000, .maxLines = 1'000};
    const auto addText = [this, &limits](const QString &name, const QString &text) {
        const LimitedText limited = limitedText(text, limits);
        CodeView *view = addCode(name, kOpenLines);
        view->setCode(limited.notice.isEmpty() ? limited.text
                                               : limited.text + u"\n"_s + limited.notice);
    };
    // What went wrong is shown without being asked for.
    const bool failed = facts.statusTone == Tone::Failure;
    if (failed && !expanded && !facts.output.isEmpty())
        addText(tr("Output"), facts.output);
    if (expanded) {
        // A command of one line stands whole in the heading unless it had to be elided.
        if (!facts.command.isEmpty() &&
            (facts.command.contains(u'\n') || facts.command.size() > 60))
            addText(tr("Command"), facts.command);
        if (!facts.input.isEmpty())
            addText(tr("Input"), facts.input);
        if (!facts.output.isEmpty() && (failed || facts.diffs.isEmpty()))
            addText(tr("Output"), facts.output);
        if (m_bodyBox->count() == 0)
            addText(tr("Output"), tr("No output."));
    }
    m_body->setVisible(m_bodyBox->count() > 0);
}

PlanCard::PlanCard(QWidget *parent)
    : RowWidget(parent)
    , m_icon(new IconLabel(Icon::Plan, Tone::Dim, 4 * kGrid, this))
    , m_title(new PlainLabel({}, this))
    , m_current(new ElidedLabel(this))
    , m_toggle(makeToggle(this))
    , m_list(new QWidget(this))
    , m_listBox(new QVBoxLayout(m_list))
{
    auto *card = new Card(this);
    m_title->setWordWrap(false);
    m_title->setScale(1, QFont::DemiBold);
    m_current->setTone(Tone::Dim);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(3 * kGrid, kGrid, kGrid, kGrid);
    head->setSpacing(2 * kGrid);
    head->addWidget(m_icon);
    head->addWidget(m_title);
    head->addWidget(m_current, 1);
    head->addWidget(m_toggle);
    m_listBox->setContentsMargins(3 * kGrid, 0, 3 * kGrid, 3 * kGrid);
    m_listBox->setSpacing(kGrid);
    auto *inside = new QVBoxLayout(card);
    inside->setContentsMargins(0, 0, 0, 0);
    inside->setSpacing(0);
    inside->addLayout(head);
    inside->addWidget(m_list);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(0, kGrid, 0, kGrid);
    box->addWidget(card);
    connect(m_toggle, &QPushButton::clicked, this, [this] {
        Q_EMIT expandRequested(!m_toggle->property("expanded").toBool());
    });
}

bool PlanCard::update(const acp::Row &row, const RowContext &context)
{
    if (row.kind != acp::Row::Kind::Plan)
        return false;
    constexpr qsizetype kMaxShown = 100;
    qsizetype done = 0;
    QString current;
    for (const acp::PlanEntry &entry : row.plan) {
        if (entry.status == "completed"_L1)
            ++done;
        else if (current.isEmpty() || entry.status == "in_progress"_L1)
            current = entry.content;
    }
    const bool all = done == row.plan.size();
    m_icon->setLook(all ? Icon::Check : Icon::Plan, all ? Tone::Success : Tone::Accent);
    m_title->setShownText(tr("Plan %1 of %2").arg(done).arg(row.plan.size()));
    m_current->setShownText(all ? tr("all done") : current);
    setAccessibleName(m_title->text());
    clearBox(m_listBox);
    if (context.isExpanded) {
        for (const acp::PlanEntry &entry : row.plan.mid(0, kMaxShown)) {
            const bool isDone = entry.status == "completed"_L1;
            const bool isNow = entry.status == "in_progress"_L1;
            auto *line = new QWidget(m_list);
            auto *icon = new IconLabel(isDone  ? Icon::Check
                                       : isNow ? Icon::Play
                                               : Icon::Dot,
                                       isDone  ? Tone::Success
                                       : isNow ? Tone::Accent
                                               : Tone::Dim,
                                       3 * kGrid,
                                       line);
            auto *text = new PlainLabel(visibleText(entry.content.left(500), Lines::One), line);
            text->setTone(isDone ? Tone::Dim : Tone::Text);
            auto *box = new QHBoxLayout(line);
            box->setContentsMargins(0, 0, 0, 0);
            box->setSpacing(2 * kGrid);
            box->addWidget(icon);
            box->addWidget(text, 1);
            m_listBox->addWidget(line);
        }
    }
    m_list->setVisible(context.isExpanded);
    showToggle(m_toggle, context.isExpanded);
    return true;
}

} // namespace paddock::ui
