// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QKeySequence>

namespace paddock::ui {

struct Shortcut
{
    QString what;
    QList<QKeySequence> keys;
};

/// All keys of the window in one place. Deletes itself.
class ShortcutsDialog final : public QDialog
{
    Q_OBJECT

public:
    ShortcutsDialog(const QList<Shortcut> &shortcuts, QWidget *parent);
};

} // namespace paddock::ui
