// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ChangesJson.h"

#include "core/control/JsonParts.h"

#include <limits>

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace json;

namespace {

template <typename T, typename Convert>
QJsonArray arrayOf(const QList<T> &list, Convert convert)
{
    QJsonArray array;
    for (const T &value : list)
        array.append(convert(value));
    return array;
}

int small(JsonReader &reader, QStringView key, int fallback = 0)
{
    const qint64 value = reader.optionalInteger(key, fallback);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
        reader.refuse(key, u"is out of range"_s);
    return static_cast<int>(value);
}

char letter(JsonReader &reader, QStringView key)
{
    const QString text = reader.optionalText(key, u"."_s);
    if (text.size() != 1 || text.at(0).unicode() > 126)
        reader.refuse(key, u"is not one letter"_s);
    return text.isEmpty() ? '.' : text.at(0).toLatin1();
}

QString letterText(char letter)
{
    return QString(QLatin1Char(letter));
}

QJsonObject pathJson(const facade::ChangedPath &file)
{
    QJsonObject json{{u"index"_s, letterText(file.index)},
                     {u"worktree"_s, letterText(file.worktree)}};
    insertBytes(json, u"path"_s, file.path);
    if (!file.oldPath.isEmpty())
        insertBytes(json, u"oldPath"_s, file.oldPath);
    return json;
}

facade::ChangedPath readPath(JsonReader &reader)
{
    return {.path = readBytes(reader, u"path"_s),
            .oldPath = readOptionalBytes(reader, u"oldPath"_s),
            .index = letter(reader, u"index"),
            .worktree = letter(reader, u"worktree")};
}

QJsonObject conflictJson(const facade::PathConflict &conflict)
{
    QJsonObject json{{u"kind"_s, conflict.kind}};
    insertBytes(json, u"path"_s, conflict.path);
    return json;
}

QList<facade::PathConflict> readConflicts(JsonReader &reader)
{
    QList<facade::PathConflict> conflicts;
    for (JsonReader &conflict : reader.optionalObjects(u"conflicts")) {
        conflicts.append(
            {.path = readBytes(conflict, u"path"_s), .kind = conflict.optionalText(u"kind")});
    }
    return conflicts;
}

QString lineKindName(facade::HunkLine::Kind kind)
{
    switch (kind) {
    case facade::HunkLine::Kind::Context:
        return u"context"_s;
    case facade::HunkLine::Kind::Added:
        return u"added"_s;
    case facade::HunkLine::Kind::Removed:
        return u"removed"_s;
    }
    Q_UNREACHABLE();
}

facade::Comparison readComparison(JsonReader &reader)
{
    const auto comparison =
        facade::comparisonFromName(reader.optionalText(u"comparison", u"everything"_s));
    if (!comparison)
        reader.refuse(u"comparison", u"is no comparison"_s);
    return comparison.value_or(facade::Comparison::Everything);
}

facade::HunkLine::Kind readLineKind(JsonReader &reader)
{
    const QString name = reader.text(u"kind");
    for (const auto kind : {facade::HunkLine::Kind::Context,
                            facade::HunkLine::Kind::Added,
                            facade::HunkLine::Kind::Removed}) {
        if (name == lineKindName(kind))
            return kind;
    }
    reader.refuse(u"kind", u"is no kind of line"_s);
    return facade::HunkLine::Kind::Context;
}

QJsonObject lineJson(const facade::HunkLine &line)
{
    QJsonObject json{{u"kind"_s, lineKindName(line.kind)}};
    if (line.oldNumber > 0)
        json.insert(u"old"_s, line.oldNumber);
    if (line.newNumber > 0)
        json.insert(u"new"_s, line.newNumber);
    if (!line.hasEnd)
        json.insert(u"hasEnd"_s, false);
    insertBytes(json, u"text"_s, line.text);
    return json;
}

QJsonObject hunkJson(const facade::Hunk &hunk)
{
    QJsonObject json{{u"id"_s, hunk.id}, {u"lines"_s, arrayOf(hunk.lines, lineJson)}};
    insertBytes(json, u"section"_s, hunk.section);
    if (hunk.isReviewed)
        json.insert(u"reviewed"_s, true);
    return json;
}

facade::Hunk readHunk(JsonReader &reader)
{
    facade::Hunk hunk;
    hunk.id = reader.text(u"id");
    hunk.section = readOptionalBytes(reader, u"section"_s);
    hunk.isReviewed = reader.optionalBoolean(u"reviewed");
    for (JsonReader &line : reader.objects(u"lines")) {
        hunk.lines.append({.kind = readLineKind(line),
                           .text = readBytes(line, u"text"_s),
                           .hasEnd = line.optionalBoolean(u"hasEnd", true),
                           .oldNumber = small(line, u"old"),
                           .newNumber = small(line, u"new")});
    }
    return hunk;
}

QJsonObject fileJson(const facade::FileChange &file)
{
    QJsonObject json{{u"oldMode"_s, static_cast<qint64>(file.oldMode)},
                     {u"newMode"_s, static_cast<qint64>(file.newMode)},
                     {u"added"_s, file.added},
                     {u"removed"_s, file.removed},
                     {u"truncated"_s, file.truncated},
                     {u"reviewed"_s, file.isReviewed},
                     {u"token"_s, file.token},
                     {u"hunks"_s, arrayOf(file.hunks, hunkJson)}};
    insertBytes(json, u"path"_s, file.path);
    if (!file.oldPath.isEmpty())
        insertBytes(json, u"oldPath"_s, file.oldPath);
    return json;
}

facade::FileChange readFile(JsonReader &reader)
{
    facade::FileChange file;
    file.path = readBytes(reader, u"path"_s);
    file.oldPath = readOptionalBytes(reader, u"oldPath"_s);
    file.oldMode = static_cast<quint32>(reader.optionalInteger(u"oldMode"));
    file.newMode = static_cast<quint32>(reader.optionalInteger(u"newMode"));
    file.added = reader.optionalInteger(u"added");
    file.removed = reader.optionalInteger(u"removed");
    file.truncated = reader.optionalBoolean(u"truncated");
    file.isReviewed = reader.optionalBoolean(u"reviewed");
    file.token = reader.optionalText(u"token");
    for (JsonReader &hunk : reader.optionalObjects(u"hunks"))
        file.hunks.append(readHunk(hunk));
    return file;
}

QJsonObject selectionJson(const facade::FileSelection &file)
{
    QJsonObject json{{u"token"_s, file.token},
                     {u"parts"_s, arrayOf(file.parts, [](const facade::FileSelection::Part &part) {
                          return QJsonObject{
                              {u"hunk"_s, part.hunk},
                              {u"lines"_s, arrayOf(part.lines, [](int line) { return line; })}};
                      })}};
    insertBytes(json, u"path"_s, file.path);
    return json;
}

QList<int> readNumbers(JsonReader &reader, QStringView key)
{
    QList<int> numbers;
    const QJsonArray array = reader.value(key).toArray();
    for (const QJsonValue &value : array) {
        if (!value.isDouble() || value.toInt(-1) < 0) {
            reader.refuse(key, u"has something else than numbers from 0 on"_s);
            break;
        }
        numbers.append(value.toInt());
    }
    return numbers;
}

} // namespace

QJsonObject toJson(const facade::ChangesStatus &status)
{
    return {{u"branch"_s, status.branch},
            {u"baseCommit"_s, status.baseCommit},
            {u"headCommit"_s, status.headCommit},
            {u"ahead"_s, status.ahead},
            {u"files"_s, arrayOf(status.files, pathJson)},
            {u"truncated"_s, status.truncated},
            {u"notices"_s, textArray(status.notices)}};
}

Result<facade::ChangesStatus> changesStatusFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"status"_s);
    facade::ChangesStatus status;
    status.branch = reader.optionalText(u"branch");
    status.baseCommit = reader.optionalText(u"baseCommit");
    status.headCommit = reader.optionalText(u"headCommit");
    status.ahead = small(reader, u"ahead");
    for (JsonReader &file : reader.objects(u"files"))
        status.files.append(readPath(file));
    status.truncated = reader.optionalBoolean(u"truncated");
    status.notices = reader.optionalTexts(u"notices");
    return ended(reader, std::move(status));
}

QJsonObject toJson(const facade::DiffQuery &query)
{
    return {{u"comparison"_s, facade::comparisonName(query.comparison)},
            {u"paths"_s, pathArray(query.paths)},
            {u"contextLines"_s, query.contextLines},
            {u"ignoreWhitespace"_s, query.ignoreWhitespace}};
}

Result<facade::DiffQuery> diffQueryFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"params"_s);
    facade::DiffQuery query;
    query.comparison = readComparison(reader);
    query.paths = readOptionalPaths(reader, u"paths");
    query.contextLines = qBound(0, small(reader, u"contextLines", 3), 1000);
    query.ignoreWhitespace = reader.optionalBoolean(u"ignoreWhitespace");
    return ended(reader, std::move(query));
}

QJsonObject toJson(const facade::ChangesDiff &diff)
{
    return {{u"from"_s, diff.from},
            {u"to"_s, diff.to},
            {u"files"_s, arrayOf(diff.files, fileJson)},
            {u"truncated"_s, diff.truncated},
            {u"notices"_s, textArray(diff.notices)}};
}

Result<facade::ChangesDiff> changesDiffFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"diff"_s);
    facade::ChangesDiff diff;
    diff.from = reader.optionalText(u"from");
    diff.to = reader.optionalText(u"to");
    for (JsonReader &file : reader.objects(u"files"))
        diff.files.append(readFile(file));
    diff.truncated = reader.optionalBoolean(u"truncated");
    diff.notices = reader.optionalTexts(u"notices");
    return ended(reader, std::move(diff));
}

QJsonArray toJson(const QList<facade::FileSelection> &files)
{
    return arrayOf(files, selectionJson);
}

QList<facade::FileSelection> readSelections(JsonReader &reader, QStringView key)
{
    QList<facade::FileSelection> files;
    for (JsonReader &entry : reader.optionalObjects(key)) {
        facade::FileSelection file;
        file.path = readBytes(entry, u"path"_s);
        file.token = entry.optionalText(u"token");
        for (JsonReader &part : entry.optionalObjects(u"parts"))
            file.parts.append({.hunk = part.text(u"hunk"), .lines = readNumbers(part, u"lines")});
        files.append(file);
    }
    return files;
}

QJsonObject toJson(const facade::StagingAnswer &answer)
{
    return {{u"files"_s, answer.files},
            {u"notices"_s, textArray(answer.notices)},
            {u"canUndo"_s, answer.canUndo}};
}

Result<facade::StagingAnswer> stagingAnswerFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"answer"_s);
    facade::StagingAnswer answer;
    answer.files = small(reader, u"files");
    answer.notices = reader.optionalTexts(u"notices");
    answer.canUndo = reader.optionalBoolean(u"canUndo");
    return ended(reader, std::move(answer));
}

QJsonObject toJson(const facade::ReviewRequest &request)
{
    return {{u"comparison"_s, facade::comparisonName(request.comparison)},
            {u"files"_s, toJson(request.files)},
            {u"reviewed"_s, request.reviewed}};
}

Result<facade::ReviewRequest> reviewRequestFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"params"_s);
    facade::ReviewRequest request;
    request.comparison = readComparison(reader);
    request.files = readSelections(reader, u"files");
    request.reviewed = reader.optionalBoolean(u"reviewed", true);
    return ended(reader, std::move(request));
}

QJsonObject toJson(const facade::ReviewAnswer &answer)
{
    return {{u"marked"_s, answer.marked},
            {u"open"_s, answer.open},
            {u"truncated"_s, answer.isCut},
            {u"notices"_s, textArray(answer.notices)}};
}

Result<facade::ReviewAnswer> reviewAnswerFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"answer"_s);
    facade::ReviewAnswer answer;
    answer.marked = small(reader, u"marked");
    answer.open = small(reader, u"open");
    answer.isCut = reader.optionalBoolean(u"truncated");
    answer.notices = reader.optionalTexts(u"notices");
    return ended(reader, std::move(answer));
}

QJsonObject toJson(const facade::CommitAnswer &answer)
{
    return {{u"commit"_s, answer.commit},
            {u"conflicts"_s, arrayOf(answer.conflicts, conflictJson)},
            {u"notices"_s, textArray(answer.notices)}};
}

Result<facade::CommitAnswer> commitAnswerFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"answer"_s);
    facade::CommitAnswer answer;
    answer.commit = reader.optionalText(u"commit");
    answer.conflicts = readConflicts(reader);
    answer.notices = reader.optionalTexts(u"notices");
    return ended(reader, std::move(answer));
}

QJsonObject toJson(const facade::MergeRequest &request)
{
    return {{u"target"_s, request.target},
            {u"method"_s, facade::mergeMethodName(request.method)},
            {u"message"_s, request.message},
            {u"commits"_s, textArray(request.commits)}};
}

Result<facade::MergeRequest> mergeRequestFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"params"_s);
    facade::MergeRequest request;
    request.target = reader.optionalText(u"target");
    const auto method = facade::mergeMethodFromName(reader.optionalText(u"method", u"merge"_s));
    if (!method)
        reader.refuse(u"method", u"is no way to merge"_s);
    request.method = method.value_or(facade::MergeMethod::Merge);
    request.message = reader.optionalText(u"message");
    request.commits = reader.optionalTexts(u"commits");
    return ended(reader, std::move(request));
}

QJsonObject toJson(const facade::MergeAnswer &answer)
{
    return {{u"target"_s, answer.target},
            {u"before"_s, answer.before},
            {u"after"_s, answer.after},
            {u"commits"_s, answer.commits},
            {u"files"_s, arrayOf(answer.files, pathJson)},
            {u"conflicts"_s, arrayOf(answer.conflicts, conflictJson)},
            {u"blockers"_s, textArray(answer.blockers)},
            {u"notices"_s, textArray(answer.notices)},
            {u"canUndo"_s, answer.canUndo}};
}

Result<facade::MergeAnswer> mergeAnswerFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"answer"_s);
    facade::MergeAnswer answer;
    answer.target = reader.optionalText(u"target");
    answer.before = reader.optionalText(u"before");
    answer.after = reader.optionalText(u"after");
    answer.commits = small(reader, u"commits");
    for (JsonReader &file : reader.optionalObjects(u"files"))
        answer.files.append(readPath(file));
    answer.conflicts = readConflicts(reader);
    answer.blockers = reader.optionalTexts(u"blockers");
    answer.notices = reader.optionalTexts(u"notices");
    answer.canUndo = reader.optionalBoolean(u"canUndo");
    return ended(reader, std::move(answer));
}

QJsonObject toJson(const facade::CommitInfo &commit)
{
    return {{u"id"_s, commit.id},
            {u"parents"_s, textArray(commit.parents)},
            {u"author"_s, commit.author},
            {u"time"_s, commit.time},
            {u"subject"_s, commit.subject}};
}

Result<facade::CommitInfo> commitInfoFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"commit"_s);
    facade::CommitInfo commit;
    commit.id = reader.text(u"id");
    commit.parents = reader.optionalTexts(u"parents");
    commit.author = reader.optionalText(u"author");
    commit.time = reader.optionalInteger(u"time");
    commit.subject = reader.optionalText(u"subject");
    return ended(reader, std::move(commit));
}

} // namespace paddock::control
