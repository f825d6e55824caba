// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/conversation/ConversationModel.h"
#include "ui/widgets/Labels.h"

namespace paddock::ui {

/// What a row needs to know beyond itself.
struct RowContext
{
    QString agentName;
    bool startsSpeech = true;
    bool isExpanded = false;
};

/// The widget of one row of a conversation. Made when the row comes into sight and thrown away when
/// it leaves: keeps no state of its own but what RowContext gives back.
class RowWidget : public QWidget
{
    Q_OBJECT

public:
    explicit RowWidget(QWidget *parent);

    /// The same row after a change; false: it needs another widget.
    [[nodiscard]] virtual bool update(const acp::Row &row, const RowContext &context) = 0;
    [[nodiscard]] int heightAt(int width) const;

Q_SIGNALS:
    void expandRequested(bool expanded);
    void showInChanges(const QString &path);
};

/// Never null. For a notice \a row is null.
[[nodiscard]] RowWidget *makeRowWidget(const acp::Row *row,
                                       const Notice *notice,
                                       const RowContext &context,
                                       QWidget *parent);

} // namespace paddock::ui
