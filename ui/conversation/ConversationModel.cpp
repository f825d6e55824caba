// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/conversation/ConversationModel.h"

#include "core/base/JsonReader.h"

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

// Small enough that folding a page takes a few milliseconds.
constexpr int kPage = 400;
// How far back a row looks for the one who spoke before.
constexpr int kSpeechReach = 200;

Notice noticeOf(const sessions::ConversationEntry &entry)
{
    Notice notice{.kind = u"note"_s, .text = {}, .at = entry.at};
    if (const auto object = parseJsonObject(entry.bytes)) {
        notice.kind = object->value("kind"_L1).toString(notice.kind);
        notice.text = object->value("text"_L1).toString();
    }
    if (notice.text.isEmpty())
        notice.text = QString::fromUtf8(entry.bytes.left(2'000));
    return notice;
}

} // namespace

ConversationModel::ConversationModel(facade::SessionService &service,
                                     SessionId session,
                                     QObject *parent)
    : QAbstractListModel(parent)
    , m_service(service)
    , m_session(std::move(session))
{
    connect(&service, &facade::SessionService::conversationGrew, this, &ConversationModel::onGrew);
}

void ConversationModel::setActive(bool active)
{
    m_isActive = active;
    if (active && !m_reading.isValid())
        read();
}

void ConversationModel::retry()
{
    if (m_state == LoadState::Failed && !m_reading.isValid())
        read();
}

void ConversationModel::onGrew(const SessionId &id, qint64 sequence)
{
    if (id != m_session)
        return;
    m_knownSequence = qMax(m_knownSequence, sequence);
    if (m_reading.isValid())
        m_grewMeanwhile = true; // the page under way may have been cut before this
    else if (m_isActive)
        read();
}

void ConversationModel::read()
{
    if (m_state != LoadState::Ready)
        m_state = LoadState::Loading;
    m_grewMeanwhile = false;
    m_reading = m_service.conversation(m_session, m_lastSequence, kPage);
    m_reading.then(this, [this](const Result<QList<sessions::ConversationEntry>> &result) {
        m_reading = {};
        if (!result) {
            m_state = LoadState::Failed;
            m_error = result.error();
            Q_EMIT updated();
            return;
        }
        take(*result);
        // A full page has more behind it; an empty one is the end unless something came since.
        const bool more = result->size() >= kPage || std::exchange(m_grewMeanwhile, false) ||
                          (!result->isEmpty() && m_knownSequence > m_lastSequence);
        if (!more)
            m_state = LoadState::Ready;
        else if (m_isActive)
            read();
        Q_EMIT updated();
    });
}

void ConversationModel::take(const QList<sessions::ConversationEntry> &entries)
{
    using D = sessions::ConversationEntry::Direction;
    qint64 firstChanged = std::numeric_limits<qint64>::max(); // number of a row
    QList<Item> fresh;
    const auto collect = [this, &fresh] {
        const QList<acp::Row> &rows = m_transcript.rows();
        if (rows.isEmpty())
            return;
        for (qint64 number = qMax(m_seenNumber + 1, rows.constFirst().number);
             number <= rows.constLast().number;
             ++number)
            fresh.append({.number = number, .notice = -1, .key = m_nextKey++});
        m_seenNumber = rows.constLast().number;
    };
    for (const sessions::ConversationEntry &entry : entries) {
        m_lastSequence = qMax(m_lastSequence, entry.sequence);
        if (entry.direction == D::Notice) {
            m_notices.insert(m_nextKey, noticeOf(entry));
            fresh.append({.number = -1, .notice = m_nextKey, .key = m_nextKey});
            ++m_nextKey;
            continue;
        }
        const qsizetype index = m_transcript.append({.direction = entry.direction == D::ToAgent
                                                                      ? acp::Direction::ToAgent
                                                                      : acp::Direction::FromAgent,
                                                     .line = entry.bytes,
                                                     .at = entry.at});
        const QList<acp::Row> &rows = m_transcript.rows();
        if (index < rows.size())
            firstChanged = qMin(firstChanged, rows.at(index).number);
        collect();
    }

    dropLost();
    const QList<acp::Row> &rows = m_transcript.rows();
    // A long page may push out rows that were never shown.
    const qint64 oldest = rows.isEmpty() ? 0 : rows.constFirst().number;
    fresh.removeIf([oldest](const Item &item) { return item.number >= 0 && item.number < oldest; });

    const auto before = static_cast<int>(m_items.size());
    if (!fresh.isEmpty()) {
        beginInsertRows({}, before, before + static_cast<int>(fresh.size()) - 1);
        for (const Item &item : std::as_const(fresh)) {
            if (item.number >= 0)
                m_positions.insert(item.number, m_removed + m_items.size());
            m_items.append(item);
        }
        endInsertRows();
    }
    for (qsizetype i = 0; i < rows.size(); ++i) {
        const acp::Row &row = rows.at(rows.size() - 1 - i);
        if (row.number < firstChanged)
            break;
        if (row.kind != acp::Row::Kind::Permission)
            continue;
        if (row.permission.outcome)
            m_openPermissions.remove(row.number);
        else
            m_openPermissions.insert(row.number);
    }
    if (firstChanged != std::numeric_limits<qint64>::max()) {
        const int first = indexOfNumber(firstChanged);
        if (first >= 0 && first < before)
            Q_EMIT dataChanged(index(first), index(before - 1));
    }
}

void ConversationModel::dropLost()
{
    const QList<acp::Row> &rows = m_transcript.rows();
    const qint64 oldest =
        rows.isEmpty() ? std::numeric_limits<qint64>::max() : rows.constFirst().number;
    int count = 0;
    int notices = 0;
    while (count + notices < m_items.size()) {
        const Item &item = m_items.at(count + notices);
        if (item.number < 0) {
            ++notices; // goes only together with a row behind it
            continue;
        }
        if (item.number >= oldest)
            break;
        count += notices + 1;
        notices = 0;
    }
    if (count == 0)
        return;
    beginRemoveRows({}, 0, count - 1);
    for (int i = 0; i < count; ++i) {
        m_positions.remove(m_items.at(i).number);
        m_notices.remove(m_items.at(i).notice);
        m_openPermissions.remove(m_items.at(i).number);
    }
    m_items.remove(0, count);
    m_removed += count;
    endRemoveRows();
}

int ConversationModel::indexOfNumber(qint64 number) const
{
    const auto found = m_positions.constFind(number);
    return found == m_positions.constEnd() ? -1 : static_cast<int>(*found - m_removed);
}

const acp::Row *ConversationModel::rowOfNumber(qint64 number) const
{
    const QList<acp::Row> &rows = m_transcript.rows();
    if (rows.isEmpty())
        return nullptr;
    const qint64 index = number - rows.constFirst().number;
    return index >= 0 && index < rows.size() ? &rows.at(index) : nullptr;
}

int ConversationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

const acp::Row *ConversationModel::rowAt(int row) const
{
    if (row < 0 || row >= m_items.size() || m_items.at(row).number < 0)
        return nullptr;
    return rowOfNumber(m_items.at(row).number);
}

const Notice *ConversationModel::noticeAt(int row) const
{
    if (row < 0 || row >= m_items.size())
        return nullptr;
    const auto found = m_notices.constFind(m_items.at(row).notice);
    return found == m_notices.constEnd() ? nullptr : &*found;
}

qint64 ConversationModel::keyOf(int row) const
{
    return row >= 0 && row < m_items.size() ? m_items.at(row).key : -1;
}

bool ConversationModel::startsSpeech(int row) const
{
    using K = acp::Row::Kind;
    const acp::Row *self = rowAt(row);
    if (!self)
        return false;
    const acp::Row *previous = rowAt(row - 1);
    if (self->kind == K::UserMessage)
        return !previous || previous->kind != K::UserMessage || !previous->isContinued;
    for (int i = row - 1; i >= 0 && i > row - kSpeechReach; --i) {
        const acp::Row *other = rowAt(i);
        if (!other)
            continue;
        if (other->kind == K::AgentMessage)
            return false;
        if (other->kind == K::UserMessage || other->kind == K::Restart)
            return true;
    }
    return true;
}

QVariant ConversationModel::data(const QModelIndex &index, int role) const
{
    const acp::Row *row = rowAt(index.row());
    const Notice *notice = noticeAt(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return row ? row->text.left(200) : notice ? notice->text.left(200) : QString();
    case KindRole:
        return row ? static_cast<int>(row->kind) : -1;
    case NumberRole:
        return keyOf(index.row());
    default:
        return {};
    }
}

QList<acp::PermissionRow> ConversationModel::openPermissions() const
{
    QList<qint64> numbers(m_openPermissions.cbegin(), m_openPermissions.cend());
    std::ranges::sort(numbers);
    QList<acp::PermissionRow> requests;
    for (const qint64 number : std::as_const(numbers)) {
        if (const acp::Row *row = rowOfNumber(number))
            requests += row->permission;
    }
    return requests;
}

acp::ToolCall ConversationModel::toolOf(const acp::PermissionRow &request) const
{
    const QList<acp::Row> &rows = m_transcript.rows();
    for (auto row = rows.crbegin(); row != rows.crend(); ++row) {
        if (row->tool.id == request.toolCallId && !row->tool.id.isEmpty())
            return row->tool;
    }
    acp::ToolCall call;
    call.id = request.toolCallId;
    call.title = request.title;
    return call;
}

} // namespace paddock::ui
