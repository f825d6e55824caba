// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeChangesService.h"

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

QStringList words(const SessionId &id, const QList<facade::FileSelection> &files)
{
    QStringList list{id.value};
    for (const facade::FileSelection &file : files)
        list.append(QString::fromUtf8(file.path));
    return list;
}

} // namespace

template <typename T>
Pending<T> FakeChangesService::answer(const QString &method,
                                      const QString &actor,
                                      const QStringList &arguments,
                                      const T &value)
{
    m_script.record(method, actor, arguments);
    return m_script.answer<T>(method, [value] { return Result<T>(value); });
}

Pending<facade::ChangesStatus> FakeChangesService::status(const SessionId &id)
{
    return answer(u"changes.status"_s, {}, {id.value}, statusValue);
}

Pending<facade::ChangesDiff> FakeChangesService::diff(const SessionId &id,
                                                      const facade::DiffQuery &query)
{
    lastQuery = query;
    return answer(
        u"changes.diff"_s, {}, {id.value, facade::comparisonName(query.comparison)}, diffValue);
}

Pending<QList<facade::CommitInfo>> FakeChangesService::log(const SessionId &id, int limit)
{
    return answer(u"changes.log"_s, {}, {id.value, QString::number(limit)}, commits);
}

Pending<facade::StagingAnswer> FakeChangesService::stage(const facade::Actor &actor,
                                                         const SessionId &id,
                                                         const QList<facade::FileSelection> &files)
{
    lastSelection = files;
    return answer(u"changes.stage"_s, actor.toString(), words(id, files), stagingAnswer);
}

Pending<facade::StagingAnswer> FakeChangesService::unstage(
    const facade::Actor &actor, const SessionId &id, const QList<facade::FileSelection> &files)
{
    lastSelection = files;
    return answer(u"changes.unstage"_s, actor.toString(), words(id, files), stagingAnswer);
}

Pending<facade::StagingAnswer> FakeChangesService::discard(
    const facade::Actor &actor, const SessionId &id, const QList<facade::FileSelection> &files)
{
    lastSelection = files;
    return answer(u"changes.discard"_s, actor.toString(), words(id, files), stagingAnswer);
}

Pending<facade::StagingAnswer> FakeChangesService::undo(const facade::Actor &actor,
                                                        const SessionId &id)
{
    return answer(u"changes.undo"_s, actor.toString(), {id.value}, stagingAnswer);
}

Pending<facade::ReviewAnswer> FakeChangesService::review(const facade::Actor &actor,
                                                         const SessionId &id,
                                                         const facade::ReviewRequest &request)
{
    lastReview = request;
    return answer(u"changes.review"_s,
                  actor.toString(),
                  words(id, request.files) << facade::comparisonName(request.comparison)
                                           << (request.reviewed ? u"reviewed"_s : u"open"_s),
                  reviewAnswer);
}

Pending<Done>
FakeChangesService::looked(const facade::Actor &actor, const SessionId &id, const QString &state)
{
    return answer(u"changes.looked"_s, actor.toString(), {id.value, state}, Done{});
}

Pending<facade::CommitAnswer> FakeChangesService::commit(const facade::Actor &actor,
                                                         const SessionId &id,
                                                         const facade::CommitRequest &request)
{
    lastCommit = request;
    return answer(u"changes.commit"_s, actor.toString(), {id.value, request.message}, commitAnswer);
}

Pending<facade::MergeAnswer> FakeChangesService::previewMerge(const SessionId &id,
                                                              const facade::MergeRequest &request)
{
    lastMerge = request;
    return answer(u"changes.previewMerge"_s, {}, {id.value, request.target}, mergeAnswer);
}

Pending<facade::MergeAnswer> FakeChangesService::merge(const facade::Actor &actor,
                                                       const SessionId &id,
                                                       const facade::MergeRequest &request)
{
    lastMerge = request;
    return answer(u"changes.merge"_s, actor.toString(), {id.value, request.target}, mergeAnswer);
}

Pending<facade::MergeAnswer> FakeChangesService::undoMerge(const facade::Actor &actor,
                                                           const SessionId &id)
{
    return answer(u"changes.undoMerge"_s, actor.toString(), {id.value}, mergeAnswer);
}

Pending<facade::MergeAnswer> FakeChangesService::updateFrom(const facade::Actor &actor,
                                                            const SessionId &id,
                                                            const facade::MergeRequest &request)
{
    lastMerge = request;
    return answer(
        u"changes.updateFrom"_s, actor.toString(), {id.value, request.target}, mergeAnswer);
}

Pending<QByteArray> FakeChangesService::patch(const SessionId &id, facade::PatchForm form)
{
    return answer(u"changes.patch"_s,
                  {},
                  {id.value, form == facade::PatchForm::Mailbox ? u"mailbox"_s : u"diff"_s},
                  patchBytes);
}

} // namespace paddock::test
