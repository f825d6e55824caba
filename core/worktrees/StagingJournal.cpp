// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagingJournal.h"

#include "core/base/JsonReader.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr char kFileName[] = "staging.json";
constexpr int kVersion = 1;

// Paths are any bytes.
QString pathText(const QByteArray &path)
{
    return QString::fromLatin1(path.toBase64());
}

QByteArray pathFrom(const QJsonValue &value)
{
    return QByteArray::fromBase64(value.toString().toLatin1());
}

git::Oid idFrom(const QJsonValue &value)
{
    return git::Oid::fromHex(value.toString()).value_or(git::Oid());
}

QJsonArray toJson(const QList<git::StagedEntry> &entries)
{
    QJsonArray array;
    for (const git::StagedEntry &entry : entries)
        array += QJsonObject{{u"mode"_s, qint64(entry.mode)},
                             {u"id"_s, entry.id.toString()},
                             {u"stage"_s, entry.stage},
                             {u"intentToAdd"_s, entry.intentToAdd}};
    return array;
}

QList<git::StagedEntry> entriesFrom(const QJsonValue &value, const QByteArray &path)
{
    QList<git::StagedEntry> entries;
    const QJsonArray array = value.toArray();
    for (const auto &item : array) {
        const QJsonObject object = item.toObject();
        entries.append({.path = path,
                        .mode = static_cast<quint32>(object[u"mode"_s].toInteger()),
                        .id = idFrom(object[u"id"_s]),
                        .stage = object[u"stage"_s].toInt(),
                        .intentToAdd = object[u"intentToAdd"_s].toBool()});
    }
    return entries;
}

QJsonObject toJson(const StagingRecord::Content &content)
{
    return {{u"mode"_s, qint64(content.mode)}, {u"id"_s, content.id.toString()}};
}

StagingRecord::Content contentFrom(const QJsonValue &value)
{
    const QJsonObject object = value.toObject();
    return {.mode = static_cast<quint32>(object[u"mode"_s].toInteger()),
            .id = idFrom(object[u"id"_s])};
}

QJsonObject toJson(const StagingRecord &record)
{
    QJsonArray index;
    for (const auto &change : record.index)
        index += QJsonObject{{u"path"_s, pathText(change.path)},
                             {u"before"_s, toJson(change.before)},
                             {u"after"_s, toJson(change.after)}};
    QJsonArray files;
    for (const auto &change : record.files)
        files += QJsonObject{{u"path"_s, pathText(change.path)},
                             {u"before"_s, toJson(change.before)},
                             {u"after"_s, toJson(change.after)}};
    return {{u"action"_s, static_cast<int>(record.action)},
            {u"time"_s, record.time},
            {u"head"_s, record.head.toString()},
            {u"index"_s, index},
            {u"files"_s, files}};
}

StagingRecord recordFrom(const QJsonObject &object)
{
    StagingRecord record{
        .action = static_cast<StagingAction>(std::clamp(object[u"action"_s].toInt(), 0, 2)),
        .time = object[u"time"_s].toInteger(),
        .head = idFrom(object[u"head"_s])};
    const QJsonArray index = object[u"index"_s].toArray();
    for (const auto &item : index) {
        const QByteArray path = pathFrom(item[u"path"_s]);
        record.index.append({.path = path,
                             .before = entriesFrom(item[u"before"_s], path),
                             .after = entriesFrom(item[u"after"_s], path)});
    }
    const QJsonArray files = object[u"files"_s].toArray();
    for (const auto &item : files)
        record.files.append({.path = pathFrom(item[u"path"_s]),
                             .before = contentFrom(item[u"before"_s]),
                             .after = contentFrom(item[u"after"_s])});
    return record;
}

} // namespace

StagingJournal::StagingJournal(const QString &sessionFolder)
    : m_folder(sessionFolder)
{
    const auto content = readFileBeneath(m_folder, kFileName, 2 * kMaxBytes);
    const auto root = content ? parseJsonObject(*content, {.maxBytes = 2 * kMaxBytes})
                              : Result<QJsonObject>(QJsonObject());
    if (!root || (*root)[u"version"_s].toInt() != kVersion)
        return;
    const QJsonArray records = (*root)[u"records"_s].toArray();
    for (const auto &record : records)
        m_records += recordFrom(record.toObject());
}

std::optional<StagingRecord> StagingJournal::last() const
{
    return m_records.isEmpty() ? std::nullopt : std::optional(m_records.constLast());
}

Result<Done> StagingJournal::append(const StagingRecord &record)
{
    m_records += record;
    return save();
}

Result<Done> StagingJournal::removeLast()
{
    if (!m_records.isEmpty())
        m_records.removeLast();
    return save();
}

Result<Done> StagingJournal::save()
{
    if (m_records.size() > kMaxRecords)
        m_records.remove(0, m_records.size() - kMaxRecords);
    for (;;) {
        QJsonArray records;
        for (const StagingRecord &record : std::as_const(m_records))
            records += toJson(record);
        const QByteArray content =
            QJsonDocument(QJsonObject{{u"version"_s, kVersion}, {u"records"_s, records}})
                .toJson(QJsonDocument::Compact);
        if (content.size() <= kMaxBytes)
            return writeFileBeneath(m_folder, kFileName, content, 0600);
        if (m_records.size() == 1)
            return fail(Error(ErrorKind::FileTooLarge,
                              QCoreApplication::translate("Staging",
                                                          "These are too many files for one step."))
                            .withRemedy(QCoreApplication::translate(
                                "Staging", "Select some of them, and then the next.")));
        m_records.removeFirst();
    }
}

} // namespace paddock::worktrees
