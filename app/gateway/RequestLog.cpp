// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/RequestLog.h"

#include "core/gateway/ControlProtocol.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

RequestLog::RequestLog(const QString &fileName)
    : m_file(fileName)
{
    if (!m_file.open(QIODevice::WriteOnly | QIODevice::Append))
        qWarning("The request log cannot be written: %s", qPrintable(m_file.errorString()));
}

void RequestLog::add(RequestRecord record)
{
    record.number = m_next++;
    m_records.append(record);
    if (m_records.size() > kInMemory)
        m_records.removeFirst();
    if (!m_file.isOpen())
        return;
    if (m_file.size() > kMaxFile) {
        const QString name = m_file.fileName();
        m_file.close();
        QFile::remove(name + u".1"_s);
        QFile::rename(name, name + u".1"_s);
        if (!m_file.open(QIODevice::WriteOnly | QIODevice::Append))
            return;
    }
    m_file.write(QJsonDocument(toJson(record)).toJson(QJsonDocument::Compact) + '\n');
    m_file.flush();
}

QList<RequestRecord> RequestLog::after(qint64 number) const
{
    QList<RequestRecord> list;
    for (const RequestRecord &record : m_records) {
        if (record.number > number)
            list.append(record);
    }
    return list;
}

} // namespace paddock::gateway
