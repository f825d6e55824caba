// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main/ShortcutsDialog.h"

#include "ui/widgets/Labels.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

ShortcutsDialog::ShortcutsDialog(const QList<Shortcut> &shortcuts, QWidget *parent)
    : QDialog(parent)
{
    setObjectName(u"shortcutsDialog"_s);
    setWindowTitle(tr("Keyboard shortcuts"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(8 * kGrid);
    grid->setVerticalSpacing(2 * kGrid);
    int row = 0;
    for (const Shortcut &shortcut : shortcuts) {
        QStringList keys;
        for (const QKeySequence &key : shortcut.keys)
            keys += key.toString(QKeySequence::NativeText);
        auto *what = new PlainLabel(shortcut.what, this);
        what->setWordWrap(false);
        auto *key = new PlainLabel(keys.join(tr(" or ")), this);
        key->setWordWrap(false);
        key->setTone(Tone::Dim);
        key->setFont(codeFont(font()));
        grid->addWidget(what, row, 0);
        grid->addWidget(key, row, 1);
        ++row;
    }
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(5 * kGrid, 5 * kGrid, 5 * kGrid, 4 * kGrid);
    column->setSpacing(4 * kGrid);
    column->addLayout(grid);
    column->addStretch();
    column->addWidget(buttons);
}

} // namespace paddock::ui
