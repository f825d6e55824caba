// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/MergeCommand.h"

#include "app/ctl/ChangesText.h"
#include "app/ctl/SafeText.h"
#include "core/control/ChangesJson.h"

#include <QCoreApplication>

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

void MergeCommand::begin()
{
    facade::MergeRequest request;
    const bool isUpdate = arguments().command->name == u"session update";
    request.target = arguments().value(isUpdate ? u"from"_s : u"into"_s);
    if (isUpdate) {
        request.method =
            arguments().has(u"rebase"_s) ? facade::MergeMethod::Rebase : facade::MergeMethod::Merge;
    } else if (const auto method =
                   facade::mergeMethodFromName(arguments().value(u"method"_s, u"merge"_s))) {
        request.method = *method;
    }
    request.message = arguments().value(u"message"_s);
    request.commits = arguments().value(u"commits"_s).split(u',', Qt::SkipEmptyParts);
    if (request.commits.isEmpty() == (request.method == facade::MergeMethod::CherryPick)) {
        failWith(Error(ErrorKind::InvalidArgument,
                       translated("--commits goes with --method cherry-pick, and only with it.")));
        return;
    }
    QString method = isUpdate ? u"changes.updateFrom"_s : u"changes.merge"_s;
    if (arguments().has(u"preview"_s))
        method = u"changes.previewMerge"_s;
    else if (arguments().has(u"undo"_s))
        method = u"changes.undoMerge"_s;
    withOwner([this, request, method] {
        console().status(translated("Merging…"));
        QJsonObject params = control::toJson(request);
        params.insert(u"id"_s, arguments().at(0));
        call(method, params, [this, method](const QJsonObject &json) {
            if (const auto answer = take(control::mergeAnswerFromJson(json.value(u"answer"))))
                show(*answer, method);
        });
    });
}

void MergeCommand::show(const facade::MergeAnswer &answer, const QString &method)
{
    const bool isPreview = method == u"changes.previewMerge";
    if (!isPreview && (!answer.conflicts.isEmpty() || !answer.blockers.isEmpty())) {
        Error error = conflictError(
            translated("It cannot be put together with %1 as it is. Nothing was changed.")
                .arg(answer.target),
            answer.conflicts);
        error.detail =
            (answer.blockers + error.detail.split(u'\n', Qt::SkipEmptyParts)).join(u'\n');
        failWith(error.withRemedy(
            answer.conflicts.isEmpty()
                ? translated("Do away with what is in the way, then try again.")
                : translated("Let the agent bring %1 into its branch and solve it, or see both "
                             "sides with: paddockctl session merge --preview %2")
                      .arg(answer.target, arguments().at(0))));
        return;
    }
    if (console().isJson()) {
        console().printJson(control::toJson(answer));
        end();
        return;
    }
    if (isPreview) {
        console().print(counted("%n commit(s) into %1:", answer.commits).arg(answer.target));
        for (const facade::ChangedPath &file : answer.files)
            console().print(u"  "_s + changeText(file.index).leftJustified(14) +
                            pathText(file.path));
        for (const QString &line : conflictLines(answer.conflicts))
            console().print(translated("Conflict: %1").arg(line));
        for (const QString &blocker : answer.blockers)
            console().print(translated("In the way: %1").arg(blocker));
    } else if (method == u"changes.undoMerge") {
        console().print(
            translated("%1 is at %2 again.").arg(answer.target, shortCommit(answer.after)));
    } else if (answer.before == answer.after) {
        console().print(translated("There was nothing to bring over."));
    } else {
        console().print(
            translated("%1 is at %2 now (was %3).")
                .arg(answer.target, shortCommit(answer.after), shortCommit(answer.before)));
        if (answer.canUndo)
            console().note(translated("Take it back: paddockctl session merge --undo %1")
                               .arg(arguments().at(0)));
    }
    noteAll(console(), answer.notices);
    end();
}

} // namespace paddock::ctl
