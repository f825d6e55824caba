// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ChangesMethods.h"

#include "core/control/ChangesJson.h"
#include "core/control/JsonParts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace methods;

namespace {

constexpr int kMaxLog = 1000;

/// For values that JSON carries under \a name.
template <typename T>
auto under(const QString &name)
{
    return [name](const T &value) { return QJsonObject{{name, toJson(value)}}; };
}

facade::ChangesService &changes(const ControlRequest &request)
{
    return *services(request).changes;
}

/// The value of the parameters, read by one of this protocol's functions; nothing: refused.
template <typename T>
std::optional<T> valueParam(const Result<T> &value, const ControlRequest &request)
{
    if (value)
        return *value;
    request.refuse(Error(ErrorKind::InvalidArgument, value.error().message),
                   RpcCode::InvalidParams);
    return std::nullopt;
}

void status(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        forwardQuery(
            changes(request).status(*id), request, under<facade::ChangesStatus>(u"status"_s));
}

void diff(JsonReader &params, const ControlRequest &request)
{
    const auto id = sessionParam(params, request);
    if (!id)
        return;
    if (const auto query = valueParam(diffQueryFromJson(params.raw()), request))
        forwardQuery(
            changes(request).diff(*id, *query), request, under<facade::ChangesDiff>(u"diff"_s));
}

void log(JsonReader &params, const ControlRequest &request)
{
    const qint64 limit = std::clamp<qint64>(params.optionalInteger(u"limit", 200), 1, kMaxLog);
    if (const auto id = sessionParam(params, request)) {
        forwardQuery(changes(request).log(*id, static_cast<int>(limit)),
                     request,
                     [](const QList<facade::CommitInfo> &commits) {
                         QJsonArray array;
                         for (const facade::CommitInfo &commit : commits)
                             array.append(toJson(commit));
                         return QJsonObject{{u"commits"_s, array}};
                     });
    }
}

using StagingVerb = Pending<facade::StagingAnswer> (facade::ChangesService::*)(
    const facade::Actor &, const SessionId &, const QList<facade::FileSelection> &);

template <StagingVerb verb>
void selected(JsonReader &params, const ControlRequest &request)
{
    const auto files = readSelections(params, u"files");
    if (const auto id = sessionParam(params, request))
        forward((changes(request).*verb)(actor(), *id, files),
                request,
                under<facade::StagingAnswer>(u"answer"_s));
}

void undo(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        forward(changes(request).undo(actor(), *id),
                request,
                under<facade::StagingAnswer>(u"answer"_s));
}

void review(JsonReader &params, const ControlRequest &request)
{
    const auto id = sessionParam(params, request);
    if (!id)
        return;
    if (const auto wanted = valueParam(reviewRequestFromJson(params.raw()), request))
        forward(changes(request).review(actor(), *id, *wanted),
                request,
                under<facade::ReviewAnswer>(u"answer"_s));
}

void looked(JsonReader &params, const ControlRequest &request)
{
    const QString state = params.optionalText(u"state");
    if (const auto id = sessionParam(params, request))
        forward(changes(request).looked(actor(), *id, state), request);
}

void commit(JsonReader &params, const ControlRequest &request)
{
    const facade::CommitRequest wanted{.message = params.optionalText(u"message"),
                                       .amend = params.optionalBoolean(u"amend")};
    if (const auto id = sessionParam(params, request))
        forward(changes(request).commit(actor(), *id, wanted),
                request,
                under<facade::CommitAnswer>(u"answer"_s));
}

void previewMerge(JsonReader &params, const ControlRequest &request)
{
    const auto id = sessionParam(params, request);
    if (!id)
        return;
    if (const auto wanted = valueParam(mergeRequestFromJson(params.raw()), request))
        forwardQuery(changes(request).previewMerge(*id, *wanted),
                     request,
                     under<facade::MergeAnswer>(u"answer"_s));
}

using MergeVerb = Pending<facade::MergeAnswer> (facade::ChangesService::*)(
    const facade::Actor &, const SessionId &, const facade::MergeRequest &);

template <MergeVerb verb>
void merged(JsonReader &params, const ControlRequest &request)
{
    const auto id = sessionParam(params, request);
    if (!id)
        return;
    if (const auto wanted = valueParam(mergeRequestFromJson(params.raw()), request))
        forward((changes(request).*verb)(actor(), *id, *wanted),
                request,
                under<facade::MergeAnswer>(u"answer"_s));
}

void undoMerge(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        forward(changes(request).undoMerge(actor(), *id),
                request,
                under<facade::MergeAnswer>(u"answer"_s));
}

void patch(JsonReader &params, const ControlRequest &request)
{
    const bool mailbox = params.optionalBoolean(u"mailbox");
    if (const auto id = sessionParam(params, request)) {
        forwardQuery(changes(request).patch(
                         *id, mailbox ? facade::PatchForm::Mailbox : facade::PatchForm::Diff),
                     request,
                     [](const QByteArray &bytes) {
                         QJsonObject json;
                         json::insertBytes(json, u"patch"_s, bytes);
                         return json;
                     });
    }
}

} // namespace

const MethodTable &changesMethods()
{
    using facade::ChangesService;
    static const MethodTable methods{
        {u"changes.status"_s, status},
        {u"changes.diff"_s, diff},
        {u"changes.log"_s, log},
        {u"changes.stage"_s, selected<&ChangesService::stage>},
        {u"changes.unstage"_s, selected<&ChangesService::unstage>},
        {u"changes.discard"_s, selected<&ChangesService::discard>},
        {u"changes.undo"_s, undo},
        {u"changes.review"_s, review},
        {u"changes.looked"_s, looked},
        {u"changes.commit"_s, commit},
        {u"changes.previewMerge"_s, previewMerge},
        {u"changes.merge"_s, merged<&ChangesService::merge>},
        {u"changes.undoMerge"_s, undoMerge},
        {u"changes.updateFrom"_s, merged<&ChangesService::updateFrom>},
        {u"changes.patch"_s, patch},
    };
    return methods;
}

} // namespace paddock::control
