// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/RowWidgets.h"

#include "ui/conversation/ToolCard.h"
#include "ui/text/DisplayText.h"
#include "ui/text/ErrorText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"
#include "ui/widgets/TextViews.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

using K = acp::Row::Kind;

struct Segment
{
    bool isCode = false;
    QString text;
    bool operator==(const Segment &) const = default;
};

// Prose and fenced blocks, in order.
QList<Segment> segmentsOf(const QString &text)
{
    QList<Segment> segments;
    QStringList lines;
    bool inCode = false;
    const auto close = [&segments, &lines](bool isCode) {
        QString joined = lines.join(u'\n');
        lines.clear();
        if (!isCode)
            joined = joined.trimmed();
        if (!joined.isEmpty())
            segments.append({isCode, joined});
    };
    const QStringList all = text.split(u'\n');
    for (const QString &line : all) {
        if (line.trimmed().startsWith("```"_L1)) {
            close(inCode);
            inCode = !inCode;
        } else {
            lines += line;
        }
    }
    close(inCode);
    return segments;
}

/// Heading (who, when), prose and blocks of code.
class MessageRow final : public RowWidget
{
public:
    explicit MessageRow(QWidget *parent)
        : RowWidget(parent)
        , m_heading(new QWidget(this))
        , m_who(new PlainLabel({}, m_heading))
        , m_when(new PlainLabel({}, m_heading))
        , m_column(new QVBoxLayout(this))
        , m_notice(new PlainLabel({}, this))
    {
        m_who->setWordWrap(false);
        m_who->setScale(1, QFont::DemiBold);
        m_when->setWordWrap(false);
        m_when->setScale(kSecondary);
        m_when->setTone(Tone::Dim);
        m_notice->setScale(kSecondary);
        m_notice->setTone(Tone::Dim);
        auto *line = new QHBoxLayout(m_heading);
        line->setContentsMargins(0, 2 * kGrid, 0, 0);
        line->setSpacing(2 * kGrid);
        line->addWidget(m_who);
        line->addWidget(m_when);
        line->addStretch();
        m_column->setContentsMargins(0, kGrid, 0, kGrid);
        m_column->setSpacing(kGrid);
        m_column->addWidget(m_heading);
        m_column->addWidget(m_notice);
    }

    bool update(const acp::Row &row, const RowContext &context) override
    {
        if (row.kind != K::UserMessage && row.kind != K::AgentMessage)
            return false;
        const bool user = row.kind == K::UserMessage;
        m_who->setShownText(user ? tr("You") : context.agentName);
        m_when->setShownText(shortTime(row.at, QDateTime::currentDateTimeUtc()));
        m_heading->setVisible(context.startsSpeech);
        const LimitedText limited = limitedText(visibleText(row.text));
        m_notice->setShownText(limited.notice);
        m_notice->setVisible(!limited.notice.isEmpty());
        setAccessibleName(m_who->text());
        setSegments(segmentsOf(limited.text), user);
        return true;
    }

private:
    void setSegments(const QList<Segment> &segments, bool user)
    {
        for (qsizetype i = 0; i < qMax(segments.size(), m_parts.size()); ++i) {
            const bool wanted = i < segments.size();
            if (i < m_parts.size() && (!wanted || m_parts.at(i).first != segments.at(i).isCode)) {
                m_parts.at(i).second->hide();
                m_parts.at(i).second->deleteLater();
                m_parts.removeAt(i--);
                continue;
            }
            if (i >= m_parts.size())
                m_parts.append({segments.at(i).isCode,
                                makePart(segments.at(i).isCode, user, static_cast<int>(i))});
            QWidget *part = m_parts.at(i).second;
            if (auto *prose = qobject_cast<ProseView *>(part))
                prose->setProse(segments.at(i).text);
            else
                part->findChild<CodeView *>()->setCode(segments.at(i).text);
        }
    }

    QWidget *makePart(bool isCode, bool user, int index)
    {
        QWidget *part = nullptr;
        if (isCode) {
            auto *card = new Card(this);
            auto *code = new CodeView(CodeView::Wrap::Never, card);
            code->setMaxLines(24);
            code->setAccessibleName(tr("Code"));
            auto *box = new QVBoxLayout(card);
            box->setContentsMargins(2 * kGrid, kGrid, 2 * kGrid, kGrid);
            box->addWidget(code);
            part = card;
        } else {
            auto *prose =
                new ProseView(user ? ProseView::Marks::Plain : ProseView::Marks::Understood, this);
            prose->setAccessibleName(tr("Message"));
            part = prose;
        }
        m_column->insertWidget(1 + index, part);
        part->show();
        return part;
    }

    QWidget *m_heading;
    PlainLabel *m_who;
    PlainLabel *m_when;
    QVBoxLayout *m_column;
    PlainLabel *m_notice;
    QList<std::pair<bool, QWidget *>> m_parts; // is code; part
};

/// One dim line with a sign: answered questions, ends of turns, notices, restarts.
class LineRow final : public RowWidget
{
public:
    explicit LineRow(QWidget *parent)
        : RowWidget(parent)
        , m_icon(new IconLabel(Icon::Dot, Tone::Dim, 3 * kGrid, this))
        , m_text(new PlainLabel({}, this))
    {
        m_text->setScale(kSecondary);
        m_text->setTone(Tone::Dim);
        m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        auto *row = new QHBoxLayout(this);
        row->setContentsMargins(3 * kGrid, kGrid, 0, kGrid);
        row->setSpacing(3 * kGrid);
        row->addWidget(m_icon, 0, Qt::AlignVCenter);
        row->addWidget(m_text, 1);
    }

    bool update(const acp::Row &row, const RowContext &) override
    {
        switch (row.kind) {
        case K::Permission:
            showPermission(row.permission);
            return true;
        case K::TurnEnd:
            if (row.turn.error)
                return false;
            showEnd(row.turn);
            return true;
        case K::Restart:
            show(Icon::Refresh,
                 Tone::Dim,
                 tr("The agent was started again and goes on with this conversation."));
            return true;
        default:
            return false;
        }
    }

    void show(const Notice &notice)
    {
        const bool bad = notice.kind.contains("error"_L1) || notice.kind.contains("fail"_L1);
        const bool warns = notice.kind.contains("warn"_L1);
        show(bad     ? Icon::Cross
             : warns ? Icon::Alert
                     : Icon::Dot,
             bad     ? Tone::Failure
             : warns ? Tone::Attention
                     : Tone::Dim,
             notice.text);
    }

private:
    void show(Icon icon, Tone tone, const QString &text)
    {
        m_icon->setLook(icon, tone);
        m_text->setShownText(limitedText(text, {.maxCharacters = 2'000}).text);
        setAccessibleName(m_text->text());
    }

    void showPermission(const acp::PermissionRow &permission)
    {
        const QString title = visibleText(permission.title.left(300), Lines::One);
        if (!permission.outcome) {
            show(Icon::Alert, Tone::Attention, tr("Asks: %1").arg(title));
            return;
        }
        switch (*permission.outcome) {
        case acp::PermissionOutcome::Allowed:
            show(Icon::Check, Tone::Success, tr("You allowed once: %1").arg(title));
            break;
        case acp::PermissionOutcome::Rejected:
            show(Icon::Cross, Tone::Dim, tr("You denied: %1").arg(title));
            break;
        case acp::PermissionOutcome::Cancelled:
        case acp::PermissionOutcome::Withdrawn:
            show(Icon::Dot, Tone::Dim, tr("Not answered, no longer needed: %1").arg(title));
            break;
        }
    }

    void showEnd(const acp::TurnResult &turn)
    {
        QString text;
        Tone tone = Tone::Dim;
        Icon icon = Icon::Check;
        switch (turn.stopReason) {
        case acp::StopReason::EndTurn:
            text = tr("Turn finished");
            break;
        case acp::StopReason::MaxTokens:
            text = tr("Turn ended: the model reached its limit of tokens");
            tone = Tone::Attention;
            icon = Icon::Alert;
            break;
        case acp::StopReason::MaxTurnRequests:
            text = tr("Turn ended: the agent reached its limit of requests");
            tone = Tone::Attention;
            icon = Icon::Alert;
            break;
        case acp::StopReason::Refusal:
            text = tr("Turn ended: the model refused");
            tone = Tone::Attention;
            icon = Icon::Alert;
            break;
        case acp::StopReason::Cancelled:
            text = tr("Turn cancelled");
            icon = Icon::Stop;
            break;
        case acp::StopReason::Unknown:
            text = tr("Turn ended");
            break;
        }
        if (turn.usage && turn.usage->totalTokens > 0)
            text += u" · "_s + tr("%1 tokens").arg(QLocale().toString(turn.usage->totalTokens));
        show(icon, tone, text);
    }

    IconLabel *m_icon;
    PlainLabel *m_text;
};

/// A turn that failed, or something that could not be read.
class ProblemRow final : public RowWidget
{
public:
    explicit ProblemRow(QWidget *parent)
        : RowWidget(parent)
        , m_card(new MessageCard(MessageCard::Closing::Fixed, this))
    {
        auto *box = new QVBoxLayout(this);
        box->setContentsMargins(0, 2 * kGrid, 0, 2 * kGrid);
        box->addWidget(m_card);
    }

    bool update(const acp::Row &row, const RowContext &) override
    {
        if (row.kind == K::TurnEnd && row.turn.error) {
            m_card->showError(*row.turn.error);
            return true;
        }
        if (row.kind == K::Problem) {
            m_card->showNotice(Tone::Dim,
                               Icon::Alert,
                               tr("Part of the conversation could not be shown."),
                               row.text);
            return true;
        }
        return false;
    }

private:
    MessageCard *m_card;
};

/// What the model thought, folded to its first line.
class ThoughtRow final : public RowWidget
{
public:
    explicit ThoughtRow(QWidget *parent)
        : RowWidget(parent)
        , m_toggle(new QPushButton(this))
        , m_first(new ElidedLabel(this))
        , m_prose(new ProseView(ProseView::Marks::Plain, this))
    {
        m_toggle->setCheckable(true);
        m_toggle->setText(tr("Thought"));
        ButtonRoles::set(m_toggle, ButtonRole::Quiet);
        m_first->setTone(Tone::Dim);
        m_prose->setAccessibleName(tr("Thought"));
        QPalette dim = m_prose->palette();
        dim.setColor(QPalette::Text, tonesFor(palette()).dim);
        m_prose->setPalette(dim);
        auto *row = new QHBoxLayout;
        row->setSpacing(2 * kGrid);
        row->addWidget(m_toggle);
        row->addWidget(m_first, 1);
        auto *column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(kGrid);
        column->addLayout(row);
        column->addWidget(m_prose);
        connect(m_toggle, &QPushButton::clicked, this, &RowWidget::expandRequested);
    }

    bool update(const acp::Row &row, const RowContext &context) override
    {
        if (row.kind != K::Thought)
            return false;
        const LimitedText limited = limitedText(visibleText(row.text));
        m_first->setShownText(limited.text.trimmed().section(u'\n', 0, 0));
        m_first->setVisible(!context.isExpanded);
        m_toggle->setIcon(
            makeIcon(context.isExpanded ? Icon::ChevronDown : Icon::ChevronRight, Tone::Dim));
        m_toggle->setChecked(false);
        m_prose->setProse(limited.notice.isEmpty() ? limited.text
                                                   : limited.text + u'\n' + limited.notice);
        m_prose->setVisible(context.isExpanded);
        return true;
    }

private:
    QPushButton *m_toggle;
    ElidedLabel *m_first;
    ProseView *m_prose;
};

} // namespace

RowWidget::RowWidget(QWidget *parent)
    : QWidget(parent)
{
}

int RowWidget::heightAt(int width) const
{
    const QLayout *box = layout();
    return box->hasHeightForWidth() ? box->totalHeightForWidth(width)
                                    : box->totalSizeHint().height();
}

RowWidget *
makeRowWidget(const acp::Row *row, const Notice *notice, const RowContext &context, QWidget *parent)
{
    RowWidget *widget = nullptr;
    if (!row) {
        auto *line = new LineRow(parent);
        if (notice)
            line->show(*notice);
        return line;
    }
    switch (row->kind) {
    case K::UserMessage:
    case K::AgentMessage:
        widget = new MessageRow(parent);
        break;
    case K::Thought:
        widget = new ThoughtRow(parent);
        break;
    case K::Tool:
        widget = new ToolCard(parent);
        break;
    case K::Plan:
        widget = new PlanCard(parent);
        break;
    case K::TurnEnd:
        if (row->turn.error)
            widget = new ProblemRow(parent);
        else
            widget = new LineRow(parent);
        break;
    case K::Permission:
    case K::Restart:
        widget = new LineRow(parent);
        break;
    case K::Problem:
        widget = new ProblemRow(parent);
        break;
    }
    const bool fits = widget->update(*row, context);
    Q_ASSERT(fits);
    Q_UNUSED(fits)
    return widget;
}

} // namespace paddock::ui
