// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/conversation/ConversationModel.h"

#include <QAbstractScrollArea>

#include <map>
#include <vector>

class QPushButton;

namespace paddock::ui {

class RowWidget;

/// A conversation of any length on screen. Only the rows in sight (and a screen's part around them)
/// have widgets; the height of the others is the last one measured or an estimate, so that the
/// scroll bar spans everything. Follows the end while it is there, and never moves what is being
/// read otherwise.
class TranscriptView final : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit TranscriptView(QWidget *parent = nullptr);

    /// Null: nothing. The model outlives its being shown here.
    void setModel(ConversationModel *model);
    void setAgentName(const QString &name) { m_agentName = name; }
    void scrollToEnd();
    [[nodiscard]] bool isFollowing() const { return m_isFollowing; }
    /// Rows that have a widget now.
    [[nodiscard]] int widgetCount() const { return static_cast<int>(m_widgets.size()); }
    /// The widget of a row in sight, or null.
    [[nodiscard]] RowWidget *widgetOf(int row) const;

Q_SIGNALS:
    void showInChanges(const QString &path);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    bool viewportEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    struct Height
    {
        int pixels = 0;
        bool isMeasured = false;
    };

    void onInserted(int first, int last);
    void onRemoved(int first, int last);
    void onChanged(int first, int last);
    void relayoutLater();
    void relayout();
    void placeWidgets();
    [[nodiscard]] int contentWidth() const;
    [[nodiscard]] int contentLeft() const;
    [[nodiscard]] int rowAtOffset(int offset) const;
    [[nodiscard]] RowWidget *ensureWidget(int row);
    void dropWidget(int row);
    void clearWidgets();
    /// Makes the height of \a row exact; true if it changed.
    bool measure(int row);
    void updateOffsets();
    void updateJump();

    ConversationModel *m_model = nullptr;
    QString m_agentName;
    std::vector<Height> m_heights;
    std::vector<int> m_offsets; // top of each row, and the end
    std::map<int, RowWidget *> m_widgets;
    QSet<qint64> m_expanded; // keys of rows
    QPushButton *m_jump;
    QTimer m_relayout;
    int m_measuredWidth = 0;
    bool m_isFollowing = true;
    bool m_isPlacing = false;
};

} // namespace paddock::ui
