// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Transcript.h"
#include "core/sessions/Session.h"

#include <QSet>
#include <QString>
#include <QStringList>

namespace paddock::ctl {

/// Turns the entries of a conversation into text for a terminal, in order, each thing once it is
/// complete; questions of the agent at once. The text is the agent's and not yet safe: print it
/// with Console::print(). Pure.
class TranscriptText
{
public:
    /// What there is to print after \a entry; often nothing yet.
    [[nodiscard]] QStringList append(const sessions::ConversationEntry &entry);
    /// Everything that is still open, as it is.
    [[nodiscard]] QStringList finish();

    /// Questions that nobody has answered, oldest first.
    [[nodiscard]] QList<acp::PermissionRow> openQuestions() const;
    [[nodiscard]] const acp::Transcript &transcript() const { return m_transcript; }

private:
    [[nodiscard]] QStringList advance(bool everything);

    acp::Transcript m_transcript;
    qint64 m_nextRow = 0; ///< number of the first row that is not printed
    QSet<qint64> m_asked; ///< rows whose question was printed
};

/// The rows as text, one paragraph each.
[[nodiscard]] QString rowText(const acp::Row &row);

} // namespace paddock::ctl
