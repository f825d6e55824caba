// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sessions/SessionModel.h"

#include "ui/sessions/SessionLook.h"
#include "ui/text/DisplayText.h"

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

// Titles are shown in one line; what is beyond this is seen by nobody and slows every paint.
constexpr qsizetype kMaxTitle = 300;

sessions::Session cleaned(sessions::Session session)
{
    session.title = visibleText(session.title.left(kMaxTitle), Lines::One);
    session.projectName = visibleText(session.projectName.left(kMaxTitle), Lines::One);
    session.branch = visibleText(session.branch.left(kMaxTitle), Lines::One);
    session.adapter = visibleText(session.adapter.left(kMaxTitle), Lines::One);
    return session;
}

QString searchText(const sessions::Session &session)
{
    return QStringList{session.title,
                       session.projectName,
                       session.branch,
                       adapterTitle(session.adapter),
                       lookOf(session).word,
                       session.id.value}
        .join(u'\n')
        .toLower();
}

} // namespace

SessionModel::SessionModel(facade::SessionService &service, QObject *parent)
    : QAbstractListModel(parent)
    , m_service(service)
{
    const QList<sessions::Session> known = service.list();
    m_entries.reserve(known.size());
    for (const sessions::Session &session : known)
        m_entries.append(entryOf(cleaned(session)));
    rebuildRows(0);
    m_flush.setSingleShot(true);
    m_flush.setInterval(0);
    connect(&m_flush, &QTimer::timeout, this, &SessionModel::flush);
    connect(&service, &facade::SessionService::added, this, &SessionModel::touch);
    connect(&service, &facade::SessionService::changed, this, &SessionModel::touch);
    connect(&service, &facade::SessionService::removed, this, &SessionModel::touch);
}

SessionModel::Entry SessionModel::entryOf(sessions::Session session)
{
    Entry entry;
    entry.search = searchText(session);
    entry.look = lookOf(session);
    entry.session = std::move(session);
    return entry;
}

int SessionModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

const sessions::Session *SessionModel::at(int row) const
{
    return row >= 0 && row < m_entries.size() ? &m_entries.at(row).session : nullptr;
}

const sessions::Session *SessionModel::find(const SessionId &id) const
{
    return at(m_rows.value(id, -1));
}

QModelIndex SessionModel::indexOf(const SessionId &id) const
{
    const int row = m_rows.value(id, -1);
    return row < 0 ? QModelIndex() : index(row);
}

QVariant SessionModel::data(const QModelIndex &index, int role) const
{
    const sessions::Session *session = at(index.row());
    if (!session || index.column() != SessionColumn)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case TitleRole:
        return session->title.isEmpty() ? tr("Untitled") : session->title;
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3, project %4", "title, state, agent")
            .arg(session->title,
                 lookOf(*session).word,
                 adapterTitle(session->adapter),
                 session->projectName);
    case IdRole:
        return session->id.value;
    case StateRole:
        return static_cast<int>(session->state);
    case StateWordRole:
        return m_entries.at(index.row()).look.word;
    case StateIconRole:
        return static_cast<int>(m_entries.at(index.row()).look.icon);
    case StateToneRole:
        return static_cast<int>(m_entries.at(index.row()).look.tone);
    case AgentRole:
        return adapterTitle(session->adapter);
    case BranchRole:
        return session->branch;
    case ProjectRole:
        return session->projectName;
    case ProjectIdRole:
        return session->projectId.value;
    case CreatedRole:
        return session->createdAt;
    case UpdatedRole:
        return session->updatedAt.isValid() ? session->updatedAt : session->createdAt;
    case NeedsPersonRole:
        return needsPerson(*session);
    case SearchRole:
        return m_entries.at(index.row()).search;
    default:
        return {};
    }
}

QList<SessionId> SessionModel::waiting() const
{
    QList<const sessions::Session *> found;
    for (const Entry &entry : m_entries) {
        if (needsPerson(entry.session))
            found += &entry.session;
    }
    std::ranges::sort(found, [](const auto *a, const auto *b) {
        return std::tuple(a->updatedAt, a->id.value) < std::tuple(b->updatedAt, b->id.value);
    });
    QList<SessionId> ids;
    for (const sessions::Session *session : std::as_const(found))
        ids += session->id;
    return ids;
}

int SessionModel::countOf(const ProjectId &project) const
{
    return static_cast<int>(std::ranges::count_if(
        m_entries, [&project](const Entry &entry) { return entry.session.projectId == project; }));
}

void SessionModel::touch(const SessionId &id)
{
    if (!m_touched.contains(id))
        m_touched += id;
    if (!m_flush.isActive())
        m_flush.start();
}

void SessionModel::flush()
{
    const QList<SessionId> touched = std::exchange(m_touched, {});
    QList<Entry> fresh;
    for (const SessionId &id : touched) {
        const std::optional<sessions::Session> now = m_service.find(id);
        const int row = m_rows.value(id, -1);
        if (!now && row >= 0) {
            beginRemoveRows({}, row, row);
            m_entries.removeAt(row);
            m_rows.remove(id);
            rebuildRows(row);
            endRemoveRows();
        } else if (now) {
            sessions::Session clean = cleaned(*now);
            if (row < 0) {
                fresh.append(entryOf(std::move(clean)));
            } else if (m_entries.at(row).session != clean) {
                m_entries[row] = entryOf(std::move(clean));
                Q_EMIT dataChanged(index(row), index(row));
            }
        }
    }
    if (!fresh.isEmpty()) {
        const int first = rowCount();
        beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
        m_entries += fresh;
        rebuildRows(first);
        endInsertRows();
    }
    Q_EMIT refreshed();
}

void SessionModel::rebuildRows(int from)
{
    for (int row = from; row < m_entries.size(); ++row)
        m_rows.insert(m_entries.at(row).session.id, row);
}

} // namespace paddock::ui
