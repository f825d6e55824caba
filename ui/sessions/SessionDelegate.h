// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QStyledItemDelegate>

#include <optional>

namespace paddock::ui {

/// Paints a session in two lines, and above the first of a project the project's name. From roles
/// only; long words are elided.
class SessionDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter,
               const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option,
                                 const QModelIndex &index) const override;
    /// Height of the project's name above the first row of a group.
    [[nodiscard]] static int headerHeight(const QFont &font);

private:
    /// Fonts and heights that follow from the view's font; asking the font database for every row
    /// of every frame costs more than painting it.
    struct Measures
    {
        QFont base;
        QFont small;
        QFont title;
        QFont header;
        QFont code;
        int firstLine = 0;
        int secondLine = 0;
        int headerHeight = 0;
    };
    [[nodiscard]] const Measures &measuresFor(const QFont &font) const;

    mutable std::optional<Measures> m_measures;
};

} // namespace paddock::ui
