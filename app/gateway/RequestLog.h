// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gateway/GatewayTypes.h"

#include <QFile>
#include <QList>
#include <QString>

namespace paddock::gateway {

/// The newest requests in memory, and all of them as JSON lines in a file that is turned over at
/// its limit (one old file is kept). Never a body, a query or a header.
class RequestLog
{
public:
    static constexpr qsizetype kInMemory = 1000;
    static constexpr qint64 kMaxFile = 4 * 1024 * 1024;

    explicit RequestLog(const QString &fileName);

    /// Gives the record its number.
    void add(RequestRecord record);
    [[nodiscard]] QList<RequestRecord> after(qint64 number) const;

private:
    QFile m_file;
    QList<RequestRecord> m_records;
    qint64 m_next = 1;
};

} // namespace paddock::gateway
