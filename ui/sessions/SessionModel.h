// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/sessions/SessionLook.h"

#include <QAbstractListModel>
#include <QTimer>

namespace paddock::ui {

/// The sessions of a SessionService as rows. Follows its signals; what arrives in one turn of the
/// event loop becomes one update. Never resets, never does I/O. The order of rows means nothing:
/// SessionFilter sorts.
class SessionModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Column { SessionColumn, ColumnCount };
    Q_ENUM(Column)
    enum Role {
        IdRole = Qt::UserRole,
        TitleRole,
        StateRole, ///< int of SessionState
        StateWordRole,
        StateIconRole, ///< int of Icon
        StateToneRole, ///< int of Tone
        AgentRole,
        BranchRole,
        ProjectRole,
        ProjectIdRole,
        CreatedRole, ///< QDateTime, for sorting
        UpdatedRole, ///< QDateTime
        NeedsPersonRole,
        SearchRole, ///< lower-case text that a filter looks in
    };
    Q_ENUM(Role)

    /// \a service outlives the model.
    explicit SessionModel(facade::SessionService &service, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

    [[nodiscard]] const sessions::Session *at(int row) const;
    [[nodiscard]] const sessions::Session *find(const SessionId &id) const;
    [[nodiscard]] QModelIndex indexOf(const SessionId &id) const;
    /// Sessions that wait for a person, the longest wait first.
    [[nodiscard]] QList<SessionId> waiting() const;
    [[nodiscard]] int countOf(const ProjectId &project) const;

Q_SIGNALS:
    /// After every batch of changes.
    void refreshed();

private:
    void touch(const SessionId &id);
    void flush();
    void rebuildRows(int from);

    facade::SessionService &m_service;
    struct Entry
    {
        sessions::Session session;
        QString search;
        StateLook look;
    };
    [[nodiscard]] static Entry entryOf(sessions::Session session);
    QList<Entry> m_entries;
    QHash<SessionId, int> m_rows;
    QList<SessionId> m_touched; // in the order of their first change
    QTimer m_flush;
};

} // namespace paddock::ui
