// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/PermissionCard.h"

#include "ui/changes/LineDiff.h"
#include "ui/conversation/ToolFacts.h"
#include "ui/text/DisplayText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/TextViews.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr int kShownLines = 9;

} // namespace

PermissionCard::PermissionCard(QWidget *parent)
    : QWidget(parent)
    , m_question(new PlainLabel({}, this))
    , m_position(new PlainLabel({}, this))
    , m_what(new CodeView(CodeView::Wrap::Anywhere, this))
    , m_notice(new PlainLabel({}, this))
    , m_purpose(new ElidedLabel(this))
    , m_where(new PlainLabel({}, this))
    , m_allow(new QPushButton(tr("Allow once  (Y)"), this))
    , m_deny(new QPushButton(tr("Deny  (N)"), this))
{
    setObjectName(u"permissionCard"_s);
    setFocusPolicy(Qt::StrongFocus);
    m_question->setScale(1, QFont::DemiBold);
    m_question->setTone(Tone::Attention);
    m_question->setObjectName(u"permissionQuestion"_s);
    m_position->setWordWrap(false);
    m_position->setScale(kSecondary);
    m_position->setTone(Tone::Dim);
    m_what->setMaxLines(kShownLines);
    m_what->setObjectName(u"permissionWhat"_s);
    m_what->setAccessibleName(tr("What would run"));
    m_notice->setTone(Tone::Attention);
    m_notice->setScale(kSecondary);
    m_purpose->setTone(Tone::Dim);
    m_where->setTone(Tone::Dim);
    m_where->setScale(kSecondary);
    m_allow->setObjectName(u"permissionAllow"_s);
    m_allow->setAccessibleName(tr("Allow once"));
    m_deny->setObjectName(u"permissionDeny"_s);
    m_deny->setAccessibleName(tr("Deny"));
    ButtonRoles::set(m_allow, ButtonRole::Primary);
    m_allow->setAutoDefault(false);
    m_deny->setAutoDefault(false);

    auto *head = new QHBoxLayout;
    head->setContentsMargins(3 * kGrid, 2 * kGrid, 3 * kGrid, 2 * kGrid);
    head->setSpacing(2 * kGrid);
    head->addWidget(new IconLabel(Icon::Alert, Tone::Attention, 4 * kGrid, this));
    head->addWidget(m_question, 1);
    head->addWidget(m_position);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(2 * kGrid);
    buttons->addWidget(m_allow);
    buttons->addWidget(m_deny);
    buttons->addStretch();
    auto *body = new QVBoxLayout;
    body->setContentsMargins(3 * kGrid, 2 * kGrid, 3 * kGrid, 3 * kGrid);
    body->setSpacing(kGrid);
    body->addWidget(m_what);
    body->addWidget(m_notice);
    body->addWidget(m_purpose);
    body->addWidget(m_where);
    body->addSpacing(kGrid);
    body->addLayout(buttons);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addLayout(body);

    connect(m_allow, &QPushButton::clicked, this, [this] { answer(true); });
    connect(m_deny, &QPushButton::clicked, this, [this] { answer(false); });
    hide();
}

void PermissionCard::setRequest(const acp::PermissionRow &request,
                                const acp::ToolCall &tool,
                                int position,
                                int count)
{
    const bool isNew = request.requestId != m_requestId;
    m_requestId = request.requestId;
    const ToolFacts facts = factsOf(tool);
    m_question->setShownText(permissionQuestion(tool));

    QString what;
    QList<CodeView::LineKind> kinds;
    if (!facts.command.isEmpty()) {
        what = facts.command;
    } else if (!facts.diffs.isEmpty()) {
        for (const ToolFacts::FileDiff &file : facts.diffs) {
            what += (what.isEmpty() ? QString() : u"\n"_s) + file.path;
            kinds += CodeView::LineKind::Heading;
            const DiffText diff = diffOfTexts(file.before, file.after, 2, 2'000);
            for (const DiffLine &line : diff.lines) {
                const bool added = line.kind == DiffLine::Kind::Added;
                const bool removed = line.kind == DiffLine::Kind::Removed;
                what += u'\n';
                what += added ? u"+ "_s : removed ? u"- "_s : u"  "_s;
                what += line.text;
                kinds += added     ? CodeView::LineKind::Added
                         : removed ? CodeView::LineKind::Removed
                                   : CodeView::LineKind::Plain;
            }
        }
    } else if (!facts.input.isEmpty()) {
        what = facts.subject + u'\n' + facts.input;
    } else {
        what = facts.subject;
    }
    const LimitedText limited = limitedText(
        what, {.maxCharacters = 100'000, .maxLineCharacters = 20'000, .maxLines = 4'000});
    m_what->setLineKinds({});
    m_what->setCode(limited.text);
    m_what->setLineKinds(kinds);
    m_notice->setShownText(limited.notice.isEmpty()
                               ? QString()
                               : tr("It is longer than what is shown: %1").arg(limited.notice));
    m_notice->setVisible(!limited.notice.isEmpty());
    m_purpose->setShownText(tr("The agent says: %1").arg(facts.purpose));
    m_purpose->setVisible(!facts.purpose.isEmpty());
    m_where->setShownText(
        tr("Runs in the sealed container; can change files of this session only."));
    m_position->setShownText(count > 1 ? tr("%1 of %2").arg(position).arg(count) : QString());
    setAccessibleName(m_question->text());
    setAccessibleDescription(limited.text.left(500));
    if (isNew) {
        m_isAnswering = false;
        m_since.start();
        m_what->moveCursor(QTextCursor::Start);
    }
    m_allow->setEnabled(!m_isAnswering);
    m_deny->setEnabled(!m_isAnswering);
    show();
    if (isNew) {
        QAccessibleEvent alert(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

void PermissionCard::clear()
{
    m_requestId.clear();
    m_isAnswering = false;
    hide();
}

void PermissionCard::setAnswering(bool answering)
{
    m_isAnswering = answering;
    m_allow->setEnabled(!answering);
    m_deny->setEnabled(!answering);
}

bool PermissionCard::isArmed() const
{
    return isVisible() && !m_requestId.isEmpty() && !m_isAnswering && m_since.isValid() &&
           m_since.elapsed() >= kGuardMilliseconds;
}

void PermissionCard::answer(bool allow)
{
    if (!isArmed())
        return;
    setAnswering(true);
    if (allow)
        Q_EMIT allowed(m_requestId);
    else
        Q_EMIT denied(m_requestId);
}

void PermissionCard::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_since.start();
}

void PermissionCard::keyPressEvent(QKeyEvent *event)
{
    if (event->modifiers() != Qt::NoModifier && event->modifiers() != Qt::KeypadModifier) {
        QWidget::keyPressEvent(event);
        return;
    }
    if (event->key() == Qt::Key_Y && !event->isAutoRepeat())
        answer(true);
    else if (event->key() == Qt::Key_N && !event->isAutoRepeat())
        answer(false);
    else
        QWidget::keyPressEvent(event);
}

void PermissionCard::paintEvent(QPaintEvent *)
{
    const Tones &tones = tonesFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF outer = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath path;
    path.addRoundedRect(outer, kCardRadius, kCardRadius);
    painter.fillPath(path, tones.panel);
    painter.save();
    painter.setClipPath(path);
    const int headBottom = m_what->geometry().top() - 2 * kGrid;
    painter.fillRect(QRectF(outer.left(), outer.top(), outer.width(), headBottom),
                     tones.attentionSurface);
    painter.restore();
    painter.setPen(QPen(tones.attention, hasFocus() ? 2 : 1));
    painter.drawPath(path);
}

} // namespace paddock::ui
