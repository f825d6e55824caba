// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QHash>
#include <QString>

namespace paddock::sessions {

/// What a session's terminals and its agent's standard error said, in files
/// `<folder>/<epoch>-<channel>-<first byte's position>`. The position up to which everything is
/// stored is the name's number plus the file's length, so that it can be found again after a crash
/// without a second record of it. Only the newest part is kept. Written to the page cache: survives
/// the death of this process, not that of the machine.
class StreamStore
{
public:
    struct Limits
    {
        qint64 segmentBytes = 16 * 1024 * 1024;
        int segments = 4; ///< kept per channel
    };

    explicit StreamStore(QString folder)
        : StreamStore(std::move(folder), Limits())
    {
    }
    StreamStore(QString folder, Limits limits);

    /// Positions of every channel of \a epoch that has a file. From here on this epoch is written.
    [[nodiscard]] Result<QHash<quint16, quint64>> open(const QByteArray &epoch);
    /// Appends bytes that end at position \a end. What is already stored is skipped; a hole begins
    /// a new file. DiskFull, IoFailed: nothing may be acknowledged then.
    [[nodiscard]] Result<Done> append(quint16 channel, quint64 end, const QByteArray &bytes);
    /// Position up to which everything of \a channel is stored or known to be gone.
    [[nodiscard]] quint64 position(quint16 channel) const;
    /// Notes that everything before \a end is gone.
    [[nodiscard]] Result<Done> skipTo(quint16 channel, quint64 end);
    /// The newest bytes of the channel, at most \a limit.
    [[nodiscard]] QByteArray tail(quint16 channel, qint64 limit) const;
    /// Deletes everything, of all epochs.
    void removeAll();

private:
    struct Segment
    {
        quint64 from = 0;
        quint64 length = 0;
    };
    [[nodiscard]] QString fileName(quint16 channel, quint64 from) const;

    QString m_folder;
    Limits m_limits;
    QString m_epoch;
    QHash<quint16, QList<Segment>> m_segments; // oldest first
};

} // namespace paddock::sessions
