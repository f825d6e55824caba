// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/changes/LineDiff.h"

#include <QAbstractScrollArea>

namespace paddock::ui {

/// A diff of any size, read-only: line numbers of both sides, signs, colours per line. Only the
/// lines in sight are painted. Lines are chosen by mouse or keyboard and copied as text.
class DiffView final : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit DiffView(QWidget *parent = nullptr);

    void setLines(const QList<DiffLine> &lines);
    [[nodiscard]] const QList<DiffLine> &lines() const { return m_lines; }
    /// The chosen lines as text with their signs; all of them when none is chosen.
    [[nodiscard]] QString chosenText() const;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void updateBars();
    void choose(int line, bool extend);
    [[nodiscard]] int lineAt(int y) const;
    [[nodiscard]] int gutterWidth() const;
    void copy() const;

    QList<DiffLine> m_lines;
    int m_lineHeight = 16;
    int m_charWidth = 8;
    int m_digits = 3;
    qsizetype m_longest = 0;
    int m_from = -1; // chosen lines: where it began
    int m_to = -1;   // and where it is now
};

} // namespace paddock::ui
