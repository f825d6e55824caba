// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/TerminalFrame.h"

#include <QCoreApplication>
#include <QtEndian>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::control {

namespace {

constexpr qsizetype kHeaderBytes = 5;

Error broken(const QString &detail)
{
    return Error(ErrorKind::ProtocolError,
                 QCoreApplication::translate("Control", "The terminal connection was garbled."))
        .withDetail(detail);
}

QByteArray frameOf(TerminalFrame::Type type, const QByteArray &payload)
{
    QByteArray bytes(kHeaderBytes, Qt::Uninitialized);
    bytes[0] = static_cast<char>(type);
    qToBigEndian<quint32>(static_cast<quint32>(payload.size()), bytes.data() + 1);
    return bytes + payload;
}

} // namespace

QByteArray encodeTerminalData(const QByteArray &bytes)
{
    QByteArray frames;
    frames.reserve(bytes.size() + kHeaderBytes * (bytes.size() / kMaxTerminalPayload + 1));
    for (qsizetype at = 0; at < bytes.size(); at += kMaxTerminalPayload)
        frames += frameOf(TerminalFrame::Type::Data, bytes.mid(at, kMaxTerminalPayload));
    return frames;
}

QByteArray encodeTerminalResize(TerminalSize size)
{
    QByteArray payload(4, Qt::Uninitialized);
    const auto clamped = [](int value) {
        return static_cast<quint16>(std::clamp(value, 1, 0xFFFF));
    };
    qToBigEndian<quint16>(clamped(size.columns), payload.data());
    qToBigEndian<quint16>(clamped(size.rows), payload.data() + 2);
    return frameOf(TerminalFrame::Type::Resize, payload);
}

QByteArray encodeTerminalExit(qint32 exitCode)
{
    QByteArray payload(4, Qt::Uninitialized);
    qToBigEndian<qint32>(exitCode, payload.data());
    return frameOf(TerminalFrame::Type::Exit, payload);
}

QByteArray encodeTerminalFailure(const QByteArray &json)
{
    return frameOf(TerminalFrame::Type::Failure,
                   json.size() > kMaxTerminalPayload ? QByteArrayLiteral("{}") : json);
}

Result<TerminalSize> terminalSizeOf(const TerminalFrame &frame)
{
    if (frame.payload.size() != 4)
        return fail(broken(u"a resize frame of %1 bytes"_s.arg(frame.payload.size())));
    return TerminalSize{qFromBigEndian<quint16>(frame.payload.constData()),
                        qFromBigEndian<quint16>(frame.payload.constData() + 2)};
}

Result<qint32> terminalExitOf(const TerminalFrame &frame)
{
    if (frame.payload.size() != 4)
        return fail(broken(u"an exit frame of %1 bytes"_s.arg(frame.payload.size())));
    return qFromBigEndian<qint32>(frame.payload.constData());
}

Result<std::optional<TerminalFrame>> TerminalFrameDecoder::next()
{
    if (m_error)
        return fail(*m_error);
    const qsizetype available = m_bytes.size() - m_start;
    if (available >= kHeaderBytes) {
        const auto type = static_cast<quint8>(m_bytes.at(m_start));
        const auto length =
            qFromBigEndian<quint32>(m_bytes.constData() + m_start + 1); // unaligned is fine
        if (type < 1 || type > 4 || length > quint32{kMaxTerminalPayload}) {
            m_error = broken(u"a frame of type %1 and length %2"_s.arg(type).arg(length));
            return fail(*m_error);
        }
        if (available >= kHeaderBytes + qsizetype{length}) {
            TerminalFrame frame{static_cast<TerminalFrame::Type>(type),
                                m_bytes.mid(m_start + kHeaderBytes, length)};
            m_start += kHeaderBytes + qsizetype{length};
            return std::optional<TerminalFrame>(std::move(frame));
        }
    }
    m_bytes.remove(0, m_start);
    m_start = 0;
    return std::optional<TerminalFrame>();
}

} // namespace paddock::control
