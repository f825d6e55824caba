// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/ChangesCommands.h"

#include "app/ctl/ChangesText.h"
#include "app/ctl/MergeCommand.h"
#include "app/ctl/ReviewCommands.h"
#include "app/ctl/SafeText.h"
#include "app/ctl/StagingCommands.h"
#include "core/base/Bytes.h"
#include "core/control/ChangesJson.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QSaveFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

QString counted(const char *text, int number)
{
    return QCoreApplication::translate("Ctl", text, nullptr, number);
}

} // namespace

std::unique_ptr<Command> makeChangesCommand(const Arguments &arguments, Console &console)
{
    const QString verb = arguments.command->name.section(u' ', 1);
    if (verb == u"status")
        return std::make_unique<StatusCommand>(arguments, console);
    if (verb == u"diff")
        return std::make_unique<CompareCommand>(arguments, console);
    if (verb == u"stage" || verb == u"unstage" || verb == u"discard")
        return std::make_unique<SelectCommand>(arguments, console);
    if (verb == u"review")
        return std::make_unique<ReviewCommand>(arguments, console);
    if (verb == u"seen")
        return std::make_unique<SeenCommand>(arguments, console);
    if (verb == u"undo")
        return std::make_unique<UndoCommand>(arguments, console);
    if (verb == u"commit")
        return std::make_unique<CommitCommand>(arguments, console);
    if (verb == u"log")
        return std::make_unique<LogCommand>(arguments, console);
    if (verb == u"merge" || verb == u"update")
        return std::make_unique<MergeCommand>(arguments, console);
    if (verb == u"patch")
        return std::make_unique<PatchCommand>(arguments, console);
    return nullptr;
}

void StatusCommand::begin()
{
    withOwner([this] {
        call(u"changes.status"_s, {{u"id"_s, arguments().at(0)}}, [this](const QJsonObject &json) {
            if (const auto status = take(control::changesStatusFromJson(json.value(u"status"))))
                show(*status);
        });
    });
}

void StatusCommand::show(const facade::ChangesStatus &status)
{
    if (console().isJson()) {
        console().printJson(control::toJson(status));
        end();
        return;
    }
    console().print(status.branch.isEmpty()
                        ? translated("On no branch, at %1.").arg(shortCommit(status.headCommit))
                        : counted("On %1, %n commit(s) since %2.", status.ahead)
                              .arg(status.branch, shortCommit(status.baseCommit)));
    const auto list = [this, &status](const QString &title, auto letterOf) {
        QStringList lines;
        for (const facade::ChangedPath &file : status.files) {
            const char letter = letterOf(file);
            if (letter == '.')
                continue;
            const QString from = file.oldPath.isEmpty() || file.oldPath == file.path
                                     ? QString()
                                     : translated(" (was %1)").arg(pathText(file.oldPath));
            lines.append(u"  "_s + changeText(letter).leftJustified(14) + pathText(file.path) +
                         from);
        }
        if (!lines.isEmpty())
            console().print(title + u'\n' + lines.join(u'\n'));
    };
    list(translated("Staged:"),
         [](const facade::ChangedPath &file) { return file.worktree == '?' ? '.' : file.index; });
    list(translated("Not staged:"), [](const facade::ChangedPath &file) { return file.worktree; });
    if (status.files.isEmpty())
        console().print(translated("Nothing that is not committed."));
    if (status.truncated)
        console().note(translated("There are more files than are listed."));
    noteAll(console(), status.notices);
    end();
}

bool CompareCommand::isMeant(const Arguments &arguments)
{
    return arguments.positional.size() > 1 || arguments.has(u"staged"_s) ||
           arguments.has(u"unstaged"_s) || arguments.has(u"commits"_s) ||
           arguments.has(u"since"_s) || arguments.has(u"stat"_s) || arguments.has(u"hunks"_s) ||
           arguments.has(u"context"_s) || arguments.has(u"ignore-whitespace"_s);
}

void CompareCommand::begin()
{
    const auto comparison = take(comparisonArgument(arguments()));
    if (!comparison)
        return;
    facade::DiffQuery query{.comparison = *comparison};
    bool isNumber = true;
    query.contextLines = arguments().value(u"context"_s, u"3"_s).toInt(&isNumber);
    if (!isNumber || query.contextLines < 0 || query.contextLines > 1000) {
        failWith(Error(ErrorKind::InvalidArgument,
                       translated("--context takes a number from 0 to 1000.")));
        return;
    }
    query.ignoreWhitespace = arguments().has(u"ignore-whitespace"_s);
    query.paths = pathArguments(arguments());
    withOwner([this, query] {
        console().status(translated("Comparing…"));
        QJsonObject params = control::toJson(query);
        params.insert(u"id"_s, arguments().at(0));
        call(u"changes.diff"_s, params, [this](const QJsonObject &answer) {
            if (const auto diff = take(control::changesDiffFromJson(answer.value(u"diff"))))
                show(*diff);
        });
    });
}

void CompareCommand::show(const facade::ChangesDiff &diff)
{
    if (console().isJson()) {
        console().printJson(control::toJson(diff));
        end();
        return;
    }
    if (arguments().has(u"stat"_s)) {
        QList<QStringList> rows;
        for (const facade::FileChange &file : diff.files) {
            rows.append({file.added < 0 ? translated("binary") : u"+%1"_s.arg(file.added),
                         file.added < 0 ? QString() : u"-%1"_s.arg(file.removed),
                         file.isReviewed ? translated("yes") : QString(),
                         pathText(file.path)});
        }
        if (!rows.isEmpty())
            console().printTable({u"ADDED"_s, u"REMOVED"_s, u"REVIEWED"_s, u"FILE"_s}, rows);
    } else {
        console().printBytes(arguments().has(u"hunks"_s) ? numberedDiff(diff) : unifiedDiff(diff));
    }
    if (diff.files.isEmpty())
        console().note(translated("Nothing has changed."));
    const bool cut = diff.truncated || std::any_of(diff.files.begin(),
                                                   diff.files.end(),
                                                   [](const auto &file) { return file.truncated; });
    if (cut)
        console().note(translated("The diff was cut; name single files to see the rest."));
    noteAll(console(), diff.notices);
    // Only of what was shown whole: who calls it seen takes all of it.
    const bool isWhole = !cut && arguments().positional.size() == 1 &&
                         !arguments().has(u"stat"_s) && !arguments().has(u"ignore-whitespace"_s);
    if (!diff.files.isEmpty() && isWhole && arguments().value(u"since"_s) == u"last-look")
        console().note(translated("Call this seen: paddockctl session seen %1 %2")
                           .arg(arguments().at(0), diff.to));
    end();
}

void LogCommand::begin()
{
    bool isNumber = true;
    const int limit = arguments().value(u"limit"_s, u"200"_s).toInt(&isNumber);
    if (!isNumber || limit < 1 || limit > 1000) {
        failWith(Error(ErrorKind::InvalidArgument,
                       translated("--limit takes a number from 1 to 1000.")));
        return;
    }
    withOwner([this, limit] {
        const QJsonObject params{{u"id"_s, arguments().at(0)}, {u"limit"_s, limit}};
        call(u"changes.log"_s, params, [this](const QJsonObject &answer) {
            const QJsonArray commits = answer.value(u"commits").toArray();
            if (console().isJson()) {
                console().printJson(commits);
                end();
                return;
            }
            QList<QStringList> rows;
            for (const QJsonValue &value : commits) {
                const auto commit = take(control::commitInfoFromJson(value));
                if (!commit)
                    return;
                rows.append({shortCommit(commit->id),
                             QDateTime::fromSecsSinceEpoch(commit->time).toString(Qt::ISODate),
                             commit->author,
                             commit->subject});
            }
            if (rows.isEmpty())
                console().note(translated("There is no commit since the base."));
            else
                console().printTable({u"COMMIT"_s, u"TIME"_s, u"AUTHOR"_s, u"SUBJECT"_s}, rows);
            end();
        });
    });
}

void PatchCommand::begin()
{
    withOwner([this] {
        const QJsonObject params{{u"id"_s, arguments().at(0)},
                                 {u"mailbox"_s, !arguments().has(u"diff"_s)}};
        call(u"changes.patch"_s, params, [this](const QJsonObject &json) {
            const QByteArray bytes =
                json.contains(u"patchBase64")
                    ? QByteArray::fromBase64(json.value(u"patchBase64").toString().toLatin1())
                    : json.value(u"patch").toString().toUtf8();
            const QString file = arguments().value(u"output"_s);
            if (file.isEmpty()) {
                if (console().isJson())
                    console().printJson(json);
                else
                    console().printBytes(bytes);
                end();
                return;
            }
            QSaveFile out(file);
            if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() ||
                !out.commit()) {
                failWith(
                    Error(ErrorKind::IoFailed, translated("%1 could not be written.").arg(file))
                        .withDetail(out.errorString())
                        .withRemedy(translated("Name another file, or make room.")));
                return;
            }
            if (console().isJson())
                console().printJson(QJsonObject{{u"file"_s, file}, {u"bytes"_s, bytes.size()}});
            else
                console().print(
                    translated("%1 written to %2.").arg(formatByteSize(bytes.size()), file));
            end();
        });
    });
}

} // namespace paddock::ctl
