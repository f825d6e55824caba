// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/StreamStore.h"

#include "core/base/XdgPaths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::sessions {

StreamStore::StreamStore(QString folder, Limits limits)
    : m_folder(std::move(folder))
    , m_limits(limits)
{
}

QString StreamStore::fileName(quint16 channel, quint64 from) const
{
    return u"%1/%2-%3-%4"_s.arg(m_folder, m_epoch).arg(channel).arg(from);
}

Result<QHash<quint16, quint64>> StreamStore::open(const QByteArray &epoch)
{
    m_epoch = QString::fromLatin1(epoch.toHex());
    m_segments.clear();
    if (auto made = makePrivateFolder(m_folder); !made)
        return fail(made.error());
    const auto files = QDir(m_folder).entryInfoList({m_epoch + u"-*"_s}, QDir::Files);
    for (const QFileInfo &file : files) {
        const QStringList parts = file.fileName().split(u'-');
        if (parts.size() != 3)
            continue;
        m_segments[parts.at(1).toUShort()].append(
            {.from = parts.at(2).toULongLong(), .length = static_cast<quint64>(file.size())});
    }
    QHash<quint16, quint64> positions;
    for (auto it = m_segments.begin(); it != m_segments.end(); ++it) {
        std::sort(it->begin(), it->end(), [](const Segment &a, const Segment &b) {
            return a.from < b.from;
        });
        positions.insert(it.key(), it->last().from + it->last().length);
    }
    return positions;
}

quint64 StreamStore::position(quint16 channel) const
{
    const auto it = m_segments.constFind(channel);
    return it == m_segments.constEnd() || it->isEmpty() ? 0 : it->last().from + it->last().length;
}

Result<Done> StreamStore::append(quint16 channel, quint64 end, const QByteArray &bytes)
{
    const auto size = static_cast<quint64>(bytes.size());
    const quint64 have = position(channel);
    if (end <= have || size == 0)
        return Done{};
    const quint64 start = end - size;
    const quint64 from = std::max(start, have);
    QList<Segment> &segments = m_segments[channel];
    if (segments.isEmpty() || from > have ||
        segments.last().length >= static_cast<quint64>(m_limits.segmentBytes)) {
        segments.append({.from = from, .length = 0});
        while (segments.size() > m_limits.segments)
            QFile::remove(fileName(channel, segments.takeFirst().from));
    }
    Segment &segment = segments.last();
    const int file = ::open(QFile::encodeName(fileName(channel, segment.from)).constData(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                            0600);
    if (file < 0) {
        return fail(Error(ErrorKind::IoFailed,
                          QCoreApplication::translate("StreamStore",
                                                      "Terminal output could not be stored."))
                        .withDetail(QString::fromLocal8Bit(std::strerror(errno))));
    }
    const char *data = bytes.constData() + (from - start);
    quint64 left = end - from;
    int problem = 0;
    while (left > 0) {
        const ssize_t written = ::write(file, data, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            problem = written < 0 ? errno : EIO;
            break;
        }
        data += written;
        left -= static_cast<quint64>(written);
        segment.length += static_cast<quint64>(written);
    }
    ::close(file);
    if (problem != 0) {
        return fail(
            Error(
                problem == ENOSPC || problem == EDQUOT ? ErrorKind::DiskFull : ErrorKind::IoFailed,
                QCoreApplication::translate("StreamStore", "Terminal output could not be stored."))
                .withDetail(QString::fromLocal8Bit(std::strerror(problem)))
                .withRemedy(QCoreApplication::translate(
                    "StreamStore",
                    "Free space on the disk; the agent keeps its output until then.")));
    }
    return Done{};
}

Result<Done> StreamStore::skipTo(quint16 channel, quint64 end)
{
    if (end <= position(channel))
        return Done{};
    QFile marker(fileName(channel, end));
    if (!marker.open(QIODevice::WriteOnly | QIODevice::NewOnly)) {
        return fail(Error(ErrorKind::IoFailed,
                          QCoreApplication::translate("StreamStore",
                                                      "Terminal output could not be stored."))
                        .withDetail(marker.errorString()));
    }
    m_segments[channel].append({.from = end, .length = 0});
    return Done{};
}

QByteArray StreamStore::tail(quint16 channel, qint64 limit) const
{
    QByteArray bytes;
    const QList<Segment> segments = m_segments.value(channel);
    for (auto it = segments.crbegin(); it != segments.crend() && bytes.size() < limit; ++it) {
        QFile file(fileName(channel, it->from));
        if (!file.open(QIODevice::ReadOnly))
            break;
        const qint64 wanted = limit - bytes.size();
        if (file.size() > wanted)
            file.seek(file.size() - wanted);
        bytes.prepend(file.read(wanted));
    }
    return bytes;
}

void StreamStore::removeAll()
{
    QDir(m_folder).removeRecursively();
    m_segments.clear();
}

} // namespace paddock::sessions
