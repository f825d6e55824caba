// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/StagingCommands.h"

#include "app/ctl/ChangesText.h"
#include "app/ctl/SafeText.h"
#include "app/ctl/SessionCommands.h"
#include "core/base/Bytes.h"
#include "core/control/ChangesJson.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

constexpr qint64 kMaxMessageBytes = 256 * kKiB;
constexpr int kMaxLine = 1'000'000;

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

QString counted(const char *text, int number)
{
    return QCoreApplication::translate("Ctl", text, nullptr, number);
}

} // namespace

Result<QList<int>> lineNumbers(const QString &text)
{
    QList<int> numbers;
    const auto parts = text.split(u',');
    for (const QString &part : parts) {
        bool firstIsNumber = false;
        bool lastIsNumber = false;
        const int first = part.section(u'-', 0, 0).toInt(&firstIsNumber);
        const int last = part.section(u'-', part.contains(u'-') ? 1 : 0).toInt(&lastIsNumber);
        if (!firstIsNumber || !lastIsNumber || first < 1 || last < first || last > kMaxLine) {
            return fail(Error(ErrorKind::InvalidArgument,
                              translated("\"%1\" names no lines.").arg(text.left(80)))
                            .withRemedy(translated("Name them as session diff --hunks numbers "
                                                   "them: 2 or 2,4-6.")));
        }
        for (int number = first; number <= last; ++number) {
            if (!numbers.contains(number - 1))
                numbers.append(number - 1);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

QString SelectCommand::verb() const
{
    return arguments().command->name.section(u' ', 1);
}

facade::Comparison SelectCommand::comparison() const
{
    return verb() == u"unstage" ? facade::Comparison::Staged : facade::Comparison::Unstaged;
}

void SelectCommand::begin()
{
    const auto paths = pathArguments(arguments());
    const bool all = arguments().has(u"all"_s);
    if (paths.isEmpty() != all) {
        failWith(Error(ErrorKind::InvalidArgument,
                       all ? translated("--all and names of files exclude each other.")
                           : translated("No file is named."))
                     .withRemedy(translated("Name files, or give --all for all of them.")));
        return;
    }
    if (arguments().has(u"lines"_s) && !arguments().has(u"hunk"_s)) {
        failWith(Error(ErrorKind::InvalidArgument,
                       translated("--lines counts the lines of a hunk, and none is named."))
                     .withRemedy(translated("Give --hunk too; session diff --hunks shows them.")));
        return;
    }
    if (arguments().has(u"hunk"_s)) {
        if (paths.size() != 1) {
            failWith(
                Error(ErrorKind::InvalidArgument, translated("A hunk is one of a single file."))
                    .withRemedy(translated("Name one file.")));
            return;
        }
        withOwner([this] { resolveHunk(); });
        return;
    }
    QList<facade::FileSelection> files;
    for (const QByteArray &path : paths)
        files.append({.path = path});
    withOwner([this, files] { send(files); });
}

// The hunk is found by its content in the diff as it is now, and the diff's token goes with it.
void SelectCommand::resolveHunk()
{
    facade::DiffQuery query;
    query.comparison = comparison();
    const QList<QByteArray> paths = pathArguments(arguments());
    if (comparesNamedFiles())
        query.paths = paths;
    QJsonObject params = control::toJson(query);
    params.insert(u"id"_s, arguments().at(0));
    call(u"changes.diff"_s, params, [this, paths](const QJsonObject &answer) {
        const auto diff = take(control::changesDiffFromJson(answer.value(u"diff")));
        if (!diff)
            return;
        QList<int> lines;
        if (arguments().has(u"lines"_s)) {
            const auto numbers = take(lineNumbers(arguments().value(u"lines"_s)));
            if (!numbers)
                return;
            lines = *numbers;
        }
        const QString wanted = arguments().value(u"hunk"_s);
        QList<facade::FileSelection> found;
        for (const facade::FileChange &file : diff->files) {
            if (!paths.contains(file.path) && !paths.contains(file.oldPath))
                continue;
            for (const facade::Hunk &hunk : file.hunks) {
                if (!wanted.isEmpty() && hunk.id.startsWith(wanted))
                    found.append({.path = file.path,
                                  .token = file.token,
                                  .parts = {{.hunk = hunk.id, .lines = lines}}});
            }
        }
        const auto exact = [&wanted](const facade::FileSelection &file) {
            return file.parts.first().hunk == wanted;
        };
        if (std::any_of(found.begin(), found.end(), exact))
            found.removeIf([&exact](const facade::FileSelection &file) { return !exact(file); });
        if (found.size() != 1) {
            failWith(
                Error(
                    found.isEmpty() ? ErrorKind::NotFound : ErrorKind::Conflict,
                    found.isEmpty()
                        ? translated("There is no hunk %1 in that file now.").arg(wanted.left(64))
                        : translated("%1 is the beginning of several hunks.").arg(wanted.left(64)))
                    .withRemedy(translated("See which there are: paddockctl session diff "
                                           "--hunks %1")
                                    .arg(arguments().at(0))));
            return;
        }
        send(found);
    });
}

void SelectCommand::send(const QList<facade::FileSelection> &files)
{
    const QJsonObject params{{u"id"_s, arguments().at(0)}, {u"files"_s, control::toJson(files)}};
    call(u"changes."_s + verb(), params, [this](const QJsonObject &json) {
        const auto answer = take(control::stagingAnswerFromJson(json.value(u"answer")));
        if (!answer)
            return;
        if (console().isJson()) {
            console().printJson(control::toJson(*answer));
        } else {
            const int count = answer->files;
            console().print(verb() == u"stage" ? counted("%n file(s) staged.", count)
                            : verb() == u"unstage"
                                ? counted("%n file(s) unstaged.", count)
                                : counted("Changes of %n file(s) discarded.", count));
            if (verb() == u"discard" && answer->canUndo)
                console().note(
                    translated("Take it back: paddockctl session undo %1").arg(arguments().at(0)));
            noteAll(console(), answer->notices);
        }
        end();
    });
}

void UndoCommand::begin()
{
    withOwner([this] {
        call(u"changes.undo"_s, {{u"id"_s, arguments().at(0)}}, [this](const QJsonObject &json) {
            const auto answer = take(control::stagingAnswerFromJson(json.value(u"answer")));
            if (!answer)
                return;
            if (console().isJson())
                console().printJson(control::toJson(*answer));
            else
                console().print(counted("%n file(s) are as before.", answer->files));
            if (!console().isJson())
                noteAll(console(), answer->notices);
            end();
        });
    });
}

void CommitCommand::begin()
{
    QString message = arguments().value(u"message"_s);
    if (message == u"-") {
        const auto text = take(readStandardInput(kMaxMessageBytes));
        if (!text)
            return;
        message = *text;
    }
    const bool amend = arguments().has(u"amend"_s);
    if (message.trimmed().isEmpty() && !amend) {
        failWith(Error(ErrorKind::InvalidArgument, translated("A commit needs a message."))
                     .withRemedy(translated("Give one with --message, or - to read it from "
                                            "standard input.")));
        return;
    }
    withOwner([this, message, amend] {
        console().status(translated("Committing…"));
        const QJsonObject params{
            {u"id"_s, arguments().at(0)}, {u"message"_s, message}, {u"amend"_s, amend}};
        call(u"changes.commit"_s, params, [this](const QJsonObject &json) {
            const auto answer = take(control::commitAnswerFromJson(json.value(u"answer")));
            if (!answer)
                return;
            if (answer->commit.isEmpty()) {
                failWith(conflictError(
                             translated("The agent has committed meanwhile, and that does not go "
                                        "together with what is staged. Nothing was committed; "
                                        "what is staged stays."),
                             answer->conflicts)
                             .withRemedy(translated("Look at both: paddockctl session diff "
                                                    "--staged %1")
                                             .arg(arguments().at(0))));
                return;
            }
            if (console().isJson())
                console().printJson(control::toJson(*answer));
            else
                console().print(translated("Committed %1.").arg(shortCommit(answer->commit)));
            if (!console().isJson())
                noteAll(console(), answer->notices);
            end();
        });
    });
}

} // namespace paddock::ctl
