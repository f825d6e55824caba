// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/ToolFacts.h"

#include "ui/text/DisplayText.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr qsizetype kMaxOutput = 200'000;

QString tr(const char *text)
{
    return QCoreApplication::translate("ToolFacts", text);
}

bool isDone(acp::ToolStatus status)
{
    return status != acp::ToolStatus::Pending && status != acp::ToolStatus::InProgress;
}

QString verbOf(acp::ToolKind kind, bool done)
{
    using K = acp::ToolKind;
    switch (kind) {
    case K::Read:
        return done ? tr("Read") : tr("Reads");
    case K::Edit:
        return done ? tr("Edited") : tr("Edits");
    case K::Delete:
        return done ? tr("Deleted") : tr("Deletes");
    case K::Move:
        return done ? tr("Moved") : tr("Moves");
    case K::Search:
        return done ? tr("Searched") : tr("Searches");
    case K::Execute:
        return done ? tr("Ran") : tr("Runs");
    case K::Think:
        return done ? tr("Thought") : tr("Thinks");
    case K::Fetch:
        return done ? tr("Fetched") : tr("Fetches");
    case K::SwitchMode:
        return done ? tr("Switched mode") : tr("Switches mode");
    case K::Other:
        break;
    }
    return done ? tr("Used") : tr("Uses");
}

void setStatus(ToolFacts &facts, acp::ToolStatus status)
{
    using S = acp::ToolStatus;
    facts.status = status;
    switch (status) {
    case S::Pending:
        facts.statusIcon = Icon::Clock;
        facts.statusTone = Tone::Dim;
        facts.statusWord = tr("pending");
        break;
    case S::InProgress:
        facts.statusIcon = Icon::Play;
        facts.statusTone = Tone::Accent;
        facts.statusWord = tr("running");
        break;
    case S::Completed:
        facts.statusIcon = Icon::Check;
        facts.statusTone = Tone::Success;
        facts.statusWord = tr("done");
        break;
    case S::Failed:
        facts.statusIcon = Icon::Cross;
        facts.statusTone = Tone::Failure;
        facts.statusWord = tr("failed");
        break;
    case S::Interrupted:
        facts.statusIcon = Icon::Stop;
        facts.statusTone = Tone::Dim;
        facts.statusWord = tr("interrupted");
        break;
    }
    if (facts.exitCode.value_or(0) != 0) {
        facts.statusIcon = Icon::Cross;
        facts.statusTone = Tone::Failure;
        facts.statusWord = tr("exit code %1").arg(*facts.exitCode);
    }
}

// Agents give the command as one text, or as argv; the name differs.
QString commandOf(const QJsonObject &input)
{
    for (const auto key : {u"command", u"cmd", u"script"}) {
        const QJsonValue value = input.value(QStringView(key));
        if (value.isString())
            return value.toString();
        if (value.isArray()) {
            QStringList words;
            const QJsonArray array = value.toArray();
            for (const QJsonValue &word : array)
                words += word.toString();
            return words.join(u' ');
        }
    }
    return {};
}

QString withoutFence(QString text)
{
    // Output often comes wrapped in a Markdown fence.
    if (!text.startsWith("```"_L1))
        return text;
    const qsizetype lineEnd = text.indexOf(u'\n');
    if (lineEnd < 0)
        return text;
    text.remove(0, lineEnd + 1);
    const qsizetype close = text.lastIndexOf("```"_L1);
    return close >= 0 ? text.left(close) : text;
}

} // namespace

QString shortPath(const QString &path)
{
    const auto workspace = "/workspace/"_L1;
    return path.startsWith(workspace) ? path.mid(workspace.size()) : path;
}

ToolFacts factsOf(const acp::ToolCall &call)
{
    ToolFacts facts;
    facts.exitCode = call.exitCode;
    setStatus(facts, call.status);
    facts.verb = verbOf(call.kind, isDone(call.status));

    const QJsonObject input = call.rawInput.toObject();
    facts.command = visibleText(commandOf(input).left(kMaxOutput));
    facts.purpose = visibleText(input.value("description"_L1).toString().left(1'000), Lines::One);
    QStringList output;
    for (const acp::ToolContent &content : call.content) {
        if (const auto *block = std::get_if<acp::ContentBlock>(&content)) {
            if (!block->text.isEmpty())
                output += withoutFence(block->text.left(kMaxOutput));
            else if (!block->uri.isEmpty())
                output += block->uri.left(2'000);
        } else if (const auto *diff = std::get_if<acp::Diff>(&content)) {
            facts.diffs.append({.path = visibleText(shortPath(diff->path).left(1'000), Lines::One),
                                .before = diff->oldText.value_or(QString()),
                                .after = diff->newText,
                                .isNew = !diff->oldText.has_value()});
        }
    }
    if (!call.output.isEmpty())
        output += call.output;
    facts.output = visibleText(output.join(u'\n').trimmed());

    const QString title = visibleText(call.title.left(2'000), Lines::One).trimmed();
    if (call.kind == acp::ToolKind::Execute) {
        facts.subject = facts.command.isEmpty() ? title : visibleText(facts.command, Lines::One);
        if (facts.subject.startsWith(u'`') && facts.subject.endsWith(u'`'))
            facts.subject = facts.subject.sliced(1, qMax<qsizetype>(0, facts.subject.size() - 2));
        facts.isCode = true;
    } else if (!facts.diffs.isEmpty()) {
        facts.subject = facts.diffs.constFirst().path;
        facts.isCode = true;
        if (facts.diffs.constFirst().isNew)
            facts.verb = isDone(call.status) ? tr("Wrote") : tr("Writes");
    } else if (!call.locations.isEmpty() &&
               (call.kind == acp::ToolKind::Read || call.kind == acp::ToolKind::Edit ||
                call.kind == acp::ToolKind::Delete)) {
        facts.subject =
            visibleText(shortPath(call.locations.constFirst().path).left(1'000), Lines::One);
        facts.isCode = true;
    } else {
        facts.subject = title;
    }
    if (facts.subject.isEmpty())
        facts.subject = title.isEmpty() ? tr("a tool without a name") : title;

    if (facts.command.isEmpty() && facts.diffs.isEmpty() && !input.isEmpty())
        facts.input =
            visibleText(QString::fromUtf8(QJsonDocument(input).toJson(QJsonDocument::Indented))
                            .left(kMaxOutput)
                            .trimmed());
    return facts;
}

QString permissionQuestion(const acp::ToolCall &call)
{
    using K = acp::ToolKind;
    switch (call.kind) {
    case K::Execute:
        return tr("Allow this command?");
    case K::Edit:
        return tr("Allow this change?");
    case K::Delete:
        return tr("Allow deleting this?");
    case K::Move:
        return tr("Allow moving this?");
    case K::Read:
    case K::Search:
        return tr("Allow reading this?");
    case K::Fetch:
        return tr("Allow fetching this?");
    case K::SwitchMode:
        return tr("Allow another mode?");
    case K::Think:
    case K::Other:
        break;
    }
    return tr("Allow this tool?");
}

} // namespace paddock::ui
