// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sessions/SessionFilter.h"

#include "ui/sessions/SessionModel.h"

using namespace Qt::StringLiterals;

namespace paddock::ui {

SessionFilter::SessionFilter(SessionModel &model, QObject *parent)
    : QSortFilterProxyModel(parent)
{
    setSourceModel(&model);
    setDynamicSortFilter(true);
    sort(SessionModel::SessionColumn);
}

void SessionFilter::setText(const QString &text)
{
    const QStringList words = text.toLower().split(u' ', Qt::SkipEmptyParts);
    if (words == m_words)
        return;
    m_words = words;
    invalidateFilter();
}

void SessionFilter::setProject(const ProjectId &project)
{
    if (project == m_project)
        return;
    m_project = project;
    invalidateFilter();
}

QVariant SessionFilter::data(const QModelIndex &index, int role) const
{
    if (role != IsFirstOfGroupRole)
        return QSortFilterProxyModel::data(index, role);
    if (index.row() == 0)
        return true;
    const QModelIndex above = index.siblingAtRow(index.row() - 1);
    return above.data(SessionModel::ProjectIdRole) != index.data(SessionModel::ProjectIdRole);
}

bool SessionFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex index = sourceModel()->index(row, SessionModel::SessionColumn, parent);
    if (!m_project.isEmpty() &&
        index.data(SessionModel::ProjectIdRole).toString() != m_project.value)
        return false;
    const QString text = index.data(SessionModel::SearchRole).toString();
    return std::ranges::all_of(m_words,
                               [&text](const QString &word) { return text.contains(word); });
}

bool SessionFilter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const auto text = [](const QModelIndex &index, int role) {
        return index.data(role).toString();
    };
    if (const int order = QString::compare(text(left, SessionModel::ProjectRole),
                                           text(right, SessionModel::ProjectRole),
                                           Qt::CaseInsensitive))
        return order < 0;
    const QString leftId = text(left, SessionModel::ProjectIdRole);
    const QString rightId = text(right, SessionModel::ProjectIdRole);
    if (leftId != rightId)
        return leftId < rightId;
    const QDateTime leftTime = left.data(SessionModel::CreatedRole).toDateTime();
    const QDateTime rightTime = right.data(SessionModel::CreatedRole).toDateTime();
    if (leftTime != rightTime)
        return leftTime > rightTime;
    return text(left, SessionModel::IdRole) < text(right, SessionModel::IdRole);
}

} // namespace paddock::ui
