// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Transcript.h"
#include "core/facade/Services.h"

#include <QAbstractListModel>
#include <QSet>

namespace paddock::ui {

/// What Paddock itself noted in a conversation.
struct Notice
{
    QString kind; ///< as stored: "step", "warning", "error" …; decides the sign
    QString text;
    QDateTime at;
};

/// The conversation of one session as rows to show, read page by page from the service and folded
/// by acp::Transcript. Reads only while it is active; then it follows conversationGrew.
class ConversationModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Role { KindRole = Qt::UserRole, NumberRole };
    Q_ENUM(Role)
    enum class LoadState { Idle, Loading, Ready, Failed };

    /// \a service outlives the model.
    ConversationModel(facade::SessionService &service,
                      SessionId session,
                      QObject *parent = nullptr);

    /// An inactive model keeps what it has and reads nothing.
    void setActive(bool active);
    void retry();

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

    /// Null if row \a row is a notice; valid until the next event.
    [[nodiscard]] const acp::Row *rowAt(int row) const;
    [[nodiscard]] const Notice *noticeAt(int row) const;
    /// Never changes for a row and is never given to another: survives rows leaving the front.
    [[nodiscard]] qint64 keyOf(int row) const;
    /// Does this message begin a turn of its speaker (and so deserves a heading)?
    [[nodiscard]] bool startsSpeech(int row) const;

    /// Permission requests that nobody answered yet, oldest first.
    [[nodiscard]] QList<acp::PermissionRow> openPermissions() const;
    /// The tool call that \a request is about, with all that is known of it.
    [[nodiscard]] acp::ToolCall toolOf(const acp::PermissionRow &request) const;
    [[nodiscard]] LoadState loadState() const { return m_state; }
    [[nodiscard]] const Error &error() const { return m_error; }
    [[nodiscard]] const std::optional<acp::UsageUpdate> &usage() const
    {
        return m_transcript.usage();
    }
    [[nodiscard]] qint64 droppedRows() const { return m_transcript.droppedRows(); }

Q_SIGNALS:
    /// After every page that was read: permissions, usage and load state may have changed.
    void updated();

private:
    struct Item
    {
        qint64 number = -1; // of the transcript's row; -1: a notice
        qint64 notice = -1; // index in m_notices
        qint64 key = 0;
    };

    void onGrew(const SessionId &id, qint64 sequence);
    void read();
    void take(const QList<sessions::ConversationEntry> &entries);
    void dropLost();
    [[nodiscard]] int indexOfNumber(qint64 number) const;
    [[nodiscard]] const acp::Row *rowOfNumber(qint64 number) const;

    facade::SessionService &m_service;
    SessionId m_session;
    acp::Transcript m_transcript;
    QList<Item> m_items;
    QHash<qint64, Notice> m_notices;
    QHash<qint64, qint64> m_positions; // number -> position counted from the first item ever
    qint64 m_removed = 0;              // items that left the front
    qint64 m_nextKey = 0;
    QSet<qint64> m_openPermissions; // numbers of rows
    qint64 m_lastSequence = 0;
    qint64 m_knownSequence = 0;
    qint64 m_seenNumber = -1;
    bool m_isActive = false;
    bool m_grewMeanwhile = false;
    LoadState m_state = LoadState::Idle;
    Error m_error;
    Pending<QList<sessions::ConversationEntry>> m_reading;
};

} // namespace paddock::ui
