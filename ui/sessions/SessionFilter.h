// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"

#include <QSortFilterProxyModel>

namespace paddock::ui {

class SessionModel;

/// Order and choice of the session list: grouped by project (by name), newest first in a group;
/// every word of the filter must occur somewhere.
class SessionFilter final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    /// Roles that exist only in the sorted list.
    enum Role { IsFirstOfGroupRole = Qt::UserRole + 200 };
    Q_ENUM(Role)

    explicit SessionFilter(SessionModel &model, QObject *parent = nullptr);

    void setText(const QString &text);
    /// Empty: all projects.
    void setProject(const ProjectId &project);
    [[nodiscard]] const ProjectId &project() const { return m_project; }
    [[nodiscard]] bool hasText() const { return !m_words.isEmpty(); }

    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QStringList m_words;
    ProjectId m_project;
};

} // namespace paddock::ui
