// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "ui/changes/LineDiff.h"

#include <QTimer>
#include <QWidget>

class QListWidget;
class QPushButton;
class QStackedLayout;

namespace paddock::ui {

class DiffView;
class EmptyState;
class MessageCard;
class PlainLabel;

/// What a session changed against its base: files, and the diff of one. Reads when it is shown, on
/// F5, and a moment after the conversation went on while it is on screen.
class ChangesPage final : public QWidget
{
    Q_OBJECT

public:
    explicit ChangesPage(facade::SessionService &service, QWidget *parent = nullptr);

    void setSession(const sessions::Session &session);
    void refresh();
    /// Chooses the file as soon as it is known.
    void showFile(const QString &path);

    [[nodiscard]] DiffView *diffView() const { return m_diff; }

Q_SIGNALS:
    /// Number of changed files, as last read.
    void counted(int files);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void buildLayout();
    void read();
    void show(const facade::SessionDiff &diff);
    void showCurrentFile();
    void importNow();

    facade::SessionService &m_service;
    sessions::Session m_session;
    facade::SessionDiff m_shown;
    QList<PatchFile> m_files;
    QString m_wanted;
    Pending<facade::SessionDiff> m_reading;
    bool m_isStale = true;
    QTimer m_later;

    QWidget *m_stackBox;
    QStackedLayout *m_stack;
    EmptyState *m_empty;
    QWidget *m_content;
    PlainLabel *m_summary;
    QPushButton *m_import;
    QPushButton *m_refresh;
    MessageCard *m_warnings;
    QListWidget *m_list;
    PlainLabel *m_fileName;
    DiffView *m_diff;
};

} // namespace paddock::ui
