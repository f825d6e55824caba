// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/StreamDemuxer.h"

#include <QCoreApplication>
#include <QtEndian>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qsizetype kHeaderBytes = 8;
constexpr int kSystemError = 3; // the engine's own failure, in words
constexpr qsizetype kMaxSystemError = 16 * 1024;

} // namespace

bool StreamDemuxer::readHeader(QByteArrayView &bytes)
{
    const qsizetype wanted = kHeaderBytes - m_header.size();
    const qsizetype taken = std::min(wanted, bytes.size());
    m_header.append(bytes.first(taken));
    bytes = bytes.sliced(taken);

    // Refused as early as it can be told, so that text of a raw stream is not held back.
    const auto refuse = [this](const QString &detail) {
        m_error = Error(ErrorKind::ProtocolError,
                        QCoreApplication::translate("Docker",
                                                    "The output of the container is not framed as "
                                                    "expected."))
                      .withDetail(detail);
    };
    if (m_header.at(0) < 0 || m_header.at(0) > kSystemError) {
        refuse(u"stream type %1"_s.arg(static_cast<uchar>(m_header.at(0))));
        return false;
    }
    for (qsizetype i = 1; i < std::min<qsizetype>(4, m_header.size()); ++i) {
        if (m_header.at(i) != 0) {
            refuse(u"padding is not zero"_s);
            return false;
        }
    }
    if (m_header.size() < kHeaderBytes)
        return false;
    const auto length = qFromBigEndian<quint32>(m_header.constData() + 4);
    if (length > kMaxFrameBytes) {
        refuse(u"a frame of %1 bytes"_s.arg(length));
        return false;
    }
    m_channel = m_header.at(0);
    m_left = length;
    m_header.clear();
    if (m_channel == kSystemError && m_left == 0)
        m_error = Error(ErrorKind::IoFailed,
                        QCoreApplication::translate("Docker", "The engine ended the stream."));
    return !m_error;
}

QList<StreamDemuxer::Piece> StreamDemuxer::feed(QByteArrayView bytes)
{
    QList<Piece> pieces;
    if (m_error || bytes.isEmpty())
        return pieces;
    if (m_mode == Mode::Raw) {
        pieces.append({Channel::Stdout, bytes.toByteArray()});
        return pieces;
    }
    while (!bytes.isEmpty() && !m_error) {
        if (m_left == 0 && !readHeader(bytes))
            continue; // either an error or out of bytes
        const qsizetype taken = std::min<qsizetype>(m_left, bytes.size());
        if (taken == 0)
            continue;
        const QByteArrayView payload = bytes.first(taken);
        bytes = bytes.sliced(taken);
        m_left -= static_cast<quint32>(taken);
        if (m_channel != kSystemError) {
            const auto channel = static_cast<Channel>(m_channel);
            if (!pieces.isEmpty() && pieces.last().channel == channel)
                pieces.last().bytes.append(payload);
            else
                pieces.append({channel, payload.toByteArray()});
            continue;
        }
        m_systemError.append(
            payload.first(std::min(taken, kMaxSystemError - m_systemError.size())));
        if (m_left == 0) {
            m_error = Error(ErrorKind::IoFailed,
                            QCoreApplication::translate("Docker", "The engine ended the stream."))
                          .withDetail(QString::fromUtf8(m_systemError).trimmed());
        }
    }
    return pieces;
}

Result<Done> StreamDemuxer::finish() const
{
    if (m_error)
        return fail(*m_error);
    if (m_left == 0 && m_header.isEmpty())
        return Done{};
    return fail(
        Error(ErrorKind::ConnectionLost,
              QCoreApplication::translate("Docker", "The output of the container broke off."))
            .withDetail(m_left > 0 ? u"%1 bytes of a frame are missing"_s.arg(m_left)
                                   : u"inside the header of a frame"_s));
}

} // namespace paddock::docker
